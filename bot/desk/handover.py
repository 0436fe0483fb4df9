"""What goes to people: a question becomes a ticket or joins one, an emergency alerts everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.desk import say
from bot.desk.emergency_card import EmergencyCard
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers
from bot.model.decisions import Emergency, Unresolved
from bot.model.messages import Lane, Message, TicketId
from bot.model.people import Dialog
from bot.model.rich import Rich, Span
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import routing

SAME_TICKET: Final = timedelta(minutes=10)
"""A further question for the same team within this time joins the ticket that is still waiting: a burst is one case."""
SAME_EMERGENCY: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class HandOver:
    """Opens tickets for people at reception."""

    speakers: Speakers
    card: Callable[[], EmergencyCard]

    async def unresolved(
        self, turn: Turn, decision: Unresolved, question: str, *, known: bool = False, before: Rich = ()
    ) -> None:
        snapshot = turn.engine.snapshot
        topic = snapshot.library.topics.get(decision.topic or "")
        urgency = topic.urgency if topic is not None and topic.urgency != "emergency" else "normal"
        priority = routing.priority_of(urgency)
        team = routing.team_now(snapshot.event, decision.team, turn.now)
        for ticket in await turn.tx.open_tickets():
            fresh = (
                ticket.team == team
                and turn.now - ticket.opened_at < SAME_TICKET
                and ticket.state is TicketState.NEW
                and ticket.priority is not Priority.EMERGENCY
            )
            if fresh:
                if priority < ticket.priority:
                    ticket = await turn.tx.save_ticket(replace(ticket, priority=priority))  # noqa: PLW2901 -- the raised one goes on
                    await turn.show(ticket)
                await turn.join(ticket)
                await turn.say(
                    _with_lead(say.added(ticket.id, turn.speaker), before), lane=Lane.TICKET, ticket=ticket.id
                )
                await turn.remember(Dialog())
                return
        ticket = await self._open(turn, decision.team, priority, question, decision.topic)
        name = snapshot.event.teams[ticket.team].name.in_(turn.speaker.language)
        await turn.say(
            say.passing_on(ticket.id, name, turn.speaker, known=known, before=before),
            lane=Lane.TICKET,
            ticket=ticket.id,
        )
        await turn.remember(Dialog())

    async def _open(self, turn: Turn, team: str, priority: Priority, question: str, topic: str | None) -> Ticket:
        event = turn.engine.snapshot.event
        on_duty = team if priority is Priority.EMERGENCY else routing.team_now(event, team, turn.now)
        if on_duty not in event.teams:
            on_duty = next(iter(event.teams))
        ticket = await turn.tx.add_ticket(
            Ticket(
                TicketId(0),
                turn.delegate.id,
                turn.reply_to,
                turn.delegate.language,
                on_duty,
                priority,
                turn.now,
                question,
                topic=topic,
                delegate_name=turn.delegate.name,
                changed_at=turn.now,
            )
        )
        await turn.hold(ticket)
        await turn.show(ticket)
        return ticket

    async def alert(self, turn: Turn, danger: Emergency, question: str, *, sure: bool) -> None:
        first = self.card().message(
            danger.kind, certain=danger.certain, language=turn.delegate.language, sure=sure, speakers=self.speakers
        )
        if not danger.certain:
            await turn.say(first, lane=Lane.EMERGENCY)
            await turn.remember(replace(turn.delegate.dialog, options=(), question=question, asked_back=True))
            return
        words = question or turn.speaker.text("Medical emergency")
        for ticket in await turn.tx.open_tickets():
            if ticket.priority is Priority.EMERGENCY and turn.now - ticket.opened_at < SAME_EMERGENCY:
                await turn.join(ticket)
                await turn.say(say.alerted(ticket.id, turn.speaker, first), lane=Lane.EMERGENCY, ticket=ticket.id)
                return
        ticket = await self._open(turn, danger.team, Priority.EMERGENCY, words, danger.topic)
        await turn.say(say.alerted(ticket.id, turn.speaker, first), lane=Lane.EMERGENCY, ticket=ticket.id)
        await turn.remember(Dialog())


def _with_lead(message: Message, before: Rich) -> Message:
    return replace(message, text=(*before, Span("\n\n"), *message.text)) if before else message
