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


@dataclass(frozen=True)
class Foreign:
    translator: Translator | None
    feed: Feed

    def lines(self, ticket: Ticket, timeline: Sequence[Entry], reader: Language) -> Mapping[int, str]:
        """Per line of the delegate its translation, where one is known; the page is told when more is."""
        if self.translator is None:
            return {}
        awaits = Awaits(f"console:{ticket.id}:{reader}", self._again(ticket))
        found = {}
        for entry in [one for one in timeline if one.author == "delegate"][-MOST:]:
            said = letters(entry.message.text, isolate=False)
            known = self.translator.known(said, ticket, (reader,), chat=entry.message.language, awaits=awaits)
            if reader in known:
                found[entry.seq] = known[reader]
        return found

    def _again(self, ticket: Ticket) -> Callable[[], Awaitable[None]]:
        async def again() -> None:
            self.feed.again(ticket.id)

        return again
