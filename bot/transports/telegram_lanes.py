"""Updates being handled: one after another per chat, different chats side by side, emergencies past all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from bot.transports.telegram_updates import UNREADABLE, Arrived, Handling, chat_of

AT_ONCE: Final = 8  # of a backlog; the rest of the house and the fetching of more go on beside them
LOOK_FIRST: Final = 3.0  # seconds for which a backlog waits while the rest of it is looked through for emergencies


@dataclass(frozen=True)
class Item:
    """An update on its way; ``update`` is None when it cannot be read."""

    number: int
    raw: object
    update: Arrived | None
    done: Callable[[], Awaitable[None]]
    """Called when it was handled or set aside."""
    kept: bool = False
    """It is confirmed already and lies in the inbox: one of many that waited."""


class Lanes:
    """Handles updates.

    Args:
        group: Holds the tasks; it ends with the loop that owns it.
        handling: What to do with an update.
        retry: Seconds until an update is tried again that could not be stored.
    """

    def __init__(self, group: asyncio.TaskGroup, handling: Handling, retry: float) -> None:
        self._group = group
        self._handling = handling
        self._retry = retry
        self._waiting: dict[int, deque[Item]] = {}
        self._count = 0
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._open = asyncio.Event()
        self._open.set()
        self._opens: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """How many are waiting or being handled."""
        return self._count

    def more_comes(self) -> None:
        """A backlog is being taken in: only emergencies are handled until all of it was looked at, or for a while."""
        if self._opens is None:
            self._open.clear()
            self._opens = asyncio.get_running_loop().call_later(LOOK_FIRST, self._open.set)

    def all_came(self) -> None:
        if self._opens is not None:
            self._opens.cancel()
            self._opens = None
            self._open.set()

    def put(self, item: Item) -> None:
        self._count += 1
        if item.update is not None and self._handling.intake.urgent(item.update):
            self._group.create_task(self._handle(item, nullcontext()), name="telegram emergency")
            return
        chat = chat_of(item.update) if item.update is not None else -item.number  # in nobody's way
        if chat in self._waiting:
            self._waiting[chat].append(item)
            return
        self._waiting[chat] = deque([item])
        self._group.create_task(self._run(chat), name="telegram lane")

    async def _run(self, chat: int) -> None:
        lane = self._waiting[chat]
        while lane:
            if lane[0].kept:
                await self._open.wait()
            await self._handle(lane[0], self._gate if lane[0].kept else nullcontext())
            lane.popleft()
        del self._waiting[chat]

    async def _handle(self, item: Item, gate: AbstractAsyncContextManager[object]) -> None:
        while True:
            async with gate:
                if await self._handled(item):
                    break
            await asyncio.sleep(self._retry)
        self._count -= 1
        await item.done()

    async def _handled(self, item: Item) -> bool:
        if item.update is None:
            return await self._handling.aside(item.number, item.raw, UNREADABLE)
        return await self._handling.handled(item.update, item.raw)
