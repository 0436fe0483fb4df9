"""When a service that fails is left alone, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FAILURES: Final = 3  # in a row open the circuit
REST: Final = 30.0  # seconds it then rests; doubled with each further failure
LONGEST_REST: Final = 300.0
SHORTEST_PAUSE: Final = 5.0  # seconds after "too many requests", whatever the service says


@dataclass
class Circuit:
    """``ticks``: seconds that only go forward."""

    ticks: Callable[[], float]
    failed: int = 0
    """In a row."""
    _until: float = 0.0

    @property
    def rests_for(self) -> float:
        """Seconds until the service may be asked again; 0 when it may be now."""
        return max(0.0, self._until - self.ticks())

    def works(self) -> None:
        self.failed, self._until = 0, 0.0

    def fails(self) -> None:
        """It did not answer, or with something that cannot be read."""
        self.failed += 1
        if self.failed >= FAILURES:
            # The exponent is bounded: a service that is away for weeks must not overflow it.
            self._rest(REST * 2.0 ** min(self.failed - FAILURES, 10))

    def asked_to_wait(self, seconds: float) -> None:
        self.failed += 1
        self._rest(max(SHORTEST_PAUSE, seconds))

    def refused(self) -> None:
        """It does not let us in: asking often mends nothing."""
        self.failed += 1
        self._rest(LONGEST_REST)

    def _rest(self, seconds: float) -> None:
        self._until = max(self._until, self.ticks() + min(seconds, LONGEST_REST))
