"""Who is on duty at this moment, and whom a ticket is offered to: the roster and the store, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.answers.engine import Engine
from bot.answers.normal import fold, normalise, words
from bot.desk import presence
from bot.model.people import Address
from bot.model.tickets import Ticket
from bot.ports import Clock, Store
from bot.staff.list import KEPT
from bot.staff.names import folded
from bot.staff.people import gone_names, load
from bot.tickets import roster, same

Wanted = Literal["duty", "everybody", "officer", "organisers", "person"]
"""Whom to call: those on duty, the whole staff list, the duty officers, the organisers too, or whom it is offered to."""

Paging = Callable[[Ticket, Wanted], Awaitable[Sequence[Address]]]
"""Where single members of staff are reached now, besides the lanes that all of them share. May be empty; names nobody
who may not know of the ticket."""


async def nobody(ticket: Ticket, wanted: Wanted) -> Sequence[Address]:  # noqa: ARG001 -- the shape of a Paging
    """While staff are reached in the shared lanes only."""
    return ()


FRESH_WORDS: Final = 200  # letters of a question that are compared


@dataclass(frozen=True)
class OnDutyNow:
    """Looks into the store each time: presences change, and other processes note them too."""

    store: Store
    engine: Callable[[], Engine]
    clock: Clock

    async def people(self) -> Sequence[roster.OnDuty]:
        """Whoever was removed from the staff list is not: the plan may name them still."""
        presences = await presence.read_all(self.store)
        on = roster.on_now(self.engine().snapshot.event.roster, presences, self.clock.now())
        removed = gone_names(load(await self.store.recall(KEPT)))
        return [one for one in on if folded(one.name) not in removed]

    async def suggestions(self, ticket: Ticket) -> Sequence[str]:
        """Names, the best first."""
        people = await self.people()
        if not people:
            return ()
        return roster.suggestions(ticket, people, roster.load_of(await self.store.tickets()))

    async def next_person(self, ticket: Ticket) -> str:
        """Whom an overdue ticket is offered to now."""
        return roster.next_after(ticket.offered_to, await self.suggestions(ticket), ticket.owner_name)

    def has_officers(self) -> bool:
        """Whether the event names a duty officer who can be called at all."""
        return bool(roster.officers((), self.engine().snapshot.event.roster))

    async def dress(self, ticket: Ticket) -> Ticket:
        """A new ticket with whom it is offered to, and the group of those that ask the same."""
        open_ones = await self.store.tickets()
        group = same.group_for(ticket, open_ones, _folded)
        people = await self.people()
        names = roster.suggestions(ticket, people, roster.load_of(open_ones)) if people else ()
        return replace(ticket, group=group, offered_to=names[0] if names else "")


def _folded(text: str) -> Sequence[str]:
    return [fold(word) for word in words(normalise(text[:FRESH_WORDS]))]
