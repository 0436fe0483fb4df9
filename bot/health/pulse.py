"""The event loop's own pulse: how late it is, and a thread that ends the process when it stands still.

A loop that never gives way cannot be cancelled from within, so this is the one thing that a thread must do.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

log = structlog.get_logger("watch")

EVERY: Final = 0.25  # seconds
STANDSTILL: Final = 60.0  # seconds; with the look before it well within the ninety that repair may take
LAST_WISHES: Final = 20.0  # seconds that closing everything may take when the house cannot go on
_LOOK: Final = 1.0


def end_process() -> None:
    """At once: nothing in this process can be relied on any more, and the store is safe against a kill."""
    os._exit(70)


def end_soon(seconds: float = LAST_WISHES) -> None:
    """End the process at the latest after this time, whatever still runs in it."""
    ending = threading.Timer(seconds, end_process)
    ending.daemon = True
    ending.start()


@dataclass
class Pulse:
    """Measures how late the event loop comes to what is due.

    Args:
        late: Called with the seconds of each delay.
        standstill: Seconds without a pulse after which ``give_up`` is called.
        give_up: Ends the process.
    """

    late: Callable[[float], None] = lambda _: None
    standstill: float = STANDSTILL
    give_up: Callable[[], None] = end_process
    _count: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    async def run(self) -> None:
        while True:
            due = time.monotonic() + EVERY
            await asyncio.sleep(EVERY)
            self._count += 1
            self.late(max(0.0, time.monotonic() - due))

    @asynccontextmanager
    async def guarded(self) -> AsyncIterator[None]:
        """While the block runs a thread looks whether the event loop goes on."""
        thread = threading.Thread(target=self._guard, name="standstill", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()

    def _guard(self) -> None:
        still, last, looked = 0.0, self._count, time.monotonic()
        while not self._stop.wait(_LOOK):
            now = time.monotonic()
            still += min(now - looked, 2 * _LOOK)  # being stopped from outside is no standstill
            looked = now
            if self._count != last:
                still, last = 0.0, self._count
            if still > self.standstill:
                log.critical("event_loop_stands_still", seconds=round(still))
                self.give_up()
                return
