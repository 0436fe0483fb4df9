"""Waiting and timing on a machine that others use, too."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

PATIENCE: Final = 30.0  # seconds; far more than anything waited for needs, for who waits in vain fails anyway
_PROC: Final = Path("/proc")


class Stopwatch:
    """Seconds without those in which the processes that take part stood in line for a processor.

    A promise such as "within five seconds" is about a machine that has time for the desk: what others keep the processors
    busy with is no fault of it. Linux counts that waiting per thread; elsewhere these are seconds of the clock.

    Args:
        processes: The ids of those who take part beside this process, asked at the beginning and at each reading.
    """

    def __init__(self, processes: Callable[[], Collection[int]] = lambda: ()) -> None:
        self._processes = processes
        self._began = time.monotonic()
        self._waited: dict[Path, int] = {}  # nanoseconds in line, by thread
        self.look()
        self._before = dict(self._waited)

    def look(self) -> None:
        """To be called now and then where one of them may end: what it waited for is not known afterwards."""
        for process in {os.getpid(), *self._processes()}:
            for thread in _PROC.glob(f"{process}/task/*/schedstat"):
                with suppress(OSError, IndexError):  # it has ended meanwhile
                    self._waited[thread] = int(thread.read_text().split()[1])

    @property
    def seconds(self) -> float:
        self.look()
        waited = sum(nanoseconds - self._before.get(thread, 0) for thread, nanoseconds in self._waited.items())
        return time.monotonic() - self._began - waited / 1e9


async def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for something that has no bell.

    Raises:
        TimeoutError: It did not come true.
    """
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.005)
