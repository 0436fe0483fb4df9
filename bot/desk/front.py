"""Intake: one message of a delegate becomes one committed turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.answers.compose import Composer
from bot.answers.engine import Context, Engine
from bot.answers.language import Guess
from bot.desk import say
from bot.desk.emergency_card import EmergencyCard
from bot.desk.turn import Turn
from bot.i18n import forms
from bot.i18n.translator import Speakers
from bot.model.content import Topic
from bot.model.decisions import Answer, Asked, Clarify, Decision, Emergency, SmallTalkReply, Unresolved
from bot.model.errors import StoreUnavailable
from bot.model.language import OWN_NAMES, closest, is_language
from bot.model.messages import Entry, Inbound, Lane, Message, Outbound, OutboundId, TicketId
from bot.model.people import Address, Delegate, Dialog
from bot.model.rich import Rich, Span
from bot.model.tickets import Priority, Ticket, TicketState
from bot.ports import Clock, Store, Transaction
from bot.tickets import routing

log = structlog.get_logger("desk")

SAME_TICKET: Final = timedelta(minutes=10)
"""A further question for the same team within this time joins the ticket that is still waiting: a burst is one case."""
SAME_EMERGENCY: Final = timedelta(minutes=30)
QUIET_AFTER_STAFF: Final = timedelta(hours=2)
"""After a person's last word in a ticket, the bot stays silent in that chat this long, save emergencies and menu taps."""


@dataclass(frozen=True)
class FrontDesk:
    """Receives what delegates send, through any door."""

    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    card: Callable[[], EmergencyCard]
    lanes: tuple[Address, ...] = ()
    at_once: Callable[[Outbound], Awaitable[None]] | None = None
    """Delivers past the outbox: for an emergency while the store is out of order."""

    async def receive(self, inbound: Inbound) -> None:
        """Handle a message; returns after the commit.

        Raises:
            StoreUnavailable: Nothing was kept; the door must not confirm the message.
        """
        who = inbound.sender.address.delegate
        turn: Turn | None = None
        try:
            async with self.store.transaction(who) as tx:
                if await tx.known(inbound.id):
                    return
                turn = await self._turn(tx, inbound)
            if turn.forget:
                await self._forget(turn)
        except StoreUnavailable:
            await self._without_store(inbound)
            raise

    def unsaved(self, inbound: Inbound) -> Message | None:
        """What a door says when a message could not be kept; None when the desk has said it already."""
        engine = self.engine()
        if engine.urgent(inbound.text) or inbound.press.startswith("emergency"):
            return None
        language = engine.language(inbound.text, inbound.sender.language_hint or "en").language
        return say.not_kept(engine.snapshot.event, self.speakers[language])

    async def _forget(self, turn: Turn) -> None:
        """Erase, then say so: the confirmation itself is not kept."""
        await self.store.erase(turn.delegate.id)
        if self.at_once is not None:
            gone = OutboundId(f"{turn.cause}>forgotten")
            await self.at_once(
                Outbound(gone, turn.reply_to, Lane.REPLY, say.forgotten(turn.speaker), turn.now, turn.now)
            )

    async def _turn(self, tx: Transaction, inbound: Inbound) -> Turn:
        now, engine = self.clock.now(), self.engine()
        delegate, new = await self._delegate(tx, inbound, now)
        guess = self._language(engine, inbound, delegate)
        if guess.sure and not inbound.press and not inbound.command and guess.language != delegate.language:
            delegate = replace(delegate, language=guess.language)
            await tx.save_delegate(delegate)
        turn = Turn(
            tx, delegate, engine, self.speakers[delegate.language], now, inbound.sender.address, self.lanes, inbound.id
        )
        action = inbound.press or say.keyboard_action(inbound.text, list(self.speakers.values()))
        turn.heard = await tx.append(self._heard(inbound, turn))
        if new and inbound.command != "start":
            await tx.save_delegate(delegate)
        if inbound.command:
            await self._command(turn, inbound.command, inbound.text)
        elif action:
            await self._press(turn, action)
        else:
            await self._words(turn, inbound, sure=guess.sure)
        return turn

    async def _delegate(self, tx: Transaction, inbound: Inbound, now: datetime) -> tuple[Delegate, bool]:
        known = await tx.delegate()
        if known is not None:
            return (replace(known, blocked=False) if known.blocked else known), False
        sender = inbound.sender
        language = sender.language_hint or "en"
        return Delegate(sender.address.delegate, sender.address, language, now, name=sender.name), True

    def _language(self, engine: Engine, inbound: Inbound, delegate: Delegate) -> Guess:
        if not inbound.text or inbound.command:
            return Guess(delegate.language, sure=False)
        return engine.language(inbound.text, delegate.language)

    def _heard(self, inbound: Inbound, turn: Turn) -> Entry:
        text = inbound.text
        if inbound.command:
            text = f"/{inbound.command} {inbound.text}".strip()
        elif inbound.press:
            text = self._label(inbound.press, turn)
        return Entry(
            0,
            turn.delegate.id,
            turn.now,
            "delegate",
            Message((Span(text, "value"),) if text else (), turn.delegate.language),
            inbound=inbound.id,
            attachments=inbound.attachments,
        )

    def _label(self, action: str, turn: Turn) -> str:
        """What a pressed button said, for the history."""
        kind, _, key = action.partition(":")
        if kind == "topic" and key in turn.engine.snapshot.library.topics:
            return turn.engine.snapshot.library.topics[key].title.in_(turn.speaker.language)
        for row in say.menu_rows(turn.speaker):
            for button in row:
                if button.action == action:
                    return button.label
        labels = {
            "none": "None of these: ask a person",
            "not-emergency": "No, something else",
            "emergency": "Yes, it is an emergency",
        }
        return turn.speaker.text(labels[kind]) if kind in labels else "▫️"

    # ------------------------------------------------------------ commands and buttons

    async def _command(self, turn: Turn, command: str, rest: str) -> None:
        event = turn.engine.snapshot.event
        match command:
            case "start":
                await self._start(turn, rest)
            case "help":
                await turn.say(say.help_(event, turn.speaker))
            case "today" | "now" | "next":
                await self._programme(turn, command)
            case "human":
                await self._person(turn, rest)
            case "lang" | "language":
                if is_language(rest.strip()):
                    await self._set_language(turn, rest.strip())
                else:
                    await turn.say(say.choose_language(turn.speaker))
            case "privacy":
                await turn.say(say.privacy(event, turn.speaker))
            case "mydata":
                await self._my_data(turn)
            case "forget":
                await turn.say(say.ask_forget(turn.speaker))
            case _:
                await turn.say(say.help_(event, turn.speaker))

    async def _start(self, turn: Turn, payload: str) -> None:
        """``/start ar_lobby``: a poster's code may name the language and the place it hangs."""
        chosen = closest(payload.partition("_")[0]) if payload else None
        await turn.change(replace(turn.delegate, language=chosen or turn.delegate.language))
        turn.speaker = self.speakers[turn.delegate.language]
        await turn.say(say.welcome(turn.engine.snapshot.event, turn.speaker))

    async def _set_language(self, turn: Turn, language: str) -> None:
        if not is_language(language):
            await turn.say(say.choose_language(turn.speaker))
            return
        await turn.change(replace(turn.delegate, language=language, language_chosen=True))
        turn.speaker = self.speakers[language]
        await turn.say(say.language_set(turn.speaker))

    async def _programme(self, turn: Turn, command: str) -> None:
        topic = "schedule.day" if command == "today" else "schedule.now-next"
        asked = (
            Asked(day=turn.now.date()) if command == "today" else Asked(now=command == "now", next=command == "next")
        )
        if topic in turn.engine.snapshot.library.topics:
            await self._answer(turn, Answer(topic, asked, 1.0), question=command)
        else:
            await self._unresolved(turn, Unresolved("programme", 1.0, topic), command)

    async def _press(self, turn: Turn, action: str) -> None:
        kind, _, key = action.partition(":")
        topics = turn.engine.snapshot.library.topics
        match kind:
            case "topic" if key in topics:
                await self._chosen(turn, topics[key])
            case "area":
                await turn.say(say.area_menu(key, turn.engine.snapshot, turn.speaker))
            case "command" if key in ("today", "now", "next", "help", "privacy", "human", "lang"):
                await self._command(turn, key, "")
            case "person":
                await self._person(turn, "")
            case "none":
                await self._unresolved(
                    turn, Unresolved(self._team_of_options(turn), 1.0), turn.delegate.dialog.question
                )
            case "emergency":
                await self._alert(
                    turn,
                    Emergency(key or "medical", "medical.emergency", "medical", certain=True),
                    turn.delegate.dialog.question,
                    sure=True,
                )
            case "not-emergency":
                await self._no_emergency(turn)
            case "language":
                await self._set_language(turn, key)
            case "forget" if key == "yes":
                turn.forget = True
            case "forget":
                await turn.say(say.kept(turn.speaker))
            case "menu":
                await turn.say(say.help_(turn.engine.snapshot.event, turn.speaker))
            case _:
                await turn.say(say.old_button(turn.speaker))

    async def _chosen(self, turn: Turn, topic: Topic) -> None:
        """A topic was picked: the question that led there is answered with it."""
        question = turn.delegate.dialog.question
        asked = turn.engine.read(question, turn.now) if question else Asked()
        await self._answer(
            turn,
            Answer(
                topic.id, asked, 1.0, hand_over=topic.needs == "person" or topic.id in turn.engine.snapshot.unanswerable
            ),
            question=question or topic.title.in_(turn.speaker.language),
        )

    def _team_of_options(self, turn: Turn) -> str:
        options = turn.delegate.dialog.options
        topics = turn.engine.snapshot.library.topics
        return topics[options[0]].team if options and options[0] in topics else "reception"

    async def _no_emergency(self, turn: Turn) -> None:
        """A false alarm costs one tap: the question itself is then answered."""
        question = turn.delegate.dialog.question
        if not question:
            await turn.say(say.not_emergency(turn.speaker))
            return
        decision = turn.engine.without_alarm(question, self._context(turn))
        await self._decide(turn, decision, question, sure=True)

    async def _person(self, turn: Turn, question: str) -> None:
        waiting = turn.delegate.dialog.question
        await self._unresolved(
            turn, Unresolved("reception", 1.0), question or waiting or turn.speaker.text("Talk to a person"), known=True
        )

    async def _my_data(self, turn: Turn) -> None:
        entries = await self.store.entries(turn.delegate.id, limit=10_000)
        since = forms.full_date(turn.delegate.first_seen.date(), turn.speaker.language)
        lines = [
            turn.speaker._(
                "Kept about you: your language ({language}), your first message on {date}, and:",
                language=OWN_NAMES[turn.delegate.language],
                date=since,
            )
        ]
        for entry in entries:
            said = "".join(span.text for span in entry.message.text)
            if entry.author in ("delegate", "staff"):
                lines.append((Span(f"{entry.at:%Y-%m-%d %H:%M} "), Span(said, "value")))
        text: list[Span] = []
        for line in lines:
            text += [*line, Span("\n")]
        await turn.say(Message(tuple(text[:-1]), turn.speaker.language))

    # ------------------------------------------------------------ words

    async def _words(self, turn: Turn, inbound: Inbound, *, sure: bool) -> None:
        if inbound.refused == "too-long":
            await turn.say(say.too_long(turn.speaker))
            return
        if not inbound.text.strip():
            if not await self._into_ticket(turn):
                await turn.say(say.no_pictures(turn.speaker))
            return
        understanding = turn.engine.understand(inbound.text, self._context(turn))
        if not (
            isinstance(understanding.decision, Emergency) and understanding.decision.certain
        ) and await self._into_ticket(turn):
            return
        await self._decide(turn, understanding.decision, inbound.text, sure=sure or turn.delegate.language_chosen)

    def _context(self, turn: Turn) -> Context:
        return Context(turn.delegate.language, turn.now, turn.delegate.dialog)

    async def _into_ticket(self, turn: Turn) -> bool:
        """A ticket that a person holds gets the message, and the bot is silent."""
        for ticket in await turn.tx.open_tickets():
            held = ticket.state is TicketState.CLAIMED and ticket.changed_at is not None
            if (
                held
                and ticket.answered_at is not None
                and turn.now - (ticket.changed_at or turn.now) < QUIET_AFTER_STAFF
            ):
                await turn.join(await turn.tx.save_ticket(replace(ticket, changed_at=turn.now)))
                return True
        return False

    async def _decide(self, turn: Turn, decision: Decision, question: str, *, sure: bool) -> None:
        match decision:
            case Emergency():
                await self._alert(turn, decision, question, sure=sure)
            case SmallTalkReply(kind):
                await self._small_talk(turn, kind)
            case Answer():
                await self._answer(turn, decision, question=question)
            case Clarify():
                await self._clarify(turn, decision, question)
            case Unresolved():
                await self._unresolved(turn, decision, question)

    async def _small_talk(self, turn: Turn, kind: str) -> None:
        for known in turn.engine.snapshot.library.small_talk:
            if known.kind == kind:
                await turn.say(say.small_talk(known, turn.speaker))
                return
        await turn.say(say.help_(turn.engine.snapshot.event, turn.speaker))

    async def _answer(self, turn: Turn, answer: Answer, *, question: str) -> None:
        topic = turn.engine.snapshot.library.topics[answer.topic]
        if topic.urgency == "emergency":
            kind = {
                "safety.fire": "fire",
                "safety.missing-person": "missing-person",
                "safety.harassment": "harassment",
                "visa.entry-refused": "border",
            }.get(topic.id, "medical")
            await self._alert(turn, Emergency(kind, topic.id, topic.team, certain=False), question, sure=True)
            return
        composed = Composer(turn.engine.snapshot, turn.speaker, turn.now).answer(answer)
        if composed is None or answer.hand_over:
            before = composed.message.text if composed is not None else ()
            await self._unresolved(
                turn, Unresolved(topic.team, answer.confidence, topic.id), question, known=True, before=before
            )
            return
        await turn.say(composed.message)
        await turn.remember(Dialog(topic=topic.id, session=composed.session, place=composed.place, question=question))

    async def _clarify(self, turn: Turn, decision: Clarify, question: str) -> None:
        dialog = turn.delegate.dialog
        if dialog.misses >= 1:  # asked back once already: the second miss goes to a person
            topics = turn.engine.snapshot.library.topics
            first = topics[decision.options[0]]
            await self._unresolved(turn, Unresolved(first.team, decision.confidence, first.id), question)
            return
        await turn.say(say.clarify(decision.options, turn.engine.snapshot, turn.speaker))
        await turn.remember(replace(dialog, options=decision.options, question=question, misses=dialog.misses + 1))

    # ------------------------------------------------------------ people

    async def _unresolved(
        self, turn: Turn, decision: Unresolved, question: str, *, known: bool = False, before: Rich = ()
    ) -> None:
        snapshot = turn.engine.snapshot
        team = routing.team_now(snapshot.event, decision.team, turn.now)
        for ticket in await turn.tx.open_tickets():
            fresh = (
                ticket.team == team
                and turn.now - ticket.opened_at < SAME_TICKET
                and ticket.state is TicketState.NEW
                and ticket.priority is not Priority.EMERGENCY
            )
            if fresh:
                await turn.join(ticket)
                await turn.say(
                    self._with_lead(say.added(ticket.id, turn.speaker), before), lane=Lane.TICKET, ticket=ticket.id
                )
                await turn.remember(Dialog())
                return
        topic = snapshot.library.topics.get(decision.topic or "")
        urgency = topic.urgency if topic is not None and topic.urgency != "emergency" else "normal"
        ticket = await self._open(turn, decision.team, routing.priority_of(urgency), question, decision.topic)
        name = snapshot.event.teams[ticket.team].name.in_(turn.speaker.language)
        await turn.say(
            say.passing_on(ticket.id, name, turn.speaker, known=known, before=before),
            lane=Lane.TICKET,
            ticket=ticket.id,
        )
        await turn.remember(Dialog())

    def _with_lead(self, message: Message, before: Rich) -> Message:
        return replace(message, text=(*before, Span("\n\n"), *message.text)) if before else message

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

    async def _alert(self, turn: Turn, danger: Emergency, question: str, *, sure: bool) -> None:
        first = self.card().message(
            danger.kind, certain=danger.certain, language=turn.delegate.language, sure=sure, speakers=self.speakers
        )
        if not danger.certain:
            await turn.say(first, lane=Lane.EMERGENCY)
            await turn.remember(replace(turn.delegate.dialog, question=question))
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

    async def _without_store(self, inbound: Inbound) -> None:
        """The number is said even when nothing can be kept."""
        if self.at_once is None or not (self.engine().urgent(inbound.text) or inbound.press.startswith("emergency")):
            return
        language = inbound.sender.language_hint or "en"
        message = self.card().message("medical", certain=True, language=language, sure=False, speakers=self.speakers)
        now = self.clock.now()
        await self.at_once(
            Outbound(OutboundId(f"{inbound.id}>now"), inbound.sender.address, Lane.EMERGENCY, message, now, now)
        )
