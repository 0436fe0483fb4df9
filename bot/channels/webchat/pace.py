"""How fast one session may write; one guest is slowed alone, never the hotel's address."""

from __future__ import annotations

from typing import Final

BURST: Final = 20.0  # messages at once
REFILL: Final = 1.0  # messages a second
_SWEEP: Final = 5_000  # sessions remembered before the rested ones are dropped


class Pace:
    """A bucket of tokens per session; the time is passed in, in seconds."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_for(self, session: str, now: float) -> float:
        """Seconds until this session may write again; 0 takes a token."""
        left = self._left(session, now)
        if left < 1:
            return (1 - left) / REFILL
        if len(self._buckets) >= _SWEEP:
            self._forget_rested(now)
        self._buckets[session] = (left - 1, now)
        return 0.0

    def _left(self, session: str, now: float) -> float:
        left, at = self._buckets.get(session, (BURST, now))
        return min(BURST, left + max(0.0, now - at) * REFILL)

    def _forget_rested(self, now: float) -> None:
        for session in [key for key in self._buckets if self._left(key, now) >= BURST]:
            del self._buckets[session]
