"""What staff do with tickets in a chat of their own with the bot: replies to its cards, buttons, commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.people import Address, Staff
from bot.model.tickets import Ticket
from bot.reception.telegram.by_machine import MachineReplies
from bot.reception.telegram.card import StaffWords
from bot.reception.telegram.carrying import Carrying, Presser
from bot.reception.telegram.crew import Crews
from bot.reception.telegram.doing import Doing
from bot.reception.telegram.keys import Rows, keys
from bot.reception.telegram.marks import Marks
from bot.reception.telegram.personal import PERSONAL
from bot.reception.telegram.pressing import Face
from bot.reception.telegram.staff import HINT_EDITED, Wish, read_wish
from bot.staff.people import Person
from bot.tickets import rights
from bot.transports.telegram_errors import cannot_edit, not_modified
from bot.transports.telegram_shapes import inline_keyboard

_CHAT: Final = re.compile(r"/(start|stop)(?:@\w+)?\s*", re.IGNORECASE)

OPTED: Final = mark(
    "{name}, while you are on duty the requests of your team come here. To answer one, reply to its card. /stop leaves "
    "emergencies only; /help tells the commands."
)
STOPPED: Final = mark("Only emergencies and cases for you alone come here now. /start brings the others back.")
_ANSWER_A_CARD: Final = mark("Please write this as a reply to the card of a request, or with its number, such as #12.")
_NOT_STAFF: Final = mark("You are not on the staff list.")
_TRY_AGAIN: Final = mark("Telegram does not answer at the moment. Please press again.")

log = structlog.get_logger("reception.direct")


class DirectDesk:
    """Everybody who is not on the staff list passes by, save those who press a button that is for staff."""

    def __init__(
        self,
        bot: Bot,
        doing: Doing,
        crews: Crews,
        marks: Marks,
        replies: MachineReplies,
        *,
        words: Callable[[], StaffWords],
        turned: Callable[[int, int], None],
    ) -> None:
        self._bot = bot
        self._doing = doing
        self._crews = crews
        self._words = words
        self._turned = turned
        self._carrying = Carrying(bot, doing, marks, replies)
        self._answers = self._carrying.answers

    async def receive(self, update: Update) -> bool:
        """Deal with it; False when it is not for us.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        query = update.callback_query
        if query is not None:
            if not (query.data or "").startswith(("t:", "ask:")) or not _in_private(query):
                return False
            await self._pressed(update.update_id, query)
            return True
        message = update.message or update.edited_message
        if message is None or message.from_user is None or not by_a_person_alone(message):
            return False
        if message.reply_to_message is None and not (message.text or "").startswith("/"):
            return False  # as nearly every message: nothing is looked up for it
        person = await self._doing.staff.on_telegram(message.from_user.id)
        if person is None or not person.active:
            return False
        words = self._words().read_by(person.language)
        ticket = await self._answered(message)
        if update.edited_message is not None:
            if ticket is not None:
                await self._answers.say(message, words.both(HINT_EDITED))
            return ticket is not None
        return await self._written(update.update_id, message, person, ticket, words)

    async def _answered(self, message: Message) -> TicketId | None:
        """The ticket of the message that this one answers."""
        before = message.reply_to_message
        if before is None:
            return None
        place = Address(PERSONAL, str(message.chat.id))
        return await self._doing.store.ticket_of(place, str(before.message_id))

    async def _written(
        self, number: int, message: Message, person: Person, ticket: TicketId | None, words: StaffWords
    ) -> bool:
        text = (message.text or "").strip()
        if ticket is None and (found := _CHAT.fullmatch(text)):
            await self._opt(message, person, words, wants=found[1].lower() == "start")
            return found[1].lower() == "stop"  # whoever starts may also want to see what delegates see
        wish = read_wish(message)
        if wish is None:
            return False
        if ticket is None:
            if not text.startswith("/") or (wish.verb is None and not wish.duty and wish.number is None):
                return False
            if not wish.duty and wish.number is None:
                await self._answers.say(message, words.both(_ANSWER_A_CARD))
                return True
        by = person.acting("direct")
        await self._do(number, message, ticket or wish.number, by, wish, words)
        return wish.duty != "help" or ticket is not None

    async def _opt(self, message: Message, person: Person, words: StaffWords, *, wants: bool) -> None:
        await self._crews.opt(message.chat.id, wants=wants)
        await self._answers.say(message, words.both(OPTED if wants else STOPPED, name=person.name))

    async def _do(
        self, number: int, message: Message, ticket: TicketId | None, by: Staff, wish: Wish, words: StaffWords
    ) -> None:
        if wish.duty:
            await self._answers.say(message, await self._doing.of_duty(wish, by, words))
            return
        if (
            wish.verb is not None
            and ticket is not None
            and await self._carrying.written(number, message, ticket, by, wish, words) is None
        ):
            return
        if wish.hint:
            await self._answers.say(message, words.both(wish.hint, **wish.fields))

    # ---------------------------------------------------------------- buttons

    async def _pressed(self, number: int, query: CallbackQuery) -> None:
        async def who() -> Presser | None:
            person = await self._doing.staff.on_telegram(query.from_user.id)
            if person is None or not person.active:
                return None
            words = self._words().read_by(person.language)
            return Presser(person.acting("direct"), words, partial(self._face, query, person, words))

        await self._carrying.pressed(number, query, who, self._words(), _NOT_STAFF)

    async def _face(self, query: CallbackQuery, person: Person, words: StaffWords) -> Face:
        chat = query.from_user.id
        card = query.message.message_id if query.message is not None else 0
        mine = await self._doing.store.ticket_of(Address(PERSONAL, str(chat)), str(card))
        crew = await self._crews.now()

        async def page(rows: Rows) -> None:
            self._turned(chat, card)
            try:
                await self._bot.edit_message_reply_markup(chat, card, reply_markup=inline_keyboard(rows))
            except BadRequest as error:
                if not (not_modified(error) or cannot_edit(error)):
                    raise
            except TelegramError as error:
                log.info("page_not_shown", error=type(error).__name__)
                raise Refused(_TRY_AGAIN) from error

        def main(ticket: Ticket) -> Rows:
            return keys(ticket, words, rights.visible(ticket, crew.acting(person)))

        return Face(words, page, main, mine=mine)


def _in_private(query: CallbackQuery) -> bool:
    return query.message is not None and query.message.chat.id == query.from_user.id


def by_a_person_alone(message: Message) -> bool:
    """Written by themselves, here and now: not forwarded, not by a bot, not in the name of a channel."""
    person = message.from_user
    return (
        message.chat.type == ChatType.PRIVATE
        and person is not None
        and not person.is_bot
        and person.id == message.chat.id
        and message.sender_chat is None
        and message.forward_origin is None
        and message.via_bot is None
    )
