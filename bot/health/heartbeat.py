"""A sign of life to somebody outside, only while all is well: when it stops, they ask what is the matter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

log = structlog.get_logger("health")

EVERY: Final = 60.0  # seconds
WITHIN: Final = 10.0
_LOOK: Final = 5.0  # seconds until the next look while something is wrong


@dataclass
class Heartbeat:
    """See the head of this module.

    Args:
        url: What to fetch; https, or on this machine.
        green: Whether all is well.
        fetch: Gets an address; returns the status. Raises OSError or TimeoutError.
        every: Seconds between two beats.
    """

    url: str
    green: Callable[[], bool]
    fetch: Callable[[str], Awaitable[int]]
    every: float = EVERY
    _failing: bool = False

    async def run(self) -> None:
        while True:
            if self.green():
                await self._beat()
                await asyncio.sleep(self.every)
            else:
                await asyncio.sleep(min(_LOOK, self.every))

    async def _beat(self) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                status = await self.fetch(self.url)
            problem = "" if status < 400 else f"status {status}"
        except (OSError, TimeoutError) as error:
            problem = type(error).__name__
        # Once per episode, and not the address: it is a secret of the service that watches.
        if problem and not self._failing:
            log.warning("heartbeat_not_taken", problem=problem)
        self._failing = bool(problem)
