"""What is due while a delegate waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.content import Wait, Waits
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import clocks, life
from bot.tickets.clocks import Step
from tests.conftest import MORNING
from tests.unit.tickets.samples import LAN, act, ticket

MINUTE = timedelta(minutes=1)
WAITS = Waits(
    normal=Wait(10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    high=Wait(2 * MINUTE, 4 * MINUTE, 8 * MINUTE),
    emergency=Wait(1 * MINUTE, 2 * MINUTE, 3 * MINUTE),
)


def at(minutes: float) -> datetime:
    return MORNING + minutes * MINUTE


def passed(waiting: Ticket, minutes: range | list[int]) -> list[tuple[int, Step]]:
    """The steps that fall due while somebody looks at these minutes."""
    taken = []
    for minute in minutes:
        while (step := clocks.due(waiting, at(minute), WAITS)) is not None:
            taken.append((minute, step))
            woken = step is Step.WAKE
            waiting = life.woken(waiting, at(minute)) if woken else clocks.taken(waiting, at(minute), WAITS)
    return taken


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        (Priority.NORMAL, [(10, Step.TELL), (15, Step.OVERDUE), (30, Step.OFFICER), (60, Step.OFFICER)]),
        (Priority.HIGH, [(2, Step.TELL), (4, Step.OVERDUE), *((m, Step.OFFICER) for m in range(8, 65, 8))]),
    ],
)
def test_the_steps_of_a_wait(priority: Priority, expected: list[tuple[int, Step]]) -> None:
    assert passed(ticket(priority=priority), range(65)) == expected


def test_the_ladder_counts_for_an_emergency_until_somebody_has_it() -> None:
    alarm = ticket(priority=Priority.EMERGENCY)
    claimed = life.after(alarm, act("claim", LAN, after=MINUTE))

    assert clocks.next_due(alarm, WAITS) is None
    assert passed(claimed, range(5))[0] == (2, Step.TELL), "from then on they wait for who has it"


def test_after_a_pause_everything_is_told_once() -> None:
    assert passed(ticket(), [200, 201]) == [(200, Step.TELL), (200, Step.OVERDUE), (200, Step.OFFICER)]


def test_an_answer_ends_the_wait_and_a_further_line_begins_another() -> None:
    answered = life.after(ticket(), act("reply", LAN, after=5 * MINUTE))
    asked_more = life.heard(answered, at(40))
    and_more = life.heard(asked_more, at(45))

    assert clocks.next_due(answered, WAITS) is None
    assert clocks.next_due(asked_more, WAITS) == at(50)
    assert clocks.next_due(and_more, WAITS) == at(50), "one more line does not make the delegate wait longer"


def test_while_the_delegate_is_asked_nobody_is_late() -> None:
    asked = life.after(ticket(), act("ask", LAN, after=5 * MINUTE))

    assert asked.state is TicketState.WAITING
    assert clocks.next_due(asked, WAITS) is None
    assert clocks.next_due(life.heard(asked, at(60)), WAITS) == at(70)


def test_a_promise_moves_the_clock() -> None:
    promised = life.after(ticket(), act("promise", LAN, "the list", after=5 * MINUTE, until=at(120)))

    assert passed(promised, range(160)) == [(120, Step.OVERDUE), (135, Step.OFFICER)]


def test_a_promise_made_after_an_answer_comes_due_all_the_same() -> None:
    answered = life.after(ticket(), act("reply", LAN, after=5 * MINUTE))

    promised = life.after(answered, act("promise", LAN, after=6 * MINUTE, until=at(120)))

    assert clocks.next_due(promised, WAITS) == at(120)


def test_what_was_put_aside_comes_back() -> None:
    aside = life.after(ticket(), act("snooze", LAN, after=5 * MINUTE, until=at(60)))

    assert passed(aside, range(80)) == [(60, Step.WAKE), (75, Step.OVERDUE)]


def test_a_line_of_the_delegate_wakes_it() -> None:
    aside = life.after(ticket(), act("snooze", LAN, after=5 * MINUTE, until=at(60)))

    woken = life.heard(aside, at(20))

    assert woken.state is TicketState.CLAIMED
    assert woken.snoozed_until is None
    assert clocks.next_due(woken, WAITS) == at(30)


def test_a_closed_ticket_has_no_clock() -> None:
    assert clocks.next_due(life.after(ticket(), act("resolve", LAN)), WAITS) is None


def test_a_ticket_of_an_older_version_has_waited_since_it_was_opened() -> None:
    assert clocks.unanswered_since(ticket()) == MORNING
    assert clocks.unanswered_since(replace(ticket(), answered_at=MORNING)) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=40))
def test_whenever_one_looks_the_steps_come_in_order(minutes: list[int]) -> None:
    steps = [step for _, step in passed(ticket(), sorted(minutes))]
    last = max(minutes)

    expected = [step for minute, step in ((10, Step.TELL), (15, Step.OVERDUE), (30, Step.OFFICER)) if minute <= last]
    assert steps[: len(expected)] == expected
    assert set(steps[len(expected) :]) <= {Step.OFFICER}
