"""Answers that list several days: each under its own, the days that are over left out."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot.answers.compose import Composer
from bot.answers.engine import Engine
from bot.i18n.translator import Speakers
from bot.model.decisions import Answer, Asked
from tests.conversations.world import said

WEDNESDAY = datetime(2023, 11, 22, 15, tzinfo=timezone(timedelta(hours=7)))


def told(content: Engine, speakers: Speakers, topic: str, asked: Asked, at: datetime = WEDNESDAY) -> list[str]:
    """The lines of an answer in English."""
    composed = Composer(content.snapshot, speakers["en"], at).answer(Answer(topic, asked, 1.0))
    assert composed is not None
    return said(composed.message).splitlines()


def test_each_lunch_stands_under_its_own_day(content: Engine, speakers: Speakers) -> None:
    found = [content.snapshot.event.session(f"lunch-{day}") for day in (21, 22, 23)]
    lunches = tuple(session.id for session in found if session is not None)
    lines = told(
        content, speakers, "food.meals", Asked(sessions=lunches, where=True), WEDNESDAY - timedelta(days=1, hours=7)
    )

    days = ["Tue 21 Nov", "Wed 22 Nov", "Thu 23 Nov"]
    assert [line for line in lines if line in days] == days
    assert lines[lines.index("Wed 22 Nov") + 1].startswith("• 12:15–13:45 Lunch break: no hosted lunch")


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        (Asked(), ["Wed 22 Nov", "Thu 23 Nov"]),
        (Asked(day=date(2023, 11, 22)), ["Wed 22 Nov"]),
        (Asked(day=date(2023, 11, 23)), ["Thu 23 Nov"]),
        (Asked(day=date(2023, 11, 24)), ["Wed 22 Nov", "Thu 23 Nov"]),
    ],
)
def test_coaches_are_those_of_the_day_or_to_come(
    content: Engine, speakers: Speakers, asked: Asked, days: list[str]
) -> None:
    lines = told(content, speakers, "transport.coach", asked)

    assert [line[2:12] for line in lines if line.startswith("• ")] == days


def test_after_the_last_coach_the_list_is_whole(content: Engine, speakers: Speakers) -> None:
    lines = told(content, speakers, "transport.coach", Asked(), WEDNESDAY + timedelta(days=3))

    assert sum(line.startswith("• ") for line in lines) == 3


def test_meals_that_are_over_are_left_out(content: Engine, speakers: Speakers) -> None:
    lines = told(content, speakers, "food.meals", Asked())

    assert "Wed 22 Nov" in lines
    assert not {"Sun 19 Nov", "Mon 20 Nov", "Tue 21 Nov"} & set(lines)


def test_what_was_asked_for_comes_first(content: Engine, speakers: Speakers) -> None:
    running = WEDNESDAY.replace(hour=9)

    assert told(content, speakers, "schedule.now-next", Asked(next=True), running)[0] == "Next:"
    assert told(content, speakers, "schedule.now-next", Asked(now=True), running)[0] == "On now:"
    assert told(content, speakers, "schedule.timezone", Asked())[0].startswith("It is now Wed 22 Nov, 15:00 in Ha Noi")
