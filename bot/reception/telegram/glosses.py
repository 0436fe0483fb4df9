"""What the bot said, in the languages of whoever reads a ticket on Telegram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.answers.compose import Composer
from bot.model.decisions import PLAINLY, Answer, Asked
from bot.model.language import Language
from bot.model.messages import Entry
from bot.model.rich import Rich, letters
from bot.model.tickets import Ticket
from bot.ports import Store
from bot.reception.telegram.card import StaffWords, Told
from bot.tickets import glossing

LOOKED_AT: Final = 40  # of the newest lines


@dataclass(frozen=True)
class Glosses:
    store: Store

    async def told(self, ticket: Ticket, words: StaffWords) -> Told:
        """What the bot could answer of the question itself as it passed it on; empty when that was nothing."""
        lines = await self.store.entries(ticket.delegate, limit=LOOKED_AT)
        said = [one for one in lines if _is_answer(one, ticket)]
        return self.of(said[-1], words, own=True) if said else {}

    def of(self, entry: Entry, words: StaffWords, *, own: bool = False) -> Told:
        """An entry in the readers' languages, as far as it is written in them.

        Args:
            entry: Made from an approved answer or a canned reply, or not.
            words: Of the readers.
            own: Also in its own language, when that is one of theirs.
        """
        found: dict[Language, str] = {}
        for language in words.languages:
            if entry.message.language == language:
                if own:
                    found[language] = letters(entry.message.text, isolate=False)
                continue
            [line] = glossing.glossed([entry], words.snapshot, language, _composing(words), words.speakers)
            if line.gloss:
                found[language] = letters(line.gloss, isolate=False)
        return found


def _is_answer(entry: Entry, ticket: Ticket) -> bool:
    answers = entry.author == "desk" and bool(entry.answer)
    return answers and entry.ticket == ticket.id and entry.at <= ticket.opened_at


def _composing(words: StaffWords) -> glossing.Compose:
    def composed(topic: str, language: Language, at: datetime, asked: Asked = PLAINLY) -> Rich | None:
        if topic not in words.snapshot.library.topics:
            return None
        found = Composer(words.snapshot, words.speakers[language], at).answer(Answer(topic, asked, 1.0))
        return found.message.text if found is not None else None

    return composed
