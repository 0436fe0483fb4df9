"""Carries out the emergency ladder: bot/tickets/ladder.py says which step is due, this takes it and stores that it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.desk.looking import Looking, all_due
from bot.desk.onduty import Wanted
from bot.desk.steady import Steady
from bot.desk.turn import Turn
from bot.i18n.translator import mark
from bot.model.messages import Lane, Message, TicketId
from bot.model.rich import plain
from bot.model.tickets import Ticket, TicketState
from bot.tickets import ladder, life
from bot.tickets.ladder import Rung

_CALLED: Final[dict[Rung, Wanted]] = {
    Rung.CALL: "duty",
    Rung.REPEAT: "duty",
    Rung.EVERYBODY: "everybody",
    Rung.ORGANISERS: "organisers",
    Rung.AGAIN: "organisers",
    Rung.SILENT: "everybody",
}
MOST_AT_ONCE: Final = 8  # steps of one ticket in one look: all rungs, and what a long pause adds
_SILENT: Final = mark("{name} claimed this emergency and gave no sign for three minutes: it is open again.")

Organisers = Callable[[Ticket, bool], None]
"""Tells organisers that nobody has claimed an emergency, and with False that somebody has."""


@dataclass(frozen=True)
class Climbing:
    look: Looking
    steady: Steady
    organisers: Organisers = lambda ticket, on: None  # noqa: ARG005 -- while nobody wants to know

    async def take(self, number: TicketId) -> int:
        """Take every step that is due: `all_due`."""
        return await all_due(self._step, number, MOST_AT_ONCE)

    async def _step(self, number: TicketId) -> bool:
        async with self.look.at(number, "ladder") as found:
            if found is None:
                return False
            turn, ticket = found
            now = self.steady.now(ticket)
            rung = ladder.due(ticket, now)
            if rung is None:
                if not self.steady.is_marked(ticket):
                    await turn.tx.save_ticket(self.steady.marked(ticket))
                return False
            if rung is Rung.SILENT:
                await self._silent(turn, ticket)
            else:
                await self._climb(turn, ticket, rung, now)
        if rung in (Rung.ORGANISERS, Rung.AGAIN):
            self.organisers(ticket, True)  # noqa: FBT003 -- on
        return True

    async def _climb(self, turn: Turn, ticket: Ticket, rung: Rung, now: datetime) -> None:
        saved = await turn.tx.save_ticket(ladder.taken(self.steady.marked(ticket), now))
        if rung is Rung.TELL:
            await self._tell(turn, saved)
            return
        people = await self.look.paging(saved, _CALLED[rung])
        if rung is Rung.CALL and not _just_shown(ticket):
            await turn.ring(saved, "alarm:raised", *people)
            return
        await turn.ring(saved, f"alarm:{ticket.alarm_step}", *people, lanes=rung is not Rung.CALL)

    async def _silent(self, turn: Turn, ticket: Ticket) -> None:
        saved = await turn.tx.save_ticket(self.steady.marked(life.silent(ticket, turn.now)))
        said = _SILENT.replace("{name}", ticket.owner_name)
        await turn.note(saved, Message(plain(said), "en"), "Delegate Desk")
        await turn.show(saved)
        people = await self.look.paging(saved, _CALLED[Rung.SILENT])
        await turn.ring(saved, "alarm:silent", *people)
        await self._tell(turn, saved)

    async def _tell(self, turn: Turn, ticket: Ticket) -> None:
        """The delegate reads that nobody has confirmed it, the number first."""
        message = self.look.card().unconfirmed(ticket.emergency or "medical", str(ticket.id), turn.speaker)
        await turn.say(message, lane=Lane.EMERGENCY, ticket=ticket.id)


def _just_shown(ticket: Ticket) -> bool:
    """Whether the first call is the card itself, which has just come into the lanes, or the call that somebody was silent.

    A card that stood there before is only edited, and that makes no sound.
    """
    rung_already = ticket.claimed_silent > 0 and ticket.state is TicketState.REOPENED
    return ticket.alarm_since in (None, ticket.opened_at) or rung_already
