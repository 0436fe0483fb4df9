"""What a delegate wrote while a reception lane refused everything reaches it once the lane takes messages again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk import owed
from bot.desk.undelivered import Undelivered
from bot.model.errors import Undeliverable
from bot.model.messages import Outbound, Receipt
from bot.model.people import Address
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk

PASSPORT = "It is spelled Nguyen, passport B1234"


class Refusing:
    """A lane that the bot was put out of."""

    name = "reception-telegram"

    def __init__(self) -> None:
        self.refused = 0

    async def deliver(self, row: Outbound) -> Receipt:
        del row
        self.refused += 1
        raise Undeliverable("Forbidden: bot was kicked from the supergroup chat", address_gone=True)


@pytest.fixture
async def asked(desk: Desk, delegate: Delegate, lan: Colleague) -> Desk:
    """Somebody has a request that staff have seen."""
    lane = Address(desk.lane.name, "group")
    desk.dispatcher.gone = Undelivered(desk.store, desk.speakers, desk.clock, (lane,)).gone
    await delegate.commands("human", "My name is not on the badge list")
    await lan.claims(1)
    return desk


async def rounds(desk: Desk, minutes: int) -> list[str]:
    """What reception read in so many minutes."""
    read: list[str] = []
    for _ in range(4 * minutes):
        desk.clock.moves(timedelta(seconds=15))
        await desk.duties._try_again()
        read += (await desk.settles()).get(RECEPTION, [])
    return read


async def test_words_of_the_time_in_which_the_group_refused_reach_it_once_and_in_order(
    asked: Desk, delegate: Delegate
) -> None:
    group, refusing = asked.lane, Refusing()
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: refusing}
    told = await delegate.says(PASSPORT)
    await delegate.says("My room is 512 and my telephone is on silent")
    await rounds(asked, minutes=30)
    assert told[DELEGATE]
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: group}

    read = await rounds(asked, minutes=12)

    lines = [line for line in read if line.startswith("#1 delegate:") or PASSPORT in line or "512" in line]
    assert [PASSPORT in line for line in lines] == [True, False]
    assert "512" in lines[1]
    assert await asked.store.recall_all(owed.PREFIX) == {}


async def test_a_group_that_still_refuses_is_asked_ever_less_often(asked: Desk, delegate: Delegate) -> None:
    refusing = Refusing()
    asked.dispatcher.channels = {**asked.dispatcher.channels, asked.lane.name: refusing}
    await delegate.says(PASSPORT)

    await rounds(asked, minutes=60)

    assert 10 <= refusing.refused <= 20


async def test_two_processes_that_look_at_once_send_a_line_once(asked: Desk, delegate: Delegate) -> None:
    group = asked.lane
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: Refusing()}
    await delegate.says(PASSPORT)
    [(key, kept)] = (await asked.store.recall_all(owed.PREFIX)).items()
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: group}
    first = await rounds(asked, minutes=2)

    await asked.store.remember(key, kept, who=delegate.address.delegate)  # the other one has read it before
    second = await rounds(asked, minutes=2)

    assert [PASSPORT in line for line in first] == [True]
    assert second == []


async def test_what_is_owed_goes_with_the_delegate(asked: Desk, delegate: Delegate) -> None:
    group = asked.lane
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: Refusing()}
    await delegate.says(PASSPORT)

    await asked.store.erase(delegate.address.delegate)
    asked.dispatcher.channels = {**asked.dispatcher.channels, group.name: group}

    assert await asked.store.recall_all(owed.PREFIX) == {}
    assert await rounds(asked, minutes=2) == []
