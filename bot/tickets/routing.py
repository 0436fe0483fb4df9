"""Which team a ticket goes to now."""

from __future__ import annotations

from datetime import datetime, time

from bot.model.content import Event, Urgency
from bot.model.tickets import Priority

_PRIORITIES: dict[Urgency, Priority] = {
    "emergency": Priority.EMERGENCY,
    "high": Priority.HIGH,
    "normal": Priority.NORMAL,
}


def team_now(event: Event, team: str, now: datetime) -> str:
    """The team on duty: at night everything but the exceptions goes to one team."""
    if team not in event.teams:
        team = next(iter(event.teams))
    nights = event.nights
    if nights is None or team in nights.excepted or not _within(now.time(), nights.start, nights.end):
        return team
    return nights.all_to


def priority_of(urgency: Urgency) -> Priority:
    return _PRIORITIES[urgency]


def _within(at: time, start: time, end: time) -> bool:
    return start <= at < end if start <= end else at >= start or at < end
