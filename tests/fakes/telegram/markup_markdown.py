"""MarkdownV2: every reserved character outside a format must be escaped."""

import re

from .spans import Builder, FormatError, Span

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}


def parse_markdown(source: str) -> tuple[str, list[Span]]:
    """The text without marks, and its spans.

    Raises:
        FormatError: A mark is not closed, or a reserved character is not escaped.
    """
    return _Reader(source).run()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.out = Builder()
        self.stack: list[tuple[str, Span]] = []
        self.quote: Span | None = None

    def run(self) -> tuple[str, list[Span]]:
        while self.position < len(self.source):
            self._step()
        self._end_quote()
        if self.stack:
            raise FormatError(f"Can't find end of {self.stack[-1][1].kind} entity")
        return self.out.result()

    def _at(self, text: str) -> bool:
        return self.source.startswith(text, self.position)

    def _line_start(self) -> bool:
        return self.position == 0 or self.source[self.position - 1] == "\n"

    def _step(self) -> None:
        char = self.source[self.position]
        if self._line_start() and not self._quote_line():
            self._end_quote()
        elif self._line_start() and self._quote_line():
            self._begin_quote()
            return
        if char == "\\" and self.source[self.position + 1 : self.position + 2] < "\x7f":
            self._literal(self.source[self.position + 1 : self.position + 2] or "\\", 2)
        elif char == "`":
            self._code()
        elif self._at("![") or char == "[":
            self._begin_link()
        elif char == "]" and self.stack and self.stack[-1][0] == "]":
            self._end_link()
        elif mark := next((m for m in ("||", "__", *_MARKS) if self._at(m)), ""):
            self._toggle(mark)
        elif char in _RESERVED:
            raise FormatError(f"character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            self._literal(char, 1)

    def _literal(self, text: str, width: int) -> None:
        self.out.add(text)
        self.position += width

    def _toggle(self, mark: str) -> None:
        if mark == "||" and self._ends_expandable():
            return
        self.position += len(mark)
        if self.stack and self.stack[-1][0] == mark:
            self.out.close(self.stack.pop()[1])
        elif any(opened == mark for opened, _ in self.stack):
            raise FormatError(f"Can't find end of {self.stack[-1][1].kind} entity")
        else:
            self.stack.append((mark, self.out.open(_MARKS[mark])))

    def _code(self) -> None:
        fence = "```" if self._at("```") else "`"
        end = re.compile(rf"(?<!\\){fence}").search(self.source, self.position + len(fence))
        kind = "pre" if fence == "```" else "code"
        if end is None:
            raise FormatError(f"Can't find end of {kind} entity")
        inner = self.source[self.position + len(fence) : end.start()]
        language = re.match(r"([\w+-]+)\n", inner) if kind == "pre" else None
        span = self.out.open(kind, **({"language": language[1]} if language else {}))
        inner = inner[language.end() :] if language else inner.removeprefix("\n") if kind == "pre" else inner
        self.out.add(re.sub(r"\\(.)", r"\1", inner))
        self.out.close(span)
        self.position = end.end()

    def _begin_link(self) -> None:
        self.stack.append(("]", self.out.open("custom_emoji" if self._at("!") else "text_link")))
        self.position += 2 if self._at("!") else 1

    def _end_link(self) -> None:
        _, span = self.stack.pop()
        target = re.compile(r"\]\(((?:\\.|[^)\\])*)\)").match(self.source, self.position)
        if target is None:
            raise FormatError(f"Can't find end of {span.kind} entity")
        self.position = target.end()
        url = re.sub(r"\\(.)", r"\1", target[1])
        emoji = re.fullmatch(r"tg://emoji\?id=(\d+)", url)
        time = re.fullmatch(r"tg://time\?unix=(\d+)(?:&format=(\w+))?", url)
        if span.kind == "text_link":
            span.extra = {"url": url}
        elif emoji:
            span.extra = {"custom_emoji_id": emoji[1]}
        elif time:
            span.kind, span.extra = "date_time", {"unix_time": int(time[1])}
            span.extra |= {"date_time_format": time[2]} if time[2] else {}
        else:
            raise FormatError("Custom emoji URL must have an emoji identifier")
        self.out.close(span)

    def _quote_line(self) -> bool:
        return self._at(">") or self._at("**>")

    def _begin_quote(self) -> None:
        if self._at("**>"):
            self._end_quote()
        self.position += 3 if self._at("**>") else 1
        self.quote = self.quote or self.out.open("blockquote")

    def _end_quote(self) -> None:
        if self.quote is not None:
            self.out.close(self.quote)
            self.quote = None

    def _ends_expandable(self) -> bool:
        """``||`` at the end of a quote makes it expandable."""
        after = self.source[self.position + 2 : self.position + 3]
        if self.quote is None or after not in ("", "\n") or any(m == "||" for m, _ in self.stack):
            return False
        self.quote.kind = "expandable_blockquote"
        self.position += 2
        return True
