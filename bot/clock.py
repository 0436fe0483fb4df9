"""The present: the real one, or a demonstration's, which starts at a given moment and runs on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class RealClock:
    zone: ZoneInfo

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(self.zone)


class DemoClock:
    """Begins at ``start`` when it is made, and runs as fast as time does."""

    def __init__(self, start: datetime, zone: ZoneInfo) -> None:
        self._start = start.astimezone(zone)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)


def real_now() -> datetime:
    return datetime.now(UTC)
