"""What delegates wrote in a language that these readers do not read, added to a card or a line when a machine has translated it.

Nothing waits for a translation: the card or the line goes out as it is, and is shown once more when there is one. That
row of the outbox leaves after those of other tickets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.model.messages import Entry, Lane, Outbound, OutboundId, Relay, ShowTicket
from bot.model.people import Address
from bot.model.rich import letters
from bot.model.tickets import Ticket
from bot.ports import Awaits, Store, Translator
from bot.reception.telegram.card import StaffWords, Told


@dataclass(frozen=True)
class Foreign:
    translator: Translator | None
    store: Store
    now: Callable[[], datetime]

    def question(self, ticket: Ticket, words: StaffWords, to: Address) -> Told:
        """The question on a card; what is missing is asked for, and then the card is shown again at that address."""
        if self.translator is None:
            return {}
        again = self._again(ticket, to, ShowTicket(ticket.id))
        awaits = Awaits(f"{to.channel}:{to.key}:{ticket.id}", again)
        return self.translator.known(ticket.question, ticket, words.languages, chat=ticket.language, awaits=awaits)

    def line(self, ticket: Ticket, entry: Entry, words: StaffWords) -> Told:
        """A line of the delegate, as far as its translation is known."""
        return self._line(ticket, entry, words, None)

    def ask_for_line(self, ticket: Ticket, entry: Entry, words: StaffWords, to: Address, message: int) -> None:
        """The same, for a message that stands there without it: it is edited when the translation has come."""
        again = self._again(ticket, to, Relay(ticket.id, entry.seq), str(message))
        self._line(ticket, entry, words, Awaits(f"{to.channel}:{to.key}:{ticket.id}:{entry.seq}", again))

    def _line(self, ticket: Ticket, entry: Entry, words: StaffWords, awaits: Awaits | None) -> Told:
        if self.translator is None or entry.author != "delegate":
            return {}
        said = letters(entry.message.text, isolate=False)
        return self.translator.known(said, ticket, words.languages, chat=entry.message.language, awaits=awaits)

    def earlier(self, ticket: Ticket, entry: Entry, words: StaffWords, to: Address | None) -> Told:
        """A line from before a ticket; with ``to`` it is asked for, and then the card there is shown again."""
        if to is None:
            return self._line(ticket, entry, words, None)
        place = f"{to.channel}:{to.key}:{ticket.id}:before:{entry.seq}"
        return self._line(ticket, entry, words, Awaits(place, self._again(ticket, to, ShowTicket(ticket.id))))

    def _again(
        self, ticket: Ticket, to: Address, body: ShowTicket | Relay, replaces: str = ""
    ) -> Callable[[], Awaitable[None]]:
        async def again() -> None:
            now = self.now()
            row = OutboundId(f"machine:{to.channel}:{to.key}:{ticket.id}:{replaces}:{now.timestamp():.3f}")
            async with self.store.transaction(ticket.delegate) as tx:
                if await tx.ticket(ticket.id) is None:
                    return
                await tx.enqueue(
                    Outbound(
                        row,
                        to,
                        Lane.REPLY,
                        body,
                        now,
                        now,
                        delegate=ticket.delegate,
                        ticket=ticket.id,
                        replaces=replaces,
                    )
                )

        return again
