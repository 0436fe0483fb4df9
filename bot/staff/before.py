"""Fetches the conversation before a ticket for whoever reads it, on every lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bot.model.content import Event
from bot.model.messages import Entry
from bot.model.people import Staff
from bot.model.tickets import Secrecy, Ticket
from bot.ports import Store
from bot.privacy.retention import is_private
from bot.tickets import earlier, rights

Reads = Callable[[Secrecy], bool]
"""Whether the readers read what is restricted so."""


def everybody(secret: Secrecy) -> bool:
    """A whole group reads nothing that is restricted."""
    return not secret


def one_person(staff: Staff, ticket: Ticket) -> Reads:
    """Somebody who reads this ticket in full, with the duties that fall to them."""
    return partial(_reads, staff, rights.secrecy(ticket))


def _reads(staff: Staff, own: Secrecy, secret: Secrecy) -> bool:
    # Whoever claimed an emergency reads it whatever their role, and what led to it too.
    return rights.reads(secret, staff) or secret == own


async def conversation_before(
    store: Store, event: Event, ticket: Ticket, reads: Reads, *, unasked: bool = False
) -> Sequence[Entry]:
    """What delegate and bot said until a ticket was opened, oldest first; empty where there was nothing.

    Args:
        store: Nothing is kept for this beside the history itself.
        event: Whose periods say which other requests lose their words early: those are repeated nowhere.
        ticket: The one whose readers ask.
        reads: ``everybody`` or ``one_person``; that they read this ticket in full is asked elsewhere.
        unasked: Only what was said lately, and little of it, as on a card.

    Raises:
        StoreUnavailable: Nobody can tell now.
    """
    history = await store.entries(ticket.delegate, limit=earlier.LOOKED_AT)
    others = {}
    for number in earlier.tickets_in(history, ticket):
        other = await store.ticket(number)
        if other is not None and not is_private(other, event.retention):
            others[number] = other
    if unasked:
        return earlier.before(history, ticket, others, reads, most=earlier.UNASKED, lately=earlier.LATELY)
    return earlier.before(history, ticket, others, reads)
