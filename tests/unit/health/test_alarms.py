"""Alarms: one per cause, told once, and over when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.health.alarms import Alarms
from bot.health.checks import LANE_REFUSED, STORE_AWAY
from bot.health.parts import Board
from bot.i18n.translator import load_speakers
from bot.settings import locales_root

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Time:
    passed: float = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def tick(self) -> float:
        return 100.0 + self.passed


@dataclass
class Some:
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.alarms = Alarms(self.time.now, self.time.tick)


def test_raised_again_it_is_the_same_alarm_with_its_newest_figures() -> None:
    some = Some()
    some.alarms.raise_("outbox", "{count} wait.", {"count": "3"})
    some.time.passed = 30
    some.alarms.raise_("outbox", "{count} wait.", {"count": "9"})

    [alarm] = some.alarms.current
    assert (alarm.since, alarm.fields) == (NOON, {"count": "9"})


def test_what_is_over_is_remembered_with_how_long_it_lasted() -> None:
    some = Some()
    some.alarms.raise_("store", STORE_AWAY)
    some.time.passed = 90
    some.alarms.clear("store")
    some.alarms.clear("store")

    assert some.alarms.current == []
    [over] = some.alarms.over
    assert (over.alarm.key, over.lasted, over.at) == ("store", 90.0, NOON + timedelta(seconds=90))


def test_oldest_first() -> None:
    some = Some()
    for key in ("b", "a"):
        some.alarms.raise_(key, "x")
        some.time.passed += 1

    assert [alarm.key for alarm in some.alarms.current] == ["b", "a"]


def test_an_alarm_says_since_when_and_its_fields_are_only_data() -> None:
    some, speaker = Some(), load_speakers(Path(locales_root()))["en"]
    some.alarms.raise_("store", STORE_AWAY)
    some.alarms.raise_("lane", LANE_REFUSED, {"reason": "{clock} %s {0}"})

    first, second = (alarm.said(speaker) for alarm in some.alarms.current)
    assert first.startswith("Since 12:00 nothing can be saved")
    assert "messages: {clock} %s {0}." in second


def test_a_part_keeps_since_when_it_is_as_it_is() -> None:
    time = Time()
    board = Board(time.now)
    assert not board.green  # nobody has looked yet
    board.note("store", "green")
    time.passed = 10
    board.note("store", "green")
    assert (board.parts["store"].since, board.green) == (NOON, True)

    board.note("store", "red", "unavailable")
    time.passed = 20
    board.note("store", "red", "unavailable")

    part = board.parts["store"]
    assert (part.ok, part.reason, part.since) == (False, "unavailable", NOON + timedelta(seconds=10))
    assert not board.green


def test_amber_is_ready_and_not_green() -> None:
    board = Board(Time().now)
    board.note("content", "amber", "faulty")

    assert board.parts["content"].ok
    assert not board.green
    board.mend("content", "something else")
    assert not board.green
    board.mend("content", "faulty")
    assert board.green
