"""What every store promises about keeping: how long, what is removed, what is moved; see ``bot.ports``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model.messages import Attachment, InboundId, Lane, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address
from bot.ports import Record, Store
from tests.contract.world import (
    AMINA,
    BINH,
    CHLOE,
    GROUP,
    LEASE,
    NOON,
    Keeper,
    ask,
    at,
    card,
    entry,
    known,
    message,
    note,
    person,
    put,
    readable,
    say,
    ticket,
)
from tests.patience import PATIENCE

EVERYBODY = (AMINA, BINH, CHLOE)


async def claimed(store: Store, now: datetime = NOON, *, limit: int = 100) -> Sequence[Outbound]:
    return await store.claim_outbox(limit=limit, now=now, lease=LEASE)


async def one(store: Store, now: datetime = NOON) -> Outbound:
    [row] = await claimed(store, now, limit=1)
    return row


def bulk(number: str, to: Address = AMINA, *, broadcast: str = "b1") -> Outbound:
    return replace(note(number, to, lane=Lane.BROADCAST), broadcast=broadcast)


# -------------------------------------------------------------------- what was handled


async def test_id_is_known_until_its_time_is_over(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        assert not await turn.known(InboundId("u1"), now=NOON, until=at(10))
        assert await turn.known(InboundId("u1"), now=NOON, until=at(10))

    async with store.transaction(AMINA.delegate) as turn:
        assert await turn.known(InboundId("u1"), now=at(9), until=at(99))
    async with store.transaction(AMINA.delegate) as turn:
        assert not await turn.known(InboundId("u1"), now=at(10), until=at(99))
    async with store.transaction(AMINA.delegate) as turn:
        assert await turn.known(InboundId("u1"), now=at(98), until=at(200))


async def test_sweep_removes_what_is_over_and_nothing_else(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    async with store.transaction(AMINA.delegate) as turn:
        await turn.known(InboundId("short"), now=NOON, until=at(10))
        await turn.known(InboundId("long"), now=NOON, until=at(7200))
    await store.remember("short", "1", until=at(10))
    await store.remember("extended", "1", until=at(10))
    await store.remember("extended", "2", until=at(7200))
    await store.remember("for ever", "3")
    if keeper.kind != "memory":
        store = await keeper.reopen()

    assert await store.sweep(at(9)) == 0
    assert await store.sweep(at(10)) == 2

    assert [await store.recall(key) for key in ("short", "extended", "for ever")] == [None, "2", "3"]
    assert await store.sweep(at(10)) == 0
    assert await store.sweep(at(7200)) == 2
    assert (await store.counts())["seen"] == 0


# -------------------------------------------------------------------- the outbox


async def test_only_rows_of_the_asked_doors_are_claimed_and_counted(store: Store) -> None:
    await put(store, note("t", AMINA, due=at(1)), note("w", BINH, due=at(5)))

    assert await store.next_due(doors=["webchat"]) == at(5)
    assert await store.next_due(doors=["elsewhere"]) is None
    rows = await store.claim_outbox(limit=9, now=at(9), lease=LEASE, doors=["webchat"])
    assert [row.id for row in rows] == ["w"]
    assert [row.id for row in await claimed(store, at(9))] == ["t"]


async def test_paused_broadcast_stays_and_holds_up_nothing(store: Store) -> None:
    await put(store, bulk("b1"), bulk("b2", BINH), bulk("c1", broadcast="b2"), bulk("d1", CHLOE, broadcast="b3"))

    async def ids(paused: Sequence[str], now: datetime = NOON) -> list[str]:
        rows = await store.claim_outbox(limit=9, now=now, lease=LEASE, paused=paused)
        return [row.id for row in rows]

    assert await ids(["b1", "b3"]) == ["c1"]
    assert await store.next_due(paused=["b1", "b2", "b3"]) is None
    assert await store.next_due(paused=["b1"]) == NOON
    assert await store.waiting() == 4
    assert await ids([], at(70)) == ["b1", "b2", "d1"]


async def test_waiting_rows_of_a_broadcast_are_counted_and_withdrawn(store: Store) -> None:
    await put(store, bulk("b1"), bulk("b2", BINH), bulk("b3", CHLOE), bulk("c1", CHLOE, broadcast="b2"))
    row = await one(store)
    assert await store.waiting(broadcast="b1") == 3

    assert await store.withdraw("b1") == 2

    assert (await store.waiting(broadcast="b1"), await store.waiting()) == (1, 2)
    assert await store.withdraw("b1") == 0
    await store.delivered(row, Receipt(), NOON)
    assert [left.id for left in await claimed(store)] == ["c1"]


async def test_row_that_is_being_withdrawn_is_given_to_nobody(store: Store) -> None:
    await put(store, *(bulk(f"b{number}", Address("telegram", f"{number}")) for number in range(20)))

    gone, rows = await asyncio.gather(store.withdraw("b1"), claimed(store))

    assert gone + len(rows) == 20


async def test_postponed_row_keeps_that_it_may_have_arrived(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    await put(store, note("n1"))
    await one(store)
    await store.postpone(OutboundId("n1"), at(5), unsure=True)
    await store.postpone(OutboundId("n1"), at(6))
    if keeper.kind != "memory":
        store = await keeper.reopen()

    row = await one(store, at(6))
    assert (row.unsure, row.attempts) == (True, 2)


async def test_redirected_row_is_new_at_the_other_address(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    await put(store, replace(note("n1", delegate=AMINA.delegate), replaces="55"), note("before", BINH))
    await one(store)
    await store.postpone(OutboundId("n1"), NOON, unsure=True)
    row = next(row for row in await claimed(store) if row.id == "n1")

    await store.redirect(row, BINH)
    await put(store, note("after", BINH))
    if keeper.kind != "memory":
        store = await keeper.reopen()

    left: list[Outbound] = []
    while rows := await claimed(store, at(100)):
        left += rows
        await store.delivered(rows[0], Receipt(), at(100))
    assert [(one.id, one.to, one.attempts, one.unsure, one.replaces) for one in left] == [
        ("before", BINH, 0, False, ""),
        ("n1", BINH, 0, False, ""),
        ("after", BINH, 0, False, ""),
    ]


async def test_outcome_of_a_row_that_was_sent_another_way_changes_nothing(store: Store) -> None:
    line = await say(store, AMINA)
    await put(store, note("n1", delegate=AMINA.delegate, entry=line.seq))
    row = await one(store)
    await store.redirect(row, BINH)

    await store.undeliverable(row, "blocked")
    await store.delivered(row, Receipt(), NOON)
    await store.redirect(row, CHLOE)

    assert await store.entry(AMINA.delegate, line.seq) == line
    assert [left.to for left in await claimed(store)] == [BINH]


async def test_outcome_that_is_told_twice_counts_once(store: Store) -> None:
    line = await say(store, AMINA)
    await put(store, note("n1", delegate=AMINA.delegate, entry=line.seq))
    row = await one(store)
    await store.delivered(row, Receipt(), at(1))

    await store.delivered(row, Receipt(), at(2))
    await store.undeliverable(row, "blocked")
    await store.redirect(row, BINH)

    assert await store.entry(AMINA.delegate, line.seq) == replace(line, delivered_at=at(1))
    assert await store.waiting() == 0


# -------------------------------------------------------------------- people and small things


async def test_everybody_who_is_known_is_listed_in_a_steady_order(store: Store) -> None:
    for who in (CHLOE, BINH, AMINA):
        async with store.transaction(who.delegate) as turn:
            await turn.save_delegate(person(who))
    first = await store.delegates()
    async with store.transaction(CHLOE.delegate) as turn:
        await turn.save_delegate(person(CHLOE, "Chloé"))

    assert sorted(one.id for one in first) == sorted(who.delegate for who in EVERYBODY)
    assert [one.id for one in await store.delegates()] == [one.id for one in first]


async def test_small_things_of_a_room_are_found_by_the_beginning_of_their_names(store: Store) -> None:
    for key in ("web:b", "web:a", "webb", "desk:a", "we%:a", "we_:a"):
        await store.remember(key, key.upper())

    assert list((await store.recall_all("web:")).items()) == [("web:a", "WEB:A"), ("web:b", "WEB:B")]
    assert await store.recall_all("we_") == {"we_:a": "WE_:A"}
    assert await store.recall_all("we%") == {"we%:a": "WE%:A"}
    assert await store.recall_all("none") == {}


async def test_small_things_of_a_delegate_go_with_the_delegate(store: Store) -> None:
    await store.remember("web:1", "hers", who=AMINA.delegate)
    await store.remember("web:2", f"only speaks of {AMINA.delegate}", who=BINH.delegate)
    await store.remember("web:3", f'{{"who":"{AMINA.delegate}"}}')

    await store.erase(AMINA.delegate)

    assert set(await store.recall_all("web:")) == {"web:2", "web:3"}


async def test_role_that_is_held_is_kept_by_its_holder(store: Store) -> None:
    assert await store.lead("polling", "one", timedelta(seconds=30))
    assert await store.lead("polling", "one", timedelta(seconds=30))
    await store.resign("polling", "one")
    assert await store.lead("polling", "two", timedelta(seconds=30))


# -------------------------------------------------------------------- redaction


async def _told(store: Store) -> TicketId:
    async with store.transaction(AMINA.delegate) as turn:
        line = replace(entry(AMINA, "Zanzibar"), attachments=(Attachment("photo", "Zanzibar"),), name="Lan")
        line = await turn.append(line)
        opened = await turn.add_ticket(replace(ticket(AMINA, "Zanzibar"), delegate_name="Zanzibar"))
        await turn.assign(line, opened.id)
        reply = await turn.append(replace(entry(AMINA, "Zanzibar too", author="staff"), ticket=opened.id))
        await turn.append(entry(AMINA, "about something else"))
        await turn.enqueue(card(opened.id, AMINA))
        await turn.enqueue(note("reply", body=message("Zanzibar"), delegate=AMINA.delegate, entry=reply.seq))
        await turn.enqueue(note("other", delegate=AMINA.delegate))
    return opened.id


async def test_redacted_ticket_has_no_words_left_but_its_number_and_times(store: Store) -> None:
    number = await _told(store)
    async with store.transaction(AMINA.delegate) as turn:
        held = await turn.ticket(number)
        assert held is not None
        before = await turn.save_ticket(replace(held, promise="the X-ray"))

    await store.redact(number, at(9))

    after = await store.ticket(number)
    assert after == replace(
        before, question="", delegate_name="", promise="", redacted_at=at(9), version=before.version + 1
    )
    assert [line.message.text for line in await store.timeline(number)] == [(), ()]
    assert all(not line.attachments for line in await store.timeline(number))
    assert [line.seq for line in await store.entries(AMINA.delegate)] == [1, 2, 3]
    assert (await store.entries(AMINA.delegate))[2].message == message("about something else")
    assert [row.id for row in await claimed(store)] == ["other"]


async def test_redacting_twice_or_a_ticket_that_is_not_there_changes_nothing(store: Store) -> None:
    number = await _told(store)
    await store.redact(number, at(9))
    before = await readable(store, EVERYBODY)

    await store.redact(number, at(10))
    await store.redact(TicketId(99), at(10))

    assert await readable(store, EVERYBODY) == before


async def test_line_that_went_to_another_ticket_is_redacted_with_that_one_only(store: Store) -> None:
    first = await ask(store, AMINA, "The air conditioning is loud")
    async with store.transaction(AMINA.delegate) as turn:
        line = await turn.append(entry(AMINA, "my chest hurts"))
        line = await turn.assign(line, first.id)
        second = await turn.add_ticket(ticket(AMINA, "my chest hurts"))
        await turn.assign(line, second.id)
    assert [len(await store.timeline(number)) for number in (first.id, second.id)] == [1, 1]

    await store.redact(first.id, at(9))
    assert [line.message for line in await store.timeline(second.id)] == [message("my chest hurts")]

    await store.redact(second.id, at(9))
    assert [line.message.text for line in await store.timeline(second.id)] == [()]


async def test_no_file_holds_a_word_of_a_redacted_ticket(lasting: Keeper) -> None:
    if lasting.kind != "tinydb":
        pytest.skip("the files of a server are its own")
    store: Store = await lasting.open()
    number = await _told(store)
    await put(store, note("kept", BINH, body=message("Hanoi")))

    await store.redact(number, at(9))

    assert _files_with(lasting, "Hanoi")
    assert not _files_with(lasting, "Zanzibar")


def _files_with(keeper: Keeper, word: str) -> list[str]:
    files = [path for path in keeper.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if word.encode() in path.read_bytes()]


# -------------------------------------------------------------------- backups and moves


async def _lived_in(store: Store) -> None:
    for who in EVERYBODY:
        async with store.transaction(who.delegate) as turn:
            await turn.save_delegate(person(who))
        opened = await ask(store, who, "half \ud83d of a pair")
        await put(store, note(f"{who.key}>1", who, delegate=who.delegate, due=at(3)))
        if who != CHLOE:
            row = next(row for row in await claimed(store) if row.ticket == opened.id)
            await store.delivered(row, Receipt(("7",), f"t{opened.id}"), at(1))
        await known(store, who, f"u-{who.key}")
    await store.remember("k", "v", until=at(99), who=BINH.delegate)
    await store.erase(CHLOE.delegate)


async def _everything(store: Store) -> list[Record]:
    return [record async for record in store.records()]


async def test_records_loaded_into_an_empty_store_make_the_same_store(keeper: Keeper) -> None:
    source: Store = await Keeper("memory", keeper.folder).open()
    await _lived_in(source)
    store: Store = await keeper.open()
    records = await _everything(source)

    for start in range(0, len(records), 3):
        await store.load(records[start : start + 3])

    for _ in range(2):
        refs = [(GROUP, "7"), (GROUP, "t1"), (GROUP, "t2")]
        assert await readable(store, EVERYBODY, refs, ["k"]) == await readable(source, EVERYBODY, refs, ["k"])
        assert await store.counts() == await source.counts()
        assert await known(store, AMINA, "u-101")
        if keeper.kind != "memory":
            store = await keeper.reopen()
    rows, expected = await claimed(store, at(9)), await claimed(source, at(9))
    assert sorted(rows, key=lambda row: row.id) == sorted(expected, key=lambda row: row.id)
    assert (await ask(store, AMINA)).id == (await ask(source, AMINA)).id == 4
    assert (await say(store, BINH)).seq == (await say(source, BINH)).seq
    assert await store.sweep(at(99)) == await source.sweep(at(99)) == 1


async def test_loading_replaces_what_has_the_same_key(store: Store) -> None:
    await _lived_in(store)
    before, records = await readable(store, EVERYBODY, (), ["k"]), await _everything(store)
    opened = (await store.tickets())[0]
    async with store.transaction(opened.delegate) as turn:
        await turn.save_ticket(replace(opened, team="medical"))
        await turn.save_delegate(person(AMINA, "another"))
    await store.remember("k", "w")

    await store.load(records)
    await store.load(records)

    assert await readable(store, EVERYBODY, (), ["k"]) == before
    assert await _everything(store) == records


async def test_counts_are_records_per_table(store: Store) -> None:
    await _lived_in(store)

    counts = await store.counts()

    assert counts == {
        "delegates": 2, "entries": 2, "tickets": 2, "outbox": 2, "seen": 2, "refs": 3, "settings": 2, "audit": 0,
    }  # fmt: skip


async def test_waiting_longer_than_the_store_is_never_needed(store: Store) -> None:
    """Every verb that only reads, or finds nothing to do, returns at once on an empty store."""
    async with asyncio.timeout(PATIENCE):
        assert (await store.delegates(), await store.tickets(), await store.recall_all("")) == ([], [], {})
        assert (await store.withdraw("b"), await store.sweep(NOON), await store.waiting()) == (0, 0, 0)
        await store.erase(AMINA.delegate)
        await store.load([])
