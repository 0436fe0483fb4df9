"""What became of replies: a sign on what staff wrote as soon as it has arrived, another when it never will (S3).

What waits for its sign is kept in the store, by ids alone: a restart goes on where it was.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
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
LOOK_EVERY: Final = 1.0  # seconds while something waits
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

    async def watch(self, ticket: Ticket, by: Staff, chat: int, message: int) -> None:
        """The last reply of somebody in a ticket is the one that stands in this message."""
        try:
            lines = await self.store.entries(ticket.delegate, limit=_NEWEST)
            mine = [one for one in lines if one.author == "staff" and one.ticket == ticket.id and one.name == by.name]
            if not mine:
                return
            kept = json.dumps({"who": ticket.delegate, "entry": mine[-1].seq})
            await self.store.remember(f"{PREFIX}{chat}:{message}", kept, until=self.now() + KEPT, who=ticket.delegate)
        except StoreUnavailable:
            log.info("mark_not_kept")  # the reply itself is safe; a failure is still told in the topic
        self._bell.set()

    async def run(self) -> None:
        while True:
            waiting = 1
            if self.sends():
                try:
                    waiting = await self.look()
                except StoreUnavailable:
                    log.info("marks_postponed")
            if waiting:
                await asyncio.sleep(LOOK_EVERY)
                continue
            self._bell.clear()
            try:
                async with asyncio.timeout(60.0 * LOOK_EVERY):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Put signs where something became of a reply; returns how many still wait."""
        waiting = 0
        for key, value in (await self.store.recall_all(PREFIX)).items():
            kept = json.loads(value)
            entry = await self.store.entry(DelegateId(kept["who"]), kept["entry"])
            sign = _sign(entry)
            if entry is not None and not sign:
                waiting += 1
                continue
            await self.store.forget(key)
            if sign:
                chat, _, message = key.removeprefix(PREFIX).partition(":")
                await self.react(int(chat), int(message), sign)
        return waiting


def _sign(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.undeliverable:
        return NEVER
    return ARRIVED if entry.delivered_at is not None else ""
