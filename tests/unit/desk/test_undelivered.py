"""A message that cannot be delivered: staff are told, the person's other door is tried, nobody is asked for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from bot.desk.undelivered import Undelivered
from bot.i18n.translator import Speakers, load_speakers
from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, Relay, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import letters, plain
from bot.model.tickets import Priority, Ticket
from bot.settings import locales_root
from storage.documents import DocumentStore
from storage.memory import MemoryTables

NOON: Final = datetime(2023, 11, 21, 12, tzinfo=UTC)
PHONE, PAGE, GROUP = Address("telegram", "1"), Address("webchat", "p"), Address("reception-telegram", "-100")
BLOCKED: Final = "Forbidden: bot was blocked by the user"


class Clock:
    def now(self) -> datetime:
        return NOON


@pytest.fixture(scope="module")
def speakers() -> Speakers:
    return load_speakers(locales_root())


@pytest.fixture
def store() -> DocumentStore:
    return DocumentStore(MemoryTables())


@pytest.fixture
def undelivered(store: DocumentStore, speakers: Speakers) -> Undelivered:
    return Undelivered(store, speakers, Clock(), (GROUP,))


async def enter(store: DocumentStore, address: Address, other: Address | None = None) -> Delegate:
    person = Delegate(address.delegate, address, "en", NOON, other=other)
    async with store.transaction(person.id) as tx:
        await tx.save_delegate(person)
    return person


async def ticket(store: DocumentStore, person: Delegate) -> TicketId:
    async with store.transaction(person.id) as tx:
        asked = Ticket(TicketId(0), person.id, person.address, "en", "reception", Priority.NORMAL, NOON, "?")
        return (await tx.add_ticket(asked)).id


async def said(store: DocumentStore, person: Delegate, by: str, number: TicketId | None) -> Outbound:
    body = Message(plain("Room 5"), "en")
    async with store.transaction(person.id) as tx:
        entry = await tx.append(Entry(0, person.id, NOON, by, body, name="Lan", ticket=number))  # type: ignore[arg-type]
        row = Outbound(OutboundId("r"), person.address, Lane.TICKET, body, NOON, NOON, person.id, entry.seq)
        await tx.enqueue(row)
    return row


async def relayed(store: DocumentStore) -> list[Outbound]:
    rows = await store.claim_outbox(limit=99, now=NOON + timedelta(seconds=5), lease=timedelta(seconds=1))
    return [row for row in rows if isinstance(row.body, Relay)]


async def test_reply_that_did_not_arrive_is_shown_to_staff_with_its_line(
    store: DocumentStore, undelivered: Undelivered
) -> None:
    person = await enter(store, PHONE)
    number = await ticket(store, person)
    row = await said(store, person, "staff", number)

    assert await undelivered.gone(row, "Bad Request: too long", address_gone=False) is None

    [relay] = await relayed(store)
    assert (relay.to, relay.body, relay.lane) == (GROUP, Relay(number, 1), Lane.TICKET)
    known = await store.delegate(person.id)
    assert known is not None
    assert not known.blocked


async def test_blocked_delegate_is_marked_once_and_every_open_ticket_says_so(
    store: DocumentStore, undelivered: Undelivered
) -> None:
    person = await enter(store, PHONE)
    numbers = [await ticket(store, person), await ticket(store, person)]
    row = await said(store, person, "desk", None)

    for _ in range(3):
        assert await undelivered.gone(row, BLOCKED, address_gone=True) is None

    known = await store.delegate(person.id)
    assert known is not None
    assert known.blocked
    notes = [entry for entry in await store.entries(person.id) if entry.author == "note"]
    assert [note.ticket for note in notes] == numbers
    assert all(BLOCKED in letters(note.message.text, isolate=False) for note in notes)
    assert sorted(str(relay.body) for relay in await relayed(store)) == sorted(
        str(Relay(number, note.seq)) for number, note in zip(numbers, notes, strict=True)
    )


async def test_other_door_of_the_person_is_tried_and_shows_the_message_once(
    store: DocumentStore, undelivered: Undelivered
) -> None:
    person, page = await enter(store, PHONE, PAGE), await enter(store, PAGE, PHONE)
    row = await said(store, person, "staff", await ticket(store, person))

    for _ in range(2):  # the process may be killed before the row was moved
        assert await undelivered.gone(row, BLOCKED, address_gone=True) == PAGE

    [line] = await store.entries(page.id)
    assert (letters(line.message.text), line.author, line.name, line.ticket) == ("Room 5", "staff", "Lan", None)


async def test_second_door_that_fails_too_is_the_end(store: DocumentStore, undelivered: Undelivered) -> None:
    person = await enter(store, PHONE, PAGE)
    await enter(store, PAGE, PHONE)
    number = await ticket(store, person)
    row = replace(await said(store, person, "staff", number), to=PAGE)

    assert await undelivered.gone(row, "the chat was ended", address_gone=True) is None

    assert [relay.body for relay in await relayed(store)] == [Relay(number, 1)]


async def test_only_a_gone_address_leads_to_another_door(store: DocumentStore, undelivered: Undelivered) -> None:
    person = await enter(store, PHONE, PAGE)
    row = await said(store, person, "desk", None)

    assert await undelivered.gone(row, "could not be delivered within a day", address_gone=False) is None


async def test_somebody_who_was_erased_meanwhile_does_not_come_back(
    store: DocumentStore, undelivered: Undelivered
) -> None:
    person = await enter(store, PHONE)
    row = await said(store, person, "desk", None)
    await store.erase(person.id)

    assert await undelivered.gone(row, BLOCKED, address_gone=True) is None

    assert await store.delegate(person.id) is None
