"""Who is on duty now, and whom a ticket is best given to; pure.

The roster is the event's plan (``content/<event>/roster.yaml``); a presence is what somebody said of themselves, with
``/on`` and ``/away``, or did. Who has done nothing for a while is taken to be away until they do something again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from bot.model.content import Roster, Rostered, Shift
from bot.model.language import Language
from bot.model.people import Role, Staff, StaffId
from bot.model.tickets import Secrecy, Ticket
from bot.tickets import rights

IDLE: Final = timedelta(minutes=30)
"""Who said that they are on duty and then did nothing for so long is away."""
SAID_FOR: Final = timedelta(hours=12)
"""For how long ``/on`` and ``/away`` hold at most: somebody forgets to take them back."""
FALLBACK: Final = "reception"

Said = Literal["", "on", "away"]


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one person's presence."""

    name: str
    said: Said = ""
    said_at: datetime | None = None
    active_at: datetime | None = None
    """Their last deed in any lane."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who is on duty now."""

    name: str
    teams: tuple[str, ...]
    roles: frozenset[Role]
    languages: tuple[Language, ...]
    lanes: tuple[str, ...] = ()
    here: bool = False
    """They did something lately or said that they are on; else only the plan says so."""


def on_shift(roster: Roster, person: Rostered, now: datetime) -> bool:
    """Whether the plan says so; ``now`` is in the zone of the event."""
    if not person.shifts:
        return _on_day(person, now.date())
    return any(
        (day := _day_of(roster.shifts[name], now)) is not None and _on_day(person, day)
        for name in person.shifts
        if name in roster.shifts
    )


def on_now(roster: Roster, presences: Mapping[str, Presence], now: datetime) -> Sequence[OnDuty]:
    """Everybody on duty, in the order of the roster; who said so without being on it comes last, for reception."""
    planned = {person.name for person in roster.people}
    found = [
        OnDuty(
            person.name,
            person.teams,
            person.roles,
            person.languages,
            person.lanes,
            here=_here(presences.get(person.name), now),
        )
        for person in roster.people
        if _is_on(presences.get(person.name), now, planned=on_shift(roster, person, now))
    ]
    found += [
        OnDuty(one.name, (FALLBACK,), frozenset({Role.DESK}), ("en",), here=True)
        for one in presences.values()
        if one.name not in planned and _is_on(one, now, planned=False)
    ]
    return found


def is_away(presence: Presence | None, now: datetime) -> bool:
    """Whether somebody said that they are away, or fell silent after saying that they are on."""
    if presence is None or not presence.said or presence.said_at is None or now - presence.said_at >= SAID_FOR:
        return False
    if presence.said == "away":
        return presence.active_at is None or presence.active_at <= presence.said_at
    return not _here(presence, now)


def suggestions(ticket: Ticket, on_duty: Iterable[OnDuty], load: Mapping[str, int]) -> Sequence[str]:
    """Names to whom a ticket may be given now, the best first.

    Args:
        ticket: Unclaimed or overdue; nobody who may not read it is named.
        on_duty: As ``on_now`` says.
        load: Open tickets by the name of their owner.
    """
    able = [one for one in on_duty if _may_read(ticket, one)]
    team = [one for one in able if ticket.team in one.teams]
    fallback = [one for one in able if FALLBACK in one.teams and one not in team]
    return [one.name for group in (team, fallback) for one in sorted(group, key=lambda one: _rank(ticket, one, load))]


def team_reads(team: str, roster: Roster, held: frozenset[Role]) -> frozenset[Secrecy]:
    """Which restricted tickets somebody of a team may read.

    Args:
        team: Of the event.
        roster: Says who works in it.
        held: The roles that somebody on the staff list has: `rights.standing_in`.
    """
    people = [
        rights.standing_in(Staff(StaffId(""), one.name, "", one.roles), held)
        for one in roster.people
        if team in one.teams
    ]
    return frozenset(
        secret
        for secret in rights.SECRETS
        if rights.secrecy_of(team, None) == secret or any(rights.reads(secret, one) for one in people)
    )


def next_after(name: str, names: Sequence[str], owner_name: str = "") -> str:
    """Whom an overdue ticket is offered to next: the one after ``name``, round and round, but not its owner."""
    others = [one for one in names if one != owner_name]
    if not others:
        return ""
    return others[(others.index(name) + 1) % len(others)] if name in others else others[0]


def officers(on_duty: Iterable[OnDuty], roster: Roster) -> Sequence[str]:
    """The duty officers on duty; when there is none, all of them."""
    now = [one.name for one in on_duty if Role.DUTY_OFFICER in one.roles]
    return now or [person.name for person in roster.people if Role.DUTY_OFFICER in person.roles]


def load_of(tickets: Iterable[Ticket]) -> Mapping[str, int]:
    """How many open tickets each owner has."""
    load: dict[str, int] = {}
    for ticket in tickets:
        if ticket.open and ticket.owner_name:
            load[ticket.owner_name] = load.get(ticket.owner_name, 0) + 1
    return load


def _rank(ticket: Ticket, one: OnDuty, load: Mapping[str, int]) -> tuple[object, ...]:
    speaks = ticket.language in one.languages
    knows = one.name == ticket.previous_owner_name
    return not one.here, not knows, not speaks, load.get(one.name, 0), one.name


def _may_read(ticket: Ticket, one: OnDuty) -> bool:
    return rights.visible(ticket, Staff(StaffId(""), one.name, "", one.roles)) == "full"


def _here(presence: Presence | None, now: datetime) -> bool:
    if presence is None:
        return False
    last = max((at for at in (presence.active_at, _said_on(presence)) if at is not None), default=None)
    return last is not None and now - last < IDLE


def _said_on(presence: Presence) -> datetime | None:
    return presence.said_at if presence.said == "on" else None


def _is_on(presence: Presence | None, now: datetime, *, planned: bool) -> bool:
    if is_away(presence, now):
        return False
    said = presence is not None and presence.said == "on" and not is_away(presence, now) and _here(presence, now)
    return planned or said


def _on_day(person: Rostered, day: date) -> bool:
    return not person.days or day in person.days


def _day_of(shift: Shift, now: datetime) -> date | None:
    """The day to which the running shift belongs; None when it does not run now."""
    start, end, at = shift.hours.start, shift.hours.end, now.time()
    if start <= end:
        return now.date() if start <= at < end else None
    if at >= start:
        return now.date()
    return now.date() - timedelta(days=1) if at < end else None
