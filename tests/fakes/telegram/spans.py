"""Parts of a text with a format; offsets and lengths count UTF-16 units, as Telegram does."""

from dataclasses import dataclass, field

from .ledger import Json


class FormatError(Exception):
    """HTML or MarkdownV2 that Telegram would not parse."""


@dataclass(slots=True)
class Span:
    kind: str
    offset: int
    length: int = 0
    extra: Json = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.offset + self.length

    def as_dict(self) -> Json:
        return {"type": self.kind, "offset": self.offset, "length": self.length, **self.extra}


def utf16(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


class Builder:
    """Collects plain text and the spans that are open over it."""

    def __init__(self) -> None:
        self.offset = 0
        self._text: list[str] = []
        self._spans: list[Span] = []

    def add(self, text: str) -> None:
        self._text.append(text)
        self.offset += utf16(text)

    def open(self, kind: str, **extra: object) -> Span:
        span = Span(kind, self.offset, extra=dict(extra))
        self._spans.append(span)
        return span

    def close(self, span: Span) -> None:
        span.length = self.offset - span.offset

    def text_since(self, span: Span) -> str:
        return "".join(self._text).encode("utf-16-le")[span.offset * 2 :].decode("utf-16-le")

    def result(self) -> tuple[str, list[Span]]:
        found = [span for span in self._spans if span.length]
        found.sort(key=lambda span: (span.offset, -span.length))
        return "".join(self._text), found
