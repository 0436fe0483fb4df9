"""Cards and further messages on their way into the staff group, wherever a ticket stands in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog
from telegram import Bot, Message, ReplyParameters
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import Button
from bot.model.rich import Rich, Span
from bot.model.tickets import Ticket
from bot.reception.telegram.card import COVERED, ELSEWHERE, StaffWords, card, group_sight, topic_name
from bot.reception.telegram.earlier import Earlier
from bot.reception.telegram.editing import edit_card
from bot.reception.telegram.foreign import Foreign
from bot.reception.telegram.glosses import Glosses
from bot.reception.telegram.keys import Rows, keys
from bot.reception.telegram.topics import Place, Topics
from bot.staff.before import everybody
from bot.transports.telegram_errors import cannot_edit, not_modified, thread_is_closed, thread_is_gone
from bot.transports.telegram_shapes import NO_PREVIEW, entities, inline_keyboard
from bot.transports.telegram_text import Shown, parts, shown

_MOVED: Final = mark("The topic of this request was deleted; the request goes on here.")
_OPENED: Final = mark("The topic of this request was closed by hand. The request is open, so the topic is too.")

BUSY: Final = mark("The group is busy at the moment. Please use a command, your own chat with me or the console.")

FRESH: Final = 300.0  # seconds for which a card is believed to stand as it was shown; a busy group lags by a minute
REMEMBERED: Final = 1_000  # cards

log = structlog.get_logger("reception.telegram")


class _ThreadGone(Exception):
    """The topic of a ticket was deleted."""


@dataclass
class Said:
    """How far a row of several parts has come."""

    place: Place | None = None
    messages: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stands:
    """What a card says since somebody brought it up to date."""

    text: Shown
    rows: Rows
    since: float


class Posting:
    """Keeps one card per ticket up to date, and writes into its thread."""

    def __init__(
        self,
        bot: Bot,
        topics: Topics,
        words: Callable[[], StaffWords],
        glosses: Glosses,
        foreign: Foreign,
        *,
        spend: Callable[[], bool] = lambda: True,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._topics = topics
        self._words = words
        self._glosses = glosses
        self._foreign = foreign
        self._earlier = Earlier(topics.store, glosses, foreign)
        self._spend = spend
        self._tick = tick
        self._stands: dict[tuple[int, int], _Stands] = {}

    async def stands(self, ticket: Ticket) -> Place | None:
        """Where the card says all this already; None when it has to be shown.

        What is claimed, answered and closed in a breath is three changes, and the first that is shown shows them all. An
        older card is sent again: Telegram tells no bot that somebody deleted it.
        """
        place = await self._topics.place(ticket)
        known = self._stands.get((place.chat, place.card)) if place is not None else None
        if place is None or known is None or self._tick() - known.since > FRESH:
            return None
        same = (known.text, known.rows) == (await self._card(ticket), self.keys(ticket))
        return place if same else None

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
            return await self._begin_again(ticket)

    async def _begin(self, ticket: Ticket) -> Place:
        place = await self._topics.open(ticket.id, topic_name(ticket, self._words()))
        try:
            return await self._post_card(ticket, place)
        except _ThreadGone:  # deleted under our hands: the group as a whole still takes it
            return await self._post_card(ticket, replace(place, thread=0))

    async def _begin_again(self, ticket: Ticket) -> Place:
        """A topic was deleted under an open request: the request goes on in a new one, which says so."""
        place = await self._begin(ticket)
        if place.thread:
            try:
                await self._post(place, self._shown(ticket, (Span(self._words().both(_MOVED)),))[0])
            except (_ThreadGone, TelegramError) as error:  # the card stands there, and that is what counts
                log.warning("move_not_told", error=type(error).__name__)
        return place

    async def open_again(self, ticket: Ticket, place: Place) -> None:
        """Somebody closed the topic of an open request by hand: open it, and say why."""
        if await self._reopen(place):
            await self._post(place, self._shown(ticket, (Span(self._words().both(_OPENED)),))[0])

    async def page(self, place: Place, rows: Rows) -> None:
        """Show other buttons below the card; a card that is gone or shows them already is none the worse.

        Raises:
            Refused: The group has no message left in this minute, and cards go first.
        """
        if not self._spend():
            raise Refused(BUSY)
        self._stands.pop((place.chat, place.card), None)
        try:
            await self._bot.edit_message_reply_markup(place.chat, place.card, reply_markup=inline_keyboard(rows))
        except BadRequest as error:
            if not (not_modified(error) or cannot_edit(error)):
                raise
        except TelegramError as error:
            log.info("page_not_shown", error=type(error).__name__)
            raise Refused(BUSY) from error

    def keys(self, ticket: Ticket) -> Rows:
        return keys(ticket, self._words(), group_sight(ticket), brings=True)

    async def _card(self, ticket: Ticket) -> Shown:
        words, sight = self._words(), group_sight(ticket)
        told = await self._glosses.told(ticket, words) if sight == "full" and ticket.team not in COVERED else {}
        foreign = self._foreign.question(ticket, words, self._topics.address) if sight == "full" else {}
        open_to_all = sight == "full" and ticket.team not in COVERED
        before = await self._earlier.on_card(ticket, words, everybody, self._topics.address) if open_to_all else ()
        return self._shown(ticket, card(ticket, words, sight, told, foreign, before))[0]

    async def tell_before(self, ticket: Ticket) -> bool:
        """Write what was said before a ticket into its thread; False when that is nothing.

        Raises:
            Refused: The group has no message left in this minute, and cards go first; or it may not read this.
        """
        if group_sight(ticket) == "number":
            raise Refused(ELSEWHERE)
        said = await self._earlier.asked_for(ticket, self._words(), everybody)
        if not said:
            return False
        if not self._spend():
            raise Refused(BUSY)
        so_far = Said()
        try:
            await self.say(ticket, said, so_far)
        except TelegramError as error:
            log.info("before_not_shown", error=type(error).__name__)
            raise Refused(BUSY) from error
        finally:
            if so_far.place is not None:
                await self._topics.note_said(ticket.id, so_far.place.chat, so_far.messages)
        return True

    async def _post_card(self, ticket: Ticket, place: Place) -> Place:
        text, rows = await self._card(ticket), self.keys(ticket)
        message = await self._post(replace(place, card=0), text, rows)
        self._note_shown(place.chat, message.message_id, text, rows)
        return await self._topics.keep(ticket.id, replace(place, card=message.message_id))

    def _note_shown(self, chat: int, message: int, text: Shown, rows: Rows) -> None:
        if len(self._stands) >= REMEMBERED:
            del self._stands[next(iter(self._stands))]
        self._stands[chat, message] = _Stands(text, rows, self._tick())

    async def _edit_card(self, ticket: Ticket, place: Place) -> bool:
        """False when the card is gone."""
        text, rows = await self._card(ticket), self.keys(ticket)
        self._stands.pop((place.chat, place.card), None)
        if not await edit_card(self._bot, place.chat, place.card, text, rows):
            return False
        self._note_shown(place.chat, place.card, text, rows)
        return True

    async def amend(self, ticket: Ticket, message: int, said: Rich) -> None:
        """Write a line of a ticket anew where it stands; one that is gone, or too long now, stays as it is."""
        place, texts = await self._topics.place(ticket), self._shown(ticket, said)
        if place is None or len(texts) != 1:
            return
        try:
            await self._bot.edit_message_text(
                texts[0].text,
                place.chat,
                message,
                entities=entities(texts[0]),
                link_preview_options=NO_PREVIEW,
            )
        except (BadRequest, Forbidden) as error:
            log.info("line_not_amended", ticket_id=ticket.id, error=type(error).__name__)

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
            place = await self._begin_again(ticket)
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
        return parts(shown(said, "en", covered=ticket.team in COVERED))

    async def _post(self, place: Place, text: Shown, buttons: Sequence[Sequence[Button]] = ()) -> Message:
        """Write one message.

        Raises:
            _ThreadGone: The topic was deleted, or closed where we may not open it.
        """
        try:
            return await self._send(place, text, buttons)
        except BadRequest as error:
            if not (place.thread and thread_is_closed(error)):
                raise
            if not await self._reopen(place):
                raise _ThreadGone from error
            return await self._send(place, text, buttons)

    async def _reopen(self, place: Place) -> bool:
        """Whether a topic that was closed by hand is open now."""
        try:
            await self._bot.reopen_forum_topic(place.chat, place.thread)
        except BadRequest as error:
            return "not_modified" in error.message.lower()
        return True

    async def _send(self, place: Place, text: Shown, buttons: Sequence[Sequence[Button]]) -> Message:
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
