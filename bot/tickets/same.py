"""Which tickets ask the same, across languages, so that one answer may serve all of them; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from bot.model.messages import TicketId
from bot.model.tickets import Priority, Ticket
from bot.tickets import rights

WITHIN: Final = timedelta(minutes=15)
"""Between the openings of two tickets that ask the same."""
FEWEST_WORDS: Final = 2
"""Fewer words than this are the same too easily: "hello", "why?"."""

Words = Callable[[str], Sequence[str]]
"""Folds a text into words, so that spelling and diacritics do not matter."""


def asks_the_same(one: Ticket, other: Ticket, words: Words) -> bool:
    """Whether one answer may serve both: the same topic, or the same words, within a quarter of an hour.

    Restricted tickets stand alone: nobody may see by a group what somebody asked. So do a delegate's own two tickets.
    """
    if one.id == other.id or one.delegate == other.delegate or not (_may_join(one) and _may_join(other)):
        return False
    if abs(one.opened_at - other.opened_at) > WITHIN:
        return False
    if (one.priority is Priority.EMERGENCY) != (other.priority is Priority.EMERGENCY):
        return False
    if one.topic is not None and one.topic == other.topic:
        return True
    said = sorted(words(one.question))
    return len(said) >= FEWEST_WORDS and said == sorted(words(other.question))


def group_for(ticket: Ticket, others: Iterable[Ticket], words: Words) -> TicketId | None:
    """The group of a ticket, named by its first; None while it stands alone. A new ticket has no number yet."""
    same = [other for other in others if other.id != ticket.id and asks_the_same(ticket, other, words)]
    return min((other.group or other.id for other in same), default=None)


def members(group: TicketId, tickets: Iterable[Ticket]) -> Sequence[Ticket]:
    """The open tickets of a group, oldest first."""
    found = [ticket for ticket in tickets if ticket.open and group in (ticket.group, ticket.id)]
    return sorted(found, key=lambda ticket: ticket.id)


def _may_join(ticket: Ticket) -> bool:
    return ticket.open and ticket.redacted_at is None and not rights.secrecy(ticket) and not ticket.drill
