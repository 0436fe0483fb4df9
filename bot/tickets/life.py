"""May this person do this to this ticket now, and what becomes of it? One answer for buttons, commands, pages and files."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.tickets import StaffAction, Ticket, TicketState, Verb

ALLOWED: Final[dict[TicketState, frozenset[Verb]]] = {
    TicketState.NEW: frozenset({"claim", "reply", "note", "resolve", "seen"}),
    TicketState.CLAIMED: frozenset({"claim", "reply", "note", "resolve", "seen"}),
    TicketState.RESOLVED: frozenset({"reply", "note", "reopen", "seen"}),
}


def after(ticket: Ticket, action: StaffAction) -> Ticket:
    """The ticket after an action.

    Raises:
        Refused: Not allowed in this state or for this person; says why.
    """
    if action.verb not in ALLOWED[ticket.state]:
        if ticket.state is TicketState.RESOLVED:
            raise Refused(mark("Request #{number} is resolved; reopen it first."), number=str(ticket.id))
        raise Refused(mark("Request #{number} is still open."), number=str(ticket.id))
    match action.verb:
        case "claim":
            return _claimed(ticket, action)
        case "reply":
            return _replied(ticket, action)
        case "resolve":
            return replace(ticket, state=TicketState.RESOLVED, changed_at=action.at)
        case "reopen":
            return replace(ticket, state=TicketState.NEW, owner=None, owner_name="", changed_at=action.at)
        case "note":
            if not action.text.strip():
                raise Refused(mark("The note is empty."))
            return replace(ticket, changed_at=action.at)
        case "seen":
            return ticket if ticket.seen_at else replace(ticket, seen_at=action.at)


def _claimed(ticket: Ticket, action: StaffAction) -> Ticket:
    if ticket.owner is not None and ticket.owner != action.by.id:
        raise Refused(
            mark("{name} is already helping with request #{number}."), name=ticket.owner_name, number=str(ticket.id)
        )
    if ticket.owner == action.by.id:
        return ticket
    return replace(
        ticket,
        state=TicketState.CLAIMED,
        owner=action.by.id,
        owner_name=action.by.name,
        seen_at=ticket.seen_at or action.at,
        changed_at=action.at,
    )


def _replied(ticket: Ticket, action: StaffAction) -> Ticket:
    """Who answers an unclaimed ticket has claimed it; an answer to a resolved one opens it again."""
    if not action.text.strip():
        raise Refused(mark("The reply is empty."))
    owner, name = (
        (ticket.owner, ticket.owner_name)
        if ticket.owner is not None and ticket.open
        else (action.by.id, action.by.name)
    )
    return replace(
        ticket,
        state=TicketState.CLAIMED,
        owner=owner,
        owner_name=name,
        seen_at=ticket.seen_at or action.at,
        answered_at=ticket.answered_at or action.at,
        changed_at=action.at,
    )
