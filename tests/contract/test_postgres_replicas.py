"""Several stores on one database: rows, leases, roles and changes are shared, and nobody does a thing twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.errors import StaleWrite
from bot.model.messages import InboundId, Receipt, TicketId
from bot.model.people import Address
from bot.ports import Change, Store
from storage import open_store
from storage.postgres import feed as feed_module
from storage.postgres import heart
from storage.postgres.heart import Heart
from tests.contract import postgres
from tests.contract.world import AMINA, BINH, LEASE, NOON, WINDOW, ask, at, entry, known, note, put, say, ticket
from tests.patience import PATIENCE, Stopwatch

pytestmark = pytest.mark.postgres


async def claim(store: Store, now: float = 0, *, limit: int = 100) -> list[str]:
    return [row.id for row in await store.claim_outbox(limit=limit, now=at(now), lease=LEASE)]


async def test_row_is_claimed_by_one_of_two_stores(one: Store, other: Store) -> None:
    await put(one, *(note(f"n{number}", Address("webchat", f"{number}")) for number in range(40)))

    claims = await asyncio.gather(*(claim(store, limit=5) for store in (one, other) for _ in range(4)))

    assert sorted(row for rows in claims for row in rows) == sorted(f"n{number}" for number in range(40))


async def test_lease_that_ran_out_passes_to_the_other(one: Store, other: Store) -> None:
    await put(one, note("n1"))

    assert await claim(one) == ["n1"]
    assert await claim(other, 59) == []
    assert await claim(other, 60) == ["n1"]


async def test_outcome_has_no_effect_once_the_lease_has_passed_on(one: Store, other: Store) -> None:
    line = await say(one, AMINA)
    await put(one, note("n1", entry=line.seq, delegate=AMINA.delegate))
    [row] = await one.claim_outbox(limit=1, now=NOON, lease=LEASE)
    await claim(other, 60)

    await one.delivered(row, Receipt(("55",)), at(61))
    await one.undeliverable(row, "too late")
    await one.postpone(row.id, at(61))
    await one.redirect(row, BINH)

    assert await one.entries(AMINA.delegate) == [line]
    assert await other.waiting() == 1
    assert await claim(one, 119) == []
    [again] = await other.claim_outbox(limit=1, now=at(120), lease=LEASE)
    assert (again.to, again.attempts) == (AMINA, 0)


async def test_outcome_counts_for_the_one_to_whom_the_lease_passed(one: Store, other: Store) -> None:
    line = await say(one, AMINA)
    await put(one, note("n1", entry=line.seq, delegate=AMINA.delegate))
    await claim(one)
    [row] = await other.claim_outbox(limit=1, now=at(60), lease=LEASE)

    await other.delivered(row, Receipt(("55",)), at(61))

    assert await one.entries(AMINA.delegate) == [replace(line, delivered_at=at(61))]
    assert await one.waiting() == 0


async def test_store_that_closes_gives_back_what_it_held(one: Store, url: str) -> None:
    await put(one, note("n1"))
    async with open_store(url) as closing:
        assert await claim(closing) == ["n1"]

    assert await claim(one, 1) == ["n1"]


async def test_dead_replica_s_rows_pass_on_long_before_its_leases_end(
    one: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(one, note("n1"), note("n2", BINH))
    monkeypatch.setattr(Heart, "stop", _without_a_word)
    async with open_store(url) as dying:
        assert await claim(dying, limit=1) == ["n1"]
    assert await claim(one) == ["n2"]

    async with heard(one) as until:
        await until(lambda seen: any(change.gap for change in seen))

    assert await claim(one, 1) == ["n1"]


async def _without_a_word(_: Heart) -> None:
    """As a process that is killed leaves."""


async def test_replica_that_is_alive_keeps_its_rows(one: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "ALIVE", 5.0)
    monkeypatch.setattr(heart, "BEAT", 0.1)
    await put(one, note("n1"))
    await claim(other)

    await asyncio.sleep(6.5)  # both beat as quickly now, and look for the dead

    assert await claim(one, 59) == []


async def test_turns_of_one_delegate_come_one_after_another_over_all_stores(one: Store, other: Store) -> None:
    async def turn(store: Store, text: str) -> int:
        async with store.transaction(AMINA.delegate) as tx:
            line = await tx.append(entry(AMINA, text))
            await asyncio.sleep(0.005)
            return line.seq

    numbers = await asyncio.gather(*(turn(store, f"{n}") for n in range(10) for store in (one, other)))

    assert sorted(numbers) == list(range(1, 21))
    assert [line.seq for line in await one.entries(AMINA.delegate)] == list(range(1, 21))


async def test_same_message_at_two_stores_counts_once(one: Store, other: Store) -> None:
    async def receive(store: Store, number: int) -> None:
        async with store.transaction(AMINA.delegate) as turn:
            if not await turn.known(InboundId(f"u{number}"), now=NOON, until=NOON + WINDOW):
                await turn.append(entry(AMINA, f"{number}"))

    await asyncio.gather(*(receive(store, number) for number in range(10) for store in (one, other)))

    assert len(await other.entries(AMINA.delegate)) == 10


async def test_same_id_in_turns_of_two_people_waits_for_the_first(one: Store, other: Store) -> None:
    async with one.transaction(AMINA.delegate) as turn:
        assert not await turn.known(InboundId("u1"), now=NOON, until=NOON + WINDOW)
        asking = asyncio.create_task(known(other, BINH, "u1"))
        await asyncio.sleep(0.05)
        assert not asking.done()

    assert await asking


async def test_ticket_numbers_are_never_given_twice(one: Store, other: Store) -> None:
    async def fails() -> None:
        async with one.transaction(AMINA.delegate) as turn:
            await turn.add_ticket(ticket(AMINA))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    asked = await asyncio.gather(
        *(ask(store, Address("webchat", f"{number}")) for number in range(10) for store in (one, other))
    )

    assert len({ticket.id for ticket in asked}) == 20
    assert min(ticket.id for ticket in asked) > 1


async def test_ticket_changed_through_the_other_store_is_stale(one: Store, other: Store) -> None:
    opened = await ask(one, AMINA)

    async def claims(store: Store, name: str) -> bool:
        try:
            async with store.transaction(AMINA.delegate) as turn:
                await turn.save_ticket(replace(opened, owner_name=name))
        except StaleWrite:
            return False
        return True

    won = await asyncio.gather(*(claims(store, f"{n}") for n in range(10) for store in (one, other)))

    assert won.count(True) == 1


async def test_role_belongs_to_one_and_passes_on(one: Store, other: Store) -> None:
    minute = timedelta(minutes=1)
    assert await one.lead("telegram", "a", minute)
    assert not await other.lead("telegram", "b", minute)
    assert await one.lead("telegram", "a", minute)
    assert await other.lead("announcements", "b", minute)

    await other.resign("telegram", "b")
    assert not await other.lead("telegram", "b", minute)
    await one.resign("telegram", "a")

    assert await other.lead("telegram", "b", minute)
    assert not await one.lead("telegram", "a", minute)


async def test_role_passes_on_when_its_lease_ends(one: Store, other: Store) -> None:
    minute, began = timedelta(minutes=1), time.monotonic()
    assert await one.lead("telegram", "a", timedelta(seconds=2))
    async with asyncio.timeout(PATIENCE):
        while not await other.lead("telegram", "b", minute):  # noqa: ASYNC110 -- as those who want it do
            await asyncio.sleep(0.05)

    assert time.monotonic() - began > 1.9
    assert not await one.lead("telegram", "a", minute)


async def test_of_many_who_want_a_role_one_gets_it(one: Store, other: Store) -> None:
    minute = timedelta(minutes=1)
    got = await asyncio.gather(*(store.lead("r", f"{n}", minute) for n in range(10) for store in (one, other)))

    # The two stores ask under the same names: whoever won is told so by both.
    assert got.count(True) == 2


# -------------------------------------------------------------------- changes


@asynccontextmanager
async def heard(store: Store) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Collects changes; the body may wait until they are what it expects."""
    seen: list[Change] = []

    async def collect() -> None:
        async for change in store.changes():
            seen.append(change)  # noqa: PERF401 -- looked at while it grows

    async def until(true: Callable[[Sequence[Change]], object], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not true(seen):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    reader = asyncio.create_task(collect())
    await asyncio.sleep(0)
    try:
        yield until
    finally:
        reader.cancel()
        await asyncio.wait([reader])


async def test_commit_of_one_store_is_told_by_the_other(one: Store, other: Store) -> None:
    async with heard(other) as until:
        await say(one, AMINA)
        opened = await ask(one, BINH)

        await until(lambda seen: len(seen) == 2)
        await until(
            lambda seen: (
                [(change.delegate, tuple(change.tickets), change.outbox, change.gap) for change in seen]
                == [(AMINA.delegate, (), False, False), (BINH.delegate, (opened.id,), True, False)]
            )
        )


async def test_own_commit_is_told_once(one: Store, other: Store) -> None:
    async with heard(one) as until, heard(other) as told:
        await say(one, AMINA)
        await told(lambda seen: len(seen) == 1)  # by then it has come back from the server, too
        await asyncio.sleep(0.02)

        await until(lambda seen: len(seen) == 1)


async def test_change_too_long_for_a_notice_is_a_gap(one: Store, other: Store) -> None:
    async with heard(other) as until:
        async with one.transaction(AMINA.delegate) as turn:
            for number in range(3_000):
                await turn.append(replace(entry(AMINA), ticket=TicketId(1_000_000 + number)))

        await until(lambda seen: seen and seen[-1].gap and seen[-1].delegate == AMINA.delegate)


async def test_cut_listener_tells_of_a_gap_and_goes_on(one: Store, other: Store, url: str) -> None:
    async with heard(other) as until:
        postgres.cut(url, listening=True)
        await until(lambda seen: any(change.gap for change in seen))
        await asyncio.sleep(feed_module.LOOK_AGAIN + 0.5)

        await say(one, AMINA)

        await until(lambda seen: seen and (seen[-1].delegate, seen[-1].gap) == (AMINA.delegate, False))


async def test_store_that_cannot_listen_looks_again_and_again(
    one: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module.Listener, "_begin", _refuse)
    async with heard(one) as until:
        postgres.cut(url, listening=True)
        watch = Stopwatch()
        await until(lambda seen: sum(change.gap for change in seen) >= 3)

    assert watch.seconds < 3 * feed_module.LOOK_AGAIN + 1


async def _refuse(*_: object) -> None:
    raise TimeoutError
