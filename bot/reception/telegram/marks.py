"""What became of replies: a sign on what staff wrote as soon as it has arrived, another when it never will (S3).

What waits for its sign is kept in the store, by ids alone: a restart goes on where it was. The store tells when something
became of a delegate's lines; a look by the clock is for what was missed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.model.errors import StoreUnavailable
from bot.model.messages import Entry
from bot.model.people import DelegateId, Staff
from bot.model.tickets import Ticket
from bot.ports import Store

PREFIX: Final = "telegram:mark:"
KEPT: Final = timedelta(days=1)
"""As long as a reply is tried."""
LOOK_EVERY: Final = 2.0  # seconds between looks by the clock, while something waits
_REST: Final = 60.0  # seconds between them, while nothing does
_LISTEN_AGAIN: Final = 1.0  # seconds until changes are followed again that were not to be had
ARRIVED: Final = "👌"
NEVER: Final = "👎"
_NEWEST: Final = 20  # lines of a history among which the reply is looked for

log = structlog.get_logger("reception.telegram")


@dataclass
class Marks:
    """Run it beside the lane.

    Args:
        store: Knows what arrived.
        now: The present of the house.
        react: Puts a sign on a message of a chat.
        sends: Whether this process is the one that talks to Telegram.
    """

    store: Store
    now: Callable[[], datetime]
    react: Callable[[int, int, str], Awaitable[None]]
    sends: Callable[[], bool] = lambda: True
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _awaited: set[DelegateId] = field(default_factory=set)
    """Of whose lines something waits for its sign."""

    async def watch(self, ticket: Ticket, by: Staff, chat: int, message: int) -> None:
        """The last reply of somebody in a ticket is the one that stands in this message."""
        try:
            lines = await self.store.entries(ticket.delegate, limit=_NEWEST)
            mine = [one for one in lines if one.author == "staff" and one.ticket == ticket.id and one.name == by.name]
            if not mine:
                return
            kept = json.dumps({"who": ticket.delegate, "entry": mine[-1].seq})
            self._awaited.add(ticket.delegate)
            await self.store.remember(f"{PREFIX}{chat}:{message}", kept, until=self.now() + KEPT, who=ticket.delegate)
        except StoreUnavailable:
            log.info("mark_not_kept")  # the reply itself is safe; a failure is still told in the topic
        self._bell.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="marks on changes")
            group.create_task(self._by_clock(), name="marks by the clock")

    async def _follow(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                async for change in self.store.changes():
                    if change.gap or change.delegate in self._awaited:
                        self._bell.set()
            await asyncio.sleep(_LISTEN_AGAIN)

    async def _by_clock(self) -> None:
        while True:
            self._bell.clear()
            waiting = 1
            if self.sends():
                try:
                    waiting = await self.look()
                except StoreUnavailable:
                    log.info("marks_postponed")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY if waiting else _REST):
                    await self._bell.wait()

    async def look(self) -> int:
        """Put signs where something became of a reply; returns of how many delegates some still wait."""
        known, waiting = set(self._awaited), set[DelegateId]()
        for key, value in (await self.store.recall_all(PREFIX)).items():
            kept = json.loads(value)
            who = DelegateId(kept["who"])
            known.add(who)
            self._awaited.add(who)  # before it is read: what comes of it from here on rings
            entry = await self.store.entry(who, kept["entry"])
            sign = _sign(entry)
            if entry is not None and not sign:
                waiting.add(who)
                continue
            await self.store.forget(key)
            if sign:
                chat, _, message = key.removeprefix(PREFIX).partition(":")
                await self.react(int(chat), int(message), sign)
        self._awaited -= known - waiting
        return len(waiting)


def _sign(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.undeliverable:
        return NEVER
    return ARRIVED if entry.delivered_at is not None else ""
