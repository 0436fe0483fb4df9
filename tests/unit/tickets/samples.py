"""Tickets and people to decide about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.model.messages import TicketId
from bot.model.people import Address, DelegateId, Role, Staff, StaffId
from bot.model.tickets import Priority, StaffAction, Ticket, TicketState, Verb
from tests.conftest import MORNING

NEW: Final = Ticket(
    TicketId(1),
    DelegateId("webchat:1"),
    Address("webchat", "1"),
    "en",
    "reception",
    Priority.NORMAL,
    MORNING,
    "Where is my folder?",
    changed_at=MORNING,
)


def person(name: str, *roles: Role) -> Staff:
    return Staff(StaffId(f"telegram:{name}"), name, "telegram", frozenset(roles) or frozenset({Role.DESK}))


LAN, OMAR = person("Lan"), person("Omar")
OFFICER = person("Duty", Role.DUTY_OFFICER)
NURSE = person("Nurse", Role.MEDICAL)
FOCAL = person("Focal", Role.SAFEGUARDING)
ADMIN = person("Admin", Role.ADMIN)
EVERYBODY: Final = (LAN, OMAR, OFFICER, NURSE, FOCAL, ADMIN)


def ticket(state: TicketState = TicketState.NEW, owner: Staff | None = None, **more: Any) -> Ticket:
    """A ticket as it stands in a state; claimed at the time of its opening when somebody owns it."""
    held = {"owner": owner.id, "owner_name": owner.name, "claimed_at": MORNING} if owner is not None else {}
    more = {"last_staff_at": MORNING if owner is not None else None, **more}
    if more.get("priority") is Priority.EMERGENCY:
        more = {"alarm_since": MORNING, **more}
    return replace(NEW, state=state, **{**held, **more})


def act(
    verb: Verb, by: Staff = OMAR, text: str = "words", after: timedelta = timedelta(minutes=5), **more: Any
) -> StaffAction:
    return StaffAction("act:1", TicketId(1), by, verb, MORNING + after, text, **more)
