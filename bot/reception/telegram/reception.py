"""The lane itself: cards and further messages out, replies and buttons of staff in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from telegram import Update
from telegram.constants import ChatMemberStatus
from telegram.error import ChatMigrated

from bot.health.alarms import Alarms
from bot.i18n.translator import Speakers
from bot.model.content import Snapshot
from bot.model.errors import Undeliverable
from bot.model.messages import Outbound, OutboundId, Receipt, Relay, Ring, ShowTicket, TicketId, Unshow
from bot.model.people import Address
from bot.model.rich import Rich
from bot.model.tickets import Ticket
from bot.ports import Act, Store
from bot.reception.telegram.card import StaffWords, relay, rung
from bot.reception.telegram.hearing import Hearing
from bot.reception.telegram.notices import Notices
from bot.reception.telegram.posting import Posting, Said
from bot.reception.telegram.removing import Removing
from bot.reception.telegram.staff import Members
from bot.reception.telegram.topics import NAME, Place, Topics
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors

REMEMBERED: Final = 1_000  # half-sent rows

_MAY_WRITE = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})


class TelegramReception:
    """A reception lane; see ``bot.ports.Channel`` for ``deliver``.

    Args:
        connection: Sends.
        staff_chat: The id of the staff group in the settings.
        store: Tickets and their timelines, and where they stand in the group.
        act: Carries out what staff do.
        speakers: Staff read English and Vietnamese.
        snapshot: The names of teams and topics.
        now: The present of the house.
        tick: Seconds that only go forward, for what is remembered for a while.
        standing: Told whether the bot may write in the group, whenever somebody changes that.
    """

    def __init__(
        self,
        connection: TelegramConnection,
        staff_chat: int,
        *,
        store: Store,
        act: Act,
        speakers: Speakers,
        snapshot: Callable[[], Snapshot],
        now: Callable[[], datetime],
        tick: Callable[[], float] = time.monotonic,
        standing: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._speakers = speakers
        self._snapshot = snapshot
        self._bot = connection.bot
        self._standing = standing
        self._topics = Topics(connection.bot, store, staff_chat, tick)
        self._posting = Posting(connection.bot, self._topics, self._words)
        self._removing = Removing(connection.bot, self._topics, self._words)
        members = Members(connection.bot, tick)
        self._half: dict[OutboundId, Said] = {}  # parts that arrived before a row was interrupted
        self._hearing = Hearing(connection.bot, self._topics, members, act, words=self._words, now=now)

    @property
    def name(self) -> str:
        return NAME

    @property
    def address(self) -> Address:
        """Where rows for this lane go; it stays when the group gets a new id: references are filed under it."""
        return self._topics.address

    def _words(self) -> StaffWords:
        return StaffWords(self._speakers, self._snapshot())

    # ---------------------------------------------------------------- out

    async def deliver(self, row: Outbound) -> Receipt:
        with delivery_errors(outbound_id=row.id, ticket_id=row.ticket):
            try:
                return await self._deliver(row)
            except ChatMigrated as error:
                await self._topics.moved(error.new_chat_id)
                return await self._deliver(row)

    async def _deliver(self, row: Outbound) -> Receipt:
        match row.body:
            case ShowTicket(number):
                ticket = await self._ticket(number)
                place = await self._posting.show(ticket)
                await self._still_there(ticket)
                return self._receipt(place, [place.card])
            case Relay(number, seq):
                ticket = await self._ticket(number)
                entry = await self._store.entry(ticket.delegate, seq)
                if entry is None:
                    raise Undeliverable("the message is no longer stored")
                place, messages = await self._say(row.id, ticket, relay(entry, self._words()))
                await self._topics.note_said(ticket.id, place.chat, messages)
                await self._still_there(ticket)
                return self._receipt(place, messages)
            case Ring(number, why):
                ticket = await self._ticket(number)
                place, messages = await self._say(row.id, ticket, rung(ticket, why, self._words()))
                return self._receipt(place, messages)
            case Unshow(number, thread):
                await self._removing.remove(number, thread)
                return Receipt()
            case _:
                raise TypeError(f"reception gets tickets, not {type(row.body).__name__}")

    async def _say(self, row: OutboundId, ticket: Ticket, said: Rich) -> tuple[Place, list[int]]:
        """A row that was interrupted goes on with the parts that are missing."""
        so_far = self._half.pop(row, None) or Said()
        try:
            return await self._posting.say(ticket, said, so_far), so_far.messages
        except BaseException:
            if so_far.messages:
                if len(self._half) >= REMEMBERED:
                    del self._half[next(iter(self._half))]
                self._half[row] = so_far
            raise

    async def _ticket(self, number: TicketId) -> Ticket:
        ticket = await self._store.ticket(number)
        if ticket is None:
            raise Undeliverable("the request is no longer stored")
        return ticket

    async def _still_there(self, ticket: Ticket) -> None:
        """What was erased while we were posting it is taken back at once: its ``Unshow`` may have come before."""
        now = await self._store.ticket(ticket.id)
        if now is None or (now.redacted_at is not None and ticket.redacted_at is None):
            await self._removing.remove(ticket.id)
            raise Undeliverable("the request was erased meanwhile")

    def _receipt(self, place: Place, messages: Sequence[int]) -> Receipt:
        refs = [number for number in (place.thread, *messages) if number]
        return Receipt(tuple(self._topics.ref(place.chat, number) for number in refs), str(place))

    async def receive(self, update: Update) -> bool:
        """Deal with an update of the staff group; False when it comes from elsewhere.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        change = update.my_chat_member
        if change is not None and await self._topics.is_ours(change.chat.id):
            self._standing(change.new_chat_member.status in _MAY_WRITE)
        return await self._hearing.receive(update)

    def notices(self, alarms: Alarms, sends: Callable[[], bool]) -> Notices:
        """Tells alarms in the group."""
        return Notices(self._bot, self._topics, alarms, self._speakers, sends)
