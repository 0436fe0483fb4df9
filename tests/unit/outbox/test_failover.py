"""Two processes on one store and one bot: when the sender dies, the other goes on, soon and within Telegram's limits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.model.messages import Lane, Outbound, Receipt
from bot.model.people import DelegateId
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.limits import Pace
from bot.outbox.role import Role
from tests.unit.outbox.test_limits import Telegram, put, row
from tests.unit.outbox.test_role import Shared
from tests.unit.outbox.virtual import LoopClock, virtually


class View:
    """Hands everything on while its process lives."""

    def __init__(self, store: Shared) -> None:
        self._store = store
        self.dead = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        if self.dead:
            await asyncio.Event().wait()
        await self._store.delivered(row, receipt, now)


class Process:
    def __init__(self, store: Shared, telegram: Telegram) -> None:
        self.store = View(store)
        self.role = Role(self.store, "telegram")  # type: ignore[arg-type]
        self.pace = Pace()
        paced = {"telegram": False}
        sender = Dispatcher(self.store, {"telegram": telegram}, LoopClock(), self.pace, paced, self.role)  # type: ignore[arg-type]
        self.tasks = [asyncio.create_task(loop) for loop in (self.role.run(), sender.run())]

    async def end(self, *, at_once: bool) -> None:
        self.store.dead = at_once
        for task in self.tasks:
            task.cancel()
        if not at_once:
            await asyncio.gather(*self.tasks, return_exceptions=True)


def test_dead_sender_is_followed_within_ten_seconds_and_nobody_is_skipped() -> None:
    async def story() -> None:
        store, telegram = Shared(), Telegram()
        rows = [row(f"b{number}", f"b{number}", Lane.BROADCAST) for number in range(300)]
        await put(store, *(replace(one, broadcast="x") for one in rows))
        first = Process(store, telegram)
        await asyncio.sleep(0.1)
        second = Process(store, telegram)
        await asyncio.sleep(4.0)
        had = len(telegram.at)
        assert 50 < had < 150

        await first.end(at_once=True)
        died = asyncio.get_running_loop().time()
        await put(store, row("reply", "r", Lane.REPLY), row("alarm", "e", Lane.EMERGENCY))
        await asyncio.sleep(30)

        assert telegram.at["alarm"] - died <= 10
        assert telegram.at["reply"] - died <= 11
        assert len(telegram.arrived) == 302
        assert sum(telegram.arrived.values()) - 302 <= 8
        assert telegram.strict.refused == 0
        await second.end(at_once=False)

    virtually(story())


def test_process_without_the_role_sends_nothing_through_the_bot() -> None:
    async def story() -> None:
        store, mine, other = Shared(), Telegram(), Telegram()
        first = Process(store, mine)
        await asyncio.sleep(0.1)
        second = Process(store, other)
        await asyncio.sleep(2)

        await put(store, *(row(f"n{number}", f"n{number}", Lane(number % 4)) for number in range(40)))
        await asyncio.sleep(20)

        assert (len(mine.arrived), len(other.arrived)) == (40, 0)
        await first.end(at_once=False)
        await second.end(at_once=False)

    virtually(story())


def test_row_that_waited_here_while_another_had_the_role_is_not_sent_again() -> None:
    async def story() -> None:
        store, mine, other = Shared(), Telegram(), Telegram()
        first = Process(store, mine)
        await asyncio.sleep(2)
        second = Process(store, other)
        now = asyncio.get_running_loop().time()
        first.pace.refused("x", Lane.REPLY, now + 40, now)
        await put(store, row("x", "x", Lane.REPLY))
        await asyncio.sleep(1)

        await first.role.resign()
        await asyncio.sleep(12)
        assert (list(mine.arrived), list(other.arrived)) == ([], ["x"])
        await second.role.resign()
        await asyncio.sleep(8)
        await put(store, row("y", "y", Lane.REPLY))
        await asyncio.sleep(40)

        assert (list(mine.arrived), list(other.arrived)) == (["y"], ["x"])
        await first.end(at_once=False)
        await second.end(at_once=False)

    virtually(story())


def test_page_is_served_by_a_process_without_the_role() -> None:
    async def story() -> None:
        store, page = Shared(), Telegram()
        page.name = "webchat"
        role = Role(store, "telegram")  # never asked for here
        other = Dispatcher(store, {"webchat": page}, LoopClock(), Pace(), {"telegram": False}, role)
        loop = asyncio.create_task(other.run())
        to_page = row("p", "p", Lane.REPLY)
        await asyncio.sleep(1)

        await put(store, replace(to_page, to=replace(to_page.to, channel="webchat"), delegate=DelegateId("webchat:p")))
        await asyncio.sleep(1)

        assert list(page.arrived) == ["p"]
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    virtually(story())
