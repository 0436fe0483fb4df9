"""Requests of somebody who was removed from the staff list go back to the queue at once, emergencies first.

The list says who is gone, and each ticket who has it: nothing else has to be remembered, so a removal by another
process, or while no desk ran, is made good as soon as one looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.desk.looking import Looking
from bot.desk.steady import Steady
from bot.desk.turn import Turn
from bot.i18n.translator import mark
from bot.model.audit import AuditEvent
from bot.model.messages import Lane, Message, TicketId
from bot.model.people import StaffId
from bot.model.rich import join
from bot.model.tickets import Priority, Ticket
from bot.staff.list import KEPT
from bot.staff.people import gone, load
from bot.tickets import life

_LEFT: Final = mark("{name} is no longer on the staff list: nobody has this request now.")


@dataclass
class Leaving:
    looking: Callable[[], Looking]
    steady: Steady
    _read: str | None = None
    _gone: frozenset[StaffId] = field(default=frozenset())

    @property
    def look(self) -> Looking:
        return self.looking()

    async def hand_back(self, opened: Sequence[Ticket] | None = None) -> Sequence[TicketId]:
        """Give back what removed people still have; returns which, the urgent first.

        Args:
            opened: The open tickets, urgent first, for whoever has them in hand.

        Raises:
            StoreUnavailable: The rest is handed back at the next look.
        """
        kept = await self.look.store.recall(KEPT)
        if kept != self._read:  # the list is read again only when it changed: this is asked every second
            self._read, self._gone = kept, gone(load(kept))
        if not self._gone:
            return ()
        opened = await self.look.store.tickets() if opened is None else opened
        theirs = [ticket.id for ticket in opened if ticket.owner in self._gone]
        return [number for number in theirs if await self._step(number)]

    async def _step(self, number: TicketId) -> bool:
        async with self.look.at(number, "left") as found:
            if found is None:
                return False
            turn, ticket = found
            if not ticket.open or ticket.owner not in self._gone:
                return False
            await turn.tx.audit(AuditEvent(turn.now, "desk", "ticket.release", ticket=number, about=ticket.owner_name))
            if ticket.priority is Priority.EMERGENCY:
                await self._emergency(turn, ticket)
            else:
                await self._ordinary(turn, ticket)
            return True

    async def _emergency(self, turn: Turn, ticket: Ticket) -> None:
        """The ladder begins anew, and the delegate reads that the person who had it has it no more."""
        saved = await turn.tx.save_ticket(self.steady.marked(life.left(ticket, turn.now)))
        await self._note(turn, saved, ticket.owner_name)
        await turn.ring(saved, "alarm:left", *await self.look.paging(saved, "everybody"))
        message = self.look.card().unconfirmed(ticket.emergency or "medical", str(ticket.id), turn.speaker)
        await turn.say(message, lane=Lane.EMERGENCY, ticket=ticket.id)

    async def _ordinary(self, turn: Turn, ticket: Ticket) -> None:
        """The next person is called; the lanes read of it in the ticket, and need not ring for each of many."""
        left = life.left(ticket, turn.now)
        saved = await turn.tx.save_ticket(replace(left, offered_to=await self.look.duty.next_person(left)))
        await self._note(turn, saved, ticket.owner_name)
        people = await self.look.paging(saved, "person") or await self.look.paging(saved, "duty")
        await turn.ring(saved, f"left:{saved.version}", *people, lanes=False)

    async def _note(self, turn: Turn, ticket: Ticket, name: str) -> None:
        said = [self.look.speakers[language]._(_LEFT, name=name) for language in ("en", "vi")]
        await turn.note(ticket, Message(join(said, " / "), "en"), "Delegate Desk")
        await turn.show(ticket)
