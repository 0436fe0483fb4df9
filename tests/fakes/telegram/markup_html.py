"""Telegram's small HTML: a few tags, four named references, everything closed in order."""

import re

from .spans import Builder, FormatError, Span

_SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TOKEN = re.compile(
    r"[^<&]+|&(?P<ref>\#x[0-9a-fA-F]+|\#\d+|[a-zA-Z]+);|&|<(?P<close>/?)(?P<name>[^\s<>/]*)(?P<rest>[^<>]*)>"
)
_ATTRIBUTE = re.compile(r"""\s+([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([a-zA-Z0-9.-]+)))?""")


def parse_html(source: str) -> tuple[str, list[Span]]:
    """The text without tags, and its spans.

    Raises:
        FormatError: A tag or reference is unknown, not closed or closed out of order.
    """
    out = Builder()
    stack: list[tuple[str, Span]] = []
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        at = f"at byte offset {len(source[:position].encode())}"
        if token is None:
            raise FormatError(f"Unclosed start tag {at}")
        if token["name"] is None:
            out.add(_reference(token["ref"], at) if token["ref"] else token[0])
        elif token["close"]:
            _close(token["name"].lower(), stack, out, at)
        else:
            stack.append(_open(token["name"].lower(), token["rest"], out, stack, at))
        position = token.end()
    if stack:
        raise FormatError(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return out.result()


def _reference(name: str, at: str) -> str:
    if name.startswith("#"):
        code = int(f"0{name[1:]}" if name[1] == "x" else name[1:], 0 if name[1] == "x" else 10)
        try:
            chr(code).encode()
        except (ValueError, OverflowError):  # beyond Unicode, or half a pair
            raise FormatError(f'Invalid character reference "&{name};" {at}') from None
        return chr(code)
    if name.lower() not in _REFERENCES:  # Telegram would show it as it stands: surely not meant
        raise FormatError(f'Unsupported reference "&{name};" {at}')
    return _REFERENCES[name.lower()]


def _unescaped(value: str, at: str) -> str:
    return re.sub(r"&(#x[0-9a-fA-F]+|#\d+|lt|gt|amp|quot);", lambda m: _reference(m[1], at), value)


def _attributes(tag: str, rest: str, at: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while part := _ATTRIBUTE.match(rest, position):
        found[part[1].lower()] = _unescaped(next((v for v in part.groups()[1:] if v is not None), ""), at)
        position = part.end()
    if rest[position:].strip():
        raise FormatError(f'Unexpected "{rest[position:].strip()}" in the tag "{tag}" {at}')
    return found


def _open(tag: str, rest: str, out: Builder, stack: list[tuple[str, Span]], at: str) -> tuple[str, Span]:
    given = _attributes(tag, rest, at)
    match tag, given:
        case "a", {"href": url, **more} if url and not more:
            return tag, out.open("text_link", url=url)
        case "span", {"class": "tg-spoiler", **more} if not more:
            return tag, out.open("spoiler")
        case "tg-emoji", {"emoji-id": emoji, **more} if emoji and not more:
            return tag, out.open("custom_emoji", custom_emoji_id=emoji)
        case "tg-time", {"unix": unix, **more} if unix.isdigit() and more.keys() <= {"format"}:
            style = {"date_time_format": more["format"]} if more else {}
            return tag, out.open("date_time", unix_time=int(unix), **style)
        case "blockquote", {"expandable": _, **more} if not more:
            return tag, out.open("expandable_blockquote")
        case "code", {"class": style, **more} if style.startswith("language-") and not more:
            return tag, _code(style.removeprefix("language-"), out, stack)
    if tag in _SIMPLE and not given:
        return tag, _code("", out, stack) if tag == "code" else out.open(_SIMPLE[tag])
    if tag in {"a", "span", "tg-emoji", "tg-time", *_SIMPLE}:
        raise FormatError(f'Wrong attributes of the tag "{tag}": {given} {at}')
    raise FormatError(f'Unsupported start tag "{tag}" {at}')


def _code(language: str, out: Builder, stack: list[tuple[str, Span]]) -> Span:
    """``<pre><code class="language-x">`` is one span; a language elsewhere means nothing."""
    span = out.open("code")
    if stack and stack[-1][0] == "pre" and stack[-1][1].offset == out.offset:
        span.kind = ""
        if language:
            stack[-1][1].extra["language"] = language
    return span


def _close(tag: str, stack: list[tuple[str, Span]], out: Builder, at: str) -> None:
    if not stack:
        raise FormatError(f"Unexpected end tag {at}")
    opened, span = stack.pop()
    if tag != opened:
        raise FormatError(f'Unmatched end tag {at}, expected "</{opened}>", found "</{tag}>"')
    if span.kind:
        out.close(span)
