"""The wait clocks: what is due while a delegate waits for a person, by the event's own settings; pure.

A wait begins with the delegate's line and ends with an answer; putting a ticket aside stops it, and a promise moves it to
the time that was promised. The position (``wait_step``) is stored with each step, so nothing is told twice or lost.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.content import Urgency, Wait, Waits
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import ladder
from bot.tickets.life import unanswered_since

__all__ = ["Step", "due", "next_due", "taken", "unanswered_since", "wait_of"]


class Step(StrEnum):
    TELL = "tell"
    """Tell the delegate that it takes longer, and what happens next."""
    OVERDUE = "overdue"
    """Make the card louder, and offer the ticket to the next person."""
    OFFICER = "officer"
    """Call the duty officer; again after each further time."""
    WAKE = "wake"
    """It was put aside until now."""


def wait_of(ticket: Ticket, waits: Waits) -> Wait:
    urgency: Urgency = "normal"
    if ticket.priority is Priority.EMERGENCY:
        urgency = "emergency"
    elif ticket.priority is Priority.HIGH:
        urgency = "high"
    return waits.of(urgency)


def next_due(ticket: Ticket, waits: Waits) -> datetime | None:
    """When the next step is to be taken; None while nobody waits for reception, or the emergency ladder counts."""
    if not ticket.open or ladder.running(ticket):
        return None
    if ticket.state is TicketState.SNOOZED:
        return _wakes_at(ticket)
    wait = wait_of(ticket, waits)
    if ticket.promised_at is not None:
        # What was promised is overdue at that time; the delegate knew of it.
        return ticket.promised_at + _offset(max(1, ticket.wait_step), wait) - wait.overdue
    since = unanswered_since(ticket)
    return None if since is None else since + _offset(ticket.wait_step, wait)


def officer_at(ticket: Ticket, waits: Waits) -> datetime | None:
    """When the duty officer is called for the first time; None while nobody waits for reception."""
    wait = wait_of(ticket, waits)
    if ticket.promised_at is not None:
        return ticket.promised_at + wait.officer - wait.overdue
    since = unanswered_since(ticket)
    return None if since is None else since + wait.officer


def _wakes_at(ticket: Ticket) -> datetime | None:
    """Nothing is put aside for longer than was promised, until the delegate knows that the promise was not kept."""
    if ticket.promised_at is None or ticket.promise_told or ticket.snoozed_until is None:
        return ticket.snoozed_until
    return min(ticket.snoozed_until, ticket.promised_at)


def due(ticket: Ticket, now: datetime, waits: Waits) -> Step | None:
    """The one step to take now; ask again after taking it."""
    at = next_due(ticket, waits)
    if at is None or now < at:
        return None
    if ticket.state is TicketState.SNOOZED:
        return Step.WAKE
    step = max(1, ticket.wait_step) if ticket.promised_at is not None else ticket.wait_step
    return (Step.TELL, Step.OVERDUE)[step] if step < 2 else Step.OFFICER


def taken(ticket: Ticket, now: datetime, waits: Waits) -> Ticket:
    """The ticket with its next step taken; calls to the duty officer that nobody could make are made once."""
    step = ticket.wait_step + 1
    if ticket.promised_at is not None:
        step = max(2, step)
    moved = replace(ticket, wait_step=step)
    while step > 2 and (at := next_due(moved, waits)) is not None and at <= now:
        step += 1
        moved = replace(ticket, wait_step=step)
    return moved


def _offset(step: int, wait: Wait) -> timedelta:
    if step < 2:
        return (wait.told, wait.overdue)[step]
    return wait.officer * (step - 1)
