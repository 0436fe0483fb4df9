"""What staff post, as an action the desk carries out."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.i18n.translator import mark
from bot.model.messages import TicketId
from bot.model.tickets import StaffAction, Ticket, Verb
from bot.reception.console.sessions import StaffSession
from bot.transports.web_body import NOT_UNDERSTOOD, Body, text_in, uuid_in
from bot.transports.web_errors import Told

LONGEST_REPLY: Final = 4_000
VERBS: Final[dict[str, Verb]] = {
    "claim": "claim",
    "reply": "reply",
    "note": "note",
    "resolve": "resolve",
    "reopen": "reopen",
}
CHANGED: Final = mark("Somebody changed this request meanwhile. Please look at it again.")


def staff_action(verb: Verb, ticket: TicketId, body: Body, session: StaffSession, now: datetime) -> StaffAction:
    """The action a button or the reply box asks for.

    Raises:
        Told: It says nothing, or too much.
    """
    text = text_in(body)
    if verb in ("reply", "note") and not text.strip():
        raise Told(400, mark("The message is empty."))
    if len(text) > LONGEST_REPLY:
        raise Told(400, mark("This text is too long. Please send it in parts."))
    return StaffAction(
        id=f"console:{session.key}:{uuid_in(body)}",
        ticket=ticket,
        by=session.staff,
        verb=verb,
        at=now,
        text=text,
    )


def seen_action(ticket: TicketId, session: StaffSession, now: datetime) -> StaffAction:
    # One id per ticket and session: telling it twice changes nothing.
    return StaffAction(id=f"console:{session.key}:seen:{ticket}", ticket=ticket, by=session.staff, verb="seen", at=now)


def check_version(body: Body, ticket: Ticket) -> None:
    """A page that looked at an older state acts on nothing unknowingly."""
    version = body.get("version")
    if isinstance(version, int) and version != ticket.version:
        raise Told(409, CHANGED)


def ticket_numbers(body: Body) -> list[TicketId]:
    given = body.get("tickets")
    if not isinstance(given, list) or not all(type(number) is int for number in given):
        raise Told(400, NOT_UNDERSTOOD)
    return [TicketId(number) for number in dict.fromkeys(given[:200])]
