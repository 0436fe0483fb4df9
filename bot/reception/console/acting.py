"""What staff post, as an action the desk carries out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.i18n.translator import mark
from bot.model.messages import TicketId
from bot.model.tickets import Priority, StaffAction, Ticket, Verb
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import BY_HAND
from bot.transports.web_body import NOT_UNDERSTOOD, Body, text_in, uuid_in
from bot.transports.web_errors import Told

LONGEST_REPLY: Final = 4_000
LONGEST_WAIT: Final = timedelta(days=7)
MOST_FIELDS: Final = 10
WORDS: Final[frozenset[Verb]] = frozenset({"reply", "ask", "note"})
LOOKED_AT: Final[frozenset[Verb]] = frozenset({"reply", "ask", "resolve", "snooze", "hand-back", "release", "lower"})
"""What is only done to what the person really had in front of them."""
CHANGED: Final = mark("Somebody changed this request meanwhile. Please look at it again.")
NO_SUCH_TIME: Final = mark("This is not a time of day, such as 18:00.")
PRIORITIES: Final = {priority.name.lower(): priority for priority in Priority}


def verb_of(name: str) -> Verb | None:
    return next((verb for verb in BY_HAND if verb == name), None)


def staff_action(
    verb: Verb, ticket: TicketId, body: Body, session: StaffSession, now: datetime, zone: ZoneInfo
) -> StaffAction:
    """The action a button or the reply box asks for; whom it names is looked up by the door.

    Raises:
        Told: It says nothing, or too much, or nothing that can be read.
    """
    text, answer = text_in(body), text_in(body, "answer")
    if verb in WORDS and not text.strip() and not answer:
        raise Told(400, mark("The message is empty."))
    if len(text) > LONGEST_REPLY:
        raise Told(400, mark("This text is too long. Please send it in parts."))
    version = body.get("version")
    return StaffAction(
        id=f"console:{session.key}:{uuid_in(body)}",
        ticket=ticket,
        by=session.staff,
        verb=verb,
        at=now,
        text=text,
        until=until_in(body, now, zone) if verb in ("snooze", "promise") else None,
        to_team=text_in(body, "team") if verb == "assign" else "",
        to_priority=PRIORITIES.get(text_in(body, "priority")) if verb in ("raise", "lower") else None,
        other=_ticket_in(body, "other") if verb == "link" else None,
        answer=answer if verb in ("reply", "ask") else "",
        fields=_fields_in(body) if answer else {},
        to_group=body.get("group") is True and verb in ("reply", "resolve"),
        expected_version=version if type(version) is int and verb in LOOKED_AT else None,
        careful=verb in ("reply", "ask"),
        confirmed=body.get("confirmed") is True,
        machine=body.get("machine") is True and verb in ("reply", "ask"),
    )


def until_in(body: Body, now: datetime, zone: ZoneInfo) -> datetime:
    """In some minutes, or at an hour: the next one of that name where the event is."""
    minutes = body.get("minutes")
    if type(minutes) is int:
        if not timedelta() < timedelta(minutes=min(minutes, 10**6)) <= LONGEST_WAIT:
            raise Told(400, mark("Please give a time that is still to come."))
        return now + timedelta(minutes=minutes)
    try:
        at = time.fromisoformat(text_in(body, "at").strip())
    except ValueError as error:
        raise Told(400, NO_SUCH_TIME) from error
    local = now.astimezone(zone)
    day = local.date() if at.replace(tzinfo=None) > local.time() else local.date() + timedelta(days=1)
    return datetime.combine(day, at.replace(tzinfo=None), zone)


def seen_action(ticket: TicketId, session: StaffSession, now: datetime) -> StaffAction:
    # One id per ticket and session: telling it twice changes nothing.
    return StaffAction(id=f"console:{session.key}:seen:{ticket}", ticket=ticket, by=session.staff, verb="seen", at=now)


def view_action(ticket: Ticket, session: StaffSession, now: datetime) -> StaffAction:
    """That somebody opened a restricted ticket; a page that shows it live looks often, and once in a while is told."""
    quarter = int(now.timestamp()) // 900
    key = f"console:{session.key}:view:{ticket.id}:{quarter}"
    return StaffAction(id=key, ticket=ticket.id, by=session.staff, verb="view", at=now)


def ticket_numbers(body: Body) -> list[TicketId]:
    given = body.get("tickets")
    if not isinstance(given, list) or not all(type(number) is int for number in given):
        raise Told(400, NOT_UNDERSTOOD)
    return [TicketId(number) for number in dict.fromkeys(given[:200])]


def _ticket_in(body: Body, key: str) -> TicketId | None:
    number = body.get(key)
    return TicketId(number) if type(number) is int else None


def _fields_in(body: Body) -> Mapping[str, str]:
    given = body.get("fields", {})
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise Told(400, NOT_UNDERSTOOD)
    return {str(name)[:40]: text_in(given, name)[:200] for name in given}
