"""A desk of three languages without machine translation: what staff read in theirs, and what may be sent as it is; pure.

A ticket is read in the reader's language as far as it was made of texts that exist in it: the topic's name, and what the
desk and colleagues answered from approved answers and canned replies. A delegate's own words are shown as they were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.i18n.again import again, sentences_of
from bot.i18n.translator import Speakers, mark
from bot.model.content import Snapshot
from bot.model.decisions import PLAINLY, Asked
from bot.model.errors import Refused, Unsure
from bot.model.language import OWN_NAMES, Language
from bot.model.messages import Entry, Part
from bot.model.rich import Rich, Span, join, letters, plain
from bot.model.tickets import Ticket
from bot.tickets import canned as canned_replies

TOPIC: Final = "topic:"
CANNED: Final = "canned:"
DRILL: Final = mark("Drill")
DRILL_WORDS: Final = mark(
    "DRILL. This is an exercise; nobody is in danger. Please claim it as you would a real emergency."
)
"""What stands in a rehearsal, where a delegate's words stand in others; each reader has it in their language."""


class Compose(Protocol):
    def __call__(self, topic: str, language: Language, at: datetime, asked: Asked = PLAINLY) -> Rich | None:
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


def glossed(
    lines: Iterable[Entry],
    snapshot: Snapshot,
    reader: Language,
    compose: Compose,
    speakers: Speakers | None = None,
) -> Sequence[Glossed]:
    """Each line with what it says in the reader's language.

    Args:
        lines: Of a history.
        snapshot: The event and what it knows.
        reader: Reads this language.
        compose: Puts approved answers into words.
        speakers: Say again what the bot said of its own; without them only approved answers are glossed.
    """
    glossing = _Glossing(snapshot, reader, compose, speakers)
    return [Glossed(entry, glossing.gloss(entry)) for entry in lines]


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


@dataclass(frozen=True, slots=True)
class _Glossing:
    snapshot: Snapshot
    reader: Language
    compose: Compose
    speakers: Speakers | None

    def gloss(self, entry: Entry) -> Rich:
        if entry.message.language == self.reader:
            return ()
        if entry.answer.startswith(CANNED):
            return self._canned(entry.answer.removeprefix(CANNED))
        parts = entry.parts or ((Part(entry.answer.removeprefix(TOPIC)),) if entry.answer else ())
        if parts:
            return self._answered(entry, parts)
        return self._own(entry, letters(entry.message.text, isolate=False)) if entry.author == "desk" else ()

    def _canned(self, key: str) -> Rich:
        known = self.snapshot.library.canned.get(key)
        if known is None:
            return ()
        try:
            return canned_replies.preview(known, self.snapshot.event, {}, self.reader)
        except Refused:
            return ()

    def _answered(self, entry: Entry, parts: Sequence[Part]) -> Rich:
        """The answers, and what the bot said of its own beside them."""
        said = self._composed(parts, self.reader, entry.at)
        told = self._composed(parts, entry.message.language, entry.at)
        if not said or entry.author != "desk" or not told:
            return said
        before, found, after = letters(entry.message.text, isolate=False).partition(letters(told, isolate=False))
        if not found:  # what the event says has changed since
            return said
        return join([self._own(entry, before), said, self._own(entry, after)], "\n\n")

    def _composed(self, parts: Sequence[Part], language: Language, at: datetime) -> Rich:
        texts: list[Rich] = []
        for part in parts:
            text = self.compose(part.topic, language, at, part.asked)
            if not text:
                return ()
            title = self.snapshot.library.topics[part.topic].title.in_(language) if len(parts) > 1 else ""
            texts.append((Span(title, "bold"), Span("\n"), *text) if title else text)
        return join(texts, "\n\n")

    def _own(self, entry: Entry, text: str) -> Rich:
        """Sentences of the bot itself, and the topics that it offered to choose from."""
        if self.speakers is None or not text.strip():
            return ()
        told = sentences_of(self.speakers[entry.message.language])
        said = again(text, told, self.speakers[self.reader], self._renamed(entry.message.language))
        topics = self.snapshot.library.topics
        titles = [topics[key].title.in_(self.reader) for key in offered(entry) if key in topics]
        return join([said, *(plain(f"▫️ {title}") for title in titles)], "\n") if said and not entry.parts else said

    def _renamed(self, told: Language) -> Callable[[str], str]:
        event, library = self.snapshot.event, self.snapshot.library
        known = [
            event.name,
            *(team.name for team in event.teams.values()),
            *(topic.title for topic in library.topics.values()),
        ]
        names = {name.in_(told): name.in_(self.reader) for name in known}
        return lambda value: names.get(value, value)


def offered(entry: Entry) -> Sequence[str]:
    """The topics that a question of the bot, or a menu, offered by its buttons."""
    actions = [button.action for row in entry.message.buttons for button in row]
    return [action.removeprefix(TOPIC) for action in actions if action.startswith(TOPIC)]
