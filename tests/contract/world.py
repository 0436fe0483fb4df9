"""Examples for the store's tests, and everything that can be read from a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.model.messages import (
    Author,
    Entry,
    InboundId,
    Lane,
    Message,
    Outbound,
    OutboundId,
    Relay,
    ShowTicket,
    TicketId,
)
from bot.model.people import Address, Delegate, DelegateId
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket
from bot.ports import Store
from storage import open_store
from tests.contract import postgres

NOON = datetime(2023, 11, 21, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
WINDOW = timedelta(days=2)
AMINA = Address("telegram", "101")
BINH = Address("webchat", "s-2")
CHLOE = Address("telegram", "303")
GROUP = Address("reception-telegram", "-100")


class Keeper:
    """A store that can be closed and opened again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self._open = AsyncExitStack()

    @property
    def url(self) -> str:
        match self.kind:
            case "memory":
                return "memory:"
            case "postgres":
                return postgres.schema_url(str(self.folder))
            case _:
                return f"{self.kind}:{self.folder}"

    async def open(self) -> Store:
        return await self._open.enter_async_context(open_store(self.url))

    async def close(self) -> None:
        await self._open.aclose()

    async def remove(self) -> None:
        """What is left of it outside of its folder."""
        await self.close()
        if self.kind == "postgres":
            postgres.drop(self.url)

    async def reopen(self) -> Store:
        await self.close()
        return await self.open()


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def message(text: str = "Where is the bus?") -> Message:
    return Message(plain(text), "en")


def entry(who: Address, text: str = "Where is the bus?", *, author: Author = "delegate", at: datetime = NOON) -> Entry:
    return Entry(0, who.delegate, at, author, message(text))


def ticket(who: Address, question: str = "Where is the bus?", *, priority: Priority = Priority.NORMAL) -> Ticket:
    return Ticket(TicketId(0), who.delegate, who, "en", "reception", priority, NOON, question)


def person(who: Address, name: str = "Amina") -> Delegate:
    return Delegate(who.delegate, who, "ar", NOON, name=name)


def note(
    number: str,
    to: Address = AMINA,
    *,
    lane: Lane = Lane.REPLY,
    due: datetime = NOON,
    body: Message | ShowTicket | Relay | None = None,
    entry: int | None = None,
    ticket: TicketId | None = None,
    delegate: DelegateId | None = None,
) -> Outbound:
    return Outbound(
        OutboundId(number), to, lane, body or message(number), NOON, due, delegate=delegate, entry=entry, ticket=ticket
    )


def card(number: TicketId, who: Address, *, to: Address = GROUP) -> Outbound:
    return note(f"card:{number}", to, lane=Lane.TICKET, body=ShowTicket(number), ticket=number, delegate=who.delegate)


async def put(store: Store, *rows: Outbound) -> None:
    """Rows into the outbox, in a turn of somebody who is not otherwise in the test."""
    async with store.transaction(DelegateId("telegram:0")) as turn:
        for row in rows:
            await turn.enqueue(row)


async def say(store: Store, who: Address, text: str = "Where is the bus?", *, at: datetime = NOON) -> Entry:
    async with store.transaction(who.delegate) as turn:
        return await turn.append(entry(who, text, at=at))


async def ask(store: Store, who: Address, question: str = "Where is the bus?") -> Ticket:
    """A turn that leaves a line, a ticket that it belongs to, and its card on the way to reception."""
    async with store.transaction(who.delegate) as turn:
        line = await turn.append(entry(who, question))
        opened = await turn.add_ticket(ticket(who, question))
        await turn.assign(line, opened.id)
        await turn.enqueue(card(opened.id, who))
        return opened


async def known(store: Store, who: Address, number: str) -> bool:
    async with store.transaction(who.delegate) as turn:
        return await turn.known(InboundId(number), now=NOON, until=NOON + WINDOW)


async def readable(
    store: Store, people: Iterable[Address], refs: Iterable[tuple[Address, str]] = (), settings: Iterable[str] = ()
) -> Mapping[str, Any]:
    """All that a reader can see, save the outbox, which is seen by claiming."""
    tickets = list(await store.tickets(include_resolved=True))
    seen: dict[str, Any] = {
        "tickets": tickets,
        "open": list(await store.tickets()),
        "timelines": {number.id: list(await store.timeline(number.id)) for number in tickets},
        "refs": {(to, ref): await store.ticket_of(to, ref) for to, ref in refs},
        "settings": {key: await store.recall(key) for key in settings},
        "waiting": await store.waiting(),
        "due": await store.next_due(),
    }
    for who in people:
        async with store.transaction(who.delegate) as turn:
            mine = [number.id for number in await turn.open_tickets()]
        seen[who.delegate] = (await store.delegate(who.delegate), list(await store.entries(who.delegate)), mine)
    return seen
