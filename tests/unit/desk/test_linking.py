"""The web page and Telegram of one person: linked by a token that works once, and only while both sides say so."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.errors import StoreUnavailable
from bot.model.messages import Entry, Inbound, InboundId, Message, Outbound, Sender
from bot.model.people import Address, Delegate, DelegateId, Staff, StaffId
from bot.model.rich import letters
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Transaction
from tests.conversations.world import Colleague, Desk

PAGE, PHONE, STRANGER = Address("webchat", "page"), Address("telegram", "1"), Address("telegram", "666")


class Person:
    """Somebody at one door."""

    def __init__(self, desk: Desk, address: Address) -> None:
        self.desk, self.address = desk, address
        self._ids: Iterator[int] = itertools.count(1)

    async def types(self, command: str, rest: str = "") -> str:
        """Returns what the desk says to it."""
        before = len(await self.lines())
        number = InboundId(f"{self.address.channel}:{self.address.key}:{next(self._ids)}")
        sender = Sender(self.address, language_hint="en")
        await self.desk.front.receive(Inbound(number, sender, self.desk.clock.now(), rest, command=command))
        return "\n".join(letters(line.message.text, isolate=False) for line in (await self.lines())[before:][1:])

    async def lines(self) -> list[Entry]:
        return list(await self.desk.store.entries(self.address.delegate))

    async def token(self) -> str:
        """Asks for a link and reads it."""
        await self.types("link")
        [[button]] = (await self.lines())[-1].message.buttons
        found = re.fullmatch(r"https://t\.me/desk_bot\?start=(link-[\w-]{22})", button.url)
        assert found, button.url
        return found[1]

    @property
    async def known(self) -> Delegate:
        found = await self.desk.store.delegate(self.address.delegate)
        assert found is not None
        return found


@pytest.fixture(autouse=True)
def _with_telegram(desk: Desk) -> None:
    desk.front = replace(desk.front, bot_name=lambda: "desk_bot")


@pytest.fixture
def page(desk: Desk) -> Person:
    return Person(desk, PAGE)


@pytest.fixture
def phone(desk: Desk) -> Person:
    return Person(desk, PHONE)


async def waiting(desk: Desk, to: Address) -> list[Outbound]:
    rows = await desk.store.claim_outbox(limit=99, now=desk.clock.now(), lease=timedelta(seconds=1), doors=[to.channel])
    return [row for row in rows if row.to == to]


async def test_link_names_each_side_and_tells_both(page: Person, phone: Person) -> None:
    said = await phone.types("start", await page.token())

    assert said == "Linked. Answers of reception now reach you here and on the web page. /unlink undoes it."
    assert ((await phone.known).other, (await page.known).other) == (PAGE, PHONE)
    told = letters((await page.lines())[-1].message.text)
    assert told == "This chat is now linked with a Telegram chat. If that was not you, write /unlink."


async def test_token_works_once_and_for_a_quarter_of_an_hour(desk: Desk, page: Person, phone: Person) -> None:
    stranger = Person(desk, STRANGER)
    used = await page.token()
    await phone.types("start", used)
    late = await page.token()
    desk.clock.moves(timedelta(minutes=15))

    for token in (used, late, "link-", "link-" + "A" * 22):
        said = await stranger.types("start", token)
        assert said == "This link is no longer valid. Write /link on the web page to get a new one."
    assert (await stranger.known).other is None
    assert (await page.known).other == PHONE


@pytest.mark.parametrize("fails", [PHONE, PAGE], ids=str)
async def test_link_that_was_interrupted_is_made_when_the_message_comes_again(
    desk: Desk, page: Person, phone: Person, fails: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.types("help")
    text, transaction = await page.token(), desk.store.transaction
    opened = Inbound(
        InboundId("telegram:77"), Sender(PHONE, language_hint="en"), desk.clock.now(), text, command="start"
    )

    @asynccontextmanager
    async def refusing(who: DelegateId) -> AsyncIterator[Transaction]:
        async with transaction(who) as tx:
            yield tx
            if who == fails.delegate:
                raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(desk.store, "transaction", refusing)
    with pytest.raises(StoreUnavailable):
        await desk.front.receive(opened)
    assert (await page.known).other is None
    told = len(await page.lines())

    monkeypatch.undo()
    await desk.front.receive(opened)
    await desk.front.receive(opened)

    assert ((await phone.known).other, (await page.known).other) == (PAGE, PHONE)
    assert len(await page.lines()) == told + 1
    said = [letters(line.message.text, isolate=False) for line in await phone.lines()]
    assert said[-1] == "Linked. Answers of reception now reach you here and on the web page. /unlink undoes it."
    assert "no longer valid" in await Person(desk, STRANGER).types("start", text)


async def test_no_turn_is_opened_within_another(
    desk: Desk, page: Person, phone: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, transaction = await page.token(), desk.store.transaction
    open_turns: list[DelegateId] = []

    @asynccontextmanager
    async def counting(who: DelegateId) -> AsyncIterator[Transaction]:
        assert open_turns == []
        open_turns.append(who)
        async with transaction(who) as tx:
            yield tx
        open_turns.remove(who)

    monkeypatch.setattr(desk.store, "transaction", counting)
    await phone.types("start", text)

    assert (await page.known).other == PHONE


async def test_token_stands_nowhere_in_the_store_but_in_the_chat_it_was_given_to(desk: Desk, page: Person) -> None:
    token = (await page.token()).removeprefix("link-")

    places = [key for key, value in (await desk.store.recall_all("")).items() if token in key + value]
    assert places == []


@pytest.mark.parametrize("side", ["page", "phone"])
async def test_either_side_undoes_it_for_both(page: Person, phone: Person, side: str) -> None:
    await phone.types("start", await page.token())

    said = await {"page": page, "phone": phone}[side].types("unlink")

    assert said == "The web page and Telegram are separate again."
    assert ((await phone.known).other, (await page.known).other) == (None, None)


@pytest.mark.parametrize("side", ["page", "phone"])
async def test_erased_side_leaves_nothing_at_the_other(desk: Desk, page: Person, phone: Person, side: str) -> None:
    await phone.types("start", await page.token())
    people = {"page": page, "phone": phone}
    gone = people.pop(side)
    [stays] = people.values()

    sender = Sender(gone.address)
    erase = Inbound(InboundId(f"{gone.address.channel}:x:99"), sender, desk.clock.now(), press="forget:yes")
    await desk.front.receive(erase)

    assert await desk.store.delegate(gone.address.delegate) is None
    assert (await stays.known).other is None


async def test_new_page_takes_the_place_of_the_old_one(desk: Desk, page: Person, phone: Person) -> None:
    newer = Person(desk, Address("webchat", "newer"))
    await phone.types("start", await page.token())
    await phone.types("start", await newer.token())

    assert (await phone.known).other == newer.address
    assert (await page.known).other is None


async def test_reply_of_staff_to_the_page_also_goes_to_telegram_and_not_the_other_way_round(
    desk: Desk, page: Person, phone: Person, lan: Colleague
) -> None:
    await phone.types("start", await page.token())
    await page.types("human", "my folder is gone")
    await phone.types("human", "my hat is gone")
    tickets = {ticket.address: ticket for ticket in await desk.store.tickets()}
    while await waiting(desk, PHONE):
        desk.clock.moves(timedelta(seconds=2))
        for row in await waiting(desk, PHONE):
            await desk.store.undeliverable(row, "")

    await reply(lan, tickets[PAGE], "It is at desk 2")

    assert ["It is at desk 2" in letters(text(row).text) for row in await waiting(desk, PHONE)] == [True]
    before = len(await page.lines())
    await reply(lan, tickets[PHONE], "Your hat is here")
    assert len(await page.lines()) == before


async def reply(colleague: Colleague, ticket: Ticket, words: str) -> None:
    desk = colleague.desk
    by = Staff(StaffId(colleague.name), colleague.name, "telegram")
    await desk.staff.act(StaffAction(f"act:{ticket.id}", ticket.id, by, "reply", desk.clock.now(), words))


def text(row: Outbound) -> Message:
    assert isinstance(row.body, Message)
    return row.body


async def test_link_that_only_one_side_knows_is_none(desk: Desk, page: Person, phone: Person, lan: Colleague) -> None:
    await phone.types("start", await page.token())
    async with desk.store.transaction(phone.address.delegate) as tx:
        await tx.save_delegate(replace(await phone.known, other=None))
    await page.types("human", "my folder is gone")
    [ticket] = await desk.store.tickets()

    await reply(lan, ticket, "It is at desk 2")

    assert not any("desk 2" in letters(text(row).text) for row in await waiting(desk, PHONE))


async def test_without_a_bot_and_on_telegram_the_command_says_what_to_do(
    desk: Desk, page: Person, phone: Person
) -> None:
    assert await phone.types("link") == (
        "Write /link in the chat on the web page: you get a link that brings you back here."
    )
    desk.front = replace(desk.front, bot_name=lambda: "")
    assert await page.types("link") == "This desk cannot be reached on Telegram at the moment."
    assert await page.types("unlink") == ("Nothing is linked here. /link on the web page links it with Telegram.")
