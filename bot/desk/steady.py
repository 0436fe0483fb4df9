"""Time for emergencies: it never goes slower than real time, whatever becomes of the clocks.

The house's own clock goes at half speed for a while after the machine's was set back. A ladder must not: for each
emergency, seconds are counted from when this process first saw it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import steady_seconds
from bot.model.messages import TicketId
from bot.model.tickets import Ticket
from bot.ports import Clock

_Began = tuple[datetime | None, datetime, float]


@dataclass
class Steady:
    clock: Clock
    tick: Callable[[], float] = steady_seconds
    _seen: dict[TicketId, _Began] = field(default_factory=dict)
    """Per emergency: of which alarm, what the house's clock said, and the count of seconds then."""

    def now(self, ticket: Ticket) -> datetime:
        """The present for the ladder of a ticket; never before the house's clock."""
        now, ticked = self.clock.now(), self.tick()
        began = ticket.claimed_at if ticket.owner is not None else ticket.alarm_since
        known = self._seen.get(ticket.id)
        if known is None or known[0] != began:
            known = self._seen[ticket.id] = (began, now, ticked)
        return max(now, known[1] + timedelta(seconds=ticked - known[2]))

    def forget(self, keep: set[TicketId]) -> None:
        """Let go of emergencies that are over."""
        self._seen = {number: began for number, began in self._seen.items() if number in keep}
