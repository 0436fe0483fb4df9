"""What the desk delivers to a page: into a chat that somebody can come back to, and an announcement when it is its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.channels.webchat.sessions import LIFETIME
from bot.cli import demo_seed
from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.messages import Lane, Message, Outbound, OutboundId
from bot.model.people import Address
from bot.model.rich import letters, plain
from bot.model.tickets import StaffAction, Ticket
from bot.staff.list import StaffList
from tests.unit.web.conftest import Browser
from tests.unit.web.world import World


async def writes(world: World, page: Browser) -> Address:
    """Somebody at the page; returns where they are reached."""
    assert (await page.post("/chat/messages", json={"id": str(uuid4()), "text": "Hello"})).status == 200
    return world.accepted[-1].sender.address


def answer(world: World, to: Address, **more: Any) -> Outbound:
    now, said = world.watch.now(), Message(plain("Come to room 4"), "en")
    row = Outbound(OutboundId("r"), to, Lane.TICKET, said, now, now, delegate=to.delegate)
    return replace(row, **more)


def announcement(world: World, to: Address) -> Outbound:
    return answer(world, to, id=OutboundId(f"announce:a:{to.delegate}"), lane=Lane.BROADCAST, broadcast="a")


async def shown(page: Browser) -> list[str]:
    told = await (await page.get("/chat/messages?after=0")).json()
    return ["".join(span["text"] for span in entry["spans"]) for entry in told["entries"]]


async def test_chat_that_was_ended_cannot_be_reached(world: World, delegate: Browser) -> None:
    to = await writes(world, delegate)
    assert (await world.chat().deliver(answer(world, to, entry=2))).refs
    await delegate.post("/chat/end")

    with pytest.raises(Undeliverable) as gone:
        await world.chat().deliver(answer(world, to, entry=2))
    assert gone.value.address_gone


async def test_chat_can_be_reached_as_long_as_its_page_can_come_back(world: World, delegate: Browser) -> None:
    to = await writes(world, delegate)
    await world.store.sweep(world.watch.now() + LIFETIME - timedelta(minutes=1))
    await world.chat().deliver(answer(world, to, entry=2))

    await world.store.sweep(world.watch.now() + LIFETIME)
    with pytest.raises(Undeliverable):
        await world.chat().deliver(answer(world, to, entry=2))


async def test_chat_begun_by_an_earlier_version_can_be_reached(world: World, delegate: Browser) -> None:
    to = await writes(world, delegate)
    for key in await world.store.recall_all("webchat:living:"):
        await world.store.forget(key)

    assert (await world.chat().deliver(answer(world, to, entry=2))).refs


async def test_store_that_is_away_is_waited_for(
    world: World, delegate: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = await writes(world, delegate)

    async def away(_key: str) -> str:
        raise StoreUnavailable

    monkeypatch.setattr(world.store, "recall", away)
    with pytest.raises(DeliveryDelayed):
        await world.chat().deliver(answer(world, to, entry=2))


async def test_announcement_is_shown_once_when_it_is_its_turn(world: World, delegate: Browser) -> None:
    row = announcement(world, await writes(world, delegate))
    before = await shown(delegate)

    for _ in range(2):  # the process died before it was noted
        await world.chat().deliver(row)

    assert await shown(delegate) == [*before, "Come to room 4"]
    line = (await world.store.entries(row.to.delegate))[-1]
    assert (str(line.inbound), line.delivered_at) == (row.id, world.watch.now())


async def test_announcement_to_a_chat_that_was_ended_counts_as_unreachable(world: World, delegate: Browser) -> None:
    row = announcement(world, await writes(world, delegate))
    await delegate.post("/chat/end")

    with pytest.raises(Undeliverable):
        await world.chat().deliver(row)

    line = (await world.store.entries(row.to.delegate))[-1]
    assert (str(line.inbound), line.delivered_at, bool(line.undeliverable)) == (row.id, None, True)


async def test_announcement_to_somebody_erased_meanwhile_leaves_nothing(world: World, delegate: Browser) -> None:
    row = announcement(world, await writes(world, delegate))
    await world.store.erase(row.to.delegate)

    with pytest.raises(Undeliverable):
        await world.chat().deliver(row)

    assert await world.store.entries(row.to.delegate) == []
    assert await world.store.recall_all("webchat:") == {}


async def test_people_of_the_demonstration_can_be_reached(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_seed, "PLAY", demo_seed.PLAY[:2])

    async def nobody_acts(action: StaffAction) -> Ticket:
        raise AssertionError(action)

    staff = StaffList(world.store, world.watch)
    await demo_seed.Replay(world.store, world.accept, nobody_acts, staff, world.watch.now).run()

    people = [inbound.sender.address for inbound in world.accepted]
    assert len(people) == 2
    for one in people:
        [_, said] = await world.store.entries(one.delegate)
        assert letters(said.message.text) == "Noted."
        await world.chat().deliver(answer(world, one, entry=said.seq))
