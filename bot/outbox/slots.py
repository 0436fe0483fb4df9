"""How many messages may be on their way through one door at once."""

from __future__ import annotations

import asyncio
import heapq
from typing import Final

from bot.model.messages import Lane

MOST: Final = 16  # replies and broadcasts together; urgent lanes are not counted
BULK: Final = 8  # broadcasts among them: as many may come twice after a kill (O4), and the rest is left to replies


class Slot:
    """A place among those that are on their way, for as long as it is entered."""

    __slots__ = ("_lane", "_slots")

    def __init__(self, slots: Slots, lane: Lane) -> None:
        self._slots = slots
        self._lane = lane

    async def __aenter__(self) -> None:
        await self._slots.enter(self._lane)

    async def __aexit__(self, *_: object) -> None:
        self._slots.leave(self._lane)


class Slots:
    """Lets through a few at a time; urgent lanes pass without a slot, so nothing that hangs can hold them up."""

    def __init__(self, count: int = MOST, bulk: int = BULK) -> None:
        self._free = count
        self._bulk = asyncio.Semaphore(bulk)
        self._numbers = 0
        self._queue: list[tuple[Lane, int, asyncio.Future[None]]] = []

    def slot(self, lane: Lane) -> Slot:
        return Slot(self, lane)

    async def enter(self, lane: Lane) -> None:
        if lane <= Lane.TICKET:
            return
        if lane is Lane.BROADCAST:
            await self._bulk.acquire()
        try:
            await self._take(lane)
        except BaseException:
            if lane is Lane.BROADCAST:
                self._bulk.release()
            raise

    def leave(self, lane: Lane) -> None:
        if lane <= Lane.TICKET:
            return
        self._give()
        if lane is Lane.BROADCAST:
            self._bulk.release()

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
