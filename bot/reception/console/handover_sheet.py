"""What the next shift has to know, from the tickets and the notes; deciding only.

The sheet is printed and lies about: a restricted ticket stands on it by number alone, for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.model.rich import straight
from bot.model.tickets import Priority, Ticket, TicketState
from bot.reception.console.showing import View, title
from bot.tickets import clocks, rights

Json = dict[str, Any]
LONGEST_LINE: Final = 140
_OVERDUE: Final = 2  # steps of the wait clock


def sheet(tickets: Sequence[Ticket], view: View, since: datetime) -> Json:
    """All of it.

    Args:
        tickets: Also the resolved ones; rehearsals are left out.
        view: Who reads it, and when.
        since: When the shift began.
    """
    real = [one for one in tickets if not one.drill]
    opened = sorted((one for one in real if one.open), key=lambda one: (one.priority, one.opened_at))
    promised = sorted((one for one in opened if one.promised_at), key=lambda one: one.promised_at or view.now)
    asleep = sorted((one for one in opened if one.snoozed_until), key=lambda one: one.snoozed_until or view.now)
    return {
        "at": view.when(view.now),
        "since": view.when(since),
        "owners": [
            {"name": name, "tickets": [row(one, view) for one in held]} for name, held in _by_owner(opened).items()
        ],
        "promised": [row(one, view) for one in promised],
        "asleep": [row(one, view) for one in asleep],
        "counts": counts(real, since),
    }


def _by_owner(opened: Sequence[Ticket]) -> dict[str, list[Ticket]]:
    """Those that nobody has first, under no name."""
    held: dict[str, list[Ticket]] = {}
    for ticket in opened:
        held.setdefault("" if ticket.unclaimed else ticket.owner_name, []).append(ticket)
    return {name: held[name] for name in sorted(held)}


def row(ticket: Ticket, view: View) -> Json:
    hidden = bool(rights.secrecy(ticket))
    waits = clocks.unanswered_since(ticket)
    team = view.snapshot.event.teams.get(ticket.team)
    return {
        "id": ticket.id,
        "title": title(ticket, view),
        "line": "" if hidden else _short(straight(ticket.question)),
        "name": "" if hidden else straight(ticket.delegate_name),
        "team": "" if hidden or team is None else team.name.in_(view.speaker.language),
        "priority": ticket.priority.name.lower(),
        "state": ticket.state.value,
        "owner": "" if ticket.unclaimed else ticket.owner_name,
        "opened": view.when(ticket.opened_at),
        "waits": view.when(waits),
        "overdue": ticket.wait_step >= _OVERDUE,
        "promised": view.when(ticket.promised_at),
        "late": ticket.promised_at is not None and ticket.promised_at <= view.now,
        "promise": "" if hidden else straight(ticket.promise),
        "until": view.when(ticket.snoozed_until),
    }


def counts(tickets: Sequence[Ticket], since: datetime) -> Json:
    """What happened in the shift."""
    fresh = [one for one in tickets if one.opened_at >= since]
    closed = [
        one for one in tickets if one.state is TicketState.RESOLVED and (one.changed_at or one.opened_at) >= since
    ]
    answered = [one for one in fresh if one.answered_at is not None]
    waited = sorted((one.answered_at or one.opened_at) - one.opened_at for one in answered)
    return {
        "opened": len(fresh),
        "resolved": len(closed),
        "emergencies": sum(one.priority is Priority.EMERGENCY for one in fresh),
        "open": sum(one.open for one in tickets),
        "reopened": sum(one.state is TicketState.REOPENED for one in tickets),
        "unhappy": sum(one.rated == "poor" for one in closed),
        "wait": _minutes(waited[len(waited) // 2]) if waited else None,
    }


def _minutes(time: timedelta) -> int:
    return round(time.total_seconds() / 60)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
