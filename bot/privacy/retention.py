"""What has to go, and when: pure decisions over what is kept, by the event's own periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from bot.model.content import Event, Retention
from bot.model.messages import TicketId
from bot.model.people import Delegate, DelegateId
from bot.model.tickets import Ticket

SET_ASIDE: Final = timedelta(days=7)
"""Updates that nobody could read; they are stored with the time at which they go."""


@dataclass(frozen=True, slots=True)
class Erase:
    """A delegate with everything: the time of the event is over."""

    who: DelegateId


@dataclass(frozen=True, slots=True)
class Redact:
    """The words of a private request that was closed long enough ago."""

    ticket: TicketId


Step = Erase | Redact


def chats_end(event: Event) -> datetime:
    """Until when chats are kept at least: some days after the end of the event's last day, by its own clock."""
    last_day_over = datetime.combine(event.ends + timedelta(days=1), time.min, event.zone)
    return last_day_over + event.retention.chats


def due(
    now: datetime,
    event: Event,
    people: Iterable[Delegate],
    last_lines: Mapping[DelegateId, datetime],
    tickets: Iterable[Ticket],
) -> list[Step]:
    """What has to go now, in a steady order; carrying it out twice changes nothing.

    Args:
        now: Aware.
        event: With its last day, its zone and its periods.
        people: Everybody who is known.
        last_lines: When each wrote or was written to last; whoever is missing counts from the first time.
        tickets: All of them, the resolved ones too.
    """
    gone = {
        delegate.id
        for delegate in people
        if now >= chats_end(event) and now - last_lines.get(delegate.id, delegate.first_seen) >= event.retention.chats
    }
    redactions = [
        Redact(ticket.id) for ticket in tickets if ticket.delegate not in gone and _closed_long(ticket, now, event)
    ]
    return [*(Erase(who) for who in sorted(gone)), *sorted(redactions, key=lambda step: step.ticket)]


def _closed_long(ticket: Ticket, now: datetime, event: Event) -> bool:
    if ticket.open or ticket.redacted_at is not None or not is_private(ticket, event.retention):
        return False
    return now - (ticket.changed_at or ticket.opened_at) >= event.retention.private_cases


def is_private(ticket: Ticket, retention: Retention) -> bool:
    """By its team, or by what it is about: at night reception holds the requests of other teams."""
    area = (ticket.topic or "").partition(".")[0]
    return bool(ticket.restricted) or ticket.team in retention.private or area in retention.private
