"""What staff do in the group: replies, notes, commands and buttons, on their way to the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Message, ReplyParameters, Update
from telegram.error import TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused, StoreUnavailable
from bot.model.messages import TicketId
from bot.model.tickets import StaffAction, Verb
from bot.ports import Act
from bot.reception.telegram.card import StaffWords, ticket_named
from bot.reception.telegram.staff import (
    HINT_ANONYMOUS,
    HINT_EDITED,
    Members,
    Wish,
    read_press,
    read_wish,
)
from bot.reception.telegram.topics import Topics
from bot.transports.telegram_presses import Presses
from bot.transports.telegram_shapes import NO_PREVIEW

QUICK: Final = 5.0  # seconds for hints and reactions

_ACCEPTED: Final[dict[Verb, str]] = {"reply": "👀", "note": "✍", "claim": "👍", "resolve": "👍", "reopen": "👍"}
_PRESSED: Final[dict[Verb, str]] = {
    "claim": mark("You are helping with request #{number}."),
    "resolve": mark("Request #{number} is resolved."),
    "reopen": mark("Request #{number} is open again."),
}
_OLD_BUTTON: Final = mark("This button is no longer in use.")
_NOT_STAFF: Final = mark("Only members of this group can do this.")
_NOT_LISTED: Final = mark("This was not passed on: you are not on the staff list.")
_UNSAVED: Final = mark("This cannot be saved at the moment. I keep trying.")

log = structlog.get_logger("reception.telegram")


class Hearing:
    """Turns updates of the staff group into actions; whether they are allowed is decided elsewhere."""

    def __init__(
        self,
        bot: Bot,
        topics: Topics,
        members: Members,
        act: Act,
        *,
        words: Callable[[], StaffWords],
        now: Callable[[], datetime],
    ) -> None:
        self._bot = bot
        self._topics = topics
        self._members = members
        self._act = act
        self._words = words
        self._now = now
        self._presses = Presses(bot)
        self._own_name = ""

    async def receive(self, update: Update) -> bool:
        """Deal with an update of the staff group; False when it comes from elsewhere.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        message, chat = update.message, update.effective_chat
        before = message.migrate_from_chat_id if message is not None else None
        if chat is not None and before is not None and await self._topics.is_ours(before):
            await self._topics.moved(chat.id)
        if chat is None or not await self._topics.is_ours(chat.id):
            return False
        if update.callback_query is not None:
            await self._pressed(update.update_id, update.callback_query, chat.id)
        elif update.chat_member is not None:
            self._members.forget(update.chat_member.new_chat_member.user.id)
        elif message is not None:
            await self._written(update.update_id, message)
        elif update.edited_message is not None and await self._counts(update.edited_message):
            await self._hint(update.edited_message, HINT_EDITED)
        return True

    async def _written(self, number: int, message: Message) -> None:
        if message.migrate_to_chat_id is not None:
            await self._topics.moved(message.migrate_to_chat_id)
        if message.left_chat_member is not None:
            self._members.forget(message.left_chat_member.id)
        wish = read_wish(message)
        ticket = await self._ticket_of(message)
        if wish is None or ticket is None or message.is_automatic_forward:
            return
        if message.sender_chat is not None:  # an anonymous administrator, or somebody in the name of a channel
            await self._hint(message, HINT_ANONYMOUS)
        elif await self._counts(message) and await self._meant_for_us(wish):
            await self._do(number, message, ticket, wish)

    async def _counts(self, message: Message) -> bool:
        """Written by a real person who is a member now, in a ticket's thread."""
        person = message.from_user
        if person is None or person.is_bot or message.sender_chat is not None:
            return False
        return await self._ticket_of(message) is not None and await self._members.has(message.chat.id, person.id)

    async def _ticket_of(self, message: Message) -> TicketId | None:
        thread = message.message_thread_id if message.is_topic_message else None
        if thread is not None:
            return await self._topics.ticket_in(message.chat.id, thread) or await self._named_by_us(message, thread)
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or answered.from_user.id != self._bot_id:
            return None
        return await self._topics.ticket_of(message.chat.id, answered.message_id)

    async def _named_by_us(self, message: Message, thread: int) -> TicketId | None:
        """A kill between opening a topic and noting it leaves one that nobody knows; the name we gave it tells."""
        start = message.reply_to_message
        if start is None or start.forum_topic_created is None:
            return None
        if start.from_user is None or start.from_user.id != self._bot_id:
            return None
        number = ticket_named(start.forum_topic_created.name)
        return await self._topics.adopt(number, message.chat.id, thread) if number is not None else None

    @property
    def _bot_id(self) -> int:
        return int(self._bot.token.partition(":")[0])

    async def _meant_for_us(self, wish: Wish) -> bool:
        if not wish.bot:
            return True
        if not self._own_name:
            try:
                self._own_name = (await self._bot.get_me(read_timeout=QUICK, connect_timeout=QUICK)).username or ""
            except TelegramError as error:
                raise StoreUnavailable("Telegram does not say now who we are") from error
        return wish.bot.lower() == self._own_name.lower()

    async def _do(self, number: int, message: Message, ticket: TicketId, wish: Wish) -> None:
        if wish.verb is not None and message.from_user is not None:
            by = await self._members.acting(message.chat.id, message.from_user)
            if by is None:
                await self._hint(message, _NOT_LISTED)
                return
            action = StaffAction(f"telegram:{number}", ticket, by, wish.verb, self._now(), wish.text)
            try:
                await self._act(action)
            except Refused as refused:
                await self._hint(message, refused.message, **refused.fields)
                return
            await self._react(message, _ACCEPTED[wish.verb])
        if wish.hint:
            await self._hint(message, wish.hint)

    async def _pressed(self, number: int, query: CallbackQuery, chat: int) -> None:
        wanted = read_press(query.data)
        if wanted is None:
            await self._presses.answer(query, self._words().both(_OLD_BUTTON), alert=True)
            return
        ticket, verb = wanted
        try:
            by = await self._members.acting(chat, query.from_user)
            if by is None:
                await self._presses.answer(query, self._words().both(_NOT_STAFF), alert=True)
                return
            await self._act(StaffAction(f"telegram:{number}", TicketId(ticket), by, verb, self._now()))
        except Refused as refused:
            await self._presses.answer(query, self._words().both(refused.message, **refused.fields), alert=True)
        except StoreUnavailable:
            await self._presses.answer(query, self._words().both(_UNSAVED), alert=True)
            raise
        except Exception:
            await self._presses.answer(query)
            raise
        else:
            await self._presses.answer(query, self._words().both(_PRESSED[verb], number=str(ticket)))

    # ---------------------------------------------------------------- small answers

    async def _hint(self, message: Message, said: str, **fields: str) -> None:
        """A short answer below what somebody wrote; when it does not get through, the ticket is none the worse."""
        try:
            await self._bot.send_message(
                message.chat.id,
                self._words().both(said, **fields),
                message_thread_id=message.message_thread_id if message.is_topic_message else None,
                reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
                link_preview_options=NO_PREVIEW,
                read_timeout=QUICK,
                connect_timeout=QUICK,
            )
        except TelegramError as error:
            log.warning("hint_not_sent", error=type(error).__name__)

    async def _react(self, message: Message, emoji: str) -> None:
        try:
            await self._bot.set_message_reaction(
                message.chat.id, message.message_id, emoji, read_timeout=QUICK, connect_timeout=QUICK
            )
        except TelegramError as error:
            log.info("reaction_not_set", error=type(error).__name__)
