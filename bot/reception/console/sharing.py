"""Presence over several processes on one database: each tells what its own pages look at, and reads what the others tell.

A small thing per process in the store, told again while somebody is there; a process that fell silent is believed for a
few seconds and no longer. It saves people a surprise and nothing more: what keeps two of them from answering the same
delegate is the version that a reply carries.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.model.errors import StoreUnavailable
from bot.model.messages import TicketId
from bot.model.people import DelegateId, StaffId
from bot.ports import Store
from bot.reception.console.here import Here, Looker
from bot.transports.web_feed import ABOUT_STAFF

PREFIX: Final = "here:"
TURN: Final = DelegateId(f"{ABOUT_STAFF}here")
AGAIN: Final = 5.0  # seconds after which it is told again, and looked at again
BELIEVED: Final = timedelta(seconds=15)
"""For so long, what a process told last is taken to be true."""
_BREATH: Final = 0.25  # seconds between two things told: somebody runs through the queue

log = structlog.get_logger("console")


@dataclass
class Sharing:
    """Run it beside the console, when there may be other processes."""

    store: Store
    here: Here
    now: Callable[[], datetime]
    name: str = field(default_factory=lambda: secrets.token_hex(6))
    """Of this process, among the others."""
    _told: list[Looker] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        self._news.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again(self.here.changed, self.tell), name="presence told")
            group.create_task(self._again_and_again(self._news, self.hear), name="presence heard")
            group.create_task(self._follow(), name="presence followed")

    async def tell(self) -> None:
        """What the pages of this process look at; others learn of a change at once.

        Raises:
            StoreUnavailable: Not told.
        """
        mine = self.here.mine()
        if not mine and not self._told:
            return
        now = self.now()
        value = json.dumps({"at": now.isoformat(), "people": mine}, ensure_ascii=False)
        key, until = f"{PREFIX}{self.name}", now + BELIEVED
        if mine == self._told:  # only that it is still so: nobody has to be woken for it
            await self.store.remember(key, value, until=until)
            return
        async with self.store.transaction(TURN) as turn:
            await turn.remember(key, value, until=until)
        self._told = mine

    async def hear(self) -> None:
        """What the others told. Raises StoreUnavailable."""
        found: list[Looker] = []
        for key, value in (await self.store.recall_all(PREFIX)).items():
            told = json.loads(value)
            if key != f"{PREFIX}{self.name}" and abs(self.now() - datetime.fromisoformat(told["at"])) < BELIEVED:
                found += [
                    Looker(StaffId(who), name, TicketId(seen), types) for who, name, seen, types in told["people"]
                ]
        self.here.hears(found)

    async def _again_and_again(self, bell: asyncio.Event, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await bell.wait()
            bell.clear()
            try:
                await do()
            except StoreUnavailable:
                log.info("presence_postponed")
            await asyncio.sleep(_BREATH)

    async def _follow(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                async for change in self.store.changes():
                    if change.gap or change.delegate == TURN:
                        self._news.set()
            await asyncio.sleep(AGAIN)
