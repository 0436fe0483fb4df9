"""What the PostgreSQL store promises beyond the contract: the outbox at size, erasure, opening again, moves."""

from __future__ import annotations

import re
from dataclasses import replace

import psycopg
import pytest

from bot.model.messages import InboundId, Lane, OutboundId, Receipt
from bot.model.people import Address
from bot.ports import Store
from storage import open_store
from tests.contract import postgres
from tests.contract.world import AMINA, BINH, GROUP, LEASE, NOON, WINDOW, ask, at, card, entry, known, note, put, say
from tests.patience import Stopwatch

pytestmark = pytest.mark.postgres


async def claim(store: Store, now: float = 0, *, limit: int = 100) -> list[str]:
    return [row.id for row in await store.claim_outbox(limit=limit, now=at(now), lease=LEASE)]


async def test_rows_that_are_not_due_do_not_slow_a_claim(one: Store, url: str) -> None:
    for first in range(0, 20_000, 1_000):
        timers = range(first, first + 1_000)
        await put(
            one, *(note(f"t{number}", Address("webchat", f"{number}"), due=at(3600 + number)) for number in timers)
        )
    await put(one, *(note(f"n{number}", Address("telegram", f"{number}")) for number in range(20)))

    watch = Stopwatch(lambda: postgres.backends(url))
    left = [row for _ in range(20) for row in await claim(one, limit=1)]
    due = [await one.next_due() for _ in range(20)]
    took = watch.seconds

    assert len(left) == 20
    assert due[0] == at(60)
    assert took < 1  # 40 questions; looking at every row takes ten milliseconds for each


async def test_row_of_a_clock_that_was_set_back_since_is_not_waited_for(one: Store) -> None:
    later = replace(note("later", due=at(7200)), created_at=at(3600))
    await put(one, later, note("n1", BINH), note("timer", GROUP, due=at(60)))

    assert await claim(one, 0) == ["n1", "later"]


async def test_paused_announcement_holds_up_nothing(one: Store) -> None:
    await put(one, replace(note("b1", lane=Lane.BROADCAST), broadcast="b"))
    await put(one, note("n1", lane=Lane.BROADCAST), replace(note("c1", BINH, lane=Lane.BROADCAST), broadcast="c"))

    paused = await one.claim_outbox(limit=9, now=NOON, lease=LEASE, paused=["b"])
    assert [row.id for row in paused] == ["c1", "n1"]
    assert await one.next_due(paused=["b"]) == at(60)
    assert await claim(one) == ["b1"]


async def test_rows_of_other_doors_stay(one: Store) -> None:
    await put(one, note("t1"), note("w1", BINH, due=at(5)))

    assert await one.next_due(doors=["webchat"]) == at(5)
    claimed = await one.claim_outbox(limit=9, now=at(5), lease=LEASE, doors=["webchat"])

    assert [row.id for row in claimed] == ["w1"]
    assert await one.next_due(doors=["telegram"]) == NOON


async def test_withdrawn_announcement_leaves_but_for_what_is_on_its_way(one: Store, other: Store) -> None:
    rows = [replace(note(f"b{n}", Address("webchat", f"{n}"), lane=Lane.BROADCAST), broadcast="b") for n in range(9)]
    await put(one, *rows)
    await claim(other, limit=1)

    gone = await one.withdraw("b")

    assert (gone, await one.waiting(broadcast="b"), await one.waiting()) == (8, 1, 1)


async def test_row_that_was_sent_without_an_answer_keeps_that(one: Store) -> None:
    await put(one, note("n1"))
    await claim(one)

    await one.postpone(OutboundId("n1"), at(5), unsure=True)
    await claim(one, 5)
    await one.postpone(OutboundId("n1"), at(6))

    [row] = await one.claim_outbox(limit=1, now=at(6), lease=LEASE)
    assert (row.attempts, row.unsure) == (2, True)


async def test_row_redirected_stands_in_the_line_of_its_new_address(one: Store) -> None:
    await put(one, note("n1"), note("w1", BINH))
    [row] = [row for row in await one.claim_outbox(limit=9, now=NOON, lease=LEASE) if row.id == "n1"]

    await one.redirect(row, BINH)

    assert await claim(one) == []  # behind the one that is on its way
    await one.delivered(note("w1", BINH), Receipt(), NOON)
    [moved] = await one.claim_outbox(limit=9, now=NOON, lease=LEASE)
    assert (moved.id, moved.to, moved.attempts) == ("n1", BINH, 0)


# -------------------------------------------------------------------- erasure, opening again, moves

SECRET = "Zanzibar"
_TABLES = ("delegates", "entries", "tickets", "outbox", "lines", "seen", "refs", "settings")


async def test_no_table_holds_a_word_of_an_erased_delegate(one: Store, url: str) -> None:
    async with one.transaction(AMINA.delegate) as turn:
        await turn.known(InboundId("webchat:1"), now=NOON, until=NOON + WINDOW)
        await turn.append(entry(AMINA, SECRET))
    opened = await ask(one, AMINA, SECRET)
    await one.delivered(card(opened.id, AMINA), Receipt(("55",), "t"), NOON)
    await put(one, note("to her", body=None), note("elsewhere", GROUP, delegate=AMINA.delegate))
    await one.remember("link:1", AMINA.key, who=AMINA.delegate)
    await ask(one, BINH, "Kept")
    assert _rows_with(url, SECRET, AMINA.key)

    await one.erase(AMINA.delegate)

    assert _rows_with(url, SECRET, AMINA.key) == []
    assert _rows_with(url, "Kept")
    assert _dead_rows(url) == 0


def _dead_rows(url: str) -> int:
    """What was deleted and is still in the files, as the server finds when it looks for it once more."""
    said: list[str] = []
    with psycopg.connect(postgres.plain_url(url), autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        for table in _TABLES:
            connection.execute(f"vacuum (verbose) {postgres.schema_of(url)}.{table}".encode())
    counts = re.findall(r"tuples: (\d+) removed, \d+ remain, (\d+) are dead", "\n".join(said))
    assert len(counts) >= len(_TABLES), said
    return sum(int(removed) + int(left) for removed, left in counts)


def _rows_with(url: str, *words: str) -> list[str]:
    return [
        table
        for table in _TABLES
        for (text,) in postgres.run(url, f"select t::text from {table} t")  # noqa: S608 -- our own names
        for word in words
        if word in text
    ]


async def test_opened_again_it_goes_on(url: str) -> None:
    async with open_store(url) as store:
        opened = await ask(store, AMINA)
        assert await claim(store) == [f"card:{opened.id}"]
        await known(store, AMINA, "u1")
        await store.remember("k", "Một", until=at(9))

    async with open_store(url) as store:
        assert await store.tickets() == [opened]
        assert await known(store, AMINA, "u1")
        assert await store.recall("k") == "Một"
        assert await claim(store, 60) == [f"card:{opened.id}"]
        assert (await ask(store, BINH)).id > opened.id


async def test_records_make_the_same_store_elsewhere(one: Store, url: str) -> None:
    await say(one, AMINA, "half \ud83d of a pair \0")
    opened = await ask(one, AMINA)
    gone = await ask(one, BINH)
    await one.erase(BINH.delegate)
    await one.remember("k", "v", who=AMINA.delegate, until=at(9))
    await known(one, AMINA, "u1")
    await put(one, *(note(f"n{number}") for number in range(12)))
    await one.postpone(OutboundId("n3"), at(5), unsure=True)
    await one.delivered(card(opened.id, AMINA), Receipt(("55",), "t"), NOON)
    records = [record async for record in one.records()]

    elsewhere = postgres.with_schema(postgres.plain_url(url), f"{postgres.schema_of(url)}_2")
    try:
        async with open_store(elsewhere) as copy:
            await copy.load(records)
            assert {record async for record in copy.records()} == set(records)
            assert await copy.counts() == await one.counts()
            assert await copy.entries(AMINA.delegate) == await one.entries(AMINA.delegate)
            assert await _all_rows(copy) == await _all_rows(one)
            assert (await ask(copy, BINH)).id > gone.id
    finally:
        postgres.drop(elsewhere)


async def _all_rows(store: Store) -> list[object]:
    left: list[object] = []
    while rows := await store.claim_outbox(limit=9, now=at(9), lease=LEASE):
        left += rows
        for row in rows:
            await store.delivered(row, Receipt(), NOON)
    return left
