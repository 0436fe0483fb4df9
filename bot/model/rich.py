"""Text with meaning: spans that every door shows in its own way, so that no content can break a message.

A span's text is always literal. Styles say what it is, not how it looks: a door turns them into Telegram entities,
HTML elements or plain letters. Values that came from data (times, names, numbers, a delegate's own words) are
``value`` spans or stronger, which doors isolate from the direction of the text around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Style = Literal["plain", "bold", "value", "code", "phone", "link", "quote"]

FSI: Final = "\u2068"  # first strong isolate: the value decides its own direction
LRI: Final = "\u2066"  # left-to-right isolate: phone numbers, codes, addresses of pages
PDI: Final = "\u2069"  # end of an isolate
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    style: Style = "plain"
    href: str | None = None
    """Where a ``link`` or ``phone`` leads (https:, tel:)."""


Rich = tuple[Span, ...]


def plain(text: str) -> Rich:
    return (Span(text),)


def join(parts: list[Rich], between: str) -> Rich:
    """The parts one after another; empty parts leave no gap."""
    joined: list[Span] = []
    for part in parts:
        if not part:
            continue
        if joined:
            joined.append(Span(between))
        joined.extend(part)
    return merge(tuple(joined))


def merge(spans: Rich) -> Rich:
    """The same text with neighbouring plain spans made one and empty ones dropped."""
    merged: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if merged and span.style == "plain" == merged[-1].style:
            merged[-1] = Span(merged[-1].text + span.text)
        else:
            merged.append(span)
    return tuple(merged)


def straight(text: str) -> str:
    """A text without the letters that turn others around: with them, one text looks like another (promises, S6).

    Doors give every text a direction of its own, so no language needs these; marks such as U+200F stay.
    """
    return _TURNING.sub("", text)


def letters(spans: Rich, *, isolate: bool = True) -> str:
    """The bare text, as a terminal or a log of the conversation shows it."""
    return "".join(isolated(span) if isolate else span.text for span in spans)


def isolated(span: Span) -> str:
    if span.style in ("code", "phone", "link"):
        return f"{LRI}{span.text}{PDI}"
    if span.style in ("value", "quote"):
        return f"{FSI}{span.text}{PDI}"
    return span.text
