"""The ladder of an emergency that nobody has confirmed, and how long who claimed it may be silent (D7).

Pure: a position on the ticket, a time, and which step comes next. The position is stored with each step, so a restart
goes on where it was; a step that fell into the time when nothing ran is taken at once and in its order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.model.tickets import Priority, Ticket


class Rung(StrEnum):
    CALL = "call"
    """Call everybody on duty where each is reached; the lanes show it at the same time."""
    REPEAT = "repeat"
    """Ring again where it rang at first."""
    EVERYBODY = "everybody"
    """Call the duty officer and everybody on the staff list, on duty or not."""
    TELL = "tell"
    """Tell the delegate that nobody has confirmed it, with the number to call now."""
    ORGANISERS = "organisers"
    """Call the organisers."""
    AGAIN = "again"
    """Call all of them again."""
    SILENT = "silent"
    """It was claimed, and no sign of life came: it is taken back, and the ladder begins again."""


_RUNGS: Final[tuple[tuple[timedelta, Rung], ...]] = (
    (timedelta(), Rung.CALL),
    (timedelta(seconds=30), Rung.REPEAT),
    (timedelta(seconds=60), Rung.EVERYBODY),
    (timedelta(seconds=90), Rung.TELL),
    (timedelta(seconds=120), Rung.ORGANISERS),
)
EVERY: Final = timedelta(seconds=60)
"""Between two calls after the last rung, until somebody claims it."""
SILENT_AFTER: Final = timedelta(minutes=3)


def running(ticket: Ticket) -> bool:
    """Whether the ladder of a ticket counts: an open emergency that nobody has, or whose owner does not know that it is one."""
    alarmed = ticket.open and ticket.priority is Priority.EMERGENCY
    return alarmed and (ticket.owner is None or unaware(ticket))


def unaware(ticket: Ticket) -> bool:
    """Whether a colleague made it an emergency after its owner took it, and the owner gave no sign since.

    They keep it, however long that takes: else whoever may not read a ticket could take it from them by raising it.
    """
    if ticket.owner is None or ticket.alarm_since is None:
        return False
    return _claimed(ticket) < ticket.alarm_since


def next_due(ticket: Ticket) -> datetime | None:
    """When the next step of an emergency is to be taken; None for what is none, or is in hands that gave a sign of life."""
    if not ticket.open or ticket.priority is not Priority.EMERGENCY:
        return None
    if not running(ticket):
        return _claimed(ticket) if _calls_for_help(ticket) else _silent_at(ticket)
    return _began(ticket) + _offset(ticket.alarm_step)


def due(ticket: Ticket, now: datetime) -> Rung | None:
    """The one step to take now; ask again after taking it."""
    at = next_due(ticket)
    if at is None or now < at:
        return None
    if not running(ticket) and not _calls_for_help(ticket):
        return Rung.SILENT
    return rung(ticket.alarm_step)


def taken(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with its next step of the ladder taken.

    No rung is skipped. Of the calls after the last one, those of a time when nothing ran are made once: the next comes
    within a minute again.
    """
    step = ticket.alarm_step + 1
    while step > len(_RUNGS) and _began(ticket) + _offset(step) <= now:
        step += 1
    return replace(ticket, alarm_step=step, alarm_since=_began(ticket))


def rung(step: int) -> Rung:
    """What is done when so many steps were taken."""
    return _RUNGS[step][1] if step < len(_RUNGS) else Rung.AGAIN


def _offset(step: int) -> timedelta:
    if step < len(_RUNGS):
        return _RUNGS[step][0]
    return _RUNGS[-1][0] + EVERY * (step - len(_RUNGS) + 1)


def _began(ticket: Ticket) -> datetime:
    return ticket.alarm_since or ticket.opened_at


def _silent_at(ticket: Ticket) -> datetime | None:
    """When its owner has been silent for too long; None once they gave a sign of life after claiming it."""
    claimed = _claimed(ticket)
    if ticket.last_staff_at is not None and ticket.last_staff_at > claimed:
        return None
    return claimed + SILENT_AFTER


def _calls_for_help(ticket: Ticket) -> bool:
    """Whether its owner has just made it an emergency: everybody on duty is called once, and they have it as before."""
    return ticket.owner is not None and ticket.alarm_step == 0 and ticket.alarm_since == ticket.claimed_at is not None


def _claimed(ticket: Ticket) -> datetime:
    return ticket.claimed_at or ticket.changed_at or ticket.opened_at
