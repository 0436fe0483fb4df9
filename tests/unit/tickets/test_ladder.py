"""An emergency does not wait for one person: which step comes when (D7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.errors import Refused
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import ladder, life
from bot.tickets.ladder import Rung
from tests.conftest import MORNING
from tests.unit.tickets.samples import LAN, NURSE, OMAR, act, ticket

ALARM = ticket(priority=Priority.EMERGENCY)


def at(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def climbed(alarm: Ticket, looks: list[float]) -> list[tuple[float, Rung]]:
    """The steps taken when somebody looks at these times."""
    taken: list[tuple[float, Rung]] = []
    for seconds in looks:
        while (rung := ladder.due(alarm, at(seconds))) is not None and rung is not Rung.SILENT:
            taken.append((seconds, rung))
            alarm = ladder.taken(alarm, at(seconds))
    return taken


def test_the_steps_in_their_times() -> None:
    assert climbed(ALARM, [*range(301)]) == [
        (0, Rung.CALL),
        (30, Rung.REPEAT),
        (60, Rung.EVERYBODY),
        (90, Rung.TELL),
        (120, Rung.ORGANISERS),
        (180, Rung.AGAIN),
        (240, Rung.AGAIN),
        (300, Rung.AGAIN),
    ]


def test_after_a_pause_no_rung_is_skipped_and_the_calls_go_on() -> None:
    assert climbed(ALARM, [10, 1_000, 1_001, 1_019, 1_020, 1_080]) == [
        (10, Rung.CALL),
        (1_000, Rung.REPEAT),
        (1_000, Rung.EVERYBODY),
        (1_000, Rung.TELL),
        (1_000, Rung.ORGANISERS),
        (1_000, Rung.AGAIN),
        (1_020, Rung.AGAIN),
        (1_080, Rung.AGAIN),
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 2_000), min_size=1, max_size=40))
def test_whenever_one_looks_the_rungs_come_in_order_and_once(looks: list[float]) -> None:
    last = max(looks)

    rungs = [rung for _, rung in climbed(ALARM, sorted(looks))]

    first = [rung for rung in rungs if rung is not Rung.AGAIN]
    due = [
        rung
        for seconds, rung in (
            (0, Rung.CALL),
            (30, Rung.REPEAT),
            (60, Rung.EVERYBODY),
            (90, Rung.TELL),
            (120, Rung.ORGANISERS),
        )
        if seconds <= last
    ]
    assert first == due
    assert (Rung.AGAIN in rungs) == (last >= 180)


@pytest.mark.parametrize(
    "quiet",
    [
        ticket(priority=Priority.HIGH),
        ticket(TicketState.RESOLVED, priority=Priority.EMERGENCY),
    ],
)
def test_nothing_else_climbs(quiet: Ticket) -> None:
    assert ladder.next_due(quiet) is None
    assert ladder.due(quiet, at(10_000)) is None


def test_claiming_ends_it_and_silence_begins_it_again() -> None:
    claimed = life.after(ALARM, act("claim", LAN, after=timedelta(seconds=40)))

    assert ladder.due(claimed, at(40 + 179)) is None
    assert ladder.due(claimed, at(40 + 180)) is Rung.SILENT

    again = life.silent(claimed, at(220))
    assert (again.state, again.owner, again.previous_owner, again.claimed_silent) == (
        TicketState.REOPENED,
        None,
        LAN.id,
        1,
    )
    assert climbed(again, [220 + s for s in range(65)]) == [
        (220, Rung.CALL),
        (250, Rung.REPEAT),
        (280, Rung.EVERYBODY),
    ]


@pytest.mark.parametrize("verb", ["reply", "ask", "note"])
def test_one_sign_of_life_is_enough(verb: str) -> None:
    """Who is with the patient does not write; nobody is called away by that."""
    claimed = life.after(ALARM, act("claim", LAN, after=timedelta(seconds=40)))

    there = life.after(claimed, act(verb, LAN, after=timedelta(seconds=100)))  # type: ignore[arg-type]

    assert ladder.next_due(there) is None


def test_whoever_it_is_given_to_must_show_that_they_live() -> None:
    claimed = life.after(ALARM, act("claim", LAN, after=timedelta(seconds=40)))

    given_on = life.after(claimed, act("assign", LAN, after=timedelta(seconds=100), to_staff=OMAR.id, to_name="Omar"))

    assert ladder.due(given_on, at(100 + 180)) is Rung.SILENT


def test_letting_go_begins_it_again() -> None:
    claimed = life.after(ALARM, act("claim", LAN, after=timedelta(seconds=40)))

    free = life.after(claimed, act("release", LAN, after=timedelta(seconds=100)))

    assert ladder.next_due(free) == at(100)


def test_raising_a_ticket_begins_it() -> None:
    raised = life.after(ticket(), act("raise", OMAR, after=timedelta(seconds=100), to_priority=Priority.EMERGENCY))

    assert raised.priority is Priority.EMERGENCY
    assert ladder.next_due(raised) == at(100)


def test_an_emergency_of_an_older_version_climbs_from_its_opening() -> None:
    assert ladder.next_due(replace(ALARM, alarm_since=None)) == at(0)


HELD = ticket(TicketState.CLAIMED, NURSE, restricted="medical")
RAISED = act("raise", LAN, after=timedelta(minutes=40), to_priority=Priority.EMERGENCY)


def test_raised_by_a_colleague_it_calls_everybody_and_its_owner_keeps_it() -> None:
    """Somebody who reads only the number may raise it; the owner is neither passed over nor taken off (D6, D7)."""
    raised = life.after(HELD, RAISED)

    assert raised.owner == NURSE.id
    assert climbed(raised, [2_400 + s for s in range(400)])[:5] == [
        (2_400, Rung.CALL),
        (2_430, Rung.REPEAT),
        (2_460, Rung.EVERYBODY),
        (2_490, Rung.TELL),
        (2_520, Rung.ORGANISERS),
    ]
    assert all(ladder.due(raised, at(2_400 + s)) is not Rung.SILENT for s in range(0, 7_200, 30))


@pytest.mark.parametrize("verb", ["claim", "note", "reply", "ask"])
def test_the_owners_next_sign_takes_a_raised_one(verb: str) -> None:
    raised = life.after(HELD, RAISED)

    taken = life.after(raised, act(verb, NURSE, after=timedelta(minutes=41)))  # type: ignore[arg-type]

    assert taken.owner == NURSE.id
    assert not ladder.running(taken)


def test_a_word_of_a_colleague_does_not_stop_the_calls() -> None:
    raised = life.after(ticket(TicketState.CLAIMED, LAN), act("raise", OMAR, to_priority=Priority.EMERGENCY))

    noted = life.after(raised, act("note", OMAR, after=timedelta(minutes=6)))

    assert ladder.running(noted)


def test_a_colleague_who_reads_it_may_take_a_raised_one_at_once() -> None:
    raised = life.after(ticket(TicketState.CLAIMED, LAN), act("raise", OMAR, to_priority=Priority.EMERGENCY))

    taken = life.after(raised, act("claim", OMAR, after=timedelta(minutes=6)))

    assert (taken.owner, taken.previous_owner) == (OMAR.id, LAN.id)
    with pytest.raises(Refused):
        life.after(life.after(HELD, RAISED), act("claim", LAN, after=timedelta(minutes=41)))


def test_whoever_raises_their_own_calls_everybody_once() -> None:
    raised = life.after(ticket(TicketState.CLAIMED, LAN), act("raise", LAN, to_priority=Priority.EMERGENCY))

    assert climbed(raised, [300 + s for s in range(170)]) == [(300, Rung.CALL)]
    assert not ladder.running(raised)
