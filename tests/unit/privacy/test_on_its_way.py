"""What the dispatcher holds in its hands when its delegate is erased is not sent afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, Receipt
from bot.model.people import Address
from bot.model.rich import plain
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.limits import Pace
from bot.ports import Store
from bot.privacy.erasing import Eraser
from storage.documents import DocumentStore
from storage.memory import MemoryTables

AMAL = Address("telegram", "4711")


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Door:
    name = "telegram"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def deliver(self, row: Outbound) -> Receipt:
        self.sent.append(row.id)
        return Receipt((row.id,))


async def say(store: Store, count: int) -> None:
    now = Clock().now() - timedelta(seconds=1)
    async with store.transaction(AMAL.delegate) as tx:
        for number in range(count):
            message = Message(plain(f"answer {number}"), "en")
            line = await tx.append(Entry(0, AMAL.delegate, now, "desk", message))
            row = OutboundId(f"r{number}")
            await tx.enqueue(Outbound(row, AMAL, Lane.REPLY, message, now, now, delegate=AMAL.delegate, entry=line.seq))


async def test_a_row_that_waits_for_the_pace_is_dropped_with_its_delegate() -> None:
    store, door = DocumentStore(MemoryTables()), Door()
    dispatcher = Dispatcher(store, {"telegram": door}, Clock(), Pace(2), {"telegram": False})
    await say(store, 8)
    running = asyncio.create_task(dispatcher.run())
    try:
        async with asyncio.timeout(20):
            sent = -1
            while sent < len(door.sent) or not waiting(dispatcher):  # until a row has to wait for the chat's turn
                sent = len(door.sent)
                await asyncio.sleep(0.4)
            await Eraser(store, Clock()).erase(AMAL.delegate)
            before = list(door.sent)
            while dispatcher._carried:  # noqa: ASYNC110 -- until it has let go of it
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.wait([running])

    assert door.sent == before
    assert len(before) < 8
    assert await store.entries(AMAL.delegate) == []


def waiting(dispatcher: Dispatcher) -> bool:
    """Whether a row is in its hands and not yet on the line."""
    return any(not carried.sending for carried in dispatcher._carried.values())
