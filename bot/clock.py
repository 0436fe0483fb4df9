"""The present: the real one, or a demonstration's, which starts at a given moment and runs on.

Deadlines, leases and due times are kept as times of day, so a clock that jumps would let them all pass at once, or
none for an hour. The house therefore counts on by itself when the machine's clock jumps, tells the organisers, and
comes round only when the machine has stayed with its new time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

DRIFT: Final = 2.0  # seconds; less is no jump, only two clocks that run at slightly different speeds
CONVINCED: Final = 120.0  # seconds that the machine must have stayed with its new time
_SLOWER: Final = 0.5  # how fast the house's clock goes until a clock that was set back has caught up


@dataclass(frozen=True, slots=True)
class Mark:
    """What the house's clock said at a moment, for the next process on this machine."""

    at: float
    """Seconds since 1970, by the house's clock."""
    ticked: float
    """Seconds that only go forward, at the same moment."""
    boot: str
    """Of the machine; the count of seconds begins anew with each."""


def boot_id() -> str:
    """Names the present run of the machine; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def steady_seconds() -> float:
    """Seconds that only go forward, also through a suspended machine where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass
class RealClock:
    """The machine's clock, without its jumps: it never goes back, and goes forward by leaps only after a while.

    Args:
        zone: Of the event.
        wall: The machine's clock, in seconds since 1970.
        tick: Seconds that only go forward.
    """

    zone: ZoneInfo
    wall: Callable[[], float] = time.time
    tick: Callable[[], float] = steady_seconds
    _at: float = 0.0
    _ticked: float = 0.0
    _jumped: tuple[float, float] | None = field(default=None)
    """How far the machine's clock is from ours, and since when."""

    def __post_init__(self) -> None:
        self._at, self._ticked = self.wall(), self.tick()

    def now(self) -> datetime:
        ticked = self.tick()
        passed, self._ticked = ticked - self._ticked, ticked
        self._at += passed
        self._follow(self.wall() - self._at, passed, ticked)
        return datetime.fromtimestamp(self._at, UTC).astimezone(self.zone)

    def mark(self, boot: str) -> Mark:
        """To be kept, so that a restart does not forget what the machine's clock did."""
        self.now()
        return Mark(self._at, self._ticked, boot)

    def resume(self, mark: Mark, boot: str) -> None:
        """Go on with the time of the process before: a clock that jumped while nothing ran has jumped all the same."""
        wall, ticked = self.wall(), self.tick()
        same_boot = bool(boot) and mark.boot == boot and ticked >= mark.ticked
        expected = mark.at + ticked - mark.ticked if same_boot else max(wall, mark.at)
        self._at, self._ticked, self._jumped = wall if abs(wall - expected) <= DRIFT else expected, ticked, None

    @property
    def jump(self) -> timedelta:
        """How far the machine's clock is from the house's, when that is more than drift."""
        return timedelta(seconds=self._jumped[0]) if self._jumped is not None else timedelta()

    def _follow(self, away: float, passed: float, ticked: float) -> None:
        if abs(away) <= DRIFT:
            self._jumped = None
        elif self._jumped is None or abs(self._jumped[0] - away) > DRIFT:
            self._jumped = (away, ticked)
        if self._jumped is not None and ticked - self._jumped[1] < CONVINCED:
            return
        if away >= 0:
            self._at += away
            self._jumped = None
        else:
            slower = min(-away, passed * _SLOWER)
            self._at -= slower
            if self._jumped is not None:
                self._jumped = (away + slower, self._jumped[1])


class DemoClock:
    """Begins at ``start`` when it is made, and runs as fast as time does."""

    def __init__(self, start: datetime, zone: ZoneInfo, tick: Callable[[], float] = steady_seconds) -> None:
        self._start = start.astimezone(zone)
        self._tick = tick
        self._began = tick()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._tick() - self._began)


def real_now() -> datetime:
    return datetime.now(UTC)
