"""Carries out the wait clocks: who waits too long is told the truth, and people are called in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.desk import say_requests
from bot.desk.looking import Looking, all_due
from bot.desk.turn import Turn
from bot.i18n import forms
from bot.model.messages import Lane, TicketId
from bot.model.tickets import Priority, Ticket
from bot.tickets import clocks, life
from bot.tickets.clocks import Step

MOST_AT_ONCE: Final = 4  # steps of one ticket in one look
_SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    look: Looking

    async def take(self, number: TicketId) -> int:
        """Take every step that is due: `all_due`."""
        return await all_due(self._step, number, MOST_AT_ONCE)

    async def _step(self, number: TicketId) -> bool:
        async with self.look.at(number, "wait") as found:
            if found is None:
                return False
            turn, ticket = found
            waits = turn.engine.snapshot.event.waits
            step = clocks.due(ticket, turn.now, waits)
            if step is None:
                return False
            match step:
                case Step.WAKE:
                    await self._wake(turn, ticket)
                case Step.TELL:
                    await self._tell(turn, await turn.tx.save_ticket(clocks.taken(ticket, turn.now, waits)))
                case Step.OVERDUE:
                    await self._overdue(turn, clocks.taken(ticket, turn.now, waits))
                case Step.OFFICER:
                    await self._officer(turn, await turn.tx.save_ticket(clocks.taken(ticket, turn.now, waits)))
            return True

    async def _wake(self, turn: Turn, ticket: Ticket) -> None:
        saved = await turn.tx.save_ticket(life.woken(ticket, turn.now))
        await turn.show(saved)
        await turn.ring(saved, "wake", *await self.look.paging(saved, "person"))

    async def _tell(self, turn: Turn, ticket: Ticket) -> None:
        event, officer = turn.engine.snapshot.event, self.look.duty.has_officers()
        message = say_requests.waiting_longer(ticket.id, _next_call(turn, ticket), event, turn.speaker, officer=officer)
        await turn.say(message, lane=_lane(ticket), ticket=ticket.id)

    async def _overdue(self, turn: Turn, ticket: Ticket) -> None:
        promised = ticket.promised_at
        offered = replace(ticket, offered_to=await self.look.duty.next_person(ticket))
        saved = await turn.tx.save_ticket(replace(offered, promise_told=ticket.promise_told or promised is not None))
        await turn.show(saved)
        why = "promise" if promised is not None else f"wait:{saved.wait_step}"
        await turn.ring(saved, why, *await self.look.paging(saved, "person"))
        if promised is not None and not ticket.promise_told:
            event, officer = turn.engine.snapshot.event, self.look.duty.has_officers()
            by = forms.time_seen(promised, turn.now, turn.speaker.language)
            message = say_requests.late(ticket.id, by, _next_call(turn, saved), event, turn.speaker, officer=officer)
            await turn.say(message, lane=_lane(ticket), ticket=ticket.id)

    async def _officer(self, turn: Turn, ticket: Ticket) -> None:
        await turn.ring(ticket, f"wait:{ticket.wait_step}", *await self.look.paging(ticket, "officer"))


def _next_call(turn: Turn, ticket: Ticket) -> str:
    """When the next call is made; it stands on the ticket, so it is true. One that is due at once is not worth naming."""
    at = clocks.officer_at(ticket, turn.engine.snapshot.event.waits) or turn.now
    return forms.time_seen(max(at, turn.now + _SOON), turn.now, turn.speaker.language)


def _lane(ticket: Ticket) -> Lane:
    return Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
