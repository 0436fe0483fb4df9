"""What delegates wrote in a language that the reader of a thread does not read, as far as a machine has translated it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.language import Language
from bot.model.messages import Entry
from bot.model.rich import letters
from bot.model.tickets import Ticket
from bot.ports import Awaits, Translator
from bot.transports.web_feed import Feed

MOST: Final = 30
"""So many lines of a thread are translated, the latest ones."""


QUESTION: Final = 0
"""Stands for the ticket's question among the numbers of lines, which begin with 1."""


@dataclass(frozen=True)
class Foreign:
    translator: Translator | None
    feed: Feed

    def lines(self, ticket: Ticket, timeline: Sequence[Entry], reader: Language) -> Mapping[int, str]:
        """Per line of the delegate, and for the question, its translation where one is known; the page is told when more is."""
        if self.translator is None:
            return {}
        awaits = Awaits(f"console:{ticket.id}:{reader}", self._again(ticket))
        written = [
            (entry.seq, letters(entry.message.text, isolate=False), entry.message.language)
            for entry in timeline
            if entry.author == "delegate"
        ]
        found = {}
        # The question may have been written before the ticket was opened: then it is no line of it.
        for seq, said, chat in [(QUESTION, ticket.question, ticket.language), *written[-MOST:]]:
            known = self.translator.known(said, ticket, (reader,), chat=chat, awaits=awaits)
            if reader in known:
                found[seq] = known[reader]
        return found

    def _again(self, ticket: Ticket) -> Callable[[], Awaitable[None]]:
        async def again() -> None:
            self.feed.again(ticket.id)

        return again
