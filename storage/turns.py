"""Turns of one delegate come one after another.

A class and not a generator: every message passes here several times, and a generator costs more than all that is done in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.model.people import DelegateId

Locks = dict[DelegateId, tuple[asyncio.Lock, int]]
"""A lock for each delegate who has a turn or waits for one, and how many these are."""


class InTurn:
    """Waits for one's turn and has it until the end of the block.

    Args:
        locks: Of the store.
        settled: Waits until it is known what became of earlier writes.
        who: Whose turn.
    """

    __slots__ = ("_locks", "_settled", "_who")

    def __init__(self, locks: Locks, settled: Callable[[], Awaitable[None]], who: DelegateId) -> None:
        self._locks = locks
        self._settled = settled
        self._who = who

    async def __aenter__(self) -> None:
        lock, waiting = self._locks.get(self._who) or (asyncio.Lock(), 0)
        self._locks[self._who] = (lock, waiting + 1)
        try:
            await lock.acquire()
        except BaseException:
            self._leave()
            raise
        try:
            # A turn before this one may have failed while its write is still on its way: a repeat of the same message
            # must not be taken for a new one.
            await self._settled()
        except BaseException:
            lock.release()
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._locks[self._who][0].release()
        self._leave()

    def _leave(self) -> None:
        lock, waiting = self._locks[self._who]
        if waiting == 1:
            del self._locks[self._who]
        else:
            self._locks[self._who] = (lock, waiting - 1)
