"""Formatted texts: what people read, and which parts of it are bold, links and so on."""

import re
from typing import Any
from urllib.parse import urlsplit

from .errors import wrong
from .ledger import Json
from .markup_html import parse_html
from .markup_markdown import parse_markdown
from .spans import FormatError, Span, utf16

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100
_REMOVED = re.compile("[\r\u2028-\u202e]")  # Telegram strips these; isolates U+2066-2069 stay
_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")  # shown as a space each
_BLANK = " \t\n\u00a0\u200b-\u200f\u2060\ufeff"
_ALONE = frozenset({"code", "pre"})  # may not contain or lie in others, save quotes
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_PARSERS = {"HTML": parse_html, "MarkdownV2": parse_markdown}


def formatted(fields: Json, name: str = "text", limit: int = TEXT_LIMIT) -> Json:
    """The ``text`` and ``entities`` (or ``caption`` and ``caption_entities``) of a call.

    Raises:
        Refusal: The text is empty or too long, or its markup is wrong.
    """
    entities_name = "entities" if name == "text" else f"{name}_entities"
    text, spans = _parsed(fields, name, entities_name)
    text, spans = _trimmed(_CONTROL.sub(" ", text), spans)
    if not text.strip(_BLANK) and name == "text":
        raise wrong("text must be non-empty")
    if len(text) > limit:
        raise wrong("message is too long" if name == "text" else "message caption is too long")
    if len(spans) > ENTITY_LIMIT:
        raise wrong(f"too many entities: {len(spans)}")
    _check(text, spans)
    found: Json = {name: text} if text else {}
    return found | ({entities_name: [span.as_dict() for span in spans]} if spans else {})


def _parsed(fields: Json, name: str, entities_name: str) -> tuple[str, list[Span]]:
    text: str = fields.get(name, "")
    mode, listed = fields.get("parse_mode"), fields.get(entities_name)
    if mode and listed:
        raise wrong("parse_mode and entities exclude each other")
    if not mode:
        return text, [_span(raw) for raw in listed or []]
    try:
        return _PARSERS[mode](text)
    except FormatError as error:
        raise wrong(f"can't parse entities: {error}") from None


def _span(raw: Json) -> Span:
    extra = {key: value for key, value in raw.items() if key not in ("type", "offset", "length")}
    return Span(raw["type"], raw["offset"], raw["length"], extra)


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Without the characters that Telegram strips, and without white space around."""
    lead = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    kept: list[str] = []
    gone: list[tuple[int, int]] = []  # where in UTF-16 units, how many
    offset = 0
    for index, char in enumerate(text):
        units = utf16(char)
        if index < lead or index >= end or _REMOVED.match(char):
            gone.append((offset, units))
        else:
            kept.append(char)
        offset += units
    if not gone:
        return text, spans

    def moved(position: int) -> int:
        return position - sum(units for at, units in gone if at < position)

    for span in spans:
        if span.offset + span.length > offset:
            raise wrong(f"entity beyond the end of the text: {span.as_dict()}")
        start, stop = moved(span.offset), moved(span.offset + span.length)
        span.offset, span.length = start, stop - start
    return "".join(kept), [span for span in spans if span.length > 0]


def _check(text: str, spans: list[Span]) -> None:
    total = utf16(text)
    borders = _borders(text)
    for span in spans:
        if span.offset + span.length > total:
            raise wrong(f"entity beyond the end of the text: {span.as_dict()}")
        if not {span.offset, span.offset + span.length} <= borders:
            raise wrong(f"entity splits a surrogate pair: {span.as_dict()}")
        if span.kind == "text_link" and not valid_url(span.extra["url"]):
            raise wrong(f"entity URL {span.extra['url']!r} is invalid")
    for number, one in enumerate(spans):
        for other in spans[number + 1 :]:
            _check_pair(one, other)


def _check_pair(one: Span, other: Span) -> None:
    if one.end <= other.offset or other.end <= one.offset:
        return
    nested = (one.offset <= other.offset and other.end <= one.end) or (
        other.offset <= one.offset and one.end <= other.end
    )
    kinds = {one.kind, other.kind}
    if not nested:
        raise wrong(f"entities {one.kind} and {other.kind} overlap partly")
    if (one.kind == other.kind) or (kinds & _ALONE and not kinds & _QUOTES) or kinds <= _QUOTES:
        raise wrong(f"entities {one.kind} and {other.kind} can't be nested")


def _borders(text: str) -> set[int]:
    """Offsets in UTF-16 units where a character begins or the text ends."""
    offset, found = 0, {0}
    for char in text:
        offset += utf16(char)
        found.add(offset)
    return found


def valid_url(url: Any) -> bool:
    """Whether Telegram would take it as a link: web addresses and ``tg://``."""
    if not isinstance(url, str) or re.search(r"\s", url):
        return False
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return bool(parts.netloc)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and ("." in host.strip(".") or host == "localhost")


_DETECTED = re.compile(
    r"(?P<url>https?://[^\s<>]+)|(?P<email>[\w.+-]+@[\w-]+\.[\w.]+)|(?<![\w/])(?P<bot_command>/[a-zA-Z0-9_]{1,64}(?:@\w+)?)"
    r"|(?<!\w)(?P<mention>@\w{4,32})|(?<!\w)(?P<hashtag>\#\w+)|(?P<phone_number>\+\d{7,15})"
)


def detected(text: str) -> list[Json]:
    """The entities that Telegram finds by itself in what people write."""
    return [
        {"type": found.lastgroup, "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for found in _DETECTED.finditer(text)
    ]
