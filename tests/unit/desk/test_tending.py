"""What looks after tickets by itself: the auditor, rehearsals, presences, and who a ticket is offered to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk import presence
from bot.desk.auditor import Auditor, faults
from bot.desk.drill import LONGEST, DrillDoor, Drills
from bot.desk.onduty import OnDutyNow
from bot.model.content import Waits
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets.roster import is_away
from tests.conftest import MORNING
from tests.conversations.world import RECEPTION, Colleague, Delegate, Desk
from tests.unit.tickets.samples import LAN, ticket

SHOWN: dict[str, Any] = {"seen_at": MORNING}
LATER = MORNING + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("looked_after", "forgotten"),
    [
        (ticket(**SHOWN), False),
        (ticket(), True),
        (ticket(TicketState.RESOLVED), False),
        (ticket(TicketState.WAITING, LAN, **SHOWN), False),
        (ticket(TicketState.CLAIMED, LAN, answered_at=MORNING, **SHOWN), False),
        (ticket(TicketState.SNOOZED, LAN, **SHOWN), True),
        (ticket(TicketState.SNOOZED, LAN, snoozed_until=LATER, **SHOWN), False),
        (ticket(TicketState.SNOOZED, LAN, snoozed_until=MORNING, **SHOWN), True),
        (ticket(priority=Priority.EMERGENCY, alarm_step=1, **SHOWN), True),
        (ticket(priority=Priority.EMERGENCY, alarm_step=3, **SHOWN), False),
    ],
)
def test_what_the_auditor_finds(looked_after: Ticket, forgotten: bool) -> None:  # noqa: FBT001 -- a column of the table
    """S1: open means shown to somebody, and timed."""
    assert (faults([looked_after], LATER, Waits(), lambda _: LATER) == [1]) == forgotten


async def test_the_auditor_takes_what_the_duties_forgot(desk: Desk, delegate: Delegate) -> None:
    await delegate.says("Help, my friend cannot breathe!")
    told: list[list[TicketId]] = []
    auditor = Auditor(desk.duties.climbing, desk.duties.waiting, lambda numbers: told.append(list(numbers)))

    desk.clock.moves(timedelta(seconds=150))
    await auditor.look()
    read = await desk.settles()
    await auditor.look()

    assert told == [[TicketId(1)], []]
    assert read[RECEPTION] == ["#1 rings: alarm:1", "#1 rings: alarm:2", "#1 rings: alarm:4"]


@pytest.fixture
def drills(desk: Desk) -> Drills:
    desk.dispatcher.channels = {**desk.dispatcher.channels, "drill": DrillDoor()}
    return Drills(desk.store, lambda: desk.engine, desk.speakers, desk.clock, desk.duties.lanes)


async def test_a_drill_goes_through_the_real_lanes_and_is_measured(
    desk: Desk, drills: Drills, lan: Colleague, omar: Colleague
) -> None:
    number = int((await drills.start({}))["ticket"])
    shown = await desk.settles()
    desk.clock.moves(timedelta(seconds=7))
    await omar.does("seen", number)
    rings = await desk.waits(seconds=23)
    await lan.claims(number)

    report = await drills.report({"ticket": number})

    assert "DRILL" in shown[RECEPTION][0]
    assert rings[RECEPTION] == ["#1 rings: alarm:1"]
    assert report["shown"] == 0
    assert report["claimed"] == 30
    assert report["claimedBy"] == "Lan"
    assert report["people"] == {"Omar": 7}


async def test_only_one_drill_runs_and_a_forgotten_one_ends(desk: Desk, drills: Drills) -> None:
    await drills.start({})
    with pytest.raises(Refused):
        await drills.start({})

    desk.clock.moves(LONGEST)
    await drills.end_old()

    assert await desk.store.tickets() == []


async def test_a_real_emergency_is_never_ended_so(desk: Desk, drills: Drills, delegate: Delegate) -> None:
    await delegate.says("Help, my friend cannot breathe!")

    desk.clock.moves(timedelta(days=1))
    await drills.end_old()

    assert [one.open for one in await desk.store.tickets()] == [True]


async def test_presences_are_read_as_they_were_said(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")
    await presence.say(desk.store, "Omar", "away", desk.clock.now())
    await lan.claims(1)

    known = await presence.read_all(desk.store)

    assert known["Lan"].active_at == desk.clock.now()
    assert (known["Omar"].said, known["Omar"].said_at) == ("away", desk.clock.now())


async def test_a_page_that_stands_open_brings_nobody_back(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")
    await presence.say(desk.store, "Lan", "away", desk.clock.now())
    desk.clock.moves(timedelta(minutes=2))
    await lan.does("seen", 1)
    assert is_away((await presence.read_all(desk.store))["Lan"], desk.clock.now())

    await lan.claims(1)
    assert not is_away((await presence.read_all(desk.store))["Lan"], desk.clock.now())


async def test_who_is_away_is_offered_nothing(desk: Desk) -> None:
    duty = OnDutyNow(desk.store, lambda: desk.engine, desk.clock)
    first, second, *_ = await duty.suggestions(ticket())

    await presence.say(desk.store, first, "away", desk.clock.now())

    assert (await duty.suggestions(ticket()))[0] == second
    assert await duty.next_person(replace(ticket(), offered_to=second)) not in (first, second)


async def test_a_drill_is_no_delegate_for_announcements(desk: Desk, drills: Drills) -> None:
    await drills.start({})

    assert [one.blocked for one in await desk.store.delegates()] == [True]
