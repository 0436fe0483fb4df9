"""Where tickets stand in the staff group: a topic each, or a card in a group without topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from telegram import Bot
from telegram.error import BadRequest

from bot.model.messages import TicketId
from bot.model.people import Address
from bot.model.tickets import Ticket
from bot.ports import Store
from bot.transports.telegram_errors import no_topics

NAME: Final = "reception-telegram"
LOOK_AGAIN: Final = 600.0  # seconds between two looks at whether the group has topics


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket's place; ``thread`` is 0 in a group without topics, ``card`` 0 while there is none."""

    chat: int
    thread: int
    card: int = 0

    def __str__(self) -> str:
        return f"{self.chat}:{self.thread}:{self.card}"

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        try:
            chat, thread, card = map(int, (text or "").split(":"))
        except ValueError:
            return None
        return cls(chat, thread, card)


class Topics:
    """Remembers the staff group and every ticket's place in it.

    Args:
        bot: Opens topics.
        store: Keeps what must outlive a restart.
        configured: The group's id in the settings; Telegram gives it another one when it becomes a supergroup.
        tick: Seconds that only go forward.
        may_open: Told whether the bot may open topics in a group that has them, whenever it tries.
    """

    def __init__(
        self,
        bot: Bot,
        store: Store,
        configured: int,
        tick: Callable[[], float],
        may_open: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._bot = bot
        self._store = store
        self._configured = configured
        self._tick = tick
        self._may_open = may_open
        self._chat: int | None = None
        self._forum: tuple[bool, float] | None = None

    @property
    def store(self) -> Store:
        return self._store

    @property
    def address(self) -> Address:
        """Where rows for this lane go; it stays when the group gets a new id: references are filed under it."""
        return Address(NAME, str(self._configured))

    def ref(self, chat: int, number: int) -> str:
        """Message ids start again when the group gets a new id, so those of the new group carry it."""
        return str(number) if chat == self._configured else f"{chat}:{number}"

    async def chat(self) -> int:
        """The group's id of today."""
        if self._chat is None:
            moved = await self._store.recall(self._moved_key)
            self._chat = int(moved) if moved else self._configured
        return self._chat

    async def is_ours(self, chat: int) -> bool:
        return chat in (self._configured, await self.chat())

    async def moved(self, to: int) -> None:
        await self._store.remember(self._moved_key, str(to))
        self._chat, self._forum = to, None

    def look_again(self) -> None:
        """The bot's rights changed: perhaps it may open topics now."""
        self._forum = None

    @property
    def _moved_key(self) -> str:
        return f"telegram:staff-chat:{self._configured}"

    # ---------------------------------------------------------------- places

    async def place(self, ticket: Ticket) -> Place | None:
        """Where the ticket stands; None when it has no place in the group of today."""
        # Ours first: the ticket learns of a topic that was opened anew only with its next card.
        known = await self._store.recall(_ticket_key(ticket.id)) or ticket.threads.get(NAME)
        place = Place.read(known)
        return place if place is not None and place.chat == await self.chat() else None

    async def keep(self, ticket: TicketId, place: Place) -> Place:
        await self._store.remember(_ticket_key(ticket), str(place))
        if place.thread:
            await self._store.remember(_thread_key(place.chat, place.thread), str(ticket))
        return place

    async def last_place(self, ticket: TicketId) -> Place | None:
        """Where the ticket stood last, also in the group of yesterday."""
        return Place.read(await self._store.recall(_ticket_key(ticket)))

    async def note_said(self, ticket: TicketId, chat: int, messages: Sequence[int]) -> None:
        """Remember what was written into a ticket's thread, to find it again when it must be erased."""
        before = await self._store.recall(_said_key(ticket))
        known = before.split() if before else []
        await self._store.remember(_said_key(ticket), " ".join([*known, *(f"{chat}:{number}" for number in messages)]))

    async def said(self, ticket: TicketId, chat: int) -> list[int]:
        """Our messages in a ticket's thread."""
        noted = (await self._store.recall(_said_key(ticket)) or "").split()
        places = [one.partition(":") for one in noted]
        return [int(number) for where, _, number in places if where == str(chat)]

    async def forget(self, ticket: TicketId, place: Place) -> None:
        """The ticket no longer stands anywhere."""
        if place.thread:
            await self._store.forget(_thread_key(place.chat, place.thread))
        await self._store.forget(_said_key(ticket))
        await self._store.forget(_ticket_key(ticket))

    async def ticket_in(self, chat: int, thread: int) -> TicketId | None:
        """The ticket of a topic, also before the delivery of its card was noted."""
        found = await self._store.recall(_thread_key(chat, thread))
        return TicketId(int(found)) if found else await self.ticket_of(chat, thread)

    async def adopt(self, ticket: TicketId, chat: int, thread: int) -> TicketId | None:
        """A topic that was opened for a ticket and never noted: what staff write in it counts all the same."""
        if await self._store.ticket(ticket) is None:
            return None
        await self._store.remember(_thread_key(chat, thread), str(ticket))
        return ticket

    async def ticket_of(self, chat: int, message: int) -> TicketId | None:
        """The ticket that one of our messages belongs to."""
        return await self._store.ticket_of(self.address, self.ref(chat, message))

    async def open(self, ticket: TicketId, name: str) -> Place:
        """A new topic, kept before anything is written in it: a kill leaves no second one."""
        chat = await self.chat()
        place = Place(chat, 0)
        if await self._has_topics(chat):
            try:
                topic = await self._bot.create_forum_topic(chat, name)
            except BadRequest as error:
                if not no_topics(error):
                    raise
                self._forum = (False, self._tick())
                self._may_open(False)  # noqa: FBT003 -- said of one thing
            else:
                self._may_open(True)  # noqa: FBT003
                place = replace(place, thread=topic.message_thread_id)
        return await self.keep(ticket, place)

    async def _has_topics(self, chat: int) -> bool:
        if self._forum is None or self._tick() - self._forum[1] > LOOK_AGAIN:
            found = await self._bot.get_chat(chat)
            self._forum = (bool(found.is_forum), self._tick())
        return self._forum[0]


def _ticket_key(ticket: TicketId) -> str:
    return f"telegram:ticket:{ticket}"


def _said_key(ticket: TicketId) -> str:
    return f"telegram:said:{ticket}"


def _thread_key(chat: int, thread: int) -> str:
    return f"telegram:thread:{chat}:{thread}"
