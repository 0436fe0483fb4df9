"""Which sessions a question is about. Restricted sessions are in none of these answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.model.content import Event, Session


def public(event: Event) -> list[Session]:
    """Every session that may be told to anyone, in order."""
    return sorted((s for s in event.sessions.values() if not s.restricted), key=lambda s: (s.starts, s.ends, s.id))


def on_now(event: Event, now: datetime) -> list[Session]:
    return [s for s in public(event) if s.starts <= now < s.ends]


def coming_next(event: Event, now: datetime) -> list[Session]:
    """The sessions that start next: all that share the earliest coming start."""
    later = [s for s in public(event) if s.starts > now]
    return [s for s in later if s.starts == later[0].starts] if later else []


def on_day(event: Event, day: date, part: tuple[time, time] | None = None) -> list[Session]:
    """The sessions of a day, or of a part of it; an exact time as both ends gives what runs then."""
    of_day = [s for s in public(event) if s.starts.date() == day]
    if part is None:
        return of_day
    start, end = part
    if start == end:
        running = [s for s in of_day if s.starts.time() <= start < _end_that_day(s)]
        return running or [s for s in of_day if s.starts.time() >= start][:1]
    return [s for s in of_day if s.starts.time() < end and _end_that_day(s) > start]


def _end_that_day(session: Session) -> time:
    """When a session is over on the day it began; one that goes on past midnight lasts to the day's end."""
    return session.ends.time() if session.ends.date() == session.starts.date() else time.max


def in_place(event: Event, place: str, day: date) -> list[Session]:
    return [s for s in on_day(event, day) if s.place == place]


def in_group(event: Event, group: str) -> list[Session]:
    """The sessions of a track or with a tag."""
    return [s for s in public(event) if group == s.track or group in s.tags]


def days(event: Event) -> list[date]:
    return sorted({s.starts.date() for s in public(event)})


def by_ids(event: Event, ids: Sequence[str]) -> list[Session]:
    return [s for s in public(event) if s.id in ids]
