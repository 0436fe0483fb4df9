"""What is looked at: the store is asked by writing, old rows are told, the shelf is counted, and nothing else fails for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO, cast

import pytest
import structlog

from bot.health.alarms import Alarms
from bot.health.aside import Aside, NoSuchUpdate, lines
from bot.health.checks import LANE, CountCheck, OutboxCheck, StoreCheck, clock_check, content_check
from bot.health.figures import Figures
from bot.health.heartbeat import Heartbeat
from bot.health.kept_store import KeptStore
from bot.health.parts import Board
from bot.health.rounds import Health
from bot.health.stderr import Unfailing
from bot.health.watch import Watch
from bot.model.errors import StoreUnavailable
from bot.model.messages import Lane, Message, Outbound, OutboundId, Receipt
from bot.model.people import Address, Delegate
from bot.model.rich import plain
from bot.ports import Store
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.patience import until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AMINA = Address("telegram", "5")
LEASE = timedelta(seconds=60)


class Full(DocumentStore):
    """A store whose disk can be full, and whose writes can hang."""

    full = False
    stuck = False

    async def remember(self, *given: object, **more: object) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        if self.full:
            raise StoreUnavailable("disk full")
        await super().remember(*given, **more)  # type: ignore[arg-type]


class Desk:
    """One process's health, with a clock that a test moves."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.full = Full(MemoryTables())
        self.kept = KeptStore(self.full, tick=lambda: self.passed)
        self.store = cast("Store", self.kept)
        self.alarms = Alarms(self.now, lambda: self.passed)
        self.board = Board(self.now)
        self.figures = Figures()
        self.aside = Aside(self.store, self.now)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    @property
    def raised(self) -> list[str]:
        return [alarm.key for alarm in self.alarms.current]

    def figure(self, name: str, **labels: str) -> float | None:
        return self.figures.registry.get_sample_value(name, labels)

    async def enqueue(self, name: str, lane: Lane = Lane.REPLY, to: Address = AMINA) -> None:
        async with self.store.transaction(to.delegate) as tx:
            body = Message(plain("hello"), "en")
            await tx.enqueue(Outbound(OutboundId(name), to, lane, body, self.now(), self.now(), delegate=to.delegate))

    async def claim(self) -> list[Outbound]:
        return list(await self.store.claim_outbox(limit=99, now=self.now(), lease=LEASE))


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -------------------------------------------------------------------- the store


async def test_a_full_disk_is_told_even_when_nobody_writes_and_over_when_it_is(desk: Desk) -> None:
    look = StoreCheck(desk.kept, desk, desk.alarms, desk.board)
    await look()
    assert (desk.board.parts["store"].level, desk.raised) == ("green", [])

    desk.full.full = True
    look._next = 0  # twenty seconds later
    await look()
    desk.passed += 2
    await look()
    part = desk.board.parts["store"]
    assert (part.level, part.reason, desk.raised) == ("red", "unavailable", ["store"])

    desk.full.full = False
    await look()

    assert (desk.board.parts["store"].level, desk.raised) == ("green", [])


async def test_a_turn_that_fails_is_noticed_at_once(desk: Desk) -> None:
    with pytest.raises(StoreUnavailable):
        async with desk.store.transaction(AMINA.delegate):
            raise StoreUnavailable("the database went away")
    desk.passed += 1

    assert desk.kept.refused_for() == 1
    async with desk.store.transaction(AMINA.delegate) as tx:
        await tx.save_delegate(Delegate(AMINA.delegate, AMINA, "en", NOON))
    assert desk.kept.refused_for() == 0


async def test_a_write_that_hangs_is_a_refusal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.health.checks.PROBE_WITHIN", 0.02)
    desk.full.stuck = True

    await StoreCheck(desk.kept, desk, desk.alarms, desk.board)()

    assert desk.board.parts["store"].level == "red"


async def test_a_turn_that_wrote_nothing_does_not_say_that_the_store_is_back(desk: Desk) -> None:
    desk.kept.note_refusal()

    async with desk.store.transaction(AMINA.delegate) as tx:
        await tx.delegate()

    assert desk.kept.refused_for() > 0
    assert await desk.kept.probe(desk.now())
    assert desk.kept.refused_for() == 0


async def test_damage_is_told_and_the_rest_is_served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Full, "damage", ("byte 17", "byte 90"))

    await StoreCheck(desk.kept, desk, desk.alarms, desk.board)()

    part = desk.board.parts["store"]
    assert (part.ok, part.reason, desk.raised) == (True, "damaged", ["damage"])
    assert desk.alarms.current[0].fields == {"count": "2"}


async def test_commits_are_timed(desk: Desk) -> None:
    took: list[float] = []
    kept = KeptStore(desk.full, committed=took.append)
    async with kept.transaction(AMINA.delegate) as tx:
        await tx.save_delegate(Delegate(AMINA.delegate, AMINA, "en", NOON))
    with pytest.raises(RuntimeError, match="a fault of the desk"):
        async with kept.transaction(AMINA.delegate):
            raise RuntimeError("a fault of the desk")

    assert len(took) == 1
    assert (await desk.full.delegate(AMINA.delegate)) is not None


# -------------------------------------------------------------------- the outbox


def outbox_check(desk: Desk) -> OutboxCheck:
    return OutboxCheck(desk.kept, desk, desk.alarms, desk.board, desk.figures)


async def test_what_waits_too_long_is_told_until_it_is_delivered(desk: Desk) -> None:
    await desk.enqueue("r1")
    [row] = await desk.claim()
    desk.passed = 59
    await outbox_check(desk)()
    assert desk.raised == []

    desk.passed = 61
    await desk.store.postpone(row.id, desk.now())
    await desk.claim()
    await outbox_check(desk)()
    assert desk.raised == ["outbox"]
    assert (desk.figure("desk_outbox_under_way", lane="reply"), desk.figure("desk_outbox_oldest_seconds")) == (1, 61)

    await desk.store.delivered(row, Receipt(), desk.now())
    await outbox_check(desk)()

    assert (desk.raised, desk.figure("desk_outbox_under_way", lane="reply")) == ([], 0)


async def test_an_announcement_may_take_its_time(desk: Desk) -> None:
    await desk.enqueue("b1", Lane.BROADCAST)
    await desk.claim()
    desk.passed = 300

    await outbox_check(desk)()

    assert (desk.raised, desk.figure("desk_outbox_oldest_seconds")) == ([], 300)


async def test_a_clock_that_jumps_makes_nothing_old(desk: Desk) -> None:
    await desk.enqueue("r1")
    await desk.claim()
    later = desk.now() + timedelta(hours=1)

    await desk.store.claim_outbox(limit=9, now=later, lease=LEASE)

    assert desk.kept.afoot.oldest() == 0


@pytest.mark.parametrize("end", ["undeliverable", "erase", "redirect"])
async def test_rows_that_end_otherwise_do_not_wait_for_ever(desk: Desk, end: str) -> None:
    await desk.enqueue("r1")
    [row] = await desk.claim()
    if end == "undeliverable":
        await desk.store.undeliverable(row, "blocked")
    elif end == "erase":
        await desk.store.erase(AMINA.delegate)
    else:
        await desk.store.redirect(row, Address("webchat", "x"))
    desk.passed = 100

    await outbox_check(desk)()

    assert desk.raised == []


async def test_a_row_that_was_erased_through_another_process_does_not_wait_for_ever(desk: Desk) -> None:
    await desk.enqueue("r1")
    await desk.claim()
    await desk.full.erase(AMINA.delegate)  # past this process's own view of the store
    await desk.enqueue("r2", to=Address("telegram", "6"))
    for _ in range(4):
        desk.passed += 30
        await desk.claim()

    await outbox_check(desk)()

    assert list(desk.kept.afoot.rows) == ["r2"]


async def test_a_row_that_its_chat_makes_wait_for_long_still_waits(desk: Desk) -> None:
    await desk.enqueue("r1")
    [row] = await desk.claim()
    await desk.store.postpone(row.id, desk.now() + timedelta(minutes=5))
    desk.passed = 290
    await desk.claim()

    await outbox_check(desk)()

    assert desk.raised == ["outbox"]


async def test_rows_that_another_process_sends_now_are_not_ours_to_tell_of(desk: Desk) -> None:
    await desk.enqueue("r1")
    await desk.enqueue("w1", to=Address("webchat", "x"))
    await desk.claim()
    check = replace(outbox_check(desk), others_send=lambda: True, paced=frozenset({"telegram"}))

    await check()

    assert list(desk.kept.afoot.rows) == ["w1"]


async def test_a_staff_group_that_refuses_a_card_is_told_until_it_takes_one(desk: Desk) -> None:
    group = Address(LANE, "-1001")
    await desk.enqueue("c1", Lane.TICKET, group)
    await desk.enqueue("c2", Lane.TICKET, group)
    [first] = await desk.claim()
    await desk.store.undeliverable(first, "bot was kicked")
    await outbox_check(desk)()
    assert (desk.raised, desk.alarms.current[0].fields) == (["staff-group"], {"reason": "bot was kicked"})

    [second] = await desk.claim()
    await desk.store.delivered(second, Receipt(), desk.now())
    await outbox_check(desk)()

    assert desk.raised == []


# -------------------------------------------------------------------- the shelf, content, clock


async def test_the_shelf_is_counted_shown_and_cleared_by_name(desk: Desk) -> None:
    counted = CountCheck(desk.store, desk.aside, desk.alarms, desk.figures)
    raw = {"update_id": 7, "message": {"text": "phòng 1402"}}
    name = await desk.aside.put(7, raw, "KeyError in read:3", AMINA.delegate)
    await counted()
    assert (desk.raised, desk.alarms.current[0].fields) == (["aside"], {"count": "1"})

    listed = (await desk.aside.list_({}))["aside"]
    shown = await desk.aside.show({"id": name})
    assert [one["id"] for one in listed] == [name]
    assert "1402" not in lines(listed)
    assert "KeyError in read:3" in lines(listed)
    assert "phòng 1402" in shown["update"]

    assert await desk.aside.drop({"id": name}) == {"dropped": name}
    await counted()
    assert desk.raised == []
    assert lines((await desk.aside.list_({}))["aside"]) == "Nothing is set aside."
    for verb in (desk.aside.show, desk.aside.drop):
        with pytest.raises(NoSuchUpdate):
            await verb({"id": name})


async def test_the_same_number_again_after_a_week_is_another_update(desk: Desk) -> None:
    await desk.aside.put(7, {"a": 1}, "x", None)
    desk.passed = 3600
    await desk.aside.put(7, {"b": 2}, "x", None)

    assert await desk.aside.count() == 2


async def test_the_shelf_is_cleared_with_its_delegate_and_after_a_week(desk: Desk) -> None:
    await desk.aside.put(7, {}, "x", AMINA.delegate)
    await desk.aside.put(8, {}, "x", None)
    await desk.store.erase(AMINA.delegate)
    assert await desk.aside.count() == 1

    desk.passed = timedelta(days=7, seconds=1).total_seconds()
    await desk.store.sweep(desk.now())

    assert await desk.aside.count() == 0


async def test_a_faulty_edit_is_amber_and_told(desk: Desk) -> None:
    content_check(lambda: 3, desk.alarms, desk.board)
    part = desk.board.parts["content"]
    assert (part.level, part.reason, desk.raised) == ("amber", "faulty", ["content"])

    content_check(lambda: 0, desk.alarms, desk.board)
    assert (desk.board.parts["content"].level, desk.raised) == ("green", [])


async def test_a_clock_that_jumped_is_told(desk: Desk) -> None:
    clock_check(timedelta(hours=-1), desk.alarms)
    assert desk.alarms.current[0].fields == {"seconds": "-3600"}

    clock_check(timedelta(), desk.alarms)
    assert desk.raised == []


async def test_one_look_that_fails_blinds_no_other(desk: Desk) -> None:
    health = Health.of(desk, Watch)
    looks = 0

    async def broken() -> None:
        raise ValueError("phòng 1402")

    async def fine() -> None:
        nonlocal looks
        looks += 1

    health.look("broken", broken, every=0.01)
    health.look("fine", fine, every=0.01)
    running = asyncio.create_task(health.run())
    await until(lambda: looks > 3)
    running.cancel()
    await asyncio.wait([running])

    assert health.board.parts["broken"].reason == "check-failed"


# -------------------------------------------------------------------- the heartbeat


async def test_the_heartbeat_goes_out_only_while_all_is_green() -> None:
    fetched: list[str] = []
    green = True

    async def fetch(url: str) -> int:
        fetched.append(url)
        return 200

    beating = asyncio.create_task(Heartbeat("https://watch.example/x", lambda: green, fetch, every=0.02).run())
    await until(lambda: len(fetched) > 3)
    green = False
    so_far = len(fetched)
    await asyncio.sleep(0.2)
    beating.cancel()
    await asyncio.wait([beating])

    assert len(fetched) == so_far


@pytest.mark.parametrize("problem", [OSError("https://watch.example/secret"), TimeoutError(), None])
async def test_a_heartbeat_that_is_not_taken_goes_on_and_names_no_address(
    problem: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = 0

    async def fetch(_: str) -> int:
        nonlocal tries
        tries += 1
        if problem is not None:
            raise problem
        return 500

    beating = asyncio.create_task(Heartbeat("https://watch.example/secret", lambda: True, fetch, every=0.02).run())
    await until(lambda: tries > 3)
    beating.cancel()
    await asyncio.wait([beating])

    said = capsys.readouterr().out
    assert said.count("heartbeat_not_taken") == 1
    assert "secret" not in said


# -------------------------------------------------------------------- the log


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    with Path("/dev/full").open("w", buffering=1) as full:
        log = structlog.PrintLogger(cast("TextIO", Unfailing(full)))
        for _ in range(3):
            log.msg("nobody reads this")
        with suppress(OSError):  # what the stream still holds cannot be written either
            full.close()
