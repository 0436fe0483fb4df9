"""The conversation before a ticket: what the delegate and the bot said until a person was asked; pure.

Whoever takes a ticket over reads it, in order and short. Nothing is kept for this: it is the delegate's history, with the
periods and the erasing of that. Whoever may read a ticket reads no more of other tickets through it, and what was about
health or about protection from harassment stays with those who read such tickets, also where the bot answered it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.model.messages import Entry, TicketId
from bot.model.rich import letters
from bot.model.tickets import Secrecy, Ticket
from bot.tickets import rights
from bot.tickets.glossing import TOPIC, offered

LOOKED_AT: Final = 200
"""The newest lines of a history among which the conversation is looked for."""
LATELY: Final = timedelta(minutes=30)
"""What was said longer before a ticket was another matter: it is not shown unasked."""
A_DAY: Final = timedelta(hours=24)
"""For whoever asks for the conversation."""
UNASKED: Final = 4  # lines
ASKED_FOR: Final = 12  # lines

_HOUSEKEEPING: Final = frozenset(
    {"/start", "/help", "/lang", "/language", "/privacy", "/mydata", "/forget", "/requests", "/link", "/human", "▫️"}
)
"""What begins no conversation about anything: commands, and buttons of other times."""
_DOUBT: Final = "not-emergency"
"""The button of the question whether this is an emergency."""


def before(
    history: Sequence[Entry],
    ticket: Ticket,
    others: Mapping[TicketId, Ticket],
    reads: Callable[[Secrecy], bool],
    *,
    most: int = ASKED_FOR,
    lately: timedelta = A_DAY,
) -> Sequence[Entry]:
    """What delegate, bot and staff said until a ticket was opened, oldest first; whole exchanges, the newest of them.

    Args:
        history: The newest lines of the delegate, oldest first.
        ticket: The one that somebody reads in full.
        others: The tickets to which lines of the history belong, as far as they are known; lines of others are left out.
        reads: Whether the reader reads what is restricted so; what is not restricted, everybody does.
        most: Lines.
        lately: How long before the ticket it may have been said.
    """
    if ticket.redacted_at is not None or ticket.drill:
        return ()
    told = [one for one in history if timedelta() <= ticket.opened_at - one.at <= lately and not one.copy]
    mine = next((one.seq for one in told if one.ticket == ticket.id), None)
    lines = [one for one in told if one.author != "note" and (mine is None or one.seq < mine)]
    shown: list[Entry] = []
    for exchange in reversed(_exchanges(lines)):
        if not _about_something(exchange) or not _may(exchange, others, reads):
            continue
        if shown and len(shown) + len(exchange) > most:
            break
        shown[:0] = exchange[-most:]
    return shown


def tickets_in(history: Sequence[Entry], ticket: Ticket) -> Sequence[TicketId]:
    """The other tickets to which lines of a history belong."""
    return list(dict.fromkeys(one.ticket for one in history if one.ticket not in (None, ticket.id) and one.ticket))


def _exchanges(lines: Sequence[Entry]) -> list[list[Entry]]:
    """Each begins with a line of the delegate; what the desk said by itself belongs to the one before."""
    found: list[list[Entry]] = []
    for line in lines:
        if line.author == "delegate" or not found:
            found.append([])
        found[-1].append(line)
    return found


def _about_something(exchange: Sequence[Entry]) -> bool:
    first = exchange[0]
    if first.author != "delegate":
        return False
    said = letters(first.message.text, isolate=False).split(maxsplit=1)
    return bool(first.attachments) or (bool(said) and said[0].lower() not in _HOUSEKEEPING)


def _may(exchange: Sequence[Entry], others: Mapping[TicketId, Ticket], reads: Callable[[Secrecy], bool]) -> bool:
    for number in {one.ticket for one in exchange if one.ticket is not None}:
        other = others.get(number)
        if other is None or other.redacted_at is not None or not reads(rights.secrecy(other)):
            return False
    return all(reads(secret) for line in exchange for secret in _secrets(line))


def _secrets(line: Entry) -> set[Secrecy]:
    """How restricted the topics are that a line of the bot answers or offers; a doubtful alarm may be about anything."""
    if line.author == "delegate":
        return set()
    actions = {button.action for row in line.message.buttons for button in row}
    if _DOUBT in actions:
        return set(rights.SECRETS)
    topics = [*offered(line), *(part.topic for part in line.parts)]
    topics += [line.answer.removeprefix(TOPIC)] if line.answer.startswith(TOPIC) else []
    return {rights.secrecy_of("", topic) for topic in topics}
