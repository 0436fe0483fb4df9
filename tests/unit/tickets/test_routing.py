"""Which team a ticket goes to by day and by night."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone

import pytest

from bot.model.content import Event
from bot.model.tickets import Priority
from bot.tickets import routing

HANOI = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("team", "at", "goes_to"),
    [
        ("visa", time(12), "visa"),
        ("visa", time(21, 59, 59), "visa"),
        ("visa", time(22), "reception"),
        ("visa", time(0), "reception"),
        ("visa", time(6, 59, 59), "reception"),
        ("visa", time(7), "visa"),
        ("transport", time(3), "reception"),
        ("medical", time(3), "medical"),
        ("security", time(23), "security"),
        ("reception", time(3), "reception"),
        ("nobody", time(12), "reception"),
    ],
)
def test_the_team_on_duty(event: Event, team: str, at: time, goes_to: str) -> None:
    now = datetime.combine(event.starts, at, HANOI)

    assert routing.team_now(event, team, now) == goes_to


def test_urgency_gives_the_priority() -> None:
    assert [routing.priority_of(urgency) for urgency in ("normal", "high", "emergency")] == [
        Priority.NORMAL,
        Priority.HIGH,
        Priority.EMERGENCY,
    ]
