"""The door itself: updates in, rows of the outbox out; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from telegram import CallbackQuery, Update

from bot.channels.telegram.inbound import NAME, inbound_of_words, to_inbound
from bot.channels.telegram.introduce import introduce
from bot.channels.telegram.outbound import Sending
from bot.i18n.translator import Speakers, mark
from bot.model.content import Event
from bot.model.errors import DeskError, StoreUnavailable
from bot.model.messages import Inbound, Lane, Message, Outbound, OutboundId, Receipt
from bot.ports import Accept
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors
from bot.transports.telegram_presses import Presses
from bot.transports.telegram_words import Words

UNSAVED_AGAIN: Final = timedelta(minutes=10)  # between two "cannot save now" in one chat
REMEMBERED: Final = 1_000  # chats and half-sent rows

Key = TypeVar("Key")
Value = TypeVar("Value")
Unsaved = Callable[[Inbound], Message | None]
"""What to say at once to somebody whose message cannot be stored now, telephone numbers included."""

_WAIT: Final = mark("I cannot save anything at the moment. I keep trying; in an emergency please telephone.")

log = structlog.get_logger("telegram")


class TelegramDoor:
    """A channel; see ``bot.ports.Channel``.

    Args:
        connection: Sends and tells who we are.
        accept: Takes a delegate's message; returns once it is committed.
        speakers: For the few words that the door itself says.
        now: The present of the house.
        unsaved: What to say when the store is down; nothing unless given.
    """

    def __init__(
        self,
        connection: TelegramConnection,
        accept: Accept,
        *,
        speakers: Speakers,
        now: Callable[[], datetime],
        unsaved: Unsaved | None = None,
    ) -> None:
        self._bot = connection.bot
        self._calls = connection.calls
        self._real = connection.now
        self._accept = accept
        self._speakers = speakers
        self._now = now
        self._unsaved = unsaved
        self._presses = Presses(connection.bot)
        self._told: dict[str, datetime] = {}  # chats that know that the store is down
        self._half: dict[OutboundId, list[str]] = {}  # parts that arrived before a row was interrupted

    @property
    def name(self) -> str:
        return NAME

    async def introduce(self, event: Event) -> None:
        await introduce(self._bot, self._speakers, event)

    # ---------------------------------------------------------------- in

    async def receive(self, update: Update) -> None:
        """Hand a delegate's message to the desk; returns once it is committed.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        await self._receive(to_inbound(update, self._now(), self._real()), update.callback_query)

    async def receive_words(self, words: Words) -> None:
        """The same for a text in a private chat."""
        await self._receive(inbound_of_words(words, self._now(), self._real()), None)

    async def _receive(self, inbound: Inbound | None, query: CallbackQuery | None) -> None:
        try:
            if inbound is not None:
                await self._accept(inbound)
        except StoreUnavailable:
            if inbound is not None:
                await self._say_unsaved(inbound, query)
            raise
        except Exception:
            await self._stop_clock(query)
            raise
        await self._stop_clock(query)

    async def _stop_clock(self, query: CallbackQuery | None) -> None:
        if query is not None:
            await self._presses.answer(query)

    async def _say_unsaved(self, inbound: Inbound, query: CallbackQuery | None) -> None:
        if query is not None:
            language = inbound.sender.language_hint or "en"
            await self._presses.answer(query, self._speakers[language].text(_WAIT), alert=True)
        chat, now = inbound.sender.address.key, self._now()
        said = self._unsaved(inbound) if self._unsaved is not None else None
        if said is None or (chat in self._told and now - self._told[chat] < UNSAVED_AGAIN):
            return
        _make_room(self._told)
        self._told[chat] = now
        try:
            await self._send(unsaved_row(inbound, said, now), [])
        except DeskError:
            log.warning("unsaved_not_told", inbound_id=inbound.id)

    # ---------------------------------------------------------------- out

    async def deliver(self, row: Outbound) -> Receipt:
        """Send or edit; a row that was interrupted goes on with the parts that are missing."""
        arrived = self._half.pop(row.id, [])
        try:
            return Receipt(refs=tuple(await self._send(row, arrived)))
        except DeskError:
            if arrived:
                _make_room(self._half)
                self._half[row.id] = arrived
            raise

    async def _send(self, row: Outbound, arrived: list[str]) -> list[str]:
        if not isinstance(row.body, Message):
            raise TypeError(f"delegates get messages, not {type(row.body).__name__}")
        speaker = self._speakers[row.body.language]
        sending = Sending(self._calls, int(row.to.key), row.body, speaker, row.replaces)
        with delivery_errors(outbound_id=row.id):
            await sending.run(arrived)
        return arrived


def unsaved_row(inbound: Inbound, said: Message, now: datetime) -> Outbound:
    """Sent at once and past the outbox, which is in the store that is down."""
    return Outbound(OutboundId(f"unsaved:{inbound.id}"), inbound.sender.address, Lane.EMERGENCY, said, now, now)


def _make_room(kept: dict[Key, Value]) -> None:
    """Forget the oldest half of what is remembered, when it is too much."""
    if len(kept) >= REMEMBERED:
        for key in list(kept)[: REMEMBERED // 2]:
            del kept[key]
