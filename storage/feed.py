"""Tells live views what was committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

from bot.model.messages import TicketId
from bot.model.people import DelegateId

FEED_LIMIT: Final = 1_000  # changes a slow reader of a live view may lag behind before it is told to load again


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit changed; see ``bot.ports.Change``. ``gap`` means: something was missed, load again."""

    delegate: DelegateId
    tickets: tuple[TicketId, ...] = ()
    outbox: bool = False
    gap: bool = False


Feeds = set[asyncio.Queue[Committed]]


async def follow(feeds: Feeds) -> AsyncIterator[Committed]:
    feed: asyncio.Queue[Committed] = asyncio.Queue(FEED_LIMIT)
    feeds.add(feed)
    try:
        while True:
            yield await feed.get()
    finally:
        feeds.discard(feed)


def publish(feeds: Feeds, change: Committed) -> None:
    for feed in feeds:
        if feed.full():
            while not feed.empty():
                feed.get_nowait()
            feed.put_nowait(replace(change, gap=True))
        else:
            feed.put_nowait(change)
