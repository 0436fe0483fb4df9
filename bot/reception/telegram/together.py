"""Which open requests may ask the same as one, for the buttons that put them together and answer them at once; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.model.tickets import Priority, Ticket
from bot.tickets import same

MOST: Final = 6  # buttons
WITHIN: Final = timedelta(hours=3)
"""Between the openings: an older one is another matter, and the console finds it."""


def candidates(ticket: Ticket, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
    """Those that somebody may mean, the likeliest first: the same topic or team, then the newest."""
    if not (ticket.open and same.may_join(ticket)):
        return ()
    members = {one.id for one in same.others(ticket, tickets)}
    able = [
        other
        for other in tickets
        if other.id != ticket.id
        and other.id not in members
        and other.delegate != ticket.delegate
        and same.may_join(other)
        and (other.priority is Priority.EMERGENCY) == (ticket.priority is Priority.EMERGENCY)
        and abs(other.opened_at - ticket.opened_at) <= WITHIN
    ]
    able.sort(key=lambda other: (other.topic != ticket.topic, other.team != ticket.team, -other.id))
    return able[:MOST]
