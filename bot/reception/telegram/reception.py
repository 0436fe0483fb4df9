"""The lane itself: cards and further messages out, replies and buttons of staff in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from telegram import Update
from telegram.error import ChatMigrated

from bot.i18n.translator import Speakers
from bot.model.content import Snapshot
from bot.model.errors import Undeliverable
from bot.model.messages import Outbound, Receipt, Relay, ShowTicket, TicketId
from bot.model.people import Address
from bot.model.tickets import Ticket
from bot.ports import Act, Store
from bot.reception.telegram.card import StaffWords, relay
from bot.reception.telegram.hearing import Hearing
from bot.reception.telegram.posting import Posting
from bot.reception.telegram.staff import Members
from bot.reception.telegram.topics import NAME, Place, Topics
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors


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
    ) -> None:
        self._store = store
        self._speakers = speakers
        self._snapshot = snapshot
        self._topics = Topics(connection.bot, store, staff_chat, tick)
        self._posting = Posting(connection.bot, self._topics, self._words)
        members = Members(connection.bot, tick)
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
                place = await self._posting.show(await self._ticket(number))
                return self._receipt(place, [place.card])
            case Relay(number, seq):
                ticket = await self._ticket(number)
                entry = await self._store.entry(ticket.delegate, seq)
                if entry is None:
                    raise Undeliverable("the message is no longer stored")
                return self._receipt(*await self._posting.say(ticket, relay(entry, self._words())))
            case _:
                raise TypeError(f"reception gets tickets, not {type(row.body).__name__}")

    async def _ticket(self, number: TicketId) -> Ticket:
        ticket = await self._store.ticket(number)
        if ticket is None:
            raise Undeliverable("the request is no longer stored")
        return ticket

    def _receipt(self, place: Place, messages: Sequence[int]) -> Receipt:
        refs = [number for number in (place.thread, *messages) if number]
        return Receipt(tuple(self._topics.ref(place.chat, number) for number in refs), str(place))

    async def receive(self, update: Update) -> bool:
        """Deal with an update of the staff group; False when it comes from elsewhere.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        return await self._hearing.receive(update)
