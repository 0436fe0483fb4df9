"""Which sessions a question is about; restricted ones are in no answer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from bot.content.source import load_or_raise
from bot.model.content import Event, Session
from bot.programme import view
from tests.unit.content.small import SmallContent

HANOI = timezone(timedelta(hours=7))
DAY = date(2023, 11, 21)
NIGHT = """\
- id: s9
  starts: 2023-11-21T22:00:00+07:00
  ends: 2023-11-22T00:30:00+07:00
  place: lobby
  audience: all
  track: social
  tags: [streamed]
  title: {en: Night of songs, vi: Đêm ca nhạc, ar: ليلة الأغاني}
  basis: sample
  source: T1
  checked: 2023-11-19
"""


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> Event:
    """The small conference, with a session that goes on past midnight."""
    root: Path = tmp_path_factory.mktemp("programme")
    content = SmallContent.write(root)
    content.put("tiny/programme.yaml", (root / "tiny/programme.yaml").read_text("utf-8") + "\n" + NIGHT)
    return load_or_raise(content.folders).event


def ids(sessions: list[Session]) -> list[str]:
    return [session.id for session in sessions]


def at(hour: int, minute: int = 0, day: int = 21) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=HANOI)


def test_public_is_everything_but_the_restricted_in_order(event: Event) -> None:
    assert ids(view.public(event)) == ["s1", "s2", "s9"]


@pytest.mark.parametrize(
    ("now", "running", "coming"),
    [
        (at(8, 29), [], ["s1"]),
        (at(8, 30), ["s1"], ["s2"]),
        (at(9, 59), ["s1"], ["s2"]),
        (at(10, 0), [], ["s2"]),
        (at(11, 0), ["s2"], ["s9"]),
        (at(18, 0), [], ["s9"]),
        (at(23, 59), ["s9"], []),
        (at(0, 15, day=22), ["s9"], []),
        (at(0, 30, day=22), [], []),
    ],
)
def test_now_and_next(event: Event, now: datetime, running: list[str], coming: list[str]) -> None:
    assert ids(view.on_now(event, now)) == running
    assert ids(view.coming_next(event, now)) == coming


def test_now_is_the_same_moment_in_every_zone(event: Event) -> None:
    assert ids(view.on_now(event, at(9).astimezone(timezone(timedelta(hours=-5))))) == ["s1"]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (None, ["s1", "s2", "s9"]),
        ((time(6), time(12)), ["s1", "s2"]),
        ((time(9, 30), time(10, 0)), ["s1"]),
        ((time(10, 0), time(10, 30)), []),
        ((time(12), time(18)), []),
        ((time(17), time(19)), []),
        ((time(18), time(23, 59)), ["s9"]),
        ((time(9), time(9)), ["s1"]),
        ((time(10, 15), time(10, 15)), ["s2"]),
        ((time(17, 45), time(17, 45)), ["s9"]),
        ((time(23), time(23)), ["s9"]),
    ],
)
def test_a_part_of_a_day(event: Event, part: tuple[time, time] | None, found: list[str]) -> None:
    assert ids(view.on_day(event, DAY, part)) == found


def test_a_day_without_sessions_is_empty(event: Event) -> None:
    assert view.on_day(event, date(2023, 11, 20)) == []
    assert view.on_day(event, date(2023, 11, 20), (time(9), time(9))) == []
    assert view.days(event) == [DAY]


def test_a_place_or_a_group_has_its_sessions(event: Event) -> None:
    assert ids(view.in_place(event, "hall", DAY)) == ["s1", "s2"]
    assert ids(view.in_group(event, "plenary")) == ["s1", "s2"]
    assert ids(view.in_group(event, "streamed")) == ["s1", "s9"]
    assert ids(view.by_ids(event, ["s9", "s1", "s404"])) == ["s1", "s9"]


def test_a_restricted_session_is_in_no_view(event: Event) -> None:
    hour = time(17, 45)
    views = [
        view.public(event),
        *(view.on_now(event, at(h, m)) for h in range(24) for m in (0, 45)),
        *(view.coming_next(event, at(h, m)) for h in range(24) for m in (0, 45)),
        view.on_day(event, DAY),
        view.on_day(event, DAY, (hour, hour)),
        view.on_day(event, DAY, (time(0), time.max)),
        view.in_place(event, "palace", DAY),
        view.in_group(event, "protocol"),
        view.by_ids(event, ["s3"]),
    ]

    assert "s3" in event.sessions
    assert [found for found in views if "s3" in ids(found)] == []
