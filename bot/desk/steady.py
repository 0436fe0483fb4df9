"""Time for emergencies: it goes as fast as real time, whatever becomes of the clocks.

The house's own clock goes at half speed for a while after the machine's was set back, and leaps when it was set forward
for good. A ladder must do neither: its ticket carries a mark with the count of seconds, which goes on over restarts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import boot_id, steady_seconds
from bot.model.tickets import Ticket
from bot.ports import Clock
from bot.tickets import ladder


@dataclass
class Steady:
    clock: Clock
    tick: Callable[[], float] = steady_seconds
    boot: str = field(default_factory=boot_id)

    def now(self, ticket: Ticket) -> datetime:
        """The present for the ladder of a ticket: by the count of seconds, where it was marked in this run of the machine."""
        now = self.clock.now()
        began, boot, ticked, at = _read(ticket.alarm_mark)
        passed = self.tick() - ticked
        if began != _began(ticket) or boot != self.boot or passed < 0 or at is None:
            return now
        return at + timedelta(seconds=passed)

    def is_marked(self, ticket: Ticket) -> bool:
        """Whether a ladder that counts carries the mark of what it counts from, made in this run of the machine."""
        if ladder.next_due(ticket) is None:
            return True
        began, boot, _, _ = _read(ticket.alarm_mark)
        return began == _began(ticket) and boot == self.boot

    def marked(self, ticket: Ticket) -> Ticket:
        if self.is_marked(ticket):
            return ticket
        parts = (_began(ticket), self.boot, f"{self.tick():.3f}", self.clock.now().isoformat())
        return replace(ticket, alarm_mark="|".join(parts))


def _began(ticket: Ticket) -> str:
    """From when the ladder counts: the claim, or the beginning of the alarm."""
    began = ticket.alarm_since if ladder.running(ticket) else ticket.claimed_at
    return (began or ticket.opened_at).isoformat()


def _read(mark: str) -> tuple[str, str, float, datetime | None]:
    parts = mark.split("|")
    if len(parts) != 4:
        return "", "", 0.0, None
    return parts[0], parts[1], float(parts[2]), datetime.fromisoformat(parts[3])
