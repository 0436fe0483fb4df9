"""Every operation of the store, step by step, for those who cut the power or kill in the middle of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.model.messages import InboundId, Lane, OutboundId, Receipt
from bot.model.people import Address
from bot.ports import Store
from storage.crypt import Key
from tests.contract.world import AMINA, BINH, CHLOE, LEASE, NOON, WINDOW, ask, at, known, note, person, put, say

Steps = AsyncIterator[None]
"""Each ``yield`` confirms a step: what it did must be there from then on."""

KEY: Final = Key(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class Operation:
    run: Callable[[Store], Steps]
    key: Key | None = None
    """With which the store is opened again for the operation; before it was opened without."""
    old: bool = False
    """The store is of the first format before."""


async def begin(store: Store) -> None:
    """A small past, so that there is something to lose."""
    for who in (AMINA, BINH, CHLOE):
        async with store.transaction(who.delegate) as turn:
            await turn.save_delegate(person(who))
        opened = await ask(store, who)
        await put(store, note(f"{who.key}>1", who, delegate=who.delegate, entry=1))
        [row] = [row for row in await store.claim_outbox(limit=9, now=NOON, lease=LEASE) if row.ticket == opened.id]
        await store.delivered(row, Receipt((f"ref-{who.key}",)), NOON)
        await known(store, who, f"u-{who.key}")
    await store.remember("k", "v", until=at(9))


async def turns(store: Store) -> Steps:
    for number in range(4):
        await say(store, AMINA, f"{number} " + "where is the bus? " * number * 40)
        yield


async def ticket(store: Store) -> Steps:
    for who in (AMINA, BINH):
        await ask(store, who)
        yield


async def burst(store: Store) -> Steps:
    await asyncio.gather(*(say(store, Address("webchat", f"b{number}"), "x" * 300) for number in range(12)))
    yield


async def deliver(store: Store) -> Steps:
    for row in await store.claim_outbox(limit=9, now=at(70), lease=LEASE):
        await store.delivered(row, Receipt(("9",)), at(70))
        yield


async def not_delivered(store: Store) -> Steps:
    rows = list(await store.claim_outbox(limit=9, now=at(70), lease=LEASE))
    await store.postpone(rows[0].id, at(80), unsure=True)
    yield
    await store.undeliverable(rows[1], "blocked")
    yield
    await store.redirect(rows[2], AMINA)
    yield


async def broadcast(store: Store) -> Steps:
    rows = [replace(note(f"b{n}", Address("telegram", f"{n}"), lane=Lane.BROADCAST), broadcast="b") for n in range(30)]
    await put(store, *rows)
    yield
    await store.withdraw("b")
    yield


async def dedupe(store: Store) -> Steps:
    for number in range(3):
        async with store.transaction(AMINA.delegate) as turn:
            assert not await turn.known(InboundId(f"new-{number}"), now=NOON, until=NOON + WINDOW)
            await turn.enqueue(note(f"new-{number}>1"))
        yield


async def small_things(store: Store) -> Steps:
    await store.remember("a", "1")
    yield
    await store.remember("a", "2", who=BINH.delegate)
    yield
    await store.forget("a")
    yield
    await store.sweep(at(10))
    yield


async def erase(store: Store) -> Steps:
    await store.erase(BINH.delegate)
    yield
    await say(store, BINH)
    yield


async def redact(store: Store) -> Steps:
    await store.redact((await store.tickets())[0].id, NOON)
    yield
    await say(store, AMINA)
    yield


async def load(store: Store) -> Steps:
    await store.load([record async for record in store.records()])
    yield
    await store.postpone(OutboundId("101>1"), at(5))
    yield


async def compaction(store: Store) -> Steps:
    """Others write while the journal is rewritten."""
    for number in range(3):
        await asyncio.gather(store.erase(Address("webchat", "nobody").delegate), say(store, AMINA, f"{number}"))
        yield


async def opening(store: Store) -> Steps:
    await say(store, AMINA)
    yield


OPERATIONS: Final[Mapping[str, Operation]] = {
    **{run.__name__: Operation(run) for run in (turns, ticket, burst, deliver, not_delivered, broadcast, dedupe)},
    **{run.__name__: Operation(run) for run in (small_things, erase, redact, load, compaction)},
    "migration": Operation(opening, old=True),
    "encryption": Operation(opening, key=KEY),
}
