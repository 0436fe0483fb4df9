"""What becomes of a ticket: after what staff do, after what the delegate writes, and when its time comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.i18n.translator import mark
from bot.model.errors import Outdated, Refused, Unsure
from bot.model.people import StaffId
from bot.model.tickets import Priority, Secrecy, StaffAction, Ticket, TicketState, Verb
from bot.tickets import ladder, rights, same

WRITES: Final[frozenset[Verb]] = frozenset({"reply", "ask"})
_WORDS: Final[frozenset[Verb]] = WRITES | {"note", "promise"}
LONGEST_PROMISE: Final = 200  # characters of what was promised

_LATER: Final = mark("Please give a time that is still to come.")


def after(ticket: Ticket, action: StaffAction) -> Ticket:
    """The ticket after an action.

    Raises:
        Outdated: Somebody wrote or acted after the version that the person had in front of them.
        Refused: Not allowed in this state or for this person; says why.
    """
    refused = rights.refusal(ticket, action.by, action.verb, action.at)
    if refused is not None:
        raise refused
    if is_outdated(ticket, action):
        raise Outdated(mark("Somebody changed this request meanwhile. Please look at it again."))
    match action.verb:
        case "seen":
            return ticket if ticket.seen_at else replace(ticket, seen_at=action.at)
        case "view":
            return ticket
        case "claim":
            return ticket if ticket.owner == action.by.id and not ladder.unaware(ticket) else _claimed(ticket, action)
        case "raise" | "lower":
            return _prioritised(ticket, action)
        case "link" | "unlink":
            return _linked(ticket, action)
        case _:
            return _touched(ticket, action, _changed(ticket, action))


def is_outdated(ticket: Ticket, action: StaffAction) -> bool:
    """Whether a writer looked at an older state: somebody else has written or acted since."""
    if action.expected_version is None:
        return False
    theirs = ticket.others_word if ticket.last_word_by == action.by.id else ticket.last_word
    return action.expected_version < theirs


def heard(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket after the delegate wrote into it: it wakes, waits no longer for them, and opens again."""
    waits_already = unanswered_since(ticket) is not None and ticket.state is not TicketState.SNOOZED
    said = replace(
        _sealed(ticket),
        last_delegate_at=now,
        last_word=ticket.version + 1,
        last_word_by=None,
        unanswered_since=unanswered_since(ticket) if waits_already else now,
        wait_step=ticket.wait_step if waits_already else 0,
        waiting_since=None,
        snoozed_until=None,
    )
    match ticket.state:
        case TicketState.RESOLVED:
            return _alarmed(
                replace(_let_go(said, TicketState.REOPENED), changed_at=now, rated="", cancelled=False), now
            )
        case TicketState.WAITING | TicketState.SNOOZED:
            return replace(said, state=_back(ticket))
        case _:
            return said


def worse(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket about somebody's health after they wrote of it again: an emergency that calls everybody."""
    return _alarmed(replace(ticket, priority=Priority.EMERGENCY, emergency="medical", changed_at=now), now)


def cancelled(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket after the delegate withdrew it.

    Raises:
        Refused: Only staff close an emergency (D7), and a closed one is closed.
    """
    number = str(ticket.id)
    if not ticket.open:
        raise Refused(mark("Request #{number} is closed already."), number=number)
    if ticket.priority is Priority.EMERGENCY:
        raise Refused(mark("Request #{number} is an emergency: a person closes it when you are safe."), number=number)
    return replace(_closed(ticket, now), cancelled=True, last_word_by=None)


def drill_over(ticket: Ticket, now: datetime) -> Ticket:
    """A rehearsal that nobody closed; only of those, for an emergency is closed by staff alone."""
    return _closed(ticket, now) if ticket.drill else ticket


def silent(ticket: Ticket, now: datetime) -> Ticket:
    """An emergency taken back from somebody who claimed it and gave no sign of life; the ladder begins again."""
    return replace(
        _let_go(ticket, TicketState.REOPENED),
        changed_at=now,
        claimed_silent=ticket.claimed_silent + 1,
        unanswered_since=unanswered_since(ticket) or now,
        alarm_since=now,
        alarm_step=0,
        last_word=ticket.version + 1,
        last_word_by=None,
    )


def left(ticket: Ticket, now: datetime) -> Ticket:
    """A ticket whose owner is no longer on the staff list: it stands in the queue again, and the delegate's wait goes on."""
    since = unanswered_since(ticket)
    if ticket.state is TicketState.SNOOZED or (since is None and ticket.priority is Priority.EMERGENCY):
        since, ticket = now, replace(ticket, wait_step=1)  # nobody is left who knows why it was put aside
    return _alarmed(
        replace(
            _let_go(ticket, TicketState.NEW),
            changed_at=now,
            unanswered_since=since,
            offered_to="",
            last_word=ticket.version + 1,
            last_word_by=None,
        ),
        now,
    )


def woken(ticket: Ticket, now: datetime) -> Ticket:
    """A ticket that was put aside long enough: it asks for attention again, and who put it aside has it."""
    return replace(ticket, state=_back(ticket), snoozed_until=None, unanswered_since=now, wait_step=1)


def unanswered_since(ticket: Ticket) -> datetime | None:
    """Since when the delegate waits for a person's answer; None while they do not."""
    if not ticket.open or ticket.state is TicketState.WAITING:
        return None
    return ticket.unanswered_since or (ticket.opened_at if ticket.answered_at is None else None)


def _back(ticket: Ticket) -> TicketState:
    return TicketState.CLAIMED if ticket.owner is not None else TicketState.NEW


def _changed(ticket: Ticket, action: StaffAction) -> Ticket:
    match action.verb:
        case "reply" | "ask":
            return _replied(ticket, action)
        case "note":
            _must_say(action, mark("The note is empty."))
            return ticket
        case "promise":
            return _promised(ticket, action)
        case "snooze":
            return _snoozed(_held_by(ticket, action), action)
        case "wake":
            return woken(ticket, action.at)
        case "release":
            return _alarmed(_let_go(ticket, TicketState.NEW), action.at)
        case "assign":
            return _assigned(ticket, action)
        case "hand-back":
            return replace(ticket, with_bot=True)
        case "resolve":
            return _closed(ticket, action.at)
        case "reopen":
            opened = replace(ticket, rated="", cancelled=False, unanswered_since=action.at, wait_step=0)
            return _alarmed(_let_go(opened, TicketState.REOPENED), action.at)
        case _:
            raise AssertionError(action.verb)


def _touched(before: Ticket, action: StaffAction, changed: Ticket) -> Ticket:
    """What every deed of staff leaves behind: that they were there, and for notes nothing more."""
    if action.verb != "claim" and changed.owner == before.owner == action.by.id and ladder.unaware(before):
        changed = _taken_in_hand(changed, action)
    if action.verb in _WORDS:
        changed = _sealed(changed)
    seen = replace(
        changed, seen_at=before.seen_at or action.at, changed_at=action.at, last_staff_at=action.at, offered_to=""
    )
    if action.verb == "note":
        return replace(seen, offered_to=before.offered_to)
    others = before.others_word if before.last_word_by == action.by.id else before.last_word
    return replace(seen, last_word=before.version + 1, last_word_by=action.by.id, others_word=others)


def _claimed(ticket: Ticket, action: StaffAction) -> Ticket:
    return _touched(ticket, action, _given(ticket, action.by.id, action.by.name, action.at))


def _held_by(ticket: Ticket, action: StaffAction) -> Ticket:
    """Who acts on a ticket that nobody has, has claimed it with that."""
    if ticket.owner is not None and ticket.open:
        return ticket
    return _given(ticket, action.by.id, action.by.name, action.at)


def _given(ticket: Ticket, owner: StaffId, name: str, now: datetime) -> Ticket:
    left = _let_go(ticket, TicketState.CLAIMED) if ticket.owner not in (None, owner) else ticket
    if ticket.priority is Priority.EMERGENCY:
        # They were told that a person has it: from here on they wait for that person.
        left = replace(left, unanswered_since=now, wait_step=0)
    return replace(
        left,
        state=TicketState.CLAIMED,
        owner=owner,
        owner_name=name,
        claimed_at=now,
        waiting_since=None,
        with_bot=False,
        snoozed_until=None,
    )


def _let_go(ticket: Ticket, state: TicketState) -> Ticket:
    return replace(
        ticket,
        state=state,
        owner=None,
        owner_name="",
        claimed_at=None,
        previous_owner=ticket.owner or ticket.previous_owner,
        previous_owner_name=ticket.owner_name or ticket.previous_owner_name,
        waiting_since=None,
        snoozed_until=None,
        with_bot=False,
    )


def _replied(ticket: Ticket, action: StaffAction) -> Ticket:
    """Who answers an unclaimed ticket has claimed it; an answer to a resolved one opens it again."""
    if not action.answer:
        _must_say(action, mark("The reply is empty."))
    held = _held_by(ticket, action)
    asks = action.verb == "ask"
    return replace(
        held,
        state=TicketState.WAITING if asks else TicketState.CLAIMED,
        waiting_since=action.at if asks else None,
        answered_at=ticket.answered_at or action.at,
        unanswered_since=None,
        snoozed_until=None,
        promised_at=None,
        promise="",
        with_bot=False,
        wait_step=0,
        rated="",
        cancelled=False,
    )


def _promised(ticket: Ticket, action: StaffAction) -> Ticket:
    if action.until is None or action.until <= action.at:
        raise Refused(_LATER)
    held = _held_by(ticket, action)
    text = action.text.strip()[:LONGEST_PROMISE]
    # The delegate is told of the promise, so the first step of the wait clock is taken with it.
    return replace(
        held,
        state=TicketState.CLAIMED,
        promised_at=action.until,
        promise=text,
        promise_told=False,
        waiting_since=None,
        snoozed_until=None,
        wait_step=1,
    )


def _snoozed(ticket: Ticket, action: StaffAction) -> Ticket:
    if action.until is None or action.until <= action.at:
        raise Refused(_LATER)
    return replace(ticket, state=TicketState.SNOOZED, snoozed_until=action.until, waiting_since=None)


def _assigned(ticket: Ticket, action: StaffAction) -> Ticket:
    if action.to_staff is not None:
        # Out of a restricted circle only by somebody who belongs to it, not by who merely helped first.
        if rights.secrecy(ticket) and rights.visible(replace(ticket, owner=None), action.by) == "number":
            raise Refused(mark("Request #{number} is for those responsible for it only."), number=str(ticket.id))
        given = _given(ticket, action.to_staff, action.to_name or str(action.to_staff), action.at)
        return replace(given, team=action.to_team or ticket.team)
    if not action.to_team:
        raise Refused(mark("Please say to whom it shall go."))
    restricted = _restricted_with(ticket, action)
    return _alarmed(replace(_let_go(ticket, TicketState.NEW), team=action.to_team, restricted=restricted), action.at)


def _sealed(ticket: Ticket) -> Ticket:
    """What is written while few people read a ticket is for them for good, whichever team has it later."""
    return replace(ticket, restricted=rights.secrecy(ticket))


def _restricted_with(ticket: Ticket, action: StaffAction) -> Secrecy:
    """How restricted a ticket is with the team that it is given to.

    Raises:
        Unsure: Nobody of that team may read it; its circle may open it to everybody, knowingly.
        Refused: The same, and it is not for this person to open, or about something that is never open to all.
    """
    secret, of_itself = rights.secrecy(ticket), rights.secrecy_of("", ticket.topic, ticket.emergency)
    if not (of_itself or ticket.restricted) or not secret or secret in action.team_reads:
        return ticket.restricted
    if of_itself or not rights.reads(secret, action.by) or not (action.careful or action.confirmed):
        raise Refused(
            mark("Nobody of that team may read request #{number}. Please give it to somebody who may."),
            number=str(ticket.id),
        )
    if not action.confirmed:
        raise Unsure(
            mark("Request #{number} is for few people. Open it with all that was written to everybody on the staff?"),
            number=str(ticket.id),
        )
    return ""


def _prioritised(ticket: Ticket, action: StaffAction) -> Ticket:
    step = -1 if action.verb == "raise" else 1
    wanted = action.to_priority
    if wanted is None:
        wanted = Priority(min(Priority.NORMAL, max(Priority.EMERGENCY, ticket.priority + step)))
    if (wanted - ticket.priority) * step < 0:
        raise Refused(mark("Request #{number} has that priority already, or a stronger one."), number=str(ticket.id))
    if wanted is ticket.priority:
        return ticket
    held = _at_hand(ticket, action.at) if wanted is Priority.EMERGENCY else ticket
    changed = _alarmed(replace(held, priority=wanted), action.at)
    if wanted is Priority.EMERGENCY and ticket.owner == action.by.id:
        changed = _taken_in_hand(changed, action)  # whoever has it knows; the others are called
    if rights.visible(ticket, action.by) == "number":
        return replace(changed, changed_at=action.at)
    return _touched(ticket, action, changed)


def _taken_in_hand(ticket: Ticket, action: StaffAction) -> Ticket:
    """Whoever has it knows that it became an emergency, which counts as taking it; their word is a sign of life as well."""
    waits = action.at if unanswered_since(ticket) is not None else None
    return replace(ticket, claimed_at=ticket.alarm_since, unanswered_since=waits, wait_step=0)


def _at_hand(ticket: Ticket, now: datetime) -> Ticket:
    """An emergency is neither put aside nor left to the bot."""
    if ticket.state is TicketState.SNOOZED:
        ticket = woken(ticket, now)
    return replace(ticket, with_bot=False)


def _alarmed(ticket: Ticket, now: datetime) -> Ticket:
    """The ladder begins whenever an emergency has nobody, and is over for what is none."""
    since = now if ticket.priority is Priority.EMERGENCY else None
    return replace(ticket, alarm_since=since, alarm_step=0)


def _linked(ticket: Ticket, action: StaffAction) -> Ticket:
    if action.verb == "unlink":
        return replace(ticket, group=same.apart(ticket))
    if action.other is None:
        raise Refused(same.WITH_WHICH)
    return replace(ticket, group=action.other)


def _closed(ticket: Ticket, now: datetime) -> Ticket:
    return replace(
        ticket,
        state=TicketState.RESOLVED,
        changed_at=now,
        last_word=ticket.version + 1,
        unanswered_since=None,
        waiting_since=None,
        snoozed_until=None,
        promised_at=None,
        promise="",
        with_bot=False,
        wait_step=0,
        offered_to="",
    )


def _must_say(action: StaffAction, reason: str) -> None:
    if not action.text.strip():
        raise Refused(reason)
