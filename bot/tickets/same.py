"""Which tickets ask the same, across languages, so that one answer may serve all of them; pure.

The desk puts new tickets together by itself; staff put together and take apart what it did not see. A group goes by the number
of the ticket it began with. A ticket that staff took out goes by a name of its own below zero: nothing joins it but what staff
put there, and those who still go by its number stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.tickets import Priority, Ticket
from bot.tickets import rights

WITHIN: Final = timedelta(minutes=15)
"""Between the openings of two tickets that ask the same."""
FEWEST_WORDS: Final = 2
"""Fewer words than this are the same too easily: "hello", "why?"."""
_VERSIONS: Final = 10_000
WITH_WHICH: Final = mark("Please say with which request it belongs together.")

Words = Callable[[str], Sequence[str]]
"""Folds a text into words, so that spelling and diacritics do not matter."""


def asks_the_same(one: Ticket, other: Ticket, words: Words) -> bool:
    """Whether one answer may serve both: the same topic, or the same words, within a quarter of an hour.

    Restricted tickets stand alone: nobody may see by a group what somebody asked. So do a delegate's own two tickets.
    """
    if one.id == other.id or one.delegate == other.delegate or not (may_join(one) and may_join(other)):
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
    return min((name for other in same if (name := name_of(other)) > 0), default=None)


def name_of(ticket: Ticket) -> TicketId:
    """What its group goes by; a ticket that stands alone is a group of one."""
    return ticket.group or ticket.id


def number_of(name: TicketId) -> TicketId:
    """The ticket after which a group is named."""
    return name if name > 0 else TicketId(-name // _VERSIONS)


def members(group: TicketId, tickets: Iterable[Ticket]) -> Sequence[Ticket]:
    """The open tickets of a group, oldest first; one that became a case for few people is none of them any more."""
    found = [ticket for ticket in tickets if may_join(ticket) and name_of(ticket) == group]
    return sorted(found, key=lambda ticket: ticket.id)


def others(ticket: Ticket, tickets: Iterable[Ticket]) -> Sequence[Ticket]:
    """Who else gets what is said to all that ask the same as this one, which may have been closed a moment ago."""
    if not _for_everybody(ticket):
        return ()
    return [other for other in members(name_of(ticket), tickets) if other.delegate != ticket.delegate]


def joining(ticket: Ticket, number: TicketId, tickets: Sequence[Ticket], staff: Staff, now: datetime) -> TicketId:
    """The group that a ticket joins when somebody says that it asks what another one asks.

    Args:
        ticket: The one that moves; that it may be moved is asked elsewhere.
        number: The other one.
        tickets: Those that are open.
        staff: Who says so.
        now: When.

    Raises:
        Refused: One answer cannot serve both, or it is not for this person to say.
    """
    if number == ticket.id:
        raise Refused(WITH_WHICH)
    other = next((one for one in tickets if one.id == number), None)
    if other is None:
        raise Refused(mark("There is no open request #{number}."), number=str(number))
    refused = rights.refusal(other, staff, "link", now)
    if refused is not None:
        raise refused
    if not (may_join(ticket) and may_join(other)):
        raise Refused(mark("Medical and safeguarding cases and drills are not put together with others."))
    if (ticket.priority is Priority.EMERGENCY) != (other.priority is Priority.EMERGENCY):
        raise Refused(mark("An emergency is put together with other emergencies only."))
    name = name_of(other)
    if any(one.delegate == ticket.delegate and one.id != ticket.id for one in members(name, tickets)):
        raise Refused(mark("One of those requests is of the same delegate: one answer would reach them twice."))
    return name


def apart(ticket: Ticket) -> TicketId:
    """The name by which a ticket goes that staff take out of its group: no other ticket has it, nor had it before."""
    return TicketId(-(ticket.id * _VERSIONS + ticket.version % _VERSIONS))


def may_join(ticket: Ticket) -> bool:
    """Whether a ticket may be one of a group."""
    return ticket.open and ticket.redacted_at is None and _for_everybody(ticket)


def _for_everybody(ticket: Ticket) -> bool:
    return not rights.secrecy(ticket) and not ticket.drill
