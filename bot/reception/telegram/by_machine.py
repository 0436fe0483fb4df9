"""Replies that somebody chose to send with a machine's translation: they are made beside the lane.

The lane of a chat handles one thing after another, and a claim of an emergency must not wait for a service. Until the
reply is sent its question stands there with all its buttons, so a kill loses nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog
from telegram import CallbackQuery

from bot.health.naming import named
from bot.i18n.translator import mark
from bot.model.errors import Refused, StoreUnavailable, Unsure
from bot.model.people import Staff
from bot.reception.telegram.answering import Answers
from bot.reception.telegram.card import StaffWords
from bot.reception.telegram.doing import Doing
from bot.reception.telegram.marks import Marks

MOST: Final = 30  # that wait

UNDER_WAY: Final = mark("The translation is being made. What became of it stands here in a moment.")
FULL: Final = mark("Too many translations are wanted just now. Please press again in a moment.")
SENT: Final = mark("Sent to the delegate with a machine translation, marked as such.")
_UNSAVED: Final = mark("This could not be saved. Nothing was sent, and your text is kept: please try again.")

log = structlog.get_logger("reception.telegram")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A press on "send with machine translation"."""

    place: str
    by: Staff
    words: StaffWords
    query: CallbackQuery


class MachineReplies:
    """Run it beside the lane."""

    def __init__(self, doing: Doing, answers: Answers, marks: Marks) -> None:
        self._doing = doing
        self._answers = answers
        self._marks = marks
        self._waiting: asyncio.Queue[Wanted] = asyncio.Queue(MOST)
        self._places: set[str] = set()

    def take(self, wanted: Wanted) -> bool:
        """False when too many wait; a second press on the same changes nothing."""
        if wanted.place in self._places:
            return True
        if self._waiting.full():
            return False
        self._places.add(wanted.place)
        self._waiting.put_nowait(wanted)
        return True

    async def run(self) -> None:
        while True:
            await self.one()

    async def work_off(self) -> None:
        while not self._waiting.empty():
            await self.one()

    async def one(self) -> None:
        wanted = await self._waiting.get()
        try:
            await self._send(wanted)
        except Exception as error:  # noqa: BLE001 -- one odd reply must not end all of them
            log.error("reply_not_translated", error=named(error))  # noqa: TRY400 -- may quote words
        finally:
            self._places.discard(wanted.place)

    async def _send(self, wanted: Wanted) -> None:
        words, place = wanted.words, wanted.place
        try:
            done = await self._doing.answer_question(place, wanted.by, send=True, machine=True)
        except Unsure as asked:
            await self._answers.ask_again(wanted.query, words, place, asked)
            return
        except StoreUnavailable:
            again = Unsure(_UNSAVED)
            again.machine = True
            await self._answers.ask_again(wanted.query, words, place, again)
            return
        except Refused as refused:
            await self._answers.close(wanted.query, words.both(refused.message, **refused.fields))
            return
        if done is None:  # sent as it is, or dropped, in the meantime
            return
        chat, _, written = place.partition(":")
        await self._answers.close(wanted.query, words.both(SENT))
        await self._answers.react(int(chat), int(written), "👀")
        await self._marks.watch(done, wanted.by, int(chat), int(written))
