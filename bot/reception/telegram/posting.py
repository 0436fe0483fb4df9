"""Cards and further messages on their way into the staff group, wherever a ticket stands in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog
from telegram import Bot, Message, ReplyParameters
from telegram.error import BadRequest, TelegramError

from bot.model.messages import Button
from bot.model.rich import Rich
from bot.model.tickets import Ticket
from bot.reception.telegram.card import PRIVATE, StaffWords, card, card_buttons, topic_name
from bot.reception.telegram.topics import Place, Topics
from bot.transports.telegram_errors import cannot_edit, not_modified, thread_is_gone
from bot.transports.telegram_shapes import NO_PREVIEW, entities, inline_keyboard
from bot.transports.telegram_text import Shown, parts, shown

log = structlog.get_logger("reception.telegram")


class _ThreadGone(Exception):
    """The topic of a ticket was deleted."""


@dataclass
class Said:
    """How far a row of several parts has come."""

    place: Place | None = None
    messages: list[int] = field(default_factory=list)


class Posting:
    """Keeps one card per ticket up to date, and writes into its thread."""

    def __init__(self, bot: Bot, topics: Topics, words: Callable[[], StaffWords]) -> None:
        self._bot = bot
        self._topics = topics
        self._words = words

    async def show(self, ticket: Ticket) -> Place:
        """Bring the card up to date, or post it where the ticket stands, or where it will stand from now on."""
        place = await self._topics.place(ticket)
        if place is None:
            return await self._begin(ticket)
        if place.card and await self._edit_card(ticket, place):
            return place
        try:
            return await self._post_card(ticket, place)
        except _ThreadGone:
            return await self._begin(ticket)

    async def _begin(self, ticket: Ticket) -> Place:
        place = await self._topics.open(ticket.id, topic_name(ticket, self._words()))
        try:
            return await self._post_card(ticket, place)
        except _ThreadGone:  # deleted under our hands: the group as a whole still takes it
            return await self._post_card(ticket, replace(place, thread=0))

    async def _post_card(self, ticket: Ticket, place: Place) -> Place:
        words = self._words()
        message = await self._post(
            replace(place, card=0), self._shown(ticket, card(ticket, words))[0], card_buttons(ticket, words)
        )
        return await self._topics.keep(ticket.id, replace(place, card=message.message_id))

    async def _edit_card(self, ticket: Ticket, place: Place) -> bool:
        """False when the card is gone."""
        words = self._words()
        text = self._shown(ticket, card(ticket, words))[0]
        try:
            await self._bot.edit_message_text(
                text.text,
                place.chat,
                place.card,
                entities=entities(text),
                link_preview_options=NO_PREVIEW,
                reply_markup=inline_keyboard(card_buttons(ticket, words)),
            )
        except BadRequest as error:
            if cannot_edit(error):
                return False
            if not not_modified(error):
                raise
        return True

    async def say(self, ticket: Ticket, said: Rich, so_far: Said) -> Place:
        """Write into a ticket's thread; when it was deleted, into a new one below a new card.

        ``so_far`` grows with every part, so that an interrupted row can go on.
        """
        place = await self._topics.place(ticket)
        if place is None or not place.card:
            place = await self.show(ticket)
        texts = self._shown(ticket, said)
        try:
            await self._go_on(place, texts, so_far)
        except _ThreadGone:
            place = await self._begin(ticket)
            await self._go_on(place, texts, so_far)
        return place

    async def _go_on(self, place: Place, texts: Sequence[Shown], so_far: Said) -> None:
        before = so_far.place
        if before is None or (before.chat, before.thread) != (place.chat, place.thread):
            so_far.messages.clear()  # what stands in another place is missing here
        so_far.place = place
        while len(so_far.messages) < len(texts):
            so_far.messages.append((await self._post(place, texts[len(so_far.messages)])).message_id)

    def _shown(self, ticket: Ticket, said: Rich) -> list[Shown]:
        return parts(shown(said, "en", covered=ticket.team in PRIVATE))

    async def _post(self, place: Place, text: Shown, buttons: Sequence[Sequence[Button]] = ()) -> Message:
        """Write one message.

        Raises:
            _ThreadGone: The topic was deleted.
        """
        # In a group without topics what belongs to a ticket hangs on its card.
        hangs_on = place.card if not place.thread else 0
        try:
            message = await self._bot.send_message(
                place.chat,
                text.text,
                entities=entities(text),
                link_preview_options=NO_PREVIEW,
                message_thread_id=place.thread or None,
                reply_markup=inline_keyboard(buttons),
                reply_parameters=ReplyParameters(hangs_on, allow_sending_without_reply=True) if hangs_on else None,
            )
        except BadRequest as error:
            if place.thread and thread_is_gone(error):
                raise _ThreadGone from error
            raise
        if place.thread and message.message_thread_id != place.thread:
            await self._take_back(message)  # some servers put it into General without a word
            raise _ThreadGone
        return message

    async def _take_back(self, message: Message) -> None:
        try:
            await self._bot.delete_message(message.chat.id, message.message_id)
        except TelegramError as error:
            log.warning("misplaced_not_deleted", error=type(error).__name__)
