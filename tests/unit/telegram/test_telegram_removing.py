"""Erased requests leave the staff group: the topic, or what the bot wrote, whatever the bot is allowed to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.model.errors import Undeliverable
from bot.model.messages import Receipt, ShowTicket, Unshow
from bot.model.tickets import Ticket
from bot.reception.telegram.removing import ERASED
from bot.transports.telegram import TelegramConnection
from storage.documents import DocumentStore
from tests.fakes.telegram import FakeTelegram, Group
from tests.fakes.telegram.model import ALL_RIGHTS
from tests.unit.telegram.desk import ticket_row
from tests.unit.telegram.test_telegram_reception import Lane, entry

WORDS = ("I lost my badge", "it is blue", "under the chair")
GROUPS: dict[str, Callable[[FakeTelegram], Group]] = {
    "forum": lambda tg: tg.forum("Desk", ["Lan"]),
    "no right to delete": lambda tg: tg.forum("Desk", ["Lan"], rights=ALL_RIGHTS - {"can_delete_messages"}),
    "no topics": lambda tg: tg.group("Desk", ["Lan"], supergroup=True),
}
STAYS = ERASED.replace("{number}", "1")


@pytest.fixture(params=GROUPS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def lane(
    kind: str, tg: FakeTelegram, connection: TelegramConnection, store: DocumentStore
) -> AsyncIterator[Lane]:
    for refusal in ("not enough rights", "can't be deleted", "not found", "not modified"):
        tg.tolerate(refusal)  # it is by trying that the lane learns what it may do
    yield Lane(tg, connection, store, GROUPS[kind](tg))
    assert tg.violations == []


async def told(lane: Lane) -> Ticket:
    """A request with two further messages in front of staff."""
    ticket = await lane.open(WORDS[0])
    await lane.show(ticket)
    for words in WORDS[1:]:
        await lane.relay(ticket, entry("delegate", words))
    return ticket


async def unshow(lane: Lane, ticket: Ticket) -> Receipt:
    now = await lane.store.ticket(ticket.id)
    threads = now.threads if now is not None else {}
    body = Unshow(ticket.id, threads.get("reception-telegram", ""))
    row = ticket_row(lane.reception.address, ShowTicket(ticket.id), 99)
    return await lane.reception.deliver(replace(row, body=body))


def left(lane: Lane) -> list[str]:
    """What staff can still read of the bot."""
    return [message.text for message in lane.group["Lan"].inbox if not message.deleted]


async def kept(lane: Lane) -> dict[str, str]:
    return dict(await lane.store.recall_all("telegram:"))


async def test_nothing_of_an_erased_request_can_be_read_in_the_group(lane: Lane, kind: str) -> None:
    ticket = await told(lane)
    await lane.store.erase(ticket.delegate)

    assert await unshow(lane, ticket) == Receipt()

    assert left(lane) == ([] if kind == "forum" else [STAYS])
    assert len(lane.group.topics) == (kind == "no right to delete")
    assert await kept(lane) == {}


async def test_after_two_days_messages_are_written_over(lane: Lane, tg: FakeTelegram, kind: str) -> None:
    ticket = await told(lane)
    now = tg.world.clock()
    tg.world.clock = lambda: now + 49 * 3_600
    await lane.store.erase(ticket.delegate)

    await unshow(lane, ticket)

    assert set(left(lane)) == (set() if kind == "forum" else {STAYS})


async def test_removing_twice_changes_nothing(lane: Lane) -> None:
    ticket = await told(lane)
    await unshow(lane, ticket)
    before = left(lane)

    await unshow(lane, ticket)

    assert left(lane) == before


async def test_other_requests_stay(lane: Lane) -> None:
    ticket = await told(lane)
    other = await lane.open("Where is the red bag?")
    await lane.show(other)

    await unshow(lane, ticket)

    assert any("red bag" in text for text in left(lane))


async def test_a_card_that_was_on_its_way_while_its_request_was_erased_is_taken_back(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await lane.open(WORDS[0])
    post = lane.reception._posting.show

    async def slowly(shown: Ticket) -> object:
        """The erasure and its Unshow come and go while Telegram takes the card."""
        await lane.store.erase(ticket.delegate)
        await unshow(lane, ticket)
        return await post(shown)

    monkeypatch.setattr(lane.reception._posting, "show", slowly)

    with pytest.raises(Undeliverable, match="erased"):
        await lane.reception.deliver(ticket_row(lane.reception.address, ShowTicket(ticket.id)))

    assert [text for text in left(lane) if WORDS[0] in text] == []
    assert await kept(lane) == {}
