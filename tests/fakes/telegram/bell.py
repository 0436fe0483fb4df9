"""Waiting for something to become true without looking at the clock in between."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 30.0  # seconds; a busy machine is slow, and who waits in vain fails anyway


class Bell:
    """Rung after each change; everyone who waits looks again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T | None], timeout: float) -> T | None:  # noqa: ASYNC109 -- the tests say how patient they are
        """What ``look`` finds, or None when ``timeout`` seconds have passed."""
        try:
            async with asyncio.timeout(timeout):
                while (found := look()) is None:
                    await self._event.wait()
        except TimeoutError:
            return look()
        return found
