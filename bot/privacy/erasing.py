"""Erasing a delegate or the words of a ticket: the store, the reception lanes, and the list that outlives a restore."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.messages import Lane, Outbound, OutboundId, TicketId, Unshow
from bot.model.people import Address, DelegateId, Dialog
from bot.ports import Clock, Store
from bot.privacy.kept import kept_of
from bot.privacy.links import cut

NoteErased = Callable[[DelegateId, datetime], Awaitable[None]]


async def note_nothing(who: DelegateId, at: datetime) -> None:
    """For a desk without backups."""


@dataclass(frozen=True)
class Eraser:
    """Takes words out of everything that the desk can reach.

    Args:
        store: Where they are kept.
        clock: The present of the house.
        lanes: The reception lanes that may show them; each gets an ``Unshow`` per ticket.
        note: Called before a delegate is erased, so that a restored backup does not bring them back.
    """

    store: Store
    clock: Clock
    lanes: tuple[Address, ...] = ()
    note: NoteErased = note_nothing

    async def erase(self, who: DelegateId) -> None:
        """Everything of a delegate.

        Each step may be repeated, and the erasure itself comes last but one: whoever is interrupted begins again.

        Raises:
            StoreUnavailable: It may be erased in part; call it again.
        """
        now = self.clock.now()
        await self.note(who, now)
        await self._cut(who)
        known = await self._tickets_of(who)
        await self._unshow(known, now)
        gone = await self.store.erase(who)
        # A ticket of the last moment, or one that no line of the history led to.
        await self._unshow({t.id: dict(t.threads) for t in gone if t.id not in known}, now)

    async def _cut(self, who: DelegateId) -> None:
        """The same person's other door must not keep the address of this one."""
        delegate = await self.store.delegate(who)
        if delegate is not None and delegate.other is not None:
            await cut(self.store, delegate.other, delegate.address)

    async def redact(self, number: TicketId) -> None:
        """The words of one ticket; its number and times stay.

        Raises:
            StoreUnavailable: Call it again.
        """
        ticket = await self.store.ticket(number)
        if ticket is None:
            return
        await self._unshow({number: dict(ticket.threads)}, self.clock.now())
        async with self.store.transaction(ticket.delegate) as tx:
            delegate = await tx.delegate()
            if delegate is not None and delegate.dialog.question:  # the last question may be this very one
                await tx.save_delegate(delegate.remember(Dialog()))
        await self.store.redact(number, self.clock.now())

    async def _tickets_of(self, who: DelegateId) -> dict[TicketId, dict[str, str]]:
        return {ticket.id: dict(ticket.threads) for ticket in (await kept_of(self.store, who)).tickets}

    async def _unshow(self, tickets: dict[TicketId, dict[str, str]], now: datetime) -> None:
        rows = [row for number, threads in sorted(tickets.items()) for row in _rows(number, threads, self.lanes, now)]
        for lane in {row.to for row in rows}:
            # A turn of the lane, not of the delegate: these rows must outlive the erasure and name nobody.
            async with self.store.transaction(lane.delegate) as tx:
                for row in rows:
                    if row.to == lane:
                        await tx.enqueue(row)


def _rows(number: TicketId, threads: dict[str, str], lanes: Collection[Address], now: datetime) -> Sequence[Outbound]:
    return [
        Outbound(
            OutboundId(f"unshow:{lane.channel}:{number}"),
            lane,
            Lane.TICKET,
            Unshow(number, threads.get(lane.channel, "")),
            now,
            now,
        )
        for lane in lanes
    ]
