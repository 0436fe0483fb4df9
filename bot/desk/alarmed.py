"""While somebody's own emergency is open, what they write belongs to it: they were asked where they are."""

from __future__ import annotations

from dataclasses import replace

from bot.answers.compose import Composer
from bot.answers.together import together
from bot.desk import say
from bot.desk.emergency_card import EmergencyCard
from bot.desk.handover import SAME_EMERGENCY
from bot.desk.turn import Turn
from bot.model.decisions import Answer, Emergency, Understanding
from bot.model.messages import Lane, Message, Part
from bot.model.people import Dialog
from bot.model.rich import join
from bot.model.tickets import Priority, Ticket


async def own_emergency(turn: Turn) -> Ticket | None:
    """The delegate's emergency of which they wrote lately; None when it is closed, quiet, or given back to the bot."""
    for ticket in reversed(await turn.tx.open_tickets()):
        lately = turn.now - (ticket.last_delegate_at or ticket.opened_at) < SAME_EMERGENCY
        if ticket.priority is Priority.EMERGENCY and lately and not ticket.with_bot:
            return ticket
    return None


async def add(turn: Turn, ticket: Ticket, card: EmergencyCard, understanding: Understanding | None, text: str) -> None:
    """Into the emergency it goes, whatever it looks like; a question that is surely understood is answered beside it.

    "Second floor near the lifts" is a place here, though elsewhere it asks for the way: only what asks is answered.
    """
    await turn.join(ticket)
    told = say.added(ticket.id, turn.speaker)
    decision = understanding.decision if understanding is not None else None
    if isinstance(decision, Emergency):  # it may be a second danger: the number once more, and nothing to tap
        number = card.first_line(decision.kind, turn.speaker)
        told = replace(told, text=join([number, told.text], "\n"))
    await turn.say(told, lane=Lane.EMERGENCY, ticket=ticket.id)
    if understanding is None or not turn.engine.asks(text):
        return
    answered = _answered(turn, understanding)
    if answered is not None:
        message, parts = answered
        topic = parts[-1].topic
        await turn.say(message, answer=f"topic:{topic}" if len(parts) == 1 else "", parts=parts)
        await turn.remember(Dialog(topic=topic, question=text))


def _answered(turn: Turn, understanding: Understanding) -> tuple[Message, tuple[Part, ...]] | None:
    """What is certain; what would go to a person is with people already."""
    composer = Composer(turn.engine.snapshot, turn.speaker, turn.now)
    if understanding.needs:
        told = together(composer, understanding.needs)
        return (told.message, told.parts) if told.message is not None else None
    answer = understanding.decision
    if not isinstance(answer, Answer) or answer.hand_over:
        return None
    if turn.engine.snapshot.library.topics[answer.topic].urgency == "emergency":
        return None
    composed = composer.answer(answer)
    return (composed.message, (Part(answer.topic, answer.asked),)) if composed is not None else None
