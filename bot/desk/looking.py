"""One look at one ticket by the house itself: its own turn, with what everybody who looks needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.answers.engine import Engine
from bot.desk.emergency_card import EmergencyCard
from bot.desk.onduty import OnDutyNow, Paging, nobody
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers
from bot.model.messages import TicketId
from bot.model.people import Address, Delegate
from bot.model.tickets import Ticket
from bot.ports import Clock, Store


@dataclass(frozen=True)
class Looking:
    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()
    paging: Paging = nobody

    @property
    def duty(self) -> OnDutyNow:
        return OnDutyNow(self.store, self.engine, self.clock)

    def card(self) -> EmergencyCard:
        return EmergencyCard.of(self.engine().snapshot.event)

    @asynccontextmanager
    async def at(self, number: TicketId, cause: str) -> AsyncIterator[tuple[Turn, Ticket] | None]:
        """The ticket as it is now, in a turn of its own; None when it was erased.

        Args:
            number: Of the ticket.
            cause: Names what is done, so that its rows have names of their own; the version is added.

        Raises:
            StoreUnavailable: Nothing was changed.
        """
        known = await self.store.ticket(number)
        if known is None:
            yield None
            return
        async with self.store.transaction(known.delegate) as tx:
            ticket = await tx.ticket(number)
            if ticket is None:
                yield None
                return
            now = self.clock.now()
            delegate = await tx.delegate() or Delegate(ticket.delegate, ticket.address, ticket.language, now)
            speaker = self.speakers[delegate.language]
            named = f"{cause}:{number}:{ticket.version}"
            yield Turn(tx, delegate, self.engine(), speaker, now, ticket.address, self.lanes, named), ticket


async def all_due(step: Callable[[TicketId], Awaitable[bool]], number: TicketId, most: int) -> int:
    """Take the steps that are due on a ticket, each in a commit of its own; returns how many.

    Args:
        step: Takes the next one; False when none is due.
        number: Of the ticket.
        most: What one look may take; the next look goes on.

    Raises:
        StoreUnavailable: The rest is due still.
    """
    for taken in range(most):
        if not await step(number):
            return taken
    return most
