"""Whoever is removed from the staff list leaves nothing behind: their requests stand in the queue again at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.desk import duties
from bot.desk.onduty import OnDutyNow
from bot.model.messages import TicketId
from bot.model.people import StaffId
from bot.model.tickets import StaffAction, TicketState
from bot.staff.list import StaffList
from bot.staff.people import Person
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk
from tests.unit.tickets.samples import ticket

NOTE = "{0} is no longer on the staff list: nobody has this request now."


@pytest.fixture
def staff(desk: Desk) -> StaffList:
    return StaffList(desk.store, desk.clock)


async def claims(desk: Desk, person: Person, *numbers: int) -> None:
    for number in numbers:
        by = person.acting("console")
        await desk.staff.act(StaffAction(f"{person.id}:{number}", TicketId(number), by, "claim", desk.clock.now()))
    await desk.settles()


async def leaves(desk: Desk, staff: StaffList, name: str) -> dict[str, list[str]]:
    await staff.remove(name)
    before = len(desk.seen)
    await desk.duties.round()
    await desk.settles()
    return desk.read(desk.seen[before:])


async def test_requests_of_a_removed_person_are_in_the_queue_again_emergencies_first(
    desk: Desk, staff: StaffList, delegate: Delegate
) -> None:
    other = Delegate(desk, name="other")
    await delegate.commands("human", "the blue folder")
    await other.says("Help, my friend cannot breathe!")
    await claims(desk, await staff.add("Desk A"), 1, 2)

    read = await leaves(desk, staff, "Desk A")

    folder, danger = [await desk.store.ticket(TicketId(number)) for number in (1, 2)]
    assert folder is not None
    assert danger is not None
    assert [(one.state, one.owner, one.previous_owner_name) for one in (folder, danger)] == [
        (TicketState.NEW, None, "Desk A")
    ] * 2
    assert folder.offered_to == "Desk B"
    shown = read[RECEPTION]
    assert next(line for line in shown if NOTE.format("Desk A") in line).startswith("#2 Delegate Desk:")
    assert "#2 rings: alarm:left" in shown
    assert not any(line.startswith("#1 rings") for line in shown)
    assert DELEGATE not in read
    assert "115" in read["other"][0].splitlines()[0]
    assert await leaves_nothing_more(desk)


async def leaves_nothing_more(desk: Desk) -> bool:
    await desk.duties.round()
    return await desk.settles() == {}


async def test_it_needs_no_clock(
    desk: Desk, staff: StaffList, delegate: Delegate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "_LOOK_EVERY", 3600.0)
    await delegate.commands("human", "the blue folder")
    await claims(desk, await staff.add("Desk A"), 1)
    began = asyncio.Event()
    desk.duties.beat = began.set
    changed = asyncio.create_task(change_of(desk, TicketId(1)))
    running = asyncio.create_task(desk.duties.run())
    async with asyncio.timeout(30):
        await began.wait()
        await staff.remove("Desk A")
        await changed
    running.cancel()
    await asyncio.wait([running])

    freed = await desk.store.ticket(TicketId(1))
    assert freed is not None
    assert (freed.state, freed.owner) == (TicketState.NEW, None)


async def change_of(desk: Desk, number: TicketId) -> None:
    async for change in desk.store.changes():
        if number in change.tickets:
            return


async def test_colleagues_keep_what_they_have(desk: Desk, staff: StaffList, delegate: Delegate, lan: Colleague) -> None:
    await staff.add("Desk A")
    await delegate.commands("human", "the blue folder")
    await lan.claims(1)

    await leaves(desk, staff, "Desk A")

    kept = await desk.store.ticket(TicketId(1))
    assert kept is not None
    assert kept.owner_name == "Lan"


async def test_what_was_claimed_by_their_account_in_the_group_comes_back_too(
    desk: Desk, staff: StaffList, delegate: Delegate
) -> None:
    await delegate.commands("human", "the blue folder")
    person = await staff.add("Desk A", telegram=77)
    await claims(desk, replace(person, id=StaffId("telegram:77")), 1)

    await leaves(desk, staff, "Desk A")

    freed = await desk.store.ticket(TicketId(1))
    assert freed is not None
    assert freed.owner is None


async def test_the_plan_s_name_of_a_removed_person_is_offered_nothing(desk: Desk, staff: StaffList) -> None:
    duty = OnDutyNow(desk.store, lambda: desk.engine, desk.clock)
    planned = await duty.suggestions(ticket())
    await staff.add("Desk A")

    await staff.remove("Desk A")
    removed = await duty.suggestions(ticket())
    await staff.add("Desk A")

    assert removed == [name for name in planned if name != "Desk A"] != planned
    assert await duty.suggestions(ticket()) == planned


async def test_it_is_on_the_record(desk: Desk, staff: StaffList, delegate: Delegate) -> None:
    await delegate.commands("human", "the blue folder")
    await claims(desk, await staff.add("Desk A"), 1)

    await leaves(desk, staff, "Desk A")

    lines = [line.event async for line in desk.store.audit_trail()]
    assert [(one.by, one.ticket, one.about) for one in lines if one.what == "ticket.release"] == [
        ("desk", TicketId(1), "Desk A")
    ]
