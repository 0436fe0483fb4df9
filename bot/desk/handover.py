"""What goes to people: a question becomes a ticket or joins one, an emergency alerts everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypedDict

from bot.desk import say
from bot.desk.emergency_card import EmergencyCard
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers
from bot.model.decisions import Emergency, Unresolved
from bot.model.messages import Lane, Message, Part, TicketId
from bot.model.people import Dialog
from bot.model.rich import Rich, Span
from bot.model.tickets import UNCLAIMED, Priority, Secrecy, Ticket
from bot.tickets import life, rights, routing

SAME_TICKET: Final = timedelta(minutes=10)
"""A further question for the same team within this time joins the ticket that is still waiting: a burst is one case.

Only one that as few people read: words about health or harassment in an ordinary ticket would be read by everybody.
"""
SAME_EMERGENCY: Final = timedelta(minutes=30)
WORSE_WITHIN: Final = timedelta(minutes=30)
"""A second message about somebody's health within this time makes an emergency of a request that nobody has taken."""
_HEALTH: Final = frozenset({"medical.unwell", "medical.support"})
OPENS_AGAIN: Final = timedelta(minutes=30)
"""For so long after its end, a question that the desk cannot answer opens the request again rather than another one."""


@dataclass(frozen=True)
class HandOver:
    """Opens tickets for people at reception."""

    speakers: Speakers
    card: Callable[[], EmergencyCard]
    dress: Callable[[Ticket], Awaitable[Ticket]] | None = None
    """Adds to a new ticket whom it is offered to and which others ask the same."""

    async def unresolved(
        self,
        turn: Turn,
        decision: Unresolved,
        question: str,
        *,
        known: bool = False,
        before: Rich = (),
        answer: Part | None = None,
    ) -> None:
        """Open a ticket, or join one.

        Args:
            turn: Of the delegate.
            decision: For which team, and about what.
            question: In the delegate's words.
            known: The topic is known, and needs a person.
            before: What is answered in the same message.
            answer: From which approved answer that was made, so that staff read it in their own language.
        """
        snapshot = turn.engine.snapshot
        topic = snapshot.library.topics.get(decision.topic or "")
        urgency = topic.urgency if topic is not None and topic.urgency != "emergency" else "normal"
        priority = routing.priority_of(urgency)
        team = routing.team_now(snapshot.event, decision.team, turn.now)
        secrecy = rights.secrecy_of(decision.team, decision.topic)
        if (worse := await _worse(turn, decision.topic)) is not None:
            await self._raise(turn, worse)
            return
        alone = not known and decision.topic is None and not turn.engine.asks(question)
        if (again := await _opens_again(turn, team, secrecy, alone=alone)) is not None:
            saved = await self._open_again(turn, again, before, answer)
            await turn.remember(_handed(saved, decision, question))
            return
        for ticket in await turn.tx.open_tickets():
            fresh = (
                ticket.team == team
                and rights.secrecy(ticket) == secrecy
                and turn.now - ticket.opened_at < SAME_TICKET
                and ticket.state in UNCLAIMED
                and ticket.priority is not Priority.EMERGENCY
            )
            if fresh:
                if priority < ticket.priority:
                    ticket = await turn.tx.save_ticket(replace(ticket, priority=priority))  # noqa: PLW2901 -- the raised one goes on
                    await turn.show(ticket)
                await turn.join(ticket)
                added = _with_lead(say.added(ticket.id, turn.speaker), before)
                await turn.say(added, lane=Lane.TICKET, ticket=ticket.id, **_made_from(answer))
                await turn.remember(_handed(ticket, decision, question))
                return
        ticket = await self._open(turn, decision.team, priority, question, decision.topic)
        name = snapshot.event.teams[ticket.team].name.in_(turn.speaker.language)
        await turn.say(
            say.passing_on(ticket.id, name, turn.speaker, known=known, before=before),
            lane=Lane.TICKET,
            ticket=ticket.id,
            **_made_from(answer),
        )
        await turn.remember(_handed(ticket, decision, question))

    async def _open_again(self, turn: Turn, ticket: Ticket, before: Rich, answer: Part | None) -> Ticket:
        """As urgent as it was: an emergency calls everybody once more, and the number comes first."""
        saved = await turn.join(ticket)
        urgent = saved.priority is Priority.EMERGENCY
        lead = self.card().first_line(saved.emergency or "medical", turn.speaker) if urgent else before
        added = _with_lead(say.added(saved.id, turn.speaker), lead)
        lane = Lane.EMERGENCY if urgent else Lane.TICKET
        await turn.say(added, lane=lane, ticket=saved.id, **_made_from(None if urgent else answer))
        return saved

    async def _raise(self, turn: Turn, ticket: Ticket) -> None:
        raised = await turn.tx.save_ticket(life.worse(ticket, turn.now))
        await turn.join(raised)
        await turn.show(raised)
        first = self.card().message(
            "medical", certain=True, language=turn.delegate.language, sure=True, speakers=self.speakers
        )
        await turn.say(say.alerted(ticket.id, turn.speaker, first), lane=Lane.EMERGENCY, ticket=ticket.id)
        await turn.remember(Dialog())

    async def _open(
        self, turn: Turn, team: str, priority: Priority, question: str, topic: str | None, kind: str = ""
    ) -> Ticket:
        event = turn.engine.snapshot.event
        on_duty = team if priority is Priority.EMERGENCY else routing.team_now(event, team, turn.now)
        if on_duty not in event.teams:
            on_duty = next(iter(event.teams))
        new = Ticket(
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
            last_delegate_at=turn.now,
            unanswered_since=turn.now,
            # By what it is about, not by who holds it at night.
            restricted=rights.secrecy_of(team, topic, kind),
            emergency=kind,
            alarm_since=turn.now if priority is Priority.EMERGENCY else None,
        )
        # An emergency calls everybody anyway, and waits for nothing that could fail.
        dressed = self.dress is not None and priority is not Priority.EMERGENCY
        ticket = await turn.tx.add_ticket(await self.dress(new) if dressed and self.dress else new)
        await turn.hold(ticket)
        await turn.show(ticket)
        return ticket

    async def alert(self, turn: Turn, danger: Emergency, question: str, *, sure: bool) -> None:
        first = self.card().message(
            danger.kind, certain=danger.certain, language=turn.delegate.language, sure=sure, speakers=self.speakers
        )
        if not danger.certain:
            await turn.say(first, lane=Lane.EMERGENCY)
            await turn.remember(
                replace(turn.delegate.dialog, options=(), question=question, asked_back=True, handed=None)
            )
            return
        words = question or _named(turn, danger)
        secrecy = rights.secrecy_of(danger.team, danger.topic, danger.kind)
        for ticket in await turn.tx.open_tickets():
            alarmed = ticket.priority is Priority.EMERGENCY and turn.now - ticket.opened_at < SAME_EMERGENCY
            # A fire told in a safeguarding case would be read by its few people only, and harassment in a fire by all.
            if alarmed and rights.secrecy(ticket) == secrecy:
                await turn.join(ticket)
                await turn.say(say.alerted(ticket.id, turn.speaker, first), lane=Lane.EMERGENCY, ticket=ticket.id)
                return
        ticket = await self._open(turn, danger.team, Priority.EMERGENCY, words, danger.topic, danger.kind)
        await turn.say(say.alerted(ticket.id, turn.speaker, first), lane=Lane.EMERGENCY, ticket=ticket.id)
        await turn.remember(Dialog())


class _Made(TypedDict):
    answer: str
    parts: tuple[Part, ...]


def _made_from(answer: Part | None) -> _Made:
    """What of a line is an approved answer."""
    return {"answer": f"topic:{answer.topic}", "parts": (answer,)} if answer else {"answer": "", "parts": ()}


def _handed(ticket: Ticket, decision: Unresolved, question: str) -> Dialog:
    """The talk goes on after a question was passed on: "no, I meant …" and "and tomorrow?" are about that question."""
    return Dialog(topic=decision.topic, question=question, handed=ticket.id)


async def _worse(turn: Turn, topic: str | None) -> Ticket | None:
    """The delegate's request about their health that still waits for somebody, when this is about their health again."""
    if topic not in _HEALTH:
        return None
    for ticket in await turn.tx.open_tickets():
        waits = ticket.state in UNCLAIMED and ticket.priority is not Priority.EMERGENCY
        if waits and ticket.topic in _HEALTH and turn.now - ticket.opened_at < WORSE_WITHIN:
            return ticket
    return None


def _named(turn: Turn, danger: Emergency) -> str:
    """What stands on the card when only a button was pressed: what kind of emergency it is."""
    topic = turn.engine.snapshot.library.topics.get(danger.topic or "")
    if danger.kind == "medical" or topic is None:
        return turn.speaker.text("Medical emergency")
    return topic.title.in_(turn.speaker.language)


async def _opens_again(turn: Turn, team: str, secrecy: Secrecy, *, alone: bool) -> Ticket | None:
    """The request that was closed a moment ago, when what comes now is for the same people: it was not solved.

    What makes no sense ``alone`` and asks nothing, such as "still not solved", belongs to an emergency whoever had it.
    """
    closed = [
        ticket
        for ticket in await turn.tx.all_tickets()
        if not ticket.open
        and not ticket.cancelled
        and ticket.redacted_at is None
        and (
            (ticket.team == team and rights.secrecy(ticket) == secrecy and not ticket.emergency)
            or (alone and ticket.priority is Priority.EMERGENCY)
        )
        and turn.now - (ticket.changed_at or ticket.opened_at) < OPENS_AGAIN
    ]
    return closed[-1] if closed else None


def _with_lead(message: Message, before: Rich) -> Message:
    return replace(message, text=(*before, Span("\n\n"), *message.text)) if before else message
