"""How many messages may be on their way through one door at once."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from bot.model.messages import Lane

MOST: Final = 16  # replies and broadcasts together; urgent lanes are not counted
BULK: Final = 8  # broadcasts among them: as many may come twice after a kill (O4), and the rest is left to replies


class Slots:
    """Lets through a few at a time; urgent lanes pass without a slot, so nothing that hangs can hold them up."""

    def __init__(self, count: int = MOST, bulk: int = BULK) -> None:
        self._free = count
        self._bulk = asyncio.Semaphore(bulk)
        self._numbers = 0
        self._queue: list[tuple[Lane, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[None]:
        if lane <= Lane.TICKET:
            yield
            return
        async with AsyncExitStack() as stack:
            if lane is Lane.BROADCAST:
                await stack.enter_async_context(self._bulk)
            await self._take(lane)
            stack.callback(self._give)
            yield

    async def _take(self, lane: Lane) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers += 1
        heapq.heappush(self._queue, (lane, self._numbers, place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # given a slot in the same moment: pass it on
                self._give()
            raise

    def _give(self) -> None:
        while self._queue:
            _, _, place = heapq.heappop(self._queue)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
