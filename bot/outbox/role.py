"""A duty that one process at a time may have, such as talking to Telegram with the bot's token.

How it is used (``bot/app.py`` opens it and hands it to everybody who needs it)::

    role = await stack.enter_async_context(Role(store, "telegram"))   # gives the duty back when the house closes
    house.loops["role telegram"] = role.run                           # takes it, and keeps it

    role.held                  # now? True only while the lease surely runs; never waits, never fails
    await role.wait_held()     # returns when it is ours
    await role.wait_lost()     # returns when it is no longer ours (at the latest when the lease would have ended)
    role.since                 # the event loop's time at which it became ours; for those who must start carefully
    await role.resign()        # give it back early; ``run`` takes it again only after ``_AFTER_RESIGNING``

A loop that may only run while the duty is ours looks like this::

    while True:
        await role.wait_held()
        await role.while_held(poll())                                 # cancels poll() as soon as the duty is lost

With a store for one process the duty is ours at once and for ever. While the store cannot be asked, the duty counts
as lost when its lease would have ended, for then another process may have it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from bot.model.errors import StoreUnavailable
from bot.ports import Store

log = structlog.get_logger("role")

LEASE: Final = timedelta(seconds=8)
_MARGIN: Final = 1.0  # seconds before the lease ends at which we let go: what we sent last is over when others begin
_RENEW: Final = 2.0  # seconds between two renewals
_TRY: Final = 1.0  # seconds between two tries to get it, or to reach the store
_ASK_TIMEOUT: Final = 3.0  # seconds for one question to the store
_AFTER_RESIGNING: Final = 4.0  # seconds; time for another process to take it


class Role:
    """See the head of this module.

    Args:
        store: Where the duty is kept.
        name: Its name.
        holder: This process; by default a name of its own, new with each start.
    """

    def __init__(self, store: Store, name: str, *, holder: str = "") -> None:
        self.name = name
        self.since = 0.0
        self._store = store
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.unanswered = False
        """The store could not say whose it is, when it was last asked."""
        self._ends = float("-inf")  # of the loop's time
        self._not_before = float("-inf")
        self._got, self._gone = asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.resign()

    @property
    def held(self) -> bool:
        return asyncio.get_running_loop().time() < self._ends

    async def run(self) -> None:
        """Take the duty when it is free and keep it, until cancelled; the lease then goes on until ``resign``."""
        while True:
            if asyncio.get_running_loop().time() < self._not_before:
                await asyncio.sleep(_TRY)
                continue
            answered = await self._ask()
            await asyncio.sleep(_RENEW if answered and self.held else _TRY)

    async def wait_held(self) -> None:
        while not self.held:
            self._lose()
            await self._got.wait()

    async def wait_lost(self) -> None:
        since = self.since  # ours again after a gap is another time: somebody else may have had it meanwhile
        while self.since == since and (left := self._ends - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._gone.wait()

    async def while_held(self, work: Awaitable[None]) -> None:
        """Do something until it ends or the duty is lost; it is then cancelled, and waited for."""
        doing = asyncio.ensure_future(work)
        losing = asyncio.create_task(self.wait_lost(), name=f"{self.name} lost")
        try:
            await asyncio.wait([doing, losing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            losing.cancel()
            if not doing.done():
                doing.cancel()
            await asyncio.wait([doing, losing])
        if not doing.cancelled():
            doing.result()

    async def resign(self) -> None:
        """Give it back, so that another process need not wait for the lease to end."""
        if self._ends == float("-inf"):
            return
        self._ends = float("-inf")
        self._not_before = asyncio.get_running_loop().time() + _AFTER_RESIGNING
        self._lose()
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_ASK_TIMEOUT):
                await self._store.resign(self.name, self._holder)

    async def _ask(self) -> bool:
        """Returns whether the store answered."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(_ASK_TIMEOUT):
                ours = await self._store.lead(self.name, self._holder, LEASE)
        except (StoreUnavailable, TimeoutError):
            self.unanswered = True
            if not self.held:
                self._lose()
            return False
        self.unanswered = False
        if ours:
            self._take(asked + LEASE.total_seconds() - _MARGIN, loop.time())
        else:
            self._ends = float("-inf")
            self._lose()
        return True

    def _take(self, ends: float, now: float) -> None:
        if now >= self._ends:
            if self._got.is_set():  # the lease ended while this process stood still, and nobody could notice
                self._lose()
            self.since = now
        self._ends = ends  # counted from before the question: the store's lease ends later, never earlier
        if not self._got.is_set() and self.held:
            log.info("role_taken", role=self.name)
            self._got.set()
            self._gone.clear()

    def _lose(self) -> None:
        if self._got.is_set():
            log.info("role_lost", role=self.name)
        self._got.clear()
        self._gone.set()
