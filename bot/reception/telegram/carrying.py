"""What staff wrote or pressed, carried out and answered: the same in the group and in a chat of their own.

The lane knows who it is, in which words they read, and which ticket it is about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from telegram import Bot, CallbackQuery, Message

from bot.i18n.translator import mark
from bot.model.errors import Refused, StoreUnavailable, Unsure
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.tickets import Ticket, Verb
from bot.reception.telegram.answering import Answers
from bot.reception.telegram.by_machine import FULL, UNDER_WAY, MachineReplies, Wanted
from bot.reception.telegram.card import StaffWords
from bot.reception.telegram.doing import Doing
from bot.reception.telegram.keys import read_press
from bot.reception.telegram.marks import Marks
from bot.reception.telegram.pressing import OLD_BUTTON, Face, Pressing, Reply
from bot.reception.telegram.staff import Wish
from bot.transports.telegram_presses import Presses

_ACCEPTED: Final[dict[Verb, str]] = {"reply": "👀", "ask": "👀", "note": "✍"}
_UNSAVED: Final = mark("This cannot be saved at the moment. I keep trying.")
_SENT: Final = mark("Sent to the delegate as it is.")
_DROPPED: Final = mark("Not sent.")


@dataclass(frozen=True, slots=True)
class Presser:
    """A member of staff who pressed a button."""

    by: Staff
    words: StaffWords
    face: Callable[[], Awaitable[Face]]
    """The card that was pressed."""


class Carrying:
    def __init__(self, bot: Bot, doing: Doing, marks: Marks, replies: MachineReplies) -> None:
        self.answers = Answers(bot)
        self._doing = doing
        self._marks = marks
        self._replies = replies
        self._pressing = Pressing(doing, doing.now)
        self._presses = Presses(bot)

    async def written(
        self, number: int, message: Message, ticket: TicketId, by: Staff, wish: Wish, words: StaffWords
    ) -> Ticket | None:
        """Do what a message asks for; None when its writer was told why not, or was asked first.

        Raises:
            StoreUnavailable: Bring it again.
        """
        try:
            try:
                done = await self._doing.carry_out(f"telegram:{number}", ticket, by, wish)
            except Unsure as asked:
                sent = await self._asked(message, ticket, by, wish, words, asked)
                if sent is None:
                    return None
                done = sent
        except Refused as refused:
            await self.answers.say(message, words.both(refused.message, **refused.fields))
            return None
        sign = _ACCEPTED.get(wish.verb, "👍") if wish.verb is not None else "👍"
        await self.answers.react(message.chat.id, message.message_id, sign)
        if wish.verb in ("reply", "ask"):
            await self._marks.watch(done, by, message.chat.id, message.message_id)
            self._pressing.has_read(by, done)  # they answered below what was said
        return done

    async def _asked(
        self, message: Message, ticket: TicketId, by: Staff, wish: Wish, words: StaffWords, asked: Unsure
    ) -> Ticket | None:
        place = f"{message.chat.id}:{message.message_id}"
        await self._doing.keep_question(place, ticket, by, wish)
        if await self.answers.ask(message, words, asked):
            return None
        # A reply held back by a question that nobody was asked would be lost without a word.
        return await self._doing.answer_question(place, by, send=True)

    async def pressed(
        self,
        number: int,
        query: CallbackQuery,
        who: Callable[[], Awaitable[Presser | None]],
        words: StaffWords,
        stranger: str,
    ) -> None:
        """Do what a button asks for, and stop its clock.

        Args:
            number: Of the update.
            query: The press.
            who: Tells who pressed; None for somebody who is not staff.
            words: For somebody of whom nothing better is known.
            stranger: A marked sentence for who is not staff.

        Raises:
            StoreUnavailable: Bring it again.
        """
        try:
            presser = await who()
            if presser is None:
                reply = Reply(words.both(stranger), alert=True)
            else:
                words = presser.words
                reply = await self._press(number, query, presser)
        except Refused as refused:
            reply = Reply(words.both(refused.message, **refused.fields), alert=True)
        except StoreUnavailable:
            await self._presses.answer(query, words.both(_UNSAVED), alert=True)
            raise
        except Exception:
            await self._presses.answer(query)
            raise
        await self._presses.answer(query, reply.said, alert=reply.alert)

    async def _press(self, number: int, query: CallbackQuery, presser: Presser) -> Reply:
        by, words = presser.by, presser.words
        if (asked := self.answers.asked(query)) is not None:
            place, choice = asked
            if choice == "machine" and await self._doing.has_question(place, by):
                taken = self._replies.take(Wanted(place, by, words, query))
                return Reply(words.both(UNDER_WAY if taken else FULL), alert=not taken)
            send = choice == "send"
            done = await self._doing.answer_question(place, by, send=send) if choice != "machine" else None
            if done is None:
                return Reply(words.both(OLD_BUTTON), alert=True)
            await self.answers.close(query)
            if send:
                chat, _, written = place.partition(":")
                await self.answers.react(int(chat), int(written), "👀")
                await self._marks.watch(done, by, int(chat), int(written))
            return Reply(words.both(_SENT if send else _DROPPED))
        return await self._pressing.press(f"telegram:{number}", read_press(query.data), by, words, await presser.face())
