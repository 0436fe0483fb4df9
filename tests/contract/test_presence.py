"""Colleagues on the pages of two processes see each other: who looks at which ticket, and who writes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.messages import TicketId
from bot.model.people import StaffId
from bot.ports import Store
from bot.reception.console import sharing
from bot.reception.console.here import Here
from bot.reception.console.sessions import StaffSession
from bot.reception.console.sharing import BELIEVED, Sharing
from bot.staff.people import Person
from bot.transports.web_feed import Wake
from tests.contract.world import NOON

LAN, OMAR = (
    StaffSession(f"place:{name}", "", Person(StaffId(f"staff:{name}"), name, NOON), NOON, NOON)
    for name in ("Lan", "Omar")
)
SEVEN = TicketId(7)


class Page:
    """An open page of somebody, in a process of its own."""

    def __init__(self, stack: ExitStack, session: StaffSession, store: Store, now: datetime = NOON) -> None:
        self.session, self.here, self.wake = session, Here(), Wake()
        self.at = now
        self.sharing = Sharing(store, self.here, lambda: self.at)
        stack.enter_context(self.here.page(session, "tab", self.wake))

    def looks(self, ticket: TicketId | None, *, types: bool = False) -> None:
        self.here.looks(self.session, "tab", ticket, types=types)

    @property
    def sees(self) -> list[dict[str, Any]]:
        return self.here.others(self.session)


async def test_what_one_process_tells_the_other_sees(store: Store) -> None:
    with ExitStack() as stack:
        lan, omar = Page(stack, LAN, store), Page(stack, OMAR, store)
        lan.looks(SEVEN, types=True)
        await lan.sharing.tell()
        await omar.sharing.hear()
        seen = omar.sees
        lan.looks(None)
        await lan.sharing.tell()
        await omar.sharing.hear()
        await lan.sharing.hear()

    assert seen == [{"name": "Lan", "ticket": 7, "types": True}]
    assert omar.sees == []
    assert lan.sees == [], "one's own pages are no colleagues"


async def test_process_that_fell_silent_is_not_believed_for_long(store: Store) -> None:
    with ExitStack() as stack:
        lan, omar = Page(stack, LAN, store), Page(stack, OMAR, store)
        lan.looks(SEVEN)
        await lan.sharing.tell()
        await omar.sharing.hear()
        seen = omar.sees
        omar.at += BELIEVED
        await omar.sharing.hear()

    assert [one["ticket"] for one in seen] == [7]
    assert omar.sees == []


async def test_same_person_on_two_processes_is_no_colleague_of_themselves(store: Store) -> None:
    with ExitStack() as stack:
        here, there = Page(stack, LAN, store), Page(stack, LAN, store)
        there.looks(SEVEN)
        await there.sharing.tell()
        await here.sharing.hear()

    assert here.sees == []


@pytest.mark.postgres
async def test_writing_is_seen_on_the_other_replica_without_waiting_for_a_clock(
    one: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "AGAIN", timedelta(hours=1).total_seconds())
    with ExitStack() as stack:
        lan, omar = Page(stack, LAN, one), Page(stack, OMAR, other)
        running = [asyncio.create_task(page.sharing.run()) for page in (lan, omar)]
        try:
            async with asyncio.timeout(60):
                lan.looks(SEVEN, types=True)
                while not omar.sees:
                    await omar.wake.wait(timedelta(seconds=60))
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)

        assert omar.sees == [{"name": "Lan", "ticket": 7, "types": True}]
