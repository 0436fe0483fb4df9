"""The pace of one session."""

from __future__ import annotations

from bot.channels.webchat.pace import _SWEEP, Pace


def test_burst_then_one_a_second() -> None:
    pace = Pace()

    assert [pace.wait_for("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert pace.wait_for("a", 0.0) == 1.0
    assert pace.wait_for("a", 0.5) == 0.5
    assert pace.wait_for("a", 1.0) == 0.0


def test_time_that_runs_backwards_gives_no_tokens() -> None:
    pace = Pace()
    for _ in range(20):
        pace.wait_for("a", 100.0)

    assert pace.wait_for("a", 50.0) > 0


def test_rested_sessions_are_forgotten() -> None:
    pace = Pace()
    for number in range(_SWEEP):
        pace.wait_for(str(number), 0.0)
    pace.wait_for("late", 60.0)

    assert len(pace._buckets) == 1
