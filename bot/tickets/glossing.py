"""A desk of three languages without machine translation: what staff read in theirs, and what may be sent as it is; pure.

A ticket is read in the reader's language as far as it was made of texts that exist in it: the topic's name, and what the
desk and colleagues answered from approved answers and canned replies. A delegate's own words are shown as they were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.i18n.translator import mark
from bot.model.content import Snapshot
from bot.model.errors import Refused, Unsure
from bot.model.language import OWN_NAMES, Language
from bot.model.messages import Attachment, Entry
from bot.model.rich import Rich
from bot.model.tickets import Ticket
from bot.tickets import canned as canned_replies

TOPIC: Final = "topic:"
CANNED: Final = "canned:"
DRILL: Final = mark("Drill")
DRILL_WORDS: Final = mark(
    "DRILL. This is an exercise; nobody is in danger. Please claim it as you would a real emergency."
)
"""What stands in a rehearsal, where a delegate's words stand in others; each reader has it in their language."""
_KINDS: Final = {
    "photo": mark("photo"),
    "live_photo": mark("photo"),
    "voice": mark("voice message"),
    "audio": mark("sound file"),
    "video": mark("video"),
    "video_note": mark("video"),
    "animation": mark("animation"),
    "sticker": mark("sticker"),
    "location": mark("location"),
    "venue": mark("location"),
    "contact": mark("contact"),
    "poll": mark("poll"),
}
_FILE: Final = mark("file")
_TELLING: Final = frozenset({"location", "venue", "contact"})

Compose = Callable[[str, Language, datetime], Rich | None]
"""The approved answer of a topic in a language at a time; None when the event cannot answer it."""
Guess = Callable[[str], tuple[Language, bool]]
"""The language of a text, and whether that is sure."""


@dataclass(frozen=True, slots=True)
class Glossed:
    """One line of a ticket as a member of staff reads it."""

    entry: Entry
    gloss: Rich = ()
    """The same in the reader's language; empty when it is in that language already, or is nowhere written in it."""


def title(ticket: Ticket, snapshot: Snapshot, reader: Language) -> str:
    """The name of the topic in the reader's language, or of the team when no topic was found."""
    topic = snapshot.library.topics.get(ticket.topic or "")
    if topic is not None:
        return topic.title.in_(reader)
    team = snapshot.event.teams.get(ticket.team)
    return team.name.in_(reader) if team is not None else ticket.team


def attached(attachment: Attachment) -> tuple[str, str]:
    """What came along with a line, as a catalog message, and what it tells: where somebody is, a telephone number.

    Of everything else only the kind is told: files stay with the door that has them (R3).
    """
    return _KINDS.get(attachment.kind, _FILE), attachment.ref if attachment.kind in _TELLING else ""


def glossed(lines: Iterable[Entry], snapshot: Snapshot, reader: Language, compose: Compose) -> Sequence[Glossed]:
    return [Glossed(entry, _gloss(entry, snapshot, reader, compose)) for entry in lines]


def approved(
    answer: str, snapshot: Snapshot, language: Language, filled: Mapping[str, str], now: datetime, compose: Compose
) -> Rich:
    """An approved answer or canned reply in a language, for sending or for showing before that.

    Raises:
        Refused: There is no such answer at this event, or something is not filled in.
    """
    if answer.startswith(CANNED):
        known = snapshot.library.canned.get(answer.removeprefix(CANNED))
        if known is not None:
            return canned_replies.render(known, snapshot.event, filled, language)
    if answer.startswith(TOPIC):
        said = compose(answer.removeprefix(TOPIC), language, now)
        if said:
            return said
    raise Refused(mark("There is no such answer at this event any more."))


def check_language(text: str, reads: Language, guess: Guess) -> None:
    """Stop a free text that the delegate probably does not read.

    Args:
        text: What staff wrote.
        reads: The language in which the delegate uses the desk.
        guess: Of the engine; what it is not sure of passes, so that names, numbers and "OK" never ask anything.

    Raises:
        Unsure: Says in which language the delegate reads.
    """
    written, sure = guess(text)
    if sure and written != reads:
        raise Unsure(
            mark("This delegate reads {reads}, and this looks like {written}. Send it all the same?"),
            reads=OWN_NAMES[reads],
            written=OWN_NAMES[written],
        )


def readers(group: Iterable[Ticket], written: Language | None) -> tuple[Sequence[Ticket], Sequence[Ticket]]:
    """Of the tickets that ask the same: those whose delegates read a free text, and the others.

    Args:
        group: Open tickets.
        written: The language of the text; None when nobody can tell, and then everybody reads it.
    """
    tickets = list(group)
    able = [ticket for ticket in tickets if written is None or ticket.language == written]
    return able, [ticket for ticket in tickets if ticket not in able]


def _gloss(entry: Entry, snapshot: Snapshot, reader: Language, compose: Compose) -> Rich:
    if not entry.answer or entry.message.language == reader:
        return ()
    if entry.answer.startswith(TOPIC):
        return compose(entry.answer.removeprefix(TOPIC), reader, entry.at) or ()
    known = snapshot.library.canned.get(entry.answer.removeprefix(CANNED))
    if known is None:
        return ()
    try:
        return canned_replies.preview(known, snapshot.event, {}, reader)
    except Refused:
        return ()
