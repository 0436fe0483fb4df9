"""Intake: one message of a delegate becomes one committed turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.answers.compose import Composer
from bot.answers.emergencies import KINDS, TEAMS, emergency
from bot.answers.engine import Context, Engine
from bot.answers.language import Guess
from bot.desk import linking, say
from bot.desk.emergency_card import EmergencyCard
from bot.desk.linking import Linking
from bot.desk.turn import Turn, log_id, remembered_for
from bot.i18n import forms
from bot.i18n.translator import Speakers
from bot.model.content import Topic
from bot.model.decisions import Answer, Asked, Clarify, Decision, Emergency, SmallTalkReply, Unresolved
from bot.model.errors import StoreUnavailable
from bot.model.language import closest, is_language
from bot.model.messages import Entry, Inbound, InboundId, Lane, Message, Outbound, OutboundId, TicketId
from bot.model.people import Address, Delegate, DelegateId, Dialog
from bot.model.rich import Rich, Span
from bot.model.tickets import UNCLAIMED, Priority, Ticket, TicketState
from bot.ports import Clock, Store, Transaction
from bot.privacy import mydata
from bot.privacy.erasing import Eraser
from bot.privacy.kept import kept_of
from bot.tickets import routing

log = structlog.get_logger("desk")

SAME_TICKET: Final = timedelta(minutes=10)
"""A further question for the same team within this time joins the ticket that is still waiting: a burst is one case."""
TELL_AGAIN: Final = timedelta(minutes=1)
"""While the store is out of order, the number is said to one person at most this often."""
LATE: Final = timedelta(minutes=5)
"""A message that lay longer than this before the desk could read it: the answer says so."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
SAME_EMERGENCY: Final = timedelta(minutes=30)
QUIET_AFTER_STAFF: Final = timedelta(hours=1)
"""While a person holds a ticket in which something happened lately, the bot is silent in that chat, save emergencies and menu taps."""


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
    repeated: Callable[[], None] = lambda: None
    """Called for each message that was handled before."""
    eraser: Eraser | None = None
    """Erases a delegate who asks for it; by default without a list for backups."""
    bot_name: Callable[[], str] = lambda: ""
    """The bot's user name on Telegram; empty while there is none."""
    _told: dict[DelegateId, datetime] = field(default_factory=dict)

    @property
    def _linking(self) -> Linking:
        return Linking(self.store, self.speakers, self.bot_name)

    async def receive(self, inbound: Inbound) -> None:
        """Handle a message; returns after the commit.

        Raises:
            StoreUnavailable: Nothing was kept; the door must not confirm the message.
        """
        inbound = _typed_command(inbound)
        try:
            turn = await self._committed(inbound)
            for step in turn.afterwards if turn is not None else ():
                await step()
            if turn is not None and turn.forget:
                await self._forget(turn)
        except StoreUnavailable:
            await self._without_store(inbound)
            raise

    async def _committed(self, inbound: Inbound) -> Turn | None:
        """The turn of a message, committed; None for a repeat. What cannot be handled goes to a person as it is."""
        who = inbound.sender.address.delegate
        try:
            async with self.store.transaction(who) as tx:
                if await self._known(tx, inbound.id):
                    self.repeated()
                    return await self._interrupted(tx, inbound)
                return await self._turn(tx, inbound)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("message_not_understood", inbound_id=log_id(inbound.id))
        async with self.store.transaction(who) as tx:
            if await self._known(tx, inbound.id):
                return None
            turn = await self._start_turn(tx, inbound)
            turn.heard = await tx.append(self._heard(inbound, turn))
            await tx.save_delegate(turn.delegate)
            await self._unresolved(turn, Unresolved("reception", 0.0), inbound.text)
            return turn

    async def _interrupted(self, tx: Transaction, inbound: Inbound) -> Turn | None:
        """Erasing and linking go on after the commit: a repeat of such a wish means that they were interrupted."""
        if inbound.press == "forget:yes":
            return await self._start_turn(tx, inbound, forget=True)
        if inbound.command == "start" and inbound.text.startswith(linking.PREFIX):
            turn = await self._start_turn(tx, inbound)
            await self._linking.resume(turn, inbound.text)
            return turn
        return None

    async def _known(self, tx: Transaction, inbound: InboundId) -> bool:
        now = self.clock.now()
        return await tx.known(inbound, now=now, until=now + remembered_for(inbound))

    def unsaved(self, inbound: Inbound) -> Message | None:
        """What a door says when a message could not be kept; None when the desk has said it already."""
        engine = self.engine()
        if engine.urgent(inbound.text) or inbound.press.startswith("emergency"):
            return None
        language = engine.language(inbound.text, inbound.sender.language_hint or "en").language
        return say.not_kept(engine.snapshot.event, self.speakers[language])

    async def apologise(self, inbound: Inbound) -> None:
        """To somebody whose message could not be handled in any way: past the outbox, once."""
        if self.at_once is None:
            return
        engine, now = self.engine(), self.clock.now()
        known = None
        with suppress(StoreUnavailable):
            known = await self.store.delegate(inbound.sender.address.delegate)
        chat = known.language if known is not None else inbound.sender.language_hint or "en"
        speaker = self.speakers[engine.language(inbound.text, chat).language]
        row = OutboundId(f"{inbound.id}>aside")
        message = say.set_aside(engine.snapshot.event, speaker)
        await self.at_once(Outbound(row, inbound.sender.address, Lane.REPLY, message, now, now))

    async def _forget(self, turn: Turn) -> None:
        """Erase, then say so: the confirmation itself is not kept."""
        await (self.eraser or Eraser(self.store, self.clock, self.lanes)).erase(turn.delegate.id)
        if self.at_once is not None:
            gone = OutboundId(f"{turn.cause}>forgotten")
            await self.at_once(
                Outbound(gone, turn.reply_to, Lane.REPLY, say.forgotten(turn.speaker), turn.now, turn.now)
            )

    async def _start_turn(self, tx: Transaction, inbound: Inbound, *, forget: bool = False) -> Turn:
        now, engine = self.clock.now(), self.engine()
        delegate = await self._delegate(tx, inbound, now)
        speaker = self.speakers[delegate.language]
        turn = Turn(tx, delegate, engine, speaker, now, inbound.sender.address, self.lanes, inbound.id, forget=forget)
        if inbound.waited > LATE:
            sent = now - inbound.waited
            turn.late = lambda message, below: self._late(turn, message, sent, below=below)
        return turn

    def _late(self, turn: Turn, message: Message, sent: datetime, *, below: bool) -> Message:
        same_day = sent.date() == turn.now.date()
        shown = forms.hour(sent) if same_day else forms.day_and_hour(sent, turn.speaker.language)
        return say.late(message, shown, turn.speaker, below=below)

    async def _turn(self, tx: Transaction, inbound: Inbound) -> Turn:
        turn = await self._start_turn(tx, inbound)
        guess = self._language(turn.engine, inbound, turn.delegate)
        if guess.sure and not turn.delegate.language_chosen:
            turn.delegate = replace(turn.delegate, language=guess.language)
            turn.speaker = self.speakers[guess.language]
        await tx.save_delegate(turn.delegate)
        turn.heard = await tx.append(self._heard(inbound, turn))
        action = inbound.press or say.keyboard_action(inbound.text, list(self.speakers.values()))
        danger = turn.engine.danger(inbound.text) if inbound.command and inbound.text else None
        if danger is not None:
            await self._alert(turn, danger, inbound.text, sure=turn.delegate.language_chosen)
        elif inbound.command:
            await self._command(turn, inbound.command, inbound.text)
        elif action:
            await self._press(turn, action)
        else:
            await self._words(turn, inbound, sure=guess.sure)
        return turn

    async def _delegate(self, tx: Transaction, inbound: Inbound, now: datetime) -> Delegate:
        known = await tx.delegate()
        if known is not None:
            return replace(known, blocked=False)
        sender = inbound.sender
        return Delegate(sender.address.delegate, sender.address, sender.language_hint or "en", now, name=sender.name)

    def _language(self, engine: Engine, inbound: Inbound, delegate: Delegate) -> Guess:
        if not inbound.text or inbound.command or inbound.press:
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
            case "link":
                await self._linking.invite(turn)
            case "unlink":
                await self._linking.undo(turn)
            case _:
                await turn.say(say.help_(event, turn.speaker))

    async def _start(self, turn: Turn, payload: str) -> None:
        """``/start ar_lobby``: a poster's code may name the language and the place it hangs."""
        if payload.startswith(linking.PREFIX):
            await self._linking.accept(turn, payload)
            return
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
            case "area" if any(topic.area == key for topic in topics.values()):
                await turn.say(say.area_menu(key, turn.engine.snapshot, turn.speaker))
            case "command" if key in ("today", "now", "next", "help", "privacy", "human", "lang", "mydata", "forget"):
                await self._command(turn, key, "")
            case "person":
                await self._person(turn, "")
            case "none":
                await self._unresolved(
                    turn, Unresolved(self._team_of_options(turn), 1.0), turn.delegate.dialog.question
                )
            case "emergency":
                asked_about = turn.delegate.dialog.question if turn.delegate.dialog.asked_back else ""
                await self._alert(
                    turn, emergency(key if key in TEAMS else "medical", certain=True), asked_about, sure=True
                )
            case "not-emergency":
                await self._no_emergency(turn)
            case "language":
                await self._set_language(turn, key)
            case "forget" if key == "yes":
                if any(ticket.priority is Priority.EMERGENCY for ticket in await turn.tx.open_tickets()):
                    await turn.say(say.not_while_emergency(turn.speaker))
                else:
                    turn.forget = True
            case "forget":
                await turn.say(say.kept(turn.speaker))
            case "menu":
                await turn.say(say.help_(turn.engine.snapshot.event, turn.speaker))
            case _:
                await turn.say(say.old_button(turn.speaker))

    async def _chosen(self, turn: Turn, topic: Topic) -> None:
        """A topic was picked: the question that led there is answered with it."""
        question = turn.delegate.dialog.question if turn.delegate.dialog.asked_back else ""
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
        if not question or not turn.delegate.dialog.asked_back:
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
        kept = replace(await kept_of(self.store, turn.delegate.id), delegate=turn.delegate)
        for page in mydata.pages(kept, turn.engine.snapshot.event.zone, turn.speaker):
            await turn.say(page, copy=True)

    # ------------------------------------------------------------ words

    async def _words(self, turn: Turn, inbound: Inbound, *, sure: bool) -> None:
        if inbound.refused == "too-long" and turn.engine.danger(inbound.text) is None:
            await turn.say(say.too_long(turn.speaker))
            return
        again = await self._of_known_album(turn, inbound)
        if not inbound.text.strip():
            if not await self._into_ticket(turn) and not again:
                await turn.say(say.no_pictures(turn.speaker))
            return
        understanding = turn.engine.understand(inbound.text, self._context(turn))
        danger = isinstance(understanding.decision, Emergency)
        held = await self._into_ticket(turn)
        if danger or not held:
            await self._decide(turn, understanding.decision, inbound.text, sure=sure or turn.delegate.language_chosen)

    async def _of_known_album(self, turn: Turn, inbound: Inbound) -> bool:
        """Whether other parts of this album came before; the whole of it is one case."""
        if not inbound.group or not await self._known(turn.tx, InboundId(f"album:{turn.delegate.id}:{inbound.group}")):
            return False
        fresh = [ticket for ticket in await turn.tx.open_tickets() if turn.now - ticket.opened_at < SAME_TICKET]
        if fresh:
            await turn.join(fresh[-1])
        return True

    def _context(self, turn: Turn) -> Context:
        return Context(turn.delegate.language, turn.now, turn.delegate.dialog)

    async def _into_ticket(self, turn: Turn) -> bool:
        """A ticket that a person holds gets the message, and the bot is silent once that person has answered."""
        for ticket in await turn.tx.open_tickets():
            # Only staff move this time: whoever went home does not keep the bot silent for ever.
            last_of_staff = ticket.changed_at or ticket.opened_at
            if ticket.state is TicketState.CLAIMED and turn.now - last_of_staff < QUIET_AFTER_STAFF:
                await turn.join(ticket)
                if ticket.answered_at is None:
                    await turn.say(say.added(ticket.id, turn.speaker), lane=Lane.TICKET, ticket=ticket.id)
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
            await self._alert(turn, emergency(KINDS.get(topic.id, "medical"), certain=False), question, sure=True)
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
        await turn.remember(
            replace(dialog, options=decision.options, question=question, asked_back=True, misses=dialog.misses + 1)
        )

    # ------------------------------------------------------------ people

    async def _unresolved(
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
                and ticket.state in UNCLAIMED
                and ticket.priority is not Priority.EMERGENCY
            )
            if fresh:
                if priority < ticket.priority:
                    ticket = await turn.tx.save_ticket(replace(ticket, priority=priority))  # noqa: PLW2901 -- the raised one goes on
                    await turn.show(ticket)
                await turn.join(ticket)
                await turn.say(
                    self._with_lead(say.added(ticket.id, turn.speaker), before), lane=Lane.TICKET, ticket=ticket.id
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
            await turn.remember(replace(turn.delegate.dialog, question=question, asked_back=True))
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
        """The number is said even when nothing can be kept; but not that anyone was alerted, for nobody was."""
        engine = self.engine()
        danger = (
            emergency("medical", certain=True) if inbound.press.startswith("emergency") else engine.danger(inbound.text)
        )
        now = self.clock.now()
        who = inbound.sender.address.delegate
        if self.at_once is None or danger is None or now - self._told.get(who, _LONG_AGO) < TELL_AGAIN:
            return
        self._told[who] = now  # a door hands the same message over again and again until the store is back
        language = engine.language(inbound.text, inbound.sender.language_hint or "en").language
        message = self.card().bare(danger.kind, language=language, speakers=self.speakers)
        row = OutboundId(f"{inbound.id}>now")
        await self.at_once(Outbound(row, inbound.sender.address, Lane.EMERGENCY, message, now, now))


def _typed_command(inbound: Inbound) -> Inbound:
    """On a page there are no commands, but people type them: "/today" means the same there."""
    if inbound.command or inbound.press or not inbound.text.startswith("/"):
        return inbound
    command, _, rest = inbound.text[1:].partition(" ")
    return (
        replace(inbound, command=command.lower(), text=rest.strip())
        if command.isascii() and command.isalpha()
        else inbound
    )
