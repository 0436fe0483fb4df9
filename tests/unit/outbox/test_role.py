"""A duty that one process at a time may have, on a store that two processes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.model.errors import StoreUnavailable
from bot.outbox.role import LEASE, Role
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.unit.outbox.virtual import VirtualLoop, virtually


class Shared(DocumentStore):
    """Keeps who has which role as a store of several processes does, by a clock of its own."""

    def __init__(self) -> None:
        super().__init__(MemoryTables())
        self.away = self.stuck = False
        self._leads: dict[str, tuple[str, float]] = {}

    async def lead(self, role: str, holder: str, lease: timedelta) -> bool:
        await self._answer()
        now = asyncio.get_running_loop().time()
        who, ends = self._leads.get(role, ("", 0.0))
        if who != holder and ends > now:
            return False
        self._leads[role] = holder, now + lease.total_seconds()
        return True

    async def resign(self, role: str, holder: str) -> None:
        await self._answer()
        if self._leads.get(role, ("", 0.0))[0] == holder:
            del self._leads[role]

    async def _answer(self) -> None:
        if self.stuck:
            await asyncio.sleep(3_600)
        if self.away:
            raise StoreUnavailable("the server is down")


@asynccontextmanager
async def taking(store: Shared, *names: str) -> AsyncIterator[list[tuple[Role, asyncio.Task[None]]]]:
    roles = [Role(store, "telegram", holder=name) for name in names]
    running = [(role, asyncio.create_task(role.run())) for role in roles]
    try:
        yield running
    finally:
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)


def now() -> float:
    return asyncio.get_running_loop().time()


def test_one_holds_it_and_keeps_it() -> None:
    async def story() -> None:
        async with taking(Shared(), "a", "b") as [(a, _), (b, _)]:
            for _ in range(100):
                await asyncio.sleep(0.7)
                assert (a.held, b.held) == (True, False)

    virtually(story())


def test_the_other_has_it_within_ten_seconds_of_a_death_and_never_at_the_same_time() -> None:
    async def story() -> None:
        async with taking(Shared(), "a", "b") as [(a, running), (b, _)]:
            await asyncio.sleep(21.9)
            running.cancel()
            died = now()
            await b.wait_held()
            assert not a.held
            assert now() - died <= 10

    virtually(story())


def test_giving_it_back_lets_the_other_have_it_at_once() -> None:
    async def story() -> None:
        store = Shared()
        async with taking(store, "a", "b") as [(a, _), (b, _)]:
            await asyncio.sleep(5)
            await a.resign()
            assert not a.held
            began = now()
            await b.wait_held()
            assert now() - began <= 1.1
            await asyncio.sleep(60)
            assert (a.held, b.held) == (False, True)

    virtually(story())


@pytest.mark.parametrize("how", ["away", "stuck"])
def test_it_counts_as_lost_before_its_lease_ends_when_the_store_cannot_be_asked(how: str) -> None:
    async def story() -> None:
        store = Shared()
        async with taking(store, "a") as [(a, _)]:
            await a.wait_held()
            await asyncio.sleep(0.1)
            setattr(store, how, True)
            began = now()
            await a.wait_lost()
            assert not a.held
            assert a.unanswered
            assert 3 < now() - began < LEASE.total_seconds()
            setattr(store, how, False)
            await a.wait_held()
            assert not a.unanswered

    virtually(story())


def test_work_ends_with_the_role_and_begins_again_with_it() -> None:
    async def story() -> None:
        store, begun, ended = Shared(), list[float](), list[float]()

        async def work() -> None:
            begun.append(now())
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(now())

        async def worker(role: Role) -> None:
            while True:
                await role.wait_held()
                await role.while_held(work())

        async with taking(store, "a") as [(a, _)]:
            working = asyncio.create_task(worker(a))
            await asyncio.sleep(5)
            store.away = True
            await asyncio.sleep(20)
            assert (len(begun), len(ended)) == (1, 1)
            store.away = False
            await asyncio.sleep(5)
            assert (len(begun), len(ended)) == (2, 1)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            assert len(ended) == 2

    virtually(story())


def test_process_that_stood_still_longer_than_the_lease_begins_its_work_anew() -> None:
    async def story() -> None:
        begun = list[float]()

        async def work() -> None:
            begun.append(now())
            await asyncio.Event().wait()

        async def worker(role: Role) -> None:
            while True:
                await role.wait_held()
                await role.while_held(work())

        async with taking(Shared(), "a") as [(a, _)]:
            working = asyncio.create_task(worker(a))
            await asyncio.sleep(5)
            before = a.since
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            loop.now += 12  # nobody in this process ran meanwhile
            assert not a.held
            await asyncio.sleep(5)
            assert (a.held, a.since > before, len(begun)) == (True, True, 2)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    virtually(story())


def test_a_fault_of_the_work_is_not_hidden() -> None:
    async def story() -> None:
        async def fails() -> None:
            raise ZeroDivisionError

        async with taking(Shared(), "a") as [(a, _)]:
            await a.wait_held()
            await a.while_held(fails())

    with pytest.raises(ZeroDivisionError):
        virtually(story())


def test_store_of_one_process_gives_it_at_once() -> None:
    async def story() -> None:
        role = Role(DocumentStore(MemoryTables()), "telegram")
        running = asyncio.create_task(role.run())
        await role.wait_held()
        assert now() == 0
        await asyncio.sleep(100)
        assert role.held
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    virtually(story())
