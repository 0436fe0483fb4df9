"""A delegate's own requests: what becomes of them, adding to one, withdrawing it, and saying whether it was solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.desk import say, say_requests
from bot.desk.turn import Turn
from bot.i18n.translator import Speaker, mark
from bot.model.errors import Refused
from bot.model.messages import Lane, Message, TicketId
from bot.model.people import Dialog
from bot.model.rich import plain
from bot.model.tickets import Priority, Rating, Ticket
from bot.tickets import life, roster

SHOWN_FOR: Final = timedelta(days=1)
"""How long a closed request stands in the list."""
MOST: Final = 10
UNSOLVED_FOR: Final = timedelta(days=3)
"""How long after the end "not solved" opens a request again; later a new one is better."""
_RATINGS: Final[dict[str, Rating]] = {"good": "good", "poor": "poor"}
_WITHDRAWN: Final = mark("The delegate has withdrawn this request.")
_UNSOLVED: Final = mark("The delegate says: not solved.")


async def show(turn: Turn) -> None:
    """The list: open requests first, then those of the last day."""
    event = turn.engine.snapshot.event
    tickets = await _mine(turn)
    if not tickets:
        await turn.say(say_requests.none(turn.speaker))
        return
    officer = bool(roster.officers((), event.roster))
    await turn.say(say_requests.listed(tickets, event, turn.now, turn.speaker, officer=officer))


async def still_open(turn: Turn, message: Message) -> Message:
    """After "forget it": people are still at work on a request, which only its delegate can call off."""
    waiting = [ticket for ticket in await turn.tx.open_tickets() if ticket.priority is not Priority.EMERGENCY]
    return say_requests.still_open(waiting[-1].id, message, turn.speaker) if waiting else message


async def press(turn: Turn, key: str) -> None:
    """A button of the list or under the line that closed a request: ``add:5``, ``cancel:5``, ``rate:5:good``, ``unsolved:5``."""
    what, _, rest = key.partition(":")
    number, _, value = rest.partition(":")
    ticket = await turn.tx.ticket(TicketId(int(number))) if number.isascii() and number.isdecimal() else None
    if ticket is None or ticket.delegate != turn.delegate.id or ticket.redacted_at is not None:
        await turn.say(say_requests.not_yours(turn.speaker))
        return
    match what:
        case "add" if ticket.open:
            await turn.say(say_requests.add_now(ticket.id, turn.speaker), ticket=ticket.id)
            await turn.remember(Dialog(adding=ticket.id))
        case "cancel":
            await _cancel(turn, ticket)
        case "rate" if value in _RATINGS and not ticket.open:
            if not ticket.rated:
                await turn.tx.save_ticket(replace(ticket, rated=_RATINGS[value]))
            await turn.say(say_requests.rated(turn.speaker))
        case "unsolved" if not ticket.open and turn.now - (ticket.changed_at or ticket.opened_at) < UNSOLVED_FOR:
            await _unsolved(turn, ticket)
        case _:
            await turn.say(say_requests.not_yours(turn.speaker))


async def add(turn: Turn) -> bool:
    """What was written belongs to the request that the delegate chose; False when they chose none, or it is closed."""
    number = turn.delegate.dialog.adding
    ticket = await turn.tx.ticket(TicketId(number)) if number is not None else None
    if ticket is None or ticket.delegate != turn.delegate.id or not ticket.open:
        return False
    await turn.join(ticket)
    await turn.say(say.added(ticket.id, turn.speaker), lane=Lane.TICKET, ticket=ticket.id)
    await turn.remember(Dialog())
    return True


async def _cancel(turn: Turn, ticket: Ticket) -> None:
    try:
        withdrawn = life.cancelled(ticket, turn.now)
    except Refused as refused:
        await turn.say(Message(turn.speaker._(refused.message, **refused.fields), turn.speaker.language))
        return
    saved = await turn.tx.save_ticket(withdrawn)
    await turn.say(say_requests.cancelled(saved.id, turn.speaker), ticket=saved.id)
    await _tell_staff(turn, saved, _WITHDRAWN)


async def _unsolved(turn: Turn, ticket: Ticket) -> None:
    saved = await turn.tx.save_ticket(life.heard(ticket, turn.now))
    await turn.say(say_requests.opened_again(saved.id, turn.speaker), lane=Lane.TICKET, ticket=saved.id)
    await _tell_staff(turn, saved, _UNSOLVED)
    await turn.remember(Dialog(adding=saved.id))


async def _tell_staff(turn: Turn, ticket: Ticket, said: str) -> None:
    """In English: staff's lanes show a note as it is written."""
    await turn.note(ticket, Message(plain(said), "en"), "Delegate Desk")
    await turn.show(ticket)


async def _mine(turn: Turn) -> Sequence[Ticket]:
    tickets = [ticket for ticket in await turn.tx.all_tickets() if ticket.redacted_at is None]
    open_ones = [ticket for ticket in tickets if ticket.open]
    closed = [
        ticket
        for ticket in reversed(tickets)
        if not ticket.open and turn.now - (ticket.changed_at or ticket.opened_at) < SHOWN_FOR
    ]
    return [*reversed(open_ones), *closed][:MOST]


def label(key: str, speaker: Speaker) -> str:
    """What a pressed button said, for the history."""
    what, _, rest = key.partition(":")
    number, _, value = rest.partition(":")
    match what:
        case "add":
            return speaker.text("Add to #{number}", number=number)
        case "cancel":
            return speaker.text("Withdraw #{number}", number=number)
        case "unsolved":
            return speaker.text("Not solved")
        case "rate":
            return "👍 " + speaker.text("Solved, thank you") if value == "good" else speaker.text("Solved, but slowly")
        case _:
            return "▫️"
