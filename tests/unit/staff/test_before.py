"""The conversation before a ticket, from a store: what is erased or goes early is repeated nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.model.messages import Entry, Message, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import letters, plain
from bot.staff.before import conversation_before, everybody, one_person
from bot.tickets import rights
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conftest import MORNING
from tests.unit.telegram.desk import snapshot
from tests.unit.tickets.samples import LAN, NEW, NURSE

if TYPE_CHECKING:
    from bot.model.tickets import Ticket

AMINA: Final = Address("webchat", "1")
EVENT: Final = snapshot().event


async def told(store: DocumentStore, said: str, ticket: Ticket | None = None, *, ago: int = 0) -> None:
    async with store.transaction(AMINA.delegate) as tx:
        await tx.save_delegate(Delegate(AMINA.delegate, AMINA, "en", MORNING))
        at = MORNING - timedelta(minutes=ago)
        line = Entry(0, AMINA.delegate, at, "delegate", Message(plain(said), "en"))
        await tx.append(replace(line, ticket=ticket.id if ticket else None))


async def opened(store: DocumentStore, ticket: Ticket) -> Ticket:
    async with store.transaction(AMINA.delegate) as tx:
        return await tx.add_ticket(replace(ticket, id=TicketId(0), delegate=AMINA.delegate))


async def test_requests_that_lose_their_words_early_are_repeated_nowhere() -> None:
    store = DocumentStore(MemoryTables())
    visa = await opened(store, replace(NEW, team="visa"))
    medical = await opened(store, replace(NEW, team="medical", restricted="medical"))
    shower = await opened(store, NEW)
    await told(store, "yesterday", ago=24 * 60 + 1)
    await told(store, "Where is the gym?", ago=50)
    await told(store, "my visa", visa, ago=20)
    await told(store, "my rash", medical, ago=15)
    await told(store, "the shower", shower, ago=10)
    lamp = await opened(store, NEW)
    await told(store, "the lamp", lamp)

    async def read(*, unasked: bool = False) -> list[str]:
        lines = await conversation_before(store, EVENT, lamp, everybody, unasked=unasked)
        return [letters(one.message.text) for one in lines]

    assert await read() == ["Where is the gym?", "the shower"]
    assert await read(unasked=True) == ["the shower"]
    await store.erase(AMINA.delegate)
    assert await read() == []


def test_one_person_reads_by_their_role_and_whoever_helps_in_an_emergency_its_beginning() -> None:
    emergency = replace(NEW, team="medical", restricted="medical", owner=LAN.id)
    ordinary = replace(NEW, owner=LAN.id)

    assert [one_person(LAN, ordinary)(secret) for secret in ("", *rights.SECRETS)] == [True, False, False]
    assert [one_person(LAN, emergency)(secret) for secret in ("", *rights.SECRETS)] == [True, True, False]
    assert [one_person(NURSE, ordinary)(secret) for secret in ("", *rights.SECRETS)] == [True, True, False]
    assert [everybody(secret) for secret in ("", *rights.SECRETS)] == [True, False, False]
