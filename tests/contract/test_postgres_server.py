"""A server that comes and goes: nothing that was confirmed is lost, and the store recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.model.errors import StoreUnavailable
from bot.model.messages import InboundId
from bot.model.people import Address
from bot.ports import Store
from storage import open_store
from storage.postgres import address
from tests.contract import postgres
from tests.contract.world import AMINA, BINH, LEASE, NOON, WINDOW, at, entry, known, say
from tests.patience import PATIENCE, Stopwatch

T = TypeVar("T")
pytestmark = pytest.mark.postgres


async def claim(store: Store, now: float = 0, *, limit: int = 100) -> list[str]:
    return [row.id for row in await store.claim_outbox(limit=limit, now=at(now), lease=LEASE)]


async def test_connections_that_were_cut_while_nobody_used_them_are_not_noticed(one: Store, url: str) -> None:
    await asyncio.gather(*(say(one, Address("webchat", f"{number}")) for number in range(20)))
    postgres.cut(url)

    assert (await say(one, AMINA)).seq == 1
    assert len(await one.entries(AMINA.delegate)) == 1
    assert await claim(one) == []


async def test_turn_whose_connection_is_cut_leaves_nothing(one: Store, url: str) -> None:
    with pytest.raises(StoreUnavailable):
        await _cut_turn(one, url)

    assert await one.entries(AMINA.delegate) == []
    assert not await known(one, AMINA, "u1")


async def _cut_turn(store: Store, url: str) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.known(InboundId("u1"), now=NOON, until=NOON + WINDOW)
        await turn.append(entry(AMINA))
        postgres.cut(url)


async def test_server_that_is_away_is_told_within_five_seconds_or_so(tmp_path: Path) -> None:
    del tmp_path
    server = postgres.own_server()
    try:
        async with open_store(postgres.with_schema(server.url, "away")) as store:
            await say(store, AMINA)
            await asyncio.to_thread(server.stop)
            watch = Stopwatch()
            outcomes = await asyncio.gather(
                *(say(store, Address("webchat", f"{number}")) for number in range(50)), return_exceptions=True
            )
            told = watch.seconds
            await asyncio.to_thread(server.start)
            watch = Stopwatch()
            await _once_back(lambda: say(store, BINH))
            recovered = watch.seconds
            kept = await _once_back(lambda: store.entries(AMINA.delegate))
    finally:
        server.remove()

    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert told < 6
    assert recovered < 10
    assert len(kept) == 1


async def _once_back(ask: Callable[[], Awaitable[T]]) -> T:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await ask()
            except StoreUnavailable:
                await asyncio.sleep(0.1)


async def test_turns_that_wait_for_each_other_end_and_others_are_told(one: Store) -> None:
    """Turns within turns are a fault of whoever opens them; the store must not stand still because of it."""
    all_in = asyncio.Barrier(8)

    async def nested(number: int) -> None:
        async with one.transaction(Address("telegram", f"{number}").delegate):
            await all_in.wait()
            await say(one, Address("webchat", f"{number}"))

    async with asyncio.timeout(PATIENCE):
        done = await asyncio.gather(*map(nested, range(8)), return_exceptions=True)
    assert any(isinstance(outcome, StoreUnavailable) for outcome in done)
    assert {type(outcome) for outcome in done} <= {StoreUnavailable, type(None)}

    assert (await say(one, AMINA)).seq == 1


async def test_lock_that_somebody_else_keeps_is_not_waited_for_for_ever(
    one: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(address._SESSION, "statement_timeout", "2s")
    async with open_store(url) as impatient, one.transaction(AMINA.delegate):
        with pytest.raises(StoreUnavailable):
            await say(impatient, AMINA)
        await say(impatient, BINH)
