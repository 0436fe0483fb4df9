"""The sign on what staff wrote comes with what became of it, not with the next look by the clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address, Role, Staff, StaffId
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket
from bot.reception.telegram import marks
from bot.reception.telegram.marks import Marks
from storage.documents import DocumentStore
from storage.memory import MemoryTables

NOON = datetime(2023, 11, 21, 12, tzinfo=UTC)
AMINA = Address("webchat", "amina")
LAN = Staff(StaffId("staff:lan"), "Lan", "telegram", frozenset({Role.DESK}))


async def replied(store: DocumentStore) -> tuple[Ticket, Outbound]:
    words = Message(plain("Room 5"), "en")
    async with store.transaction(AMINA.delegate) as tx:
        made = Ticket(TicketId(0), AMINA.delegate, AMINA, "en", "reception", Priority.NORMAL, NOON, "?")
        ticket = await tx.add_ticket(made)
        entry = await tx.append(Entry(0, AMINA.delegate, NOON, "staff", words, name="Lan", ticket=ticket.id))
        row = Outbound(
            OutboundId("r"), AMINA, Lane.TICKET, words, NOON, NOON, AMINA.delegate, entry=entry.seq, ticket=ticket.id
        )
        await tx.enqueue(row)
    return ticket, row


@pytest.mark.parametrize(("outcome", "sign"), [("arrived", "👌"), ("blocked", "👎")])
async def test_sign_comes_with_the_outcome_also_after_a_restart(
    monkeypatch: pytest.MonkeyPatch, outcome: str, sign: str
) -> None:
    monkeypatch.setattr(marks, "LOOK_EVERY", 3600.0)
    store = DocumentStore(MemoryTables())
    signs: asyncio.Queue[tuple[int, int, str]] = asyncio.Queue()
    looked = asyncio.Event()

    async def react(chat: int, message: int, emoji: str) -> None:
        signs.put_nowait((chat, message, emoji))

    def sends() -> bool:
        looked.set()
        return True

    ticket, row = await replied(store)
    await Marks(store, lambda: NOON, react).watch(ticket, LAN, -100, 7)
    running = asyncio.create_task(Marks(store, lambda: NOON, react, sends).run())
    async with asyncio.timeout(20):
        await looked.wait()
        [claimed] = await store.claim_outbox(limit=1, now=NOON, lease=timedelta(minutes=1))
        assert (claimed.id, signs.qsize()) == (row.id, 0)
        if outcome == "arrived":
            await store.delivered(claimed, Receipt(("m1",)), NOON)
        else:
            await store.undeliverable(claimed, outcome)
        told = await signs.get()
    running.cancel()
    await asyncio.wait([running])

    assert told == (-100, 7, sign)
