"""What staff do with tickets in a chat of their own with the bot: replies to its cards, buttons, commands."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog
from telegram import Bot, CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import Button, TicketId
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
from bot.staff.names import folded
from bot.staff.people import Person
from bot.tickets import rights
from bot.transports.telegram_errors import cannot_edit, not_modified
from bot.transports.telegram_shapes import inline_keyboard

_CHAT: Final = re.compile(r"/(start|stop)(?:@\w+)?\s*", re.IGNORECASE)

GREETED: Final = mark("{name}, in this chat you are staff.")
_ON: Final = mark("You are on duty now; /away says that you leave.")
_OFF: Final = mark("You are not on duty now; /on says that you are.")
_OPEN: Final = mark("Open requests: {open} · with nobody: {free} · yours: {mine}. /who tells who is on duty.")
_CONSOLE: Final = mark("The console in your browser: /console brings you a sign-in link.")
_AS_DELEGATE: Final = mark("What else you write here I answer as I would a delegate.")
_MENU: Final = mark("The delegates' menu")
OPTED: Final = mark(
    "While you are on duty the requests of your team come here. To answer one, reply to its card. /stop leaves "
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
        before: Callable[[Person, Ticket], Awaitable[bool]],
        console: Callable[[], str] = lambda: "",
    ) -> None:
        self._bot = bot
        self._doing = doing
        self._crews = crews
        self._words = words
        self._turned = turned
        self._before = before
        self._console = console
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
            wants = found[1].lower() == "start"
            await self._crews.opt(message.chat.id, wants=wants)
            if wants:
                await self._greet(message, person, words)
            else:
                await self._answers.say(message, words.both(STOPPED))
            return True
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

    async def _greet(self, message: Message, person: Person, words: StaffWords) -> None:
        """Who they are here, how it stands, what they can do, and that they may also ask as a delegate does."""
        on = {folded(one.name) for one in await self._doing.duty.people()}
        away = {folded(name) for name in await self._doing.duty.away()}
        here = folded(person.name) in on - away
        tickets = await self._doing.store.tickets()
        free, mine = sum(one.unclaimed for one in tickets), sum(one.owner == person.id for one in tickets)
        how_it_stands = words.both(_OPEN, open=str(len(tickets)), free=str(free), mine=str(mine))
        parts = [
            f"{words.both(GREETED, name=person.name)} {words.both(_ON if here else _OFF)}",
            how_it_stands,
            words.both(OPTED),
            *([words.both(_CONSOLE)] if self._console() else []),
            words.both(_AS_DELEGATE),
        ]
        await self._answers.say(message, "\n\n".join(parts), ((Button(words.both(_MENU), "menu"),),))

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

        async def before(ticket: Ticket) -> bool:
            try:
                return await self._before(person, ticket)
            except TelegramError as error:
                log.info("before_not_shown", error=type(error).__name__)
                raise Refused(_TRY_AGAIN) from error

        return Face(words, page, main, mine=mine, before=before)


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
