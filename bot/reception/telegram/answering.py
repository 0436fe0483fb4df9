"""Small answers to what staff wrote or pressed: a line below it, a sign on it, a question with its buttons."""

from __future__ import annotations

import re
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Message, ReplyParameters
from telegram.error import TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused, Unsure
from bot.model.messages import Button
from bot.reception.telegram.card import StaffWords
from bot.transports.telegram_shapes import NO_PREVIEW, inline_keyboard

QUICK: Final = 5.0  # seconds
LONGEST: Final = 4_000  # characters of an answer

_ASKED: Final = re.compile(r"ask:(-?[0-9]{1,20}):([0-9]{1,12}):(send|machine|drop)", re.ASCII)
_AS_IT_IS: Final = mark("Send as it is")
_WITH_MACHINE: Final = mark("Send with machine translation")
_SEND_ANYWAY: Final = mark("Send anyway")
_CANCEL: Final = mark("Cancel")

log = structlog.get_logger("reception.telegram")


class Answers:
    """What does not get through is logged: what staff did is none the worse."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def say(self, message: Message, text: str, buttons: tuple[tuple[Button, ...], ...] = ()) -> bool:
        """Whether it stands below the message now."""
        try:
            await self._bot.send_message(
                message.chat.id,
                text[:LONGEST],
                message_thread_id=message.message_thread_id if message.is_topic_message else None,
                reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
                reply_markup=inline_keyboard(buttons),
                link_preview_options=NO_PREVIEW,
                read_timeout=QUICK,
                connect_timeout=QUICK,
            )
        except TelegramError as error:
            log.warning("hint_not_sent", error=type(error).__name__)
            return False
        return True

    async def ask(self, message: Message, words: StaffWords, asked: Refused) -> bool:
        """Whether a text shall be sent all the same; False when the question could not be put."""
        place = f"{message.chat.id}:{message.message_id}"
        return await self.say(message, words.both(asked.message, **asked.fields), _choices(place, words, asked))

    async def ask_again(self, query: CallbackQuery, words: StaffWords, place: str, asked: Refused) -> None:
        """The question stands there still, with what is to be said now."""
        await self._edit(query, words.both(asked.message, **asked.fields), _choices(place, words, asked))

    @staticmethod
    def asked(query: CallbackQuery) -> tuple[str, str] | None:
        """The place of the text that a press is about, and what to do: ``send``, ``machine`` or ``drop``."""
        found = _ASKED.fullmatch(query.data or "")
        if found is None or query.message is None or str(query.message.chat.id) != found[1]:
            return None
        return f"{found[1]}:{found[2]}", found[3]

    async def _edit(self, query: CallbackQuery, text: str, buttons: tuple[tuple[Button, ...], ...]) -> None:
        if query.message is None:
            return
        try:
            await self._bot.edit_message_text(
                text[:LONGEST],
                query.message.chat.id,
                query.message.message_id,
                reply_markup=inline_keyboard(buttons),
                link_preview_options=NO_PREVIEW,
                read_timeout=QUICK,
                connect_timeout=QUICK,
            )
        except TelegramError as error:
            log.info("question_not_changed", error=type(error).__name__)

    async def close(self, query: CallbackQuery, said: str = "") -> None:
        """Take the buttons off a question that was answered; ``said`` stands there instead of it."""
        if said:
            await self._edit(query, said, ())
            return
        if query.message is None:
            return
        try:
            await self._bot.edit_message_reply_markup(
                query.message.chat.id, query.message.message_id, read_timeout=QUICK, connect_timeout=QUICK
            )
        except TelegramError as error:
            log.info("question_not_closed", error=type(error).__name__)

    async def react(self, chat: int, message: int, emoji: str) -> None:
        try:
            await self._bot.set_message_reaction(chat, message, emoji, read_timeout=QUICK, connect_timeout=QUICK)
        except TelegramError as error:
            log.info("reaction_not_set", error=type(error).__name__)


def _choices(place: str, words: StaffWords, asked: Refused) -> tuple[tuple[Button, ...], ...]:
    drop = Button(words.both(_CANCEL), f"ask:{place}:drop")
    if not (isinstance(asked, Unsure) and asked.machine):
        return ((Button(words.both(_SEND_ANYWAY), f"ask:{place}:send"), drop),)
    machine = Button(words.both(_WITH_MACHINE), f"ask:{place}:machine")
    return (machine,), (Button(words.both(_AS_IT_IS), f"ask:{place}:send"), drop)
