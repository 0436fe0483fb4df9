"""What the store keeps of one delegate, in one hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.messages import Entry
from bot.model.people import Delegate, DelegateId
from bot.model.tickets import Ticket
from bot.ports import Store

ALL_LINES: Final = 1_000_000  # of one history


@dataclass(frozen=True, slots=True)
class Kept:
    delegate: Delegate | None
    entries: Sequence[Entry]
    tickets: Sequence[Ticket]
    """By number."""


async def kept_of(store: Store, who: DelegateId) -> Kept:
    """Everything of a delegate; a ticket is found by the lines of the history that belong to it."""
    entries = await store.entries(who, limit=ALL_LINES)
    numbers = sorted({entry.ticket for entry in entries if entry.ticket is not None})
    tickets = [ticket for number in numbers if (ticket := await store.ticket(number)) is not None]
    return Kept(await store.delegate(who), entries, [ticket for ticket in tickets if ticket.delegate == who])
