"""The house's clock: true to the machine's, and calm when that one jumps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import CONVINCED, DRIFT, DemoClock, RealClock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0


@dataclass
class Machine:
    """A wall clock that can be set, and the seconds that pass."""

    wall: float = NOON
    ticks: float = 500.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds

    def clock(self) -> RealClock:
        return RealClock(ZONE, lambda: self.wall, lambda: self.ticks)


def ahead(clock: RealClock, machine: Machine) -> float:
    """Seconds by which the house is ahead of the machine."""
    return clock.now().timestamp() - machine.wall


def test_it_shows_the_machines_time_in_the_zone_of_the_event() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(90)

    assert clock.now() == datetime(2026, 3, 1, 12, 1, 30, tzinfo=UTC)
    assert clock.now().tzinfo is ZONE


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_when_the_machines_clock_jumps_the_house_counts_on(jump: float) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.wall += jump
    for _ in range(100):
        machine.passes(1)
        clock.now()

    assert clock.now() - before == timedelta(seconds=100)
    assert clock.jump == timedelta(seconds=jump)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_jump_that_is_taken_back_leaves_no_trace(jump: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += jump
    machine.passes(60)
    clock.now()
    machine.wall -= jump
    machine.passes(60)

    assert ahead(clock, machine) == pytest.approx(0)
    assert clock.jump == timedelta()


def test_it_comes_forward_once_the_machine_stays_with_its_time() -> None:
    """A machine that slept, or whose clock was wrong: what is on now must be true again."""
    machine = Machine()
    clock = machine.clock()
    machine.wall += HOUR
    clock.now()
    machine.passes(CONVINCED + 1)

    assert ahead(clock, machine) == pytest.approx(0)
    assert clock.jump == timedelta()


def test_set_back_it_goes_slowly_until_the_machine_has_caught_up() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall -= 600
    clock.now()
    machine.passes(CONVINCED + 1)
    clock.now()
    for _ in range(600):
        machine.passes(1)
        clock.now()
    assert 200 < ahead(clock, machine) < 400
    for _ in range(700):
        machine.passes(1)
        clock.now()

    assert ahead(clock, machine) == pytest.approx(0, abs=0.01)
    assert clock.jump == timedelta()


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(-2 * HOUR, 2 * HOUR)), max_size=40))
def test_it_never_goes_back(moves: list[tuple[float, float]]) -> None:
    machine = Machine()
    clock = machine.clock()
    last = clock.now()
    for seconds, jump in moves:
        machine.passes(seconds)
        machine.wall += jump
        now = clock.now()
        assert now >= last
        last = now


def test_small_differences_are_followed_without_a_word() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(50):
        machine.passes(60)
        machine.wall += DRIFT / 4
        assert abs(ahead(clock, machine)) < 0.01

    assert clock.jump == timedelta()


def test_a_demonstrations_clock_does_not_look_at_the_machines() -> None:
    machine = Machine()
    start = datetime(2023, 11, 21, 7, 40, tzinfo=ZONE)
    clock = DemoClock(start, ZONE, lambda: machine.ticks)
    machine.wall -= HOUR
    machine.passes(60)

    assert clock.now() == start + timedelta(minutes=1)


class TestAcrossRestarts:
    """A clock that jumps while nothing runs has jumped all the same."""

    def restarted(self, machine: Machine, *, boot: str = "same", off: float = 30, jump: float = 0) -> RealClock:
        mark = machine.clock().mark("same")
        machine.passes(off)
        machine.wall += jump
        clock = machine.clock()
        clock.resume(mark, boot)
        return clock

    @pytest.mark.parametrize("jump", [HOUR, -HOUR, 90, -20])
    def test_on_the_same_machine_the_house_counts_on(self, jump: float) -> None:
        machine = Machine()

        clock = self.restarted(machine, jump=jump)

        assert clock.now().timestamp() == pytest.approx(NOON + 30)
        assert clock.jump.total_seconds() == pytest.approx(jump)

    def test_without_a_jump_nothing_is_special(self) -> None:
        machine = Machine()

        clock = self.restarted(machine)

        assert ahead(clock, machine) == 0
        assert not clock.jump

    def test_after_a_new_start_of_the_machine_its_clock_counts(self) -> None:
        machine = Machine()

        clock = self.restarted(machine, boot="another", off=HOUR)

        assert ahead(clock, machine) == 0

    def test_but_it_never_goes_back(self) -> None:
        machine = Machine()

        clock = self.restarted(machine, boot="another", jump=-HOUR)

        assert clock.now().timestamp() >= NOON
