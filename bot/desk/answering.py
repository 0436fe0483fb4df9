"""What somebody wrote is understood and answered, asked back about, or handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.answers.compose import Composer
from bot.answers.costs import NAMED_FROM
from bot.answers.emergencies import KINDS, emergency
from bot.answers.engine import Context
from bot.answers.smalltalk import ASKS_FOR_REQUESTS
from bot.answers.together import together
from bot.desk import alarmed, requests, say
from bot.desk.handover import SAME_TICKET, HandOver
from bot.desk.teach import Teaching
from bot.desk.turn import Turn, remembered_for
from bot.model.decisions import (
    GENERAL_TEAM,
    Answer,
    Clarify,
    Decision,
    Emergency,
    Need,
    SmallTalkReply,
    Understanding,
    Unresolved,
    topic_of,
)
from bot.model.messages import Inbound, InboundId, Lane, Part, TicketId
from bot.model.people import Dialog
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import rights, routing

QUIET_AFTER_STAFF: Final = timedelta(hours=1)
"""While a person holds a ticket in which something happened lately, the bot is silent in that chat, save emergencies and menu taps."""


@dataclass(frozen=True)
class Answering:
    """Carries out what the engine decides about a message."""

    handover: HandOver
    teaching: Teaching

    async def words(self, turn: Turn, inbound: Inbound, *, sure: bool) -> None:
        if inbound.refused == "too-long" and turn.engine.danger(inbound.text) is None:
            await turn.say(say.too_long(turn.speaker))
            return
        again = await self._of_known_album(turn, inbound)
        if not inbound.text.strip():
            if await self._into_ticket(turn) or await self._into_emergency(turn, None, "") or again:
                return
            await turn.say(say.no_pictures(turn.speaker))
            return
        understanding = turn.engine.understand(inbound.text, context_of(turn))
        decision = understanding.decision
        held = not _for_few(decision) and await self._into_ticket(turn)
        if held and not isinstance(decision, Emergency):
            return
        loud = isinstance(decision, Emergency) and decision.certain
        if not held and not loud and await self._into_emergency(turn, understanding, inbound.text):
            return
        if understanding.meant and await self._told_to_people(turn, decision) and isinstance(decision, Unresolved):
            return
        if understanding.needs:
            await self._several(turn, understanding, inbound.text)
            return
        sure = sure or turn.delegate.language_chosen
        if understanding.denied:
            await self._after_denial(turn, understanding)
        elif understanding.left and isinstance(decision, Answer):
            await self.answer(turn, decision, question=inbound.text, left=understanding.left)
        else:
            await self.decide(turn, decision, understanding.question or inbound.text, sure=sure)

    async def _after_denial(self, turn: Turn, understanding: Understanding) -> None:
        """What was turned down stays known as long as the same question is open."""
        decision, question = understanding.decision, understanding.question
        handed = turn.delegate.dialog.handed
        if not turn.delegate.dialog.denied:
            self.teaching.after(turn, turn.delegate.dialog.question, "denied", understanding.denied)
        if isinstance(decision, Clarify):
            await turn.say(say.not_that(decision.options, turn.engine.snapshot, turn.speaker))
            await turn.remember(Dialog(options=decision.options, question=question, asked_back=True, misses=1))
        elif not isinstance(decision, Unresolved):
            await self.decide(turn, decision, question, sure=turn.delegate.language_chosen)
        else:
            await self.handover.unresolved(turn, decision, question)
        after = turn.delegate.dialog
        await turn.remember(replace(after, denied=understanding.denied, handed=after.handed or handed))

    async def _told_to_people(self, turn: Turn, decision: Decision) -> bool:
        """Whether those who have the question now read what was, or was not, meant by it; what goes to people anyway is told once."""
        handed = await self._handed(turn)
        if handed is None or isinstance(decision, Emergency) or (isinstance(decision, Answer) and decision.hand_over):
            return False
        await turn.join(handed)
        await turn.say(say.added(handed.id, turn.speaker), lane=Lane.TICKET, ticket=handed.id)
        return True

    async def _handed(self, turn: Turn) -> Ticket | None:
        """The request that took over the question that the talk is about."""
        number = turn.delegate.dialog.handed
        ticket = await turn.tx.ticket(TicketId(number)) if number is not None else None
        return ticket if ticket is not None and ticket.delegate == turn.delegate.id and ticket.open else None

    async def _several(self, turn: Turn, understanding: Understanding, question: str) -> None:
        """What is certain is answered in one message; the rest goes to one person, or is asked back about."""
        told = together(Composer(turn.engine.snapshot, turn.speaker, turn.now), understanding.needs)
        unclear = [need for need in told.rest if isinstance(need.decision, Clarify)]
        others = [need for need in told.rest if not isinstance(need.decision, Clarify)]
        if told.message is not None and told.last is not None:
            # Before the word about the ticket, and so in its lane: an earlier lane would overtake it.
            left = () if others else understanding.left
            lane = Lane.TICKET if others else Lane.REPLY
            await turn.say(say.with_left(told.message, left, turn.speaker), lane=lane, parts=told.parts)
            await turn.remember(
                Dialog(topic=told.topic, session=told.last.session, place=told.last.place, question=question)
            )
        if others:  # one ticket: the person who takes it reads the whole message
            await self.decide(turn, self._gravest(turn, others).decision, question, sure=turn.delegate.language_chosen)
        elif unclear:
            await self.decide(turn, unclear[0].decision, unclear[0].words, sure=turn.delegate.language_chosen)

    def _gravest(self, turn: Turn, needs: Sequence[Need]) -> Need:
        """The most urgent of several needs, for its people; of equals the first."""
        topics = turn.engine.snapshot.library.topics

        def priority(need: Need) -> Priority:
            topic = topics.get(topic_of(need.decision) or "")
            return routing.priority_of(topic.urgency) if topic is not None else Priority.NORMAL

        return min(needs, key=priority)

    async def _of_known_album(self, turn: Turn, inbound: Inbound) -> bool:
        """Whether other parts of this album came before; the whole of it is one case."""
        if not inbound.group or not await _seen_before(turn, inbound.group):
            return False
        fresh = [ticket for ticket in await turn.tx.open_tickets() if turn.now - ticket.opened_at < SAME_TICKET]
        if fresh:
            await turn.join(fresh[-1])
        return True

    async def _into_ticket(self, turn: Turn) -> bool:
        """A ticket that a person holds gets the message, and the bot is silent once that person has answered."""
        if await requests.add(turn):
            return True
        for ticket in await turn.tx.open_tickets():
            if ticket.owner is None or ticket.with_bot:
                continue
            # Only staff move this time: whoever went home does not keep the bot silent for ever.
            last_of_staff = ticket.last_staff_at or ticket.changed_at or ticket.opened_at
            if turn.now - last_of_staff < QUIET_AFTER_STAFF:
                await turn.join(ticket)
                if ticket.answered_at is None and ticket.state is not TicketState.WAITING:
                    await turn.say(say.added(ticket.id, turn.speaker), lane=Lane.TICKET, ticket=ticket.id)
                return True
        return False

    async def _into_emergency(self, turn: Turn, understanding: Understanding | None, text: str) -> bool:
        ticket = await alarmed.own_emergency(turn)
        if ticket is not None:
            await alarmed.add(turn, ticket, self.handover.card(), understanding, text)
        return ticket is not None

    async def decide(self, turn: Turn, decision: Decision, question: str, *, sure: bool) -> None:
        match decision:
            case Emergency():
                await self.handover.alert(turn, decision, question, sure=sure)
            case SmallTalkReply(kind):
                await self._small_talk(turn, kind)
            case Answer():
                await self.answer(turn, decision, question=question)
            case Clarify():
                await self._clarify(turn, decision, question)
            case Unresolved():
                self.teaching.after(turn, question, "unanswered")
                await self.handover.unresolved(turn, decision, question)

    async def _small_talk(self, turn: Turn, kind: str) -> None:
        if kind == ASKS_FOR_REQUESTS:
            await requests.show(turn)
            return
        for known in turn.engine.snapshot.library.small_talk:
            if known.kind == kind:
                message = say.small_talk(known, turn.speaker)
                await turn.say(await requests.still_open(turn, message) if kind == "no" else message)
                return
        await turn.say(say.help_(turn.engine.snapshot.event, turn.speaker))

    async def answer(self, turn: Turn, answer: Answer, *, question: str, left: Sequence[str] = ()) -> None:
        """``left`` are parts of the question that the answer says nothing about."""
        topic = turn.engine.snapshot.library.topics[answer.topic]
        if topic.urgency == "emergency" and not answer.beforehand:
            await self.handover.alert(
                turn, emergency(KINDS.get(topic.id, "medical"), certain=False), question, sure=True
            )
            return
        composed = Composer(turn.engine.snapshot, turn.speaker, turn.now).answer(answer)
        if composed is None or answer.hand_over:
            before = composed.message.text if composed is not None else ()
            await self.handover.unresolved(
                turn,
                Unresolved(topic.team, answer.confidence, topic.id),
                question,
                known=True,
                before=before,
                answer=Part(topic.id, answer.asked) if before else None,
            )
            if composed is not None:
                dialog = turn.delegate.dialog
                await turn.remember(replace(dialog, session=composed.session, place=composed.place))
            return
        parts = (Part(topic.id, answer.asked),)
        await turn.say(say.with_left(composed.message, left, turn.speaker), answer=f"topic:{topic.id}", parts=parts)
        await turn.remember(Dialog(topic=topic.id, session=composed.session, place=composed.place, question=question))

    async def _clarify(self, turn: Turn, decision: Clarify, question: str) -> None:
        dialog = turn.delegate.dialog
        if dialog.misses >= 1:  # asked back once already: the second miss goes to a person
            self.teaching.after(turn, question, "unanswered")
            await self.handover.unresolved(turn, _to_whom(turn, decision), question)
            return
        await turn.say(say.clarify(decision.options, turn.engine.snapshot, turn.speaker))
        await turn.remember(
            replace(
                dialog,
                options=decision.options,
                question=question,
                asked_back=True,
                misses=dialog.misses + 1,
                handed=None,
            )
        )


def _to_whom(turn: Turn, decision: Clarify) -> Unresolved:
    """Who reads what was asked back about twice: its likeliest team, where one is likely."""
    topics = turn.engine.snapshot.library.topics
    first = topics[decision.options[0]]
    if decision.confidence >= NAMED_FROM:
        return Unresolved(first.team, decision.confidence, first.id)
    teams = {topics[key].team for key in decision.options}
    return Unresolved(first.team if len(teams) == 1 else GENERAL_TEAM, decision.confidence)


def context_of(turn: Turn) -> Context:
    return Context(turn.delegate.language, turn.now, turn.delegate.dialog, turn.delegate.here, turn.nearness)


async def _seen_before(turn: Turn, album: str) -> bool:
    part = InboundId(f"album:{turn.delegate.id}:{album}")
    return await turn.tx.known(part, now=turn.now, until=turn.now + remembered_for(part))


def _for_few(decision: Decision) -> bool:
    """An emergency that few may read: whoever holds another request of the same delegate is not among them by that."""
    if not isinstance(decision, Emergency) or not decision.certain:
        return False
    return bool(rights.secrecy_of(decision.team, decision.topic, decision.kind))
