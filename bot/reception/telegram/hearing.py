"""What staff do in the group: replies, notes, commands and buttons, on their way to the desk."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Message, Update, User
from telegram.error import TelegramError

from bot.i18n.translator import mark
from bot.model.errors import StoreUnavailable
from bot.model.language import closest
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.tickets import Ticket
from bot.reception.telegram.by_machine import MachineReplies
from bot.reception.telegram.card import StaffWords, group_sight, ticket_named
from bot.reception.telegram.carrying import Carrying, Presser
from bot.reception.telegram.doing import LISTED, Doing
from bot.reception.telegram.keys import Rows
from bot.reception.telegram.marks import Marks
from bot.reception.telegram.posting import Posting
from bot.reception.telegram.pressing import Face
from bot.reception.telegram.staff import (
    HINT_ANONYMOUS,
    HINT_EDITED,
    HINT_NO_FILES,
    HINT_TEXT_ONLY,
    Members,
    Wish,
    known_command,
    read_wish,
)
from bot.reception.telegram.topics import Place, Topics

QUICK: Final = 5.0  # seconds to ask who we are
ALBUMS: Final = 100  # of which the files were spoken of

_NOT_STAFF: Final = mark("Only members of this group can do this.")
_NOT_LISTED: Final = mark("This was not passed on: you are not on the staff list.")
_NO_TICKET: Final = mark("This topic belongs to no request: what is written here reaches no delegate.")
_CONFIDENTIAL: Final = mark(
    "Passed on. This case is for few people: please go on in your own chat with me, or on the console."
)

Bring = Callable[[Ticket, Staff], Awaitable[bool]]

log = structlog.get_logger("reception.telegram")


class Hearing:
    """Turns updates of the staff group into actions; whether they are allowed is decided elsewhere."""

    def __init__(
        self,
        bot: Bot,
        topics: Topics,
        posting: Posting,
        members: Members,
        doing: Doing,
        marks: Marks,
        replies: MachineReplies,
        *,
        words: Callable[[], StaffWords],
        bring: Bring,
    ) -> None:
        self._bot = bot
        self._topics = topics
        self._posting = posting
        self._members = members
        self._doing = doing
        self._words = words
        self._bring = bring
        self._carrying = Carrying(bot, doing, marks, replies)
        self._answers = self._carrying.answers
        self._albums: deque[str] = deque(maxlen=ALBUMS)
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
        if message.forum_topic_created is not None or message.forum_topic_closed is not None:
            await self._topic_event(message)
            return
        wish = read_wish(message)
        if wish is None or message.is_automatic_forward:
            return
        ticket = await self._ticket_of(message)
        named = wish.number if ticket is None else None
        if ticket is None and not known_command(wish):
            return
        if message.sender_chat is not None:  # an anonymous administrator, or somebody in the name of a channel
            await self._hint(message, HINT_ANONYMOUS)
        elif await self._is_member(message) and await self._meant_for_us(wish):
            await self._do(number, message, ticket or named, wish)

    async def _topic_event(self, message: Message) -> None:
        """A topic that somebody opened or closed by hand."""
        person = message.from_user
        if person is None or person.is_bot:
            return
        if message.forum_topic_created is not None:
            await self._hint(message, _NO_TICKET)
            return
        number = await self._ticket_of(message)
        ticket = await self._doing.store.ticket(number) if number is not None else None
        place = await self._topics.place(ticket) if ticket is not None else None
        if ticket is not None and ticket.open and place is not None:
            try:
                await self._posting.open_again(ticket, place)
            except TelegramError as error:
                log.warning("topic_not_opened_again", ticket_id=ticket.id, error=type(error).__name__)

    async def _counts(self, message: Message) -> bool:
        """Written by a real person who is a member now, in a ticket's thread."""
        return await self._ticket_of(message) is not None and await self._is_member(message)

    async def _is_member(self, message: Message) -> bool:
        person = message.from_user
        if person is None or person.is_bot or message.sender_chat is not None:
            return False
        return await self._members.has(message.chat.id, person.id)

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

    # ---------------------------------------------------------------- words

    async def _do(self, number: int, message: Message, ticket: TicketId | None, wish: Wish) -> None:
        by = await self._acting(message)
        if by is None:
            if wish.verb is not None or wish.duty:
                await self._hint(message, _NOT_LISTED)
            elif wish.hint:
                await self._hint(message, wish.hint, **wish.fields)
            return
        if wish.duty:
            await self._answers.say(message, await self._doing.of_duty(wish, by, self._words()))
            return
        if wish.verb is not None and ticket is not None:
            done = await self._carrying.written(number, message, ticket, by, wish, self._words())
            if done is None:
                return
            if wish.verb in ("reply", "ask") and group_sight(done) == "number":
                await self._hint(message, _CONFIDENTIAL)
        if wish.hint and self._first_of_album(message, wish):
            await self._hint(message, wish.hint, **wish.fields)

    async def _acting(self, message: Message) -> Staff | None:
        return None if message.from_user is None else await self._members.acting(message.chat.id, message.from_user)

    def _first_of_album(self, message: Message, wish: Wish) -> bool:
        """Of the files of one album is spoken once."""
        album = message.media_group_id
        if album is None or wish.hint not in (HINT_NO_FILES, HINT_TEXT_ONLY):
            return True
        if album in self._albums:
            return False
        self._albums.append(album)
        return True

    # ---------------------------------------------------------------- buttons

    async def _pressed(self, number: int, query: CallbackQuery, chat: int) -> None:
        async def who() -> Presser | None:
            by = await self._members.acting(chat, query.from_user)
            if by is None:
                return None
            return Presser(by, self._reader(query.from_user, by), partial(self._face, query))

        words = self._reader(query.from_user, None)
        await self._carrying.pressed(number, query, who, words, _NOT_STAFF)

    async def _face(self, query: CallbackQuery) -> Face:
        message = query.message
        chat, card = (message.chat.id, message.message_id) if message is not None else (0, 0)
        mine = await self._topics.ticket_of(chat, card) if message is not None else None

        async def page(rows: Rows) -> None:
            # Of the message that was pressed: whoever is quick presses before the card's delivery is noted.
            await self._posting.page(Place(chat, 0, card), rows)

        return Face(self._words(), page, self._posting.keys, self._bring, mine, self._posting.tell_before)

    def _reader(self, person: User, by: Staff | None) -> StaffWords:
        """Words for one person: in the language of the list, else of their app, else in those of the group."""
        words = self._words()
        if by is not None and by.id.startswith(LISTED):
            return words.read_by(by.language)
        language = closest(person.language_code)
        return words.read_by(language) if language is not None else words

    async def _hint(self, message: Message, said: str, **fields: str) -> None:
        """A short answer below what somebody wrote; when it does not get through, the ticket is none the worse."""
        await self._answers.say(message, self._words().both(said, **fields))
