"""A card that already stands is written anew where it stands, in the group and in chats of one's own."""

from __future__ import annotations

from telegram import Bot
from telegram.error import BadRequest

from bot.reception.telegram.keys import Rows
from bot.transports.telegram_errors import cannot_edit, not_modified
from bot.transports.telegram_shapes import NO_PREVIEW, entities, inline_keyboard
from bot.transports.telegram_text import Shown


async def edit_card(bot: Bot, chat: int, message: int, text: Shown, rows: Rows) -> bool:
    """False when the card is gone; one that says so already is as good as edited.

    Raises:
        TelegramError: It may stand as it was.
    """
    try:
        await bot.edit_message_text(
            text.text,
            chat,
            message,
            entities=entities(text),
            link_preview_options=NO_PREVIEW,
            reply_markup=inline_keyboard(rows),
        )
    except BadRequest as error:
        if cannot_edit(error):
            return False
        if not not_modified(error):
            raise
    return True
