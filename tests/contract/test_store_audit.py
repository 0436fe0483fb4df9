"""What every store promises about the record of what staff did; see ``bot.ports`` and ``bot.model.audit``."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model.audit import AuditEvent, AuditLine
from bot.model.messages import TicketId
from bot.model.people import DelegateId
from bot.ports import Record, Store
from bot.staff.audit import verify
from storage.codec import read_json, write_json
from tests.contract.world import AMINA, NOON, Keeper, at, entry


def event(what: str = "ticket.claim", *, second: float = 0, ticket: int | None = 7) -> AuditEvent:
    return AuditEvent(at(second), "staff:1", what, "Lan", "console", None if ticket is None else TicketId(ticket))


async def trail(store: Store) -> list[AuditLine]:
    return [line async for line in store.audit_trail()]


async def faults(store: Store) -> list[str]:
    return (await verify(store, None)).faults


async def tampered(store: Store, seq: int, **changes: Any) -> None:
    """Somebody who can write to the store puts another line in the place of one."""
    [document] = [read_json(r.document) async for r in store.records() if (r.table, r.key) == ("audit", f"{seq:012d}")]
    document["event"] |= changes
    await store.load([Record("audit", f"{seq:012d}", write_json(document))])


async def test_line_is_there_with_the_turn_it_tells_of(keeper: Keeper) -> None:
    store: Store = await keeper.open()
    async with store.transaction(AMINA.delegate) as turn:
        await turn.append(entry(AMINA, "hello"))
        await turn.audit(event())
        await turn.audit(event("ticket.reply"))
    with pytest.raises(RuntimeError):
        await _fails(store)
    await store.audit(event("staff.add", ticket=None))
    if keeper.kind != "memory":
        store = await keeper.reopen()

    lines = await trail(store)

    assert [(line.seq, line.event.what, line.event.ticket) for line in lines] == [
        (1, "ticket.claim", 7),
        (2, "ticket.reply", 7),
        (3, "staff.add", None),
    ]
    assert [line.prev for line in lines] == ["", lines[0].hash, lines[1].hash]
    assert lines[0].event == event()
    assert await faults(store) == []


async def _fails(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.audit(event("ticket.resolve"))
        raise RuntimeError


async def test_turn_that_only_records_is_written(store: Store) -> None:
    async with store.transaction(AMINA.delegate) as turn:
        await turn.audit(event())
        assert turn.wrote

    assert len(await trail(store)) == 1


async def test_log_does_not_fork_under_many_at_once(store: Store) -> None:
    async def act(number: int) -> None:
        async with store.transaction(DelegateId(f"telegram:{number % 7}")) as turn:
            await turn.audit(event(f"t{number}"))

    await asyncio.gather(*(act(number) for number in range(30)), *(store.audit(event("own")) for _ in range(10)))

    lines = await trail(store)
    assert [line.seq for line in lines] == list(range(1, 41))
    assert sorted(line.event.what for line in lines) == sorted([*(f"t{n}" for n in range(30)), *["own"] * 10])
    assert await faults(store) == []


async def test_small_thing_is_kept_with_the_turn(store: Store) -> None:
    await store.remember("room:gone", "1")
    async with store.transaction(AMINA.delegate) as turn:
        await turn.remember("room:kept", "x", until=at(60))
        await turn.forget("room:gone")
        assert await store.recall("room:kept") is None

    assert (await store.recall("room:kept"), await store.recall("room:gone")) == ("x", None)
    assert await store.sweep(at(61)) == 1


@pytest.mark.parametrize("change", [{"name": "Omar"}, {"at": "2023-11-21T12:00:01Z"}, {"ticket": 8}, {"by": "staff:2"}])
async def test_changed_line_is_found(store: Store, change: dict[str, Any]) -> None:
    for number in range(5):
        await store.audit(event(second=number))

    await tampered(store, 3, **change)

    assert await faults(store) == ["line 3 was changed"]


async def test_first_and_last_line_are_guarded_too(store: Store) -> None:
    for number in range(4):
        await store.audit(event(second=number))

    await tampered(store, 1, name="Omar")
    await tampered(store, 4, name="Omar")

    assert await faults(store) == ["line 1 was changed", "line 4 was changed"]


async def test_line_that_cannot_be_read_is_found(store: Store) -> None:
    for number in range(3):
        await store.audit(event(second=number))

    await store.load([Record("audit", f"{2:012d}", b'{"odd":1}')])

    assert await faults(store) == ["line 2 was changed"]


async def test_lines_in_another_order_are_found(store: Store) -> None:
    for number in range(4):
        await store.audit(event(second=number))
    records = {int(r.key): r.document async for r in store.records() if r.table == "audit"}

    await store.load([Record("audit", f"{2:012d}", records[3]), Record("audit", f"{3:012d}", records[2])])

    assert await faults(store) == ["line 2 was changed", "line 3 was changed"]


async def test_old_lines_leave_one_that_stands_for_them(store: Store) -> None:
    for number in range(6):
        await store.audit(event(f"e{number}", second=number))

    assert await store.prune_audit(at(4), at(100)) == 4
    assert await store.prune_audit(at(4), at(101)) == 0
    await store.audit(event("after", second=102))

    lines = await trail(store)
    assert [line.seq for line in lines] == [5, 6, 7, 8]
    assert [line.event.what for line in lines] == ["e4", "e5", "audit.pruned", "after"]
    assert await faults(store) == []


async def test_everything_old_may_leave_and_the_chain_goes_on(store: Store) -> None:
    await store.audit(event())
    assert await store.prune_audit(NOON + timedelta(days=90), NOON + timedelta(days=180)) == 1
    assert await store.prune_audit(NOON + timedelta(days=900), NOON + timedelta(days=990)) == 1

    [line] = await trail(store)
    assert (line.seq, line.event.what) == (3, "audit.pruned")
    assert await faults(store) == []


async def test_log_moves_with_everything_else(store: Store) -> None:
    from storage import open_store  # noqa: PLC0415 -- the other store of this test

    for number in range(3):
        await store.audit(event(second=number))
    records = [record async for record in store.records()]

    async with open_store("memory:") as other:
        await other.load(records)
        await other.audit(event("after the move"))
        assert [line.seq for line in await trail(other)] == [1, 2, 3, 4]
        assert await faults(other) == []
    assert (await store.counts())["audit"] == 3


async def test_line_with_a_later_date_keeps_older_ones_behind_it(store: Store) -> None:
    """The clock was set back once: nothing is removed out of the middle."""
    for second in (5, 1, 2):
        await store.audit(event(second=second))

    assert await store.prune_audit(at(4), at(9)) == 0
    assert replace((await trail(store))[0].event, at=NOON) == event()


@pytest.mark.postgres
async def test_two_replicas_make_one_chain(one: Store, other: Store) -> None:
    async def act(store: Store, number: int) -> None:
        async with store.transaction(DelegateId(f"telegram:{number % 5}")) as turn:
            await turn.audit(event(f"t{number}"))

    await asyncio.gather(*(act((one, other)[number % 2], number) for number in range(40)))

    assert [line.seq for line in await trail(other)] == list(range(1, 41))
    assert await faults(one) == []
