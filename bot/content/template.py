"""Answer texts: paragraphs, lists, bold, and ``{{ fields }}``. Nothing in a text can run, read or break anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from bot.model.rich import Rich, Span, merge

_PIECE: Final = re.compile(r"\{\{\s*([a-z0-9]+(?:[.-][a-z0-9]+)*)\s*\}\}|\*\*([^*\n]+)\*\*")
_BOLD: Final = re.compile(r"\*\*[^*\n]+\*\*")
_BRACES: Final = re.compile(r"\{\{[^{}]{0,80}\}{0,2}|\}\}|\{%|%\}")
_PATH: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_FIELD: Final = re.compile(r"\{\{\s*([a-z0-9]+(?:[.-][a-z0-9]+)*)\s*\}\}")
_ITEM: Final = re.compile(r"^[ \t]*- .*\n?(?:(?![ \t]*- )[ \t]*\S.*\n?)*", re.MULTILINE)
_TYPED_TIME: Final = re.compile(
    r"(?<![\w:])(?:[01]?\d|2[0-3])[:.h][0-5]\d(?!\w)|(?<![\w:])(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b", re.IGNORECASE
)
_TYPED_PHONE: Final = re.compile(r"\+\d[\d ]{6,}|(?<!\d)0\d{2,3} \d{3,4} \d{3,4}")
_TYPED_MONEY: Final = re.compile(
    r"(?:USD|VND|\$|€|₫)\s?\d(?:[\d.,]{0,20}\d)?|(?<!\d)\d[\d.,]{0,20}\s?(?:USD|VND|đồng|đô la|dollars?|dong|دولار|دونغ)"
)
_TYPED_URL: Final = re.compile(
    r"https?://\S*|\bwww\.\S*|(?<![\w.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:com|org|net|int|info|vn)\b"
)
_LATIN_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def fields(text: str) -> tuple[str, ...]:
    """The field paths in a text, in order."""
    return tuple(_FIELD.findall(text))


def is_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def braces(text: str) -> tuple[str, ...]:
    """Everything in a text that is, or tries to be, a field."""
    return tuple(_BRACES.findall(text))


def broken_fields(text: str) -> tuple[str, ...]:
    """Braces that are no field, as written."""
    return tuple(found for found in braces(text) if not _FIELD.fullmatch(found))


def typed_values(text: str) -> tuple[str, ...]:
    """Times, phone numbers, prices and addresses of pages typed into a text instead of being fields."""
    bare = _FIELD.sub("", text)
    return tuple(
        bare[found.start() : found.end()].strip()
        for pattern in (_TYPED_TIME, _TYPED_PHONE, _TYPED_MONEY, _TYPED_URL)
        for found in pattern.finditer(bare.translate(_LATIN_DIGITS))
    )


def open_bold(text: str) -> str:
    """The paragraph in which a ``**`` has no partner, which delegates would read as stars; empty if there is none."""
    for paragraph in _unwrap(text).splitlines():
        if "**" in _BOLD.sub("", paragraph):
            return paragraph
    return ""


def without_items(text: str, gone: Callable[[Sequence[str]], bool]) -> str:
    """The text without the items of its lists whose fields are ``gone``; whole when that would leave none of a list's."""
    items = list(_ITEM.finditer(text))
    left = [item for item in items if not gone(fields(item[0]))]
    if not left or len(left) == len(items):
        return text
    out = {item.start() for item in items} - {item.start() for item in left}
    return _ITEM.sub(lambda item: "" if item.start() in out else item[0], text)


def render(text: str, value_of: Callable[[str], Rich]) -> Rich:
    """The text as spans, each field replaced by what ``value_of`` gives for its path."""
    spans: list[Span] = []
    for kind, content in _pieces(text):
        match kind:
            case "field":
                spans.extend(value_of(content))
            case "bold":
                spans.extend(_bold(content, value_of))
            case _:
                spans.append(Span(content))
    return merge(tuple(spans))


def _bold(content: str, value_of: Callable[[str], Rich]) -> Rich:
    spans: list[Span] = []
    end = 0
    for found in _FIELD.finditer(content):
        spans.append(Span(content[end : found.start()], "bold"))
        spans.extend(value_of(found[1]))
        end = found.end()
    spans.append(Span(content[end:], "bold"))
    return tuple(spans)


@lru_cache(maxsize=2048)
def _pieces(text: str) -> tuple[tuple[str, str], ...]:
    unfolded = _unwrap(text)
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in _PIECE.finditer(unfolded):
        pieces.append(("text", unfolded[end : found.start()]))
        pieces.append(("field", found[1]) if found[1] else ("bold", found[2]))
        end = found.end()
    pieces.append(("text", unfolded[end:]))
    return tuple(piece for piece in pieces if piece[1])


def _unwrap(text: str) -> str:
    """One line per paragraph or list item: line ends inside a paragraph are only the editor's."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines: list[str] = []
        for line in paragraph.splitlines():
            written = line.strip()
            if written.startswith("- "):
                lines.append("• " + written[2:])
            elif lines:
                lines[-1] += " " + written
            else:
                lines.append(written)
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)
