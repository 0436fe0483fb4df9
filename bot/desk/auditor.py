"""An independent look at all open tickets: shown to somebody, and timed (S1). It shares no loop with what it audits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.desk.climbing import Climbing
from bot.desk.waiting import Waiting
from bot.model.content import Waits
from bot.model.errors import StoreUnavailable
from bot.model.messages import TicketId
from bot.model.tickets import Ticket, TicketState
from bot.tickets import clocks, ladder

log = structlog.get_logger("auditor")

EVERY: Final = 60.0  # seconds
LATE: Final = timedelta(seconds=30)
"""A step so long overdue was forgotten: whatever should have taken it does not run."""


def faults(
    tickets: Sequence[Ticket], now: datetime, waits: Waits, steady: Callable[[Ticket], datetime]
) -> Sequence[TicketId]:
    """Open tickets that nobody looks after: not shown for a while, without a clock, or with one that was missed.

    Args:
        tickets: Open ones count.
        now: By the house's clock.
        waits: Of the event.
        steady: The present for a ticket's emergency ladder.
    """
    return [
        ticket.id
        for ticket in tickets
        if ticket.open and (_unshown(ticket, now) or _untimed(ticket, now, steady(ticket), waits))
    ]


def _unshown(ticket: Ticket, now: datetime) -> bool:
    return ticket.seen_at is None and now - ticket.opened_at >= 2 * LATE


def _untimed(ticket: Ticket, now: datetime, steady: datetime, waits: Waits) -> bool:
    rung, wait = ladder.next_due(ticket), clocks.next_due(ticket, waits)
    if rung is not None or wait is not None:
        return (rung is not None and steady - rung >= LATE) or (wait is not None and now - wait >= LATE)
    # Without a deadline only while it is for the delegate to speak: they were answered, or asked.
    return ticket.state is not TicketState.WAITING and clocks.unanswered_since(ticket) is not None


@dataclass(frozen=True)
class Auditor:
    """Give ``run`` to the house."""

    climbing: Climbing
    waiting: Waiting
    tell: Callable[[Sequence[TicketId]], None] = lambda numbers: None  # noqa: ARG005 -- while nobody wants to know
    """Called each time with the tickets that were not looked after; empty when all is well."""
    beat: Callable[[], None] = lambda: None
    tidy: Callable[[], Awaitable[None]] | None = None
    """Called each time as well."""

    async def run(self) -> None:
        while True:
            self.beat()
            await asyncio.sleep(EVERY)
            try:
                await self.look()
                if self.tidy is not None:
                    await self.tidy()
            except StoreUnavailable:
                log.warning("audit_postponed")

    async def look(self) -> Sequence[TicketId]:
        """Find what was forgotten, tell it, and take its steps."""
        look = self.climbing.look
        waits = look.engine().snapshot.event.waits
        found = faults(await look.store.tickets(), look.clock.now(), waits, self.climbing.steady.now)
        self.tell(found)
        for number in found:
            log.error("ticket_not_looked_after", ticket=number)
            await self.climbing.take(number)
            await self.waiting.take(number)
        return found
