"""What the desk does when a message to a delegate is given up: another door is tried, and staff are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.desk.owed import owe
from bot.i18n.translator import Speakers, mark
from bot.model.messages import Entry, InboundId, Lane, Message, Outbound, OutboundId, Relay, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import Rich, join
from bot.model.tickets import Priority, Ticket
from bot.ports import Clock, Store, Transaction
from bot.privacy.links import linked

_MOMENT: Final = timedelta(seconds=1)  # until staff are told: by then the line of the history has its reason
_KNOWN: Final = timedelta(days=30)
_UNREACHABLE: Final = mark("Messages no longer reach this delegate here: {reason}")


@dataclass(frozen=True)
class Undelivered:
    """Give ``gone`` to the dispatcher."""

    store: Store
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()

    async def gone(self, row: Outbound, reason: str, *, address_gone: bool) -> Address | None:
        """Another address of the same person that shall be tried instead; None when there is none.

        Raises:
            StoreUnavailable: Nothing was done; ask again.
        """
        if row.delegate is None or not isinstance(row.body, Message):
            # For staff: the duties show a card again, and a line of the conversation is owed; but one that was sent
            # twice without an answer would come a third time.
            if address_gone or not row.unsure:
                await owe(self.store, row, self.clock.now())
            return None
        entry = await self.store.entry(row.delegate, row.entry) if row.entry is not None else None
        known = await self.store.delegate(row.delegate)
        same = await linked(self.store, known) if known is not None else None
        async with self.store.transaction(row.delegate) as tx:
            delegate = await tx.delegate()
            if delegate is None:
                return None
            at_home = row.to == delegate.address  # else this was the other door already
            if address_gone and at_home and not delegate.blocked:
                await tx.save_delegate(replace(delegate, blocked=True))
                await self._tell_of_block(tx, delegate, reason, but=entry.ticket if entry is not None else None)
            other = same.address if same is not None and address_gone and at_home else None
            if other is None and entry is not None and entry.author == "staff" and entry.ticket is not None:
                await self._relay_again(tx, entry, entry.ticket)
        if other is not None and entry is not None:
            await self._copy(row, entry, other)
        return other

    async def _tell_of_block(self, tx: Transaction, delegate: Delegate, reason: str, *, but: TicketId | None) -> None:
        """A note in each open ticket; one whose reply has failed says so itself."""
        for ticket in await tx.open_tickets():
            if ticket.id == but:
                continue
            note = Entry(
                0, delegate.id, self.clock.now(), "note", self._note(reason), name="Delegate Desk", ticket=ticket.id
            )
            line = await tx.append(note)
            for row in self._rows(ticket, line, "relay"):
                await tx.enqueue(row)

    async def _relay_again(self, tx: Transaction, entry: Entry, number: TicketId) -> None:
        """The reply once more, now with the reason why it did not arrive."""
        ticket = await tx.ticket(number)
        if ticket is not None:
            for row in self._rows(ticket, entry, "undelivered"):
                await tx.enqueue(row)

    def _rows(self, ticket: Ticket, entry: Entry, what: str) -> Sequence[Outbound]:
        now = self.clock.now()
        lane = Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
        return [
            Outbound(
                OutboundId(f"{what}:{address.channel}:{ticket.id}:{entry.seq}"),
                address,
                lane,
                Relay(ticket.id, entry.seq),
                now,
                now + _MOMENT,
                delegate=ticket.delegate,
                ticket=ticket.id,
            )
            for address in self.lanes
        ]

    def _note(self, reason: str) -> Message:
        said: list[Rich] = [self.speakers[language]._(_UNREACHABLE, reason=reason) for language in ("en", "vi")]
        return Message(join(said, " / "), "en")

    async def _copy(self, row: Outbound, entry: Entry, other: Address) -> None:
        """A door that shows the history, such as the web page, must find the message in its own."""
        now = self.clock.now()
        async with self.store.transaction(other.delegate) as tx:
            if await tx.delegate() is None or await tx.known(InboundId(f"moved:{row.id}"), now=now, until=now + _KNOWN):
                return
            await tx.append(Entry(0, other.delegate, now, entry.author, entry.message, name=entry.name))
