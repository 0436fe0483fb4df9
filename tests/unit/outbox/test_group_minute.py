"""Thirteen requests a minute in a group that takes twenty messages: what is new is shown at once, what changed waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from bot.desk.turn import Turn
from bot.model.errors import DeliveryDelayed
from bot.model.messages import Outbound, Receipt, ShowTicket, TicketId
from bot.model.people import Address, StaffId
from bot.model.tickets import Priority, Ticket, TicketState
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.limits import Pace
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.fakes.telegram.errors import Refusal
from tests.fakes.telegram.flood import Flood, Limits
from tests.unit.outbox.virtual import LoopClock, virtually
from tests.unit.tickets.samples import NEW

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

GROUP: Final = Address("reception-telegram", "-100500")
A_MINUTE: Final = 13  # requests
MINUTES: Final = 6


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Cards:
    """The staff group with the limits of the fake Telegram: a card says what the ticket was when it was shown last."""

    store: DocumentStore
    flood: Flood = field(default_factory=lambda: Flood(Limits()))
    shown: dict[TicketId, Ticket] = field(default_factory=dict)
    first: dict[TicketId, float] = field(default_factory=dict)
    sent: int = 0
    refused: int = 0
    name: str = GROUP.channel

    async def deliver(self, row: Outbound) -> Receipt:
        assert isinstance(row.body, ShowTicket)
        ticket = await self.store.ticket(row.body.ticket)
        assert ticket is not None
        place = Receipt((f"card{ticket.id}",), f"{GROUP.key}:{ticket.id}:{ticket.id}")
        if self.shown.get(ticket.id) == look(ticket):
            return replace(place, free=True)
        await asyncio.sleep(0.05)
        method = "editMessageText" if ticket.id in self.shown else "sendMessage"
        try:
            self.flood.admit(method, {"chat_id": int(GROUP.key)}, now(), came=now())
        except Refusal as refusal:
            self.refused += 1
            raise DeliveryDelayed("429", timedelta(seconds=int(refusal.parameters["retry_after"]))) from refusal
        self.sent += 1
        self.shown[ticket.id] = look(ticket)
        self.first.setdefault(ticket.id, now())
        return place


def look(ticket: Ticket) -> Ticket:
    """What a card says of it."""
    return replace(ticket, version=0, threads={}, seen_at=None)


@dataclass
class Lobby:
    store: DocumentStore
    opened: dict[TicketId, float] = field(default_factory=dict)
    urgent: list[TicketId] = field(default_factory=list)

    async def changes(self, change: Callable[[Turn], Awaitable[Ticket]]) -> TicketId:
        async with self.store.transaction(NEW.delegate) as tx:
            delegate: Any = replace(cast("Any", NEW), id=NEW.delegate)
            turn = Turn(tx, delegate, cast("Any", None), cast("Any", None), LoopClock().now(), GROUP, (GROUP,), "t")
            ticket = await change(turn)
            await turn.show(ticket)
        return ticket.id

    async def opens(self, priority: Priority = Priority.NORMAL) -> TicketId:
        at = LoopClock().now()
        number = await self.changes(lambda turn: turn.tx.add_ticket(replace(NEW, opened_at=at, priority=priority)))
        self.opened[number] = now()
        if priority is Priority.EMERGENCY:
            self.urgent.append(number)
        return number

    async def becomes(self, number: TicketId, state: TicketState) -> None:
        async def change(turn: Turn) -> Ticket:
            ticket = await turn.tx.ticket(number)
            assert ticket is not None
            return await turn.tx.save_ticket(replace(ticket, state=state, owner=StaffId("staff:lan")))

        await self.changes(change)

    async def case(self, priority: Priority = Priority.NORMAL) -> None:
        """A request that is taken, answered and closed within a minute."""
        number = await self.opens(priority)
        for state in (TicketState.CLAIMED, TicketState.WAITING, TicketState.CLAIMED, TicketState.RESOLVED):
            await asyncio.sleep(15)
            await self.becomes(number, state)


async def busy() -> tuple[Cards, Lobby, dict[TicketId, float]]:
    """What the group was shown, what happened, and how long each new card took."""
    store = DocumentStore(MemoryTables())
    cards, lobby = Cards(store), Lobby(store)
    outbox = Dispatcher(store, {cards.name: cards}, LoopClock(), Pace(), {cards.name: True})
    loop = asyncio.create_task(outbox.run())
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(A_MINUTE * MINUTES):
                urgent = Priority.EMERGENCY if number % 20 == 19 else Priority.NORMAL
                group.create_task(lobby.case(urgent))
                await asyncio.sleep(60 / A_MINUTE)
        at_the_end = dict(cards.first)
        while await store.waiting():  # noqa: ASYNC110 -- the clock of this loop jumps
            await asyncio.sleep(1)
    finally:
        loop.cancel()
        await asyncio.wait([loop])
    return cards, lobby, {number: at_the_end[number] - lobby.opened[number] for number in lobby.opened}


def test_new_cards_go_before_edits_of_old_ones_which_come_with_the_newest_only() -> None:
    cards, lobby, took = virtually(busy())

    waits = sorted(took.values())
    assert (len(waits), cards.refused) == (A_MINUTE * MINUTES, 0)
    assert waits[len(waits) // 2] < 1.0
    assert waits[-1] < 15.0
    assert max(took[number] for number in lobby.urgent) < 2.0
    assert {one.state for one in cards.shown.values()} == {TicketState.RESOLVED}
    assert cards.sent < 3 * len(waits)  # each changed four times after it was shown
