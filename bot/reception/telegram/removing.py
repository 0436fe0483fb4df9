"""Taking an erased ticket out of the staff group: its topic, or what the bot wrote about it."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from telegram import Bot
from telegram.error import BadRequest

from bot.i18n.translator import mark
from bot.model.messages import TicketId
from bot.reception.telegram.card import StaffWords
from bot.reception.telegram.topics import Place, Topics
from bot.transports.telegram_errors import cannot_edit, chat_is_gone, not_modified, thread_is_gone

ERASED = mark("The words of request #{number} were erased. Please delete what else was written about it here.")
"""Stands on the card where the bot may not delete the topic, with what people wrote in it."""

log = structlog.get_logger("reception.telegram")


class Removing:
    """Each step may be repeated: whoever is interrupted begins again."""

    def __init__(self, bot: Bot, topics: Topics, words: Callable[[], StaffWords]) -> None:
        self._bot = bot
        self._topics = topics
        self._words = words

    async def remove(self, ticket: TicketId, thread: str = "") -> None:
        """Delete the topic of a ticket; where that is refused, delete and overwrite our own messages.

        Args:
            ticket: Its number; the store may no longer know it.
            thread: Its place as the ticket had it, should the lane itself have none in mind.
        """
        place = await self._topics.last_place(ticket) or Place.read(thread)
        if place is None:
            return  # it never stood here, or it was removed before
        if not (place.thread and await self._delete_topic(place)):
            for message in await self._topics.said(ticket, place.chat):
                if message == place.card:  # it stays, and says what became of the rest
                    continue
                await self._delete_message(place.chat, message, ticket)
            if place.card:
                await self._overwrite(place.chat, place.card, ticket)
        await self._topics.forget(ticket, place)

    async def _delete_topic(self, place: Place) -> bool:
        """False when the bot may not."""
        try:
            await self._bot.delete_forum_topic(place.chat, place.thread)
        except BadRequest as error:
            if thread_is_gone(error) or chat_is_gone(error):
                return True
            log.warning("topic_not_deleted", reason=error.message)
            return False
        return True

    async def _delete_message(self, chat: int, message: int, ticket: TicketId) -> None:
        try:
            await self._bot.delete_message(chat, message)
        except BadRequest as error:
            if "not found" not in error.message.lower():  # two days are over: it can only be overwritten
                await self._overwrite(chat, message, ticket)

    async def _overwrite(self, chat: int, message: int, ticket: TicketId) -> None:
        try:
            await self._bot.edit_message_text(self._words().both(ERASED, number=str(ticket)), chat, message)
        except BadRequest as error:
            if not (not_modified(error) or cannot_edit(error)):
                raise
