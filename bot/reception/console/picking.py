"""Approved answers and canned replies, picked in the reader's language and previewed in the delegate's; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.answers.normal import fold, normalise, words
from bot.model.content import Canned, Snapshot, Topic
from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.rich import Rich
from bot.tickets import canned as canned_replies
from bot.tickets.glossing import CANNED, TOPIC, Compose
from bot.transports.web_entries import spans_json

Json = dict[str, Any]
MOST_TOPICS: Final = 8


def pick(query: str, snapshot: Snapshot, reader: Language, hint: str = "") -> list[Json]:
    """What fits the words of a query, the likeliest first: canned replies, then approved answers.

    Args:
        query: As typed after the slash; empty for all canned replies.
        snapshot: What may be said now.
        reader: Whose titles are shown.
        hint: The topic of the ticket, which is offered without being looked for.
    """
    looked_for = _words(query)
    replies = [
        (_weight(looked_for, one.title.in_(reader), one.text.in_(reader), one.id), one)
        for one in snapshot.library.canned.values()
        if canned_replies.sendable(one, snapshot.event)
    ]
    topics = [
        (_weight(looked_for, one.title.in_(reader), " ".join(one.asking.get(reader, ())[:20]), one.id), one)
        for one in snapshot.library.topics.values()
        if one.answer is not None and one.id not in snapshot.unanswerable
    ]
    chosen = [one for weight, one in sorted(replies, key=lambda found: -found[0]) if weight]
    if looked_for:
        best = [one for weight, one in sorted(topics, key=lambda found: -found[0]) if weight][:MOST_TOPICS]
    else:
        best = [one for _, one in topics if one.id == hint]
    own = [_canned(one, reader) for one in chosen], [_topic(one, reader) for one in best]
    return [*own[1], *own[0]] if not looked_for else [*own[0], *own[1]]


def preview(
    answer: str, snapshot: Snapshot, language: Language, filled: Mapping[str, str], now: datetime, compose: Compose
) -> list[Json]:
    """An answer as it would be read; blanks that are still to be filled in are dots. Nothing when there is none such."""
    return spans_json(_said(answer, snapshot, language, filled, now, compose))


def _said(
    answer: str, snapshot: Snapshot, language: Language, filled: Mapping[str, str], now: datetime, compose: Compose
) -> Rich:
    if answer.startswith(TOPIC):
        return compose(answer.removeprefix(TOPIC), language, now) or ()
    known = snapshot.library.canned.get(answer.removeprefix(CANNED))
    if known is None:
        return ()
    try:
        return canned_replies.preview(known, snapshot.event, filled, language)
    except Refused:
        return ()


def _canned(one: Canned, reader: Language) -> Json:
    return {
        "answer": f"{CANNED}{one.id}",
        "kind": "canned",
        "title": one.title.in_(reader),
        "fills": list(canned_replies.fills(one)),
        "asks": one.asks,
        "closes": one.closes,
    }


def _topic(one: Topic, reader: Language) -> Json:
    return {
        "answer": f"{TOPIC}{one.id}",
        "kind": "topic",
        "title": one.title.in_(reader),
        "fills": [],
        "asks": False,
        "closes": False,
    }


def _weight(looked_for: list[str], title: str, text: str, key: str) -> int:
    """Zero unless every word is somewhere; a word of the title counts most."""
    if not looked_for:
        return 1
    titled, said = [*_words(title), *_words(key)], _words(text)
    weight = 0
    for word in looked_for:
        if any(one.startswith(word) for one in titled):
            weight += 3
        elif any(one.startswith(word) for one in said):
            weight += 1
        else:
            return 0
    return weight


def _words(text: str) -> list[str]:
    return [fold(word) for word in words(normalise(text))]
