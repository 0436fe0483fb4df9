"""May this person do this to this ticket now, and may they read it? One table, for buttons, commands, pages, feeds and files.

``ALLOWED`` says what a state permits, ``_refusal`` what a person may do in it, ``visible`` what they may read. Help goes
before secrecy: an emergency may be claimed by whoever is there, and who has claimed it reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.people import Role, Staff
from bot.model.tickets import Priority, Secrecy, Ticket, TicketState, Verb
from bot.tickets import ladder

Sight = Literal["full", "number"]

SILENT_OWNER: Final = timedelta(minutes=30)
"""After so long without a sign of life of the owner, a colleague may take a ticket over."""
FOCAL_POINTS_FIRST: Final = timedelta(seconds=60)
"""For so long an emergency about safeguarding is for those responsible for protection alone; then for everybody."""

_ANY: Final[frozenset[Verb]] = frozenset({"note", "seen", "view"})
_OPEN: Final[frozenset[Verb]] = _ANY | {
    "claim",
    "assign",
    "reply",
    "ask",
    "promise",
    "snooze",
    "resolve",
    "raise",
    "lower",
    "link",
    "unlink",
}
_HELD: Final[frozenset[Verb]] = _OPEN | {"release", "hand-back"}

ALLOWED: Final[Mapping[TicketState, frozenset[Verb]]] = {
    TicketState.NEW: _OPEN,
    TicketState.REOPENED: _OPEN,
    TicketState.CLAIMED: _HELD,
    TicketState.WAITING: _HELD,
    TicketState.SNOOZED: _HELD | {"wake"},
    TicketState.RESOLVED: _ANY | {"reply", "ask", "reopen"},
}
UNSEEN_MAY: Final[frozenset[Verb]] = frozenset({"seen", "raise"})
"""What may be done by somebody who reads only the number of a ticket."""
OF_THE_OWNER: Final[frozenset[Verb]] = frozenset({"release", "hand-back", "wake"})
"""What is for the owner, or for whoever may take over."""
NOT_IN_EMERGENCIES: Final[frozenset[Verb]] = frozenset({"snooze", "hand-back"})

_READERS: Final[Mapping[Secrecy, frozenset[Role]]] = {
    "medical": frozenset({Role.MEDICAL, Role.DUTY_OFFICER}),
    "safeguarding": frozenset({Role.SAFEGUARDING}),
}
SECRETS: Final[tuple[Secrecy, ...]] = tuple(_READERS)
_SECRET_TEAMS: Final[Mapping[str, Secrecy]] = {"medical": "medical", "safeguarding": "safeguarding"}
_SECRET_TOPICS: Final = frozenset({"safety.harassment"})


def secrecy(ticket: Ticket) -> Secrecy:
    """How restricted a ticket is; one of an older version is judged by its team and topic."""
    return ticket.restricted or secrecy_of(ticket.team, ticket.topic, ticket.emergency)


def secrecy_of(team: str, topic: str | None, emergency: str = "") -> Secrecy:
    """What a question to a team about a topic is to everybody else: health, protection from harassment, or nothing special."""
    if topic in _SECRET_TOPICS or emergency == "harassment" or team == "safeguarding":
        return "safeguarding"
    if emergency == "medical" or (topic or "").startswith("medical."):
        return "medical"
    return _SECRET_TEAMS.get(team, "")


def visible(ticket: Ticket, staff: Staff) -> Sight:
    """What somebody may read of a ticket.

    Returns:
        ``full``, or ``number``: its number, state, priority and that it is a medical or safeguarding case; no word, name
        or topic in any view, title, notification, feed or file.
    """
    secret = secrecy(ticket)
    if not secret or ticket.owner == staff.id or reads(secret, staff):
        return "full"
    return "number"


def reads(secret: Secrecy, staff: Staff) -> bool:
    """Whether somebody belongs to the circle of what is restricted so, by their role."""
    return not secret or bool(_READERS[secret] & staff.roles)


def standing_in(staff: Staff, held: frozenset[Role]) -> Staff:
    """The same person with the duties that fall to them because nobody on the staff list has that role.

    Args:
        staff: Who acts or reads.
        held: The roles that somebody on the staff list has. A small event may name no medical team: then the duty
            officer answers for it, and without one the desk; a question about health must not wait for nobody.
    """
    roles = set(staff.roles)
    stands_in = Role.DUTY_OFFICER if Role.DUTY_OFFICER in held else Role.DESK
    if stands_in in roles:
        roles |= {Role.MEDICAL, Role.SAFEGUARDING} - held
    return replace(staff, roles=frozenset(roles))


def allowed(ticket: Ticket, staff: Staff, verb: Verb, now: datetime) -> bool:
    return refusal(ticket, staff, verb, now) is None


def refusal(ticket: Ticket, staff: Staff, verb: Verb, now: datetime) -> Refused | None:
    """Why somebody may not do this now, as a sentence for them; None when they may."""
    number = str(ticket.id)
    if verb not in ALLOWED[ticket.state]:
        return _wrong_state(ticket, verb)
    if visible(ticket, staff) == "number" and verb not in UNSEEN_MAY and not _may_help(ticket, staff, verb, now):
        return Refused(mark("Request #{number} is for those responsible for it only."), number=number)
    if verb == "claim" and ticket.owner not in (None, staff.id) and not ladder.running(ticket):
        return _held(ticket)
    if verb in OF_THE_OWNER and not may_take_over(ticket, staff, now):
        return _held(ticket)
    if verb == "assign" and ticket.owner is not None and not may_take_over(ticket, staff, now):
        return _held(ticket)
    if ticket.priority is Priority.EMERGENCY:
        return _in_emergency(ticket, staff, verb, now)
    return None


def may_take_over(ticket: Ticket, staff: Staff, now: datetime) -> bool:
    """Whether somebody may decide about a ticket instead of its owner."""
    if ticket.owner in (None, staff.id) or Role.DUTY_OFFICER in staff.roles:
        return True
    last = ticket.last_staff_at or ticket.claimed_at or ticket.changed_at or ticket.opened_at
    return now - last >= SILENT_OWNER


def _may_help(ticket: Ticket, staff: Staff, verb: Verb, now: datetime) -> bool:
    """Whoever is there may claim an emergency that nobody has; one about protection is for few people at first."""
    if verb != "claim" or ticket.priority is not Priority.EMERGENCY or ticket.owner is not None:
        return False
    if secrecy(ticket) != "safeguarding" or Role.DUTY_OFFICER in staff.roles:
        return True
    return now - (ticket.alarm_since or ticket.opened_at) >= FOCAL_POINTS_FIRST


def _in_emergency(ticket: Ticket, staff: Staff, verb: Verb, now: datetime) -> Refused | None:
    number = str(ticket.id)
    if verb in NOT_IN_EMERGENCIES:
        return Refused(mark("Request #{number} is an emergency: it cannot be put aside."), number=number)
    if verb in ("resolve", "lower") and ticket.owner is None:
        return Refused(mark("Request #{number} is an emergency: claim it first."), number=number)
    if verb in ("resolve", "lower") and not may_take_over(ticket, staff, now):
        return _held(ticket)
    return None


def _wrong_state(ticket: Ticket, verb: Verb) -> Refused:
    number = str(ticket.id)
    match verb:
        case "release" | "hand-back":
            if ticket.open:
                return Refused(mark("Nobody has claimed request #{number}."), number=number)
        case "wake":
            if ticket.open:
                return Refused(mark("Request #{number} is not put aside."), number=number)
        case "reopen":
            return Refused(mark("Request #{number} is still open."), number=number)
        case _:
            pass
    return Refused(mark("Request #{number} is resolved; reopen it first."), number=number)


def _held(ticket: Ticket) -> Refused:
    return Refused(
        mark("{name} is already helping with request #{number}."), name=ticket.owner_name, number=str(ticket.id)
    )
