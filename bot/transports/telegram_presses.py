"""Answers to pressed buttons: each press once, else its clock turns for a minute."""

from __future__ import annotations

from typing import Final

import structlog
from telegram import Bot, CallbackQuery
from telegram.error import TelegramError

QUICK: Final = 5.0  # seconds for what only pleases the eye
LONGEST: Final = 200  # characters of an answer
REMEMBERED: Final = 1_000  # presses that were answered before they could be stored

log = structlog.get_logger("telegram")


class Presses:
    """Answers presses, and knows which: a press is handled again when the store was down."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._answered: dict[str, None] = {}

    async def answer(self, query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
        """Stop the clock on a button, perhaps with words; a press that is too old is no fault."""
        if query.id in self._answered:
            return
        if len(self._answered) >= REMEMBERED:
            del self._answered[next(iter(self._answered))]
        self._answered[query.id] = None
        try:
            await self._bot.answer_callback_query(
                query.id,
                text=text[:LONGEST] or None,
                show_alert=alert or None,
                read_timeout=QUICK,
                connect_timeout=QUICK,
            )
        except TelegramError as error:
            log.info("press_not_answered", error=type(error).__name__)
