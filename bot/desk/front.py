"""Intake: one message of a delegate becomes one committed turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.answers.engine import Engine
from bot.answers.language import Guess
from bot.desk import linking, say
from bot.desk.answering import Answering
from bot.desk.emergency_card import EmergencyCard
from bot.desk.handover import HandOver
from bot.desk.linking import Linking
from bot.desk.number_first import Memory, NumberFirst
from bot.desk.presses import Presses, label_of
from bot.desk.teach import Teaching
from bot.desk.turn import Turn, log_id, remembered_for
from bot.i18n import forms
from bot.i18n.translator import Speakers
from bot.model.decisions import GENERAL_TEAM, Unresolved
from bot.model.errors import StoreUnavailable
from bot.model.messages import Entry, Inbound, InboundId, Lane, Message, Outbound, OutboundId
from bot.model.people import Address, Delegate
from bot.model.rich import Span
from bot.model.tickets import Ticket
from bot.ports import Booster, Clock, Store, Transaction
from bot.privacy.erasing import Eraser

log = structlog.get_logger("desk")

LATE: Final = timedelta(minutes=5)
"""A message that lay longer than this before the desk could read it: the answer says so."""


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
    dress: Callable[[Ticket], Awaitable[Ticket]] | None = None
    """Adds to a new ticket whom it is offered to and which others ask the same."""
    booster: Booster | None = None
    translates: bool = False
    """Staff may read what delegates write by a machine's translation; /privacy says so then."""
    _memory: Memory = field(default_factory=Memory)

    @property
    def _number_first(self) -> NumberFirst:
        return NumberFirst(self.engine, self.speakers, self.clock, self.card, self.at_once, self._memory)

    @property
    def _linking(self) -> Linking:
        return Linking(self.store, self.speakers, self.bot_name)

    @property
    def _handover(self) -> HandOver:
        return HandOver(self.speakers, self.card, self.dress)

    @property
    def _answering(self) -> Answering:
        return Answering(self._handover, Teaching(self.store))

    @property
    def _presses(self) -> Presses:
        return Presses(self.store, self.speakers, self._handover, self._answering, self._linking, self.translates)

    async def receive(self, inbound: Inbound) -> None:
        """Handle a message; returns after the commit.

        Raises:
            StoreUnavailable: Nothing was kept; the door must not confirm the message.
        """
        inbound = _typed_command(inbound)
        try:
            async with self._number_first.meanwhile(inbound):
                turn = await self._committed(inbound)
            for step in turn.afterwards if turn is not None else ():
                await step()
            if turn is not None and turn.forget:
                await self._forget(turn)
        except StoreUnavailable:
            await self._number_first.alone(inbound)
            raise

    async def _nearness(self, inbound: Inbound) -> Mapping[str, float]:
        """What the booster knows of a message; asked outside of every turn, and never before an emergency is answered."""
        if self.booster is None or not inbound.text or inbound.command or inbound.press:
            return {}
        if self.engine().urgent(inbound.text):
            return {}
        return await self.booster.nearness(inbound.text)

    async def _committed(self, inbound: Inbound) -> Turn | None:
        """The turn of a message, committed; None for a repeat. What cannot be handled goes to a person as it is."""
        who = inbound.sender.address.delegate
        nearness = await self._nearness(inbound)
        try:
            async with self.store.transaction(who) as tx:
                if await self._known(tx, inbound.id):
                    self.repeated()
                    return await self._interrupted(tx, inbound)
                return await self._turn(tx, inbound, nearness)
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
            await self._handover.unresolved(turn, Unresolved(GENERAL_TEAM, 0.0), inbound.text)
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

    async def _turn(self, tx: Transaction, inbound: Inbound, nearness: Mapping[str, float]) -> Turn:
        turn = await self._start_turn(tx, inbound)
        turn.nearness = nearness
        if inbound.at in turn.engine.snapshot.event.places:
            turn.delegate = replace(turn.delegate, here=inbound.at)
        guess = self._language(turn.engine, inbound, turn.delegate)
        if guess.sure and not turn.delegate.language_chosen:
            turn.delegate = replace(turn.delegate, language=guess.language)
            turn.speaker = self.speakers[guess.language]
        await tx.save_delegate(turn.delegate)
        turn.heard = await tx.append(self._heard(inbound, turn))
        action = inbound.press or say.keyboard_action(inbound.text, list(self.speakers.values()))
        danger = turn.engine.danger(inbound.text) if inbound.command and inbound.text else None
        if danger is not None:
            await self._handover.alert(turn, danger, inbound.text, sure=turn.delegate.language_chosen)
        elif inbound.command:
            await self._presses.command(turn, inbound.command, inbound.text)
        elif action:
            await self._presses.press(turn, action)
        elif (wished := turn.engine.wished_language(inbound.text)) is not None:
            await self._presses.press(turn, f"language:{wished}")
        else:
            await self._answering.words(turn, inbound, sure=guess.sure)
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
            text = label_of(inbound.press, turn)
        return Entry(
            0,
            turn.delegate.id,
            turn.now,
            "delegate",
            Message((Span(text, "value"),) if text else (), turn.delegate.language),
            inbound=inbound.id,
            attachments=inbound.attachments,
        )


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
