"""The dispatcher between a store in memory and doors that misbehave on request."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from bot.model.errors import DeliveryDelayed, StoreUnavailable, Undeliverable
from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, Receipt, ShowTicket, TicketId
from bot.model.people import Address, DelegateId
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket
from bot.outbox import dispatcher
from bot.outbox.dispatcher import Broadcasts, Dispatcher
from bot.outbox.limits import Pace
from bot.ports import Channel, Store
from storage import open_store
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.patience import PATIENCE

NOON: Final = datetime(2023, 11, 21, 12, tzinfo=UTC)
WHO: Final = DelegateId("door:1")

Behave = Callable[[Outbound], Awaitable[Receipt]]


class FastClock:
    """Time that runs faster than it does."""

    def __init__(self, speed: float = 1.0) -> None:
        self._began, self._speed = time.monotonic(), speed

    def now(self) -> datetime:
        return NOON + timedelta(seconds=(time.monotonic() - self._began) * self._speed)


class Door:
    """Notes what it was asked to deliver; ``behave`` says what becomes of it."""

    name = "door"

    def __init__(self, behave: Behave | None = None, name: str = "door") -> None:
        self.name = name
        self.asked: list[str] = []
        self.arrived: list[str] = []
        self._behave = behave

    async def deliver(self, row: Outbound) -> Receipt:
        self.asked.append(row.id)
        receipt = await self._behave(row) if self._behave else Receipt((f"ref-{row.id}",))
        self.arrived.append(row.id)
        return receipt


def note(number: str, chat: str = "1", *, lane: Lane = Lane.REPLY, door: str = "door") -> Outbound:
    to = Address(door, chat)
    return Outbound(OutboundId(number), to, lane, Message(plain(number), "en"), NOON, NOON, delegate=to.delegate)


async def put(store: Store, *rows: Outbound) -> None:
    async with store.transaction(DelegateId("nobody")) as turn:
        for row in rows:
            await turn.enqueue(row)


async def line(store: Store, number: str) -> Outbound:
    """A row that is a line of the delegate's history."""
    async with store.transaction(WHO) as turn:
        said = await turn.append(Entry(0, WHO, NOON, "desk", Message(plain(number), "en")))
        row = replace(note(number), entry=said.seq)
        await turn.enqueue(row)
        return row


@asynccontextmanager
async def running(
    store: Store,
    *doors: Channel,
    clock: FastClock | None = None,
    pace: Pace | None = None,
    paced: Mapping[str, bool] | None = None,
) -> AsyncIterator[Dispatcher]:
    opened = Dispatcher(store, {door.name: door for door in doors}, clock or FastClock(), pace, paced or {})
    loop = asyncio.create_task(opened.run())
    try:
        yield opened
        assert not loop.done(), "the dispatcher gave up"
    finally:
        loop.cancel()
        await asyncio.wait([loop])


async def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 -- what is waited for has no bell
            await asyncio.sleep(0.002)


async def emptied(store: Store) -> None:
    async with asyncio.timeout(PATIENCE):
        while await store.waiting():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.fixture
def store() -> DocumentStore:
    return DocumentStore(MemoryTables())


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dispatcher sleeps in real time; under a clock that runs faster it must look more often."""
    monkeypatch.setattr(dispatcher, "_LONGEST_SLEEP", 0.005)


# -------------------------------------------------------------------- order


async def test_urgent_lanes_leave_first(store: DocumentStore) -> None:
    await put(store, *(note(lane.name, lane.name, lane=lane) for lane in reversed(Lane)))
    door = Door()

    async with running(store, door):
        await emptied(store)

    assert door.asked == ["EMERGENCY", "TICKET", "REPLY", "BROADCAST"]


async def test_urgent_lanes_leave_first_when_the_pace_makes_them_wait(store: DocumentStore) -> None:
    await put(store, *(note(f"bulk {number}", f"{number}", lane=Lane.BROADCAST) for number in range(40)))
    door = Door()

    async with running(store, door, pace=Pace(), paced={"door": False}):
        await until(lambda: len(door.arrived) >= 3)
        await put(store, note("alarm", "alarm", lane=Lane.EMERGENCY))
        before = len(door.arrived)
        await until(lambda: "alarm" in door.arrived)

    assert door.arrived.index("alarm") - before <= 3


async def test_a_chat_is_told_in_order(store: DocumentStore) -> None:
    async def at_any_speed(row: Outbound) -> Receipt:
        await asyncio.sleep(0.01 if row.id.endswith(("1", "4")) else 0)
        return Receipt()

    await put(store, *(note(f"{chat}{number}", chat) for number in range(8) for chat in "ab"))
    door = Door(at_any_speed)

    async with running(store, door):
        await emptied(store)

    for chat in "ab":
        assert [row for row in door.asked if row[0] == chat] == [f"{chat}{number}" for number in range(8)]


async def test_postponed_message_keeps_its_place(store: DocumentStore) -> None:
    tries: Counter[str] = Counter()

    async def not_at_first(row: Outbound) -> Receipt:
        tries[row.id] += 1
        if tries[row.id] == 1:
            raise DeliveryDelayed("busy", timedelta(seconds=1))
        return Receipt()

    await put(store, note("a"), note("b"), note("c"))
    door = Door(not_at_first)

    async with running(store, door, clock=FastClock(200)):
        await emptied(store)

    assert door.arrived == ["a", "b", "c"]


async def test_slow_chat_holds_no_other(store: DocumentStore) -> None:
    stuck = asyncio.Event()

    async def slow_for_one(row: Outbound) -> Receipt:
        if row.to.key == "slow":
            await stuck.wait()
        return Receipt()

    await put(store, note("s1", "slow"), note("s2", "slow"), *(note(f"n{n}", f"{n}") for n in range(50)))
    door = Door(slow_for_one)

    async with running(store, door):
        await until(lambda: len(door.arrived) == 50)
        assert "s2" not in door.asked
        stuck.set()
        await emptied(store)


async def test_door_that_hangs_holds_neither_another_door_nor_an_emergency(store: DocumentStore) -> None:
    stuck = asyncio.Event()

    async def hangs(row: Outbound) -> Receipt:
        if row.lane > Lane.TICKET:
            await stuck.wait()
        return Receipt()

    await put(store, *(note(f"n{n}", f"{n}") for n in range(200)))
    hanging, other = Door(hangs), Door(name="other")

    async with running(store, hanging, other):
        await until(lambda: len(hanging.asked) >= 10)
        await put(store, note("alarm", "x", lane=Lane.EMERGENCY), note("web", "y", door="other"))
        await until(lambda: hanging.arrived == ["alarm"] and other.arrived == ["web"])
        assert len(hanging.asked) < 50
        stuck.set()


# -------------------------------------------------------------------- outcomes


async def test_delivered_line_is_marked(store: DocumentStore) -> None:
    await line(store, "a")

    async with running(store, Door()):
        await emptied(store)

    [said] = await store.entries(WHO)
    assert said.delivered_at is not None
    assert said.undeliverable == ""


async def test_undeliverable_line_keeps_the_reason_and_is_not_tried_again(store: DocumentStore) -> None:
    async def gone(row: Outbound) -> Receipt:
        raise Undeliverable(f"blocked: {row.to.key}", address_gone=True)

    await line(store, "a")
    door = Door(gone)

    async with running(store, door, clock=FastClock(500)):
        await emptied(store)
        await asyncio.sleep(0.05)

    [said] = await store.entries(WHO)
    assert (said.undeliverable, said.delivered_at, door.asked) == ("blocked: 1", None, ["a"])


@pytest.mark.parametrize("lane", Lane)
async def test_delay_is_never_cut_short(store: DocumentStore, lane: Lane) -> None:
    clock, times = FastClock(100), list[datetime]()

    async def delayed(row: Outbound) -> Receipt:
        del row
        times.append(clock.now())
        if len(times) < 3:
            raise DeliveryDelayed("429", timedelta(seconds=7))
        return Receipt()

    await put(store, note("a", lane=lane))

    async with running(store, Door(delayed), clock=clock):
        await emptied(store)

    assert [late - early >= timedelta(seconds=7) for early, late in pairwise(times)] == [True] * 2


async def test_delay_of_a_bulk_message_does_not_hold_answers(store: DocumentStore) -> None:
    async def bulk_is_refused(row: Outbound) -> Receipt:
        if row.lane is Lane.BROADCAST:
            raise DeliveryDelayed("429", timedelta(seconds=60))
        return Receipt()

    await put(store, *(note(f"b{n}", f"b{n}", lane=Lane.BROADCAST) for n in range(30)))
    door = Door(bulk_is_refused)

    async with running(store, door, pace=Pace(), paced={"door": False}):
        await until(lambda: door.asked)
        await put(store, *(note(f"r{n}", f"r{n}") for n in range(3)))
        await until(lambda: len(door.arrived) == 3)


async def test_message_that_may_have_arrived_is_repeated_once(store: DocumentStore) -> None:
    async def breaks(row: Outbound) -> Receipt:
        del row
        raise DeliveryDelayed("the connection broke", timedelta(seconds=1), may_have_arrived=True)

    await put(store, note("a"))
    door = Door(breaks)

    async with running(store, door, clock=FastClock(500)):
        await emptied(store)
        await asyncio.sleep(0.05)

    assert door.asked == ["a", "a"]


async def test_message_that_surely_did_not_arrive_is_not_counted_as_a_copy(store: DocumentStore) -> None:
    faults = [
        DeliveryDelayed("429", timedelta(seconds=1)),
        DeliveryDelayed("no connection", timedelta(seconds=1)),
        DeliveryDelayed("the connection broke", timedelta(seconds=1), may_have_arrived=True),
    ]

    async def one_after_another(row: Outbound) -> Receipt:
        del row
        if faults:
            raise faults.pop(0)
        return Receipt()

    await put(store, note("a"))
    door = Door(one_after_another)

    async with running(store, door, clock=FastClock(500)):
        await emptied(store)

    assert (len(door.asked), door.arrived) == (4, ["a"])


async def test_card_is_not_counted_as_seen_before_the_door_said_so(store: DocumentStore) -> None:
    tries = 0

    async def answers_late(row: Outbound) -> Receipt:
        nonlocal tries
        del row
        tries += 1
        if tries < 4:
            raise DeliveryDelayed("the connection broke", timedelta(seconds=1), may_have_arrived=True)
        ticket = await store.ticket(TicketId(1))
        assert ticket is not None
        assert ticket.seen_at is None
        return Receipt(("55",))

    async with store.transaction(WHO) as turn:
        asked = Ticket(TicketId(0), WHO, Address("door", "1"), "en", "reception", Priority.NORMAL, NOON, "?")
        opened = await turn.add_ticket(asked)
        card = replace(note("card", "group", lane=Lane.TICKET), body=ShowTicket(opened.id), ticket=opened.id)
        await turn.enqueue(replace(card, delegate=WHO))

    async with running(store, Door(answers_late), clock=FastClock(500)):
        await emptied(store)

    seen = await store.ticket(opened.id)
    assert tries == 4
    assert seen is not None
    assert seen.seen_at is not None


async def test_delivery_without_an_answer_is_ended_and_tried_again(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "_DELIVERY_TIMEOUT", 0.02)

    async def silent_at_first(row: Outbound) -> Receipt:
        del row
        if len(door.asked) == 1:
            await asyncio.Event().wait()
        return Receipt()

    await put(store, note("a"))
    door = Door(silent_at_first)

    async with running(store, door, clock=FastClock(200)):
        await emptied(store)

    assert (door.asked, door.arrived) == (["a", "a"], ["a"])


async def test_odd_fault_of_a_door_stops_no_other_message(store: DocumentStore) -> None:
    async def odd(row: Outbound) -> Receipt:
        if row.id == "odd":
            raise ZeroDivisionError
        return Receipt()

    rows = [note("odd", "0", lane=Lane.BROADCAST), *(note(f"n{n}", f"{n}", lane=Lane.BROADCAST) for n in range(1, 4))]
    await put(store, *rows)
    door = Door(odd)

    async with running(store, door, pace=Pace(), paced={"door": False}):
        await until(lambda: len(door.arrived) == 3)

    assert await store.waiting() == 1


async def test_message_for_a_door_that_is_closed_waits_for_it(store: DocumentStore) -> None:
    await put(store, note("a", door="closed"), note("b"))
    door = Door()

    async with running(store, door):
        await until(lambda: door.arrived == ["b"])

    [row] = await store.claim_outbox(limit=9, now=NOON + timedelta(seconds=40), lease=timedelta(seconds=1))
    assert (row.id, row.attempts) == ("a", 1)


async def test_message_is_given_up_after_a_day(store: DocumentStore) -> None:
    async def never(row: Outbound) -> Receipt:
        del row
        raise DeliveryDelayed("out of reach", timedelta(hours=1))

    await line(store, "a")

    async with running(store, Door(never), clock=FastClock(1_000_000)):
        await emptied(store)

    [said] = await store.entries(WHO)
    assert said.undeliverable == "could not be delivered within a day"


# -------------------------------------------------------------------- the store is away for a moment


class Moody(DocumentStore):
    """Cannot commit or claim as often as it is told."""

    refusals = 0

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("no room")

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        self._refuse()
        await super().delivered(row, receipt, now)

    async def next_due(self, *, doors: Collection[str] | None = None, paused: Collection[str] = ()) -> datetime | None:
        self._refuse()
        return await super().next_due(doors=doors, paused=paused)


async def test_outcome_is_recorded_when_the_store_is_back_and_nothing_is_sent_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatcher, "_RECORD_AGAIN", 0.01)
    store = Moody(MemoryTables())
    await line(store, "a")
    door = Door()

    async with running(store, door, clock=FastClock(1_000)):  # leases run out while the store is away
        store.refusals = 10
        await emptied(store)

    [said] = await store.entries(WHO)
    assert (door.asked, said.delivered_at is not None) == (["a"], True)


async def test_store_that_cannot_be_read_for_a_moment_does_not_end_the_dispatcher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatcher, "_RECORD_AGAIN", 0.01)
    store = Moody(MemoryTables())
    store.refusals = 3
    door = Door()

    async with running(store, door):
        await until(lambda: store.refusals == 0)
        await put(store, note("a"))
        await until(lambda: door.arrived == ["a"])


# -------------------------------------------------------------------- start, stop, many


async def test_delivery_on_its_way_is_finished_when_the_house_closes(store: DocumentStore) -> None:
    closing = asyncio.Event()

    async def takes_a_moment(row: Outbound) -> Receipt:
        del row
        await closing.wait()
        return Receipt()

    await put(store, note("a"), note("b"))
    door = Door(takes_a_moment)

    async with running(store, door):
        await until(lambda: door.asked)
        asyncio.get_running_loop().call_later(0.05, closing.set)

    assert (door.arrived, await store.waiting()) == (["a"], 1)


async def test_house_closes_although_a_delivery_hangs(store: DocumentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "_LAST_DELIVERIES", 0.02)

    async def hangs(row: Outbound) -> Receipt:
        del row
        await asyncio.Event().wait()
        return Receipt()

    await put(store, note("a"))
    door = Door(hangs)

    async with asyncio.timeout(PATIENCE):
        async with running(store, door):
            await until(lambda: door.asked)

    assert await store.waiting() == 1


async def test_rows_that_were_leased_before_a_restart_are_delivered(tmp_path: Path) -> None:
    async with open_store(f"tinydb:{tmp_path}") as store:
        await put(store, note("a"), note("b"))
        assert await store.claim_outbox(limit=9, now=NOON, lease=timedelta(seconds=60))
    door = Door()

    async with open_store(f"tinydb:{tmp_path}") as store, running(store, door, clock=FastClock(500)):
        await emptied(store)

    assert door.arrived == ["a", "b"]


async def test_rows_that_somebody_else_leased_are_delivered_after_the_lease(store: DocumentStore) -> None:
    await put(store, note("a"))
    await store.claim_outbox(limit=1, now=NOON, lease=timedelta(seconds=60))
    clock, times = FastClock(500), list[datetime]()

    async def note_time(row: Outbound) -> Receipt:
        del row
        times.append(clock.now())
        return Receipt()

    async with running(store, Door(note_time), clock=clock):
        await emptied(store)

    assert times[0] >= NOON + timedelta(seconds=60)


async def test_row_that_waits_longer_than_its_lease_is_sent_once(store: DocumentStore) -> None:
    pace = Pace()
    await put(store, *(note(f"n{n}", f"{n}", lane=Lane.BROADCAST) for n in range(20)))
    door = Door()

    async with running(store, door, clock=FastClock(1_000), pace=pace, paced={"door": False}):
        await emptied(store)  # takes 0.7 s, in which leases run out ten times
        await asyncio.sleep(0.15)

    assert sorted(Counter(door.asked).values()) == [1] * 20


async def test_long_broadcast_begins_at_once_and_leaves_others_their_turn(store: DocumentStore) -> None:
    await put(store, *(note(f"n{n}", f"{n}", lane=Lane.BROADCAST) for n in range(2_000)))
    door, turns = Door(), 0

    async with asyncio.timeout(PATIENCE), running(store, door, pace=Pace(), paced={"door": False}):
        while not door.arrived:
            turns += 1
            await asyncio.sleep(0)
        claimed = len(store._leases)

    assert claimed < 2_000, "the first message waited until the whole broadcast had been claimed"
    assert turns > 1


# -------------------------------------------------------------------- what the row itself remembers


def _was_asked(door: Door, *, otherwise: bool) -> bool:
    return bool(door.asked) or otherwise


async def test_message_that_may_have_arrived_is_repeated_once_also_across_a_restart(tmp_path: Path) -> None:
    async def breaks(row: Outbound) -> Receipt:
        del row
        raise DeliveryDelayed("the connection broke", timedelta(seconds=20), may_have_arrived=True)

    doors = [Door(breaks), Door(breaks), Door()]
    for number, door in enumerate(doors):
        async with open_store(f"tinydb:{tmp_path}") as store:
            if not number:
                await line(store, "a")
            async with running(store, door, clock=FastClock(500 if number else 1)):
                await until(partial(_was_asked, door, otherwise=number == 2))
                await asyncio.sleep(0.1)
            said = await store.entries(WHO)

    assert [door.asked for door in doors] == [["a"], ["a"], []]
    assert said[0].undeliverable == "sent twice without an answer: it may have arrived"


# -------------------------------------------------------------------- another door, announcements, erasure


async def test_another_door_of_the_person_is_tried_when_the_address_is_gone(store: DocumentStore) -> None:
    async def blocked(row: Outbound) -> Receipt:
        raise Undeliverable(f"blocked: {row.to.key}", address_gone=True)

    asked: list[tuple[str, str, bool]] = []

    async def gone(row: Outbound, reason: str, *, address_gone: bool) -> Address | None:
        asked.append((row.id, reason, address_gone))
        return Address("other", "7")

    await line(store, "a")
    door, other = Door(blocked), Door(name="other")
    opened = Dispatcher(store, {"door": door, "other": other}, FastClock(), gone=gone)
    loop = asyncio.create_task(opened.run())
    await emptied(store)
    loop.cancel()
    await asyncio.wait([loop])

    [said] = await store.entries(WHO)
    assert (door.asked, other.arrived, asked) == (["a"], ["a"], [("a", "blocked: 1", True)])
    assert (said.undeliverable, said.delivered_at is not None) == ("", True)


def _announced(number: int, broadcast: str) -> Outbound:
    return replace(note(f"{broadcast}{number}", f"{broadcast}{number}", lane=Lane.BROADCAST), broadcast=broadcast)


@asynccontextmanager
async def announcing(
    store: DocumentStore, door: Door, *, paused: set[str], withdrawn: set[str]
) -> AsyncIterator[Dispatcher]:
    held = Broadcasts(lambda: paused, lambda: withdrawn)
    opened = Dispatcher(store, {door.name: door}, FastClock(50), Pace(), {door.name: False}, broadcasts=held)
    loop = asyncio.create_task(opened.run())
    try:
        yield opened
    finally:
        loop.cancel()
        await asyncio.wait([loop])


async def test_paused_broadcast_stops_at_once_holds_nothing_else_and_goes_on_where_it_was(store: DocumentStore) -> None:
    await put(store, *(_announced(number, "x") for number in range(30)))
    door, paused = Door(), set[str]()

    async with announcing(store, door, paused=paused, withdrawn=set()) as opened:
        await until(lambda: len(door.arrived) >= 3)
        paused.add("x")
        had = len(door.asked)
        await put(store, note("reply", "x25"), *(_announced(number, "y") for number in range(3)))
        await until(lambda: {"reply", "y0", "y1", "y2"} <= set(door.arrived))
        assert len(door.asked) - had == 4
        paused.clear()
        opened._wake.set()
        await emptied(store)

    assert sorted(Counter(door.asked).values()) == [1] * 34


async def test_withdrawn_broadcast_reaches_nobody_else_and_leaves_the_outbox(store: DocumentStore) -> None:
    await put(store, *(_announced(number, "x") for number in range(100)))
    door, withdrawn = Door(), set[str]()

    async with announcing(store, door, paused=set(), withdrawn=withdrawn):
        await until(lambda: len(door.arrived) >= 3)
        withdrawn.add("x")
        had = len(door.asked)
        await store.withdraw("x")
        await emptied(store)

    assert len(door.asked) == had


async def test_only_a_few_rows_of_a_broadcast_are_taken_from_the_store_at_a_time(store: DocumentStore) -> None:
    await put(store, *(_announced(number, "x") for number in range(2_000)))
    door = Door()

    async with announcing(store, door, paused=set(), withdrawn=set()) as opened:
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert len(opened._carried) <= 128


async def test_at_most_eight_messages_of_a_broadcast_are_on_their_way(store: DocumentStore) -> None:
    stuck, most = asyncio.Event(), 0

    async def hangs(row: Outbound) -> Receipt:
        nonlocal most
        most = max(most, len(door.asked) - len(door.arrived))
        if row.lane is Lane.BROADCAST:
            await stuck.wait()
        return Receipt()

    await put(store, *(_announced(number, "x") for number in range(40)))
    door = Door(hangs)

    async with announcing(store, door, paused=set(), withdrawn=set()):
        await until(lambda: len(door.asked) == 8)
        await asyncio.sleep(0.2)
        assert len(door.asked) == 8
        await put(store, note("reply", "r"))
        await until(lambda: "reply" in door.arrived)
        stuck.set()
        await emptied(store)


class Held(Pace):
    """Lets nobody send yet."""

    holds = True

    def wait_for(self, key: str, lane: Lane, now: float, *, group: bool = False) -> float:
        return 0.01 if self.holds else super().wait_for(key, lane, now, group=group)


async def test_message_of_somebody_who_was_erased_meanwhile_is_not_sent(store: DocumentStore) -> None:
    pace = Held()
    await line(store, "secret")
    door = Door()

    async with running(store, door, pace=pace, paced={"door": False}) as opened:
        await until(lambda: opened._carried)
        await store.erase(WHO)
        await until(lambda: not opened._carried)
        pace.holds = False
        await asyncio.sleep(0.05)

    assert door.asked == []
    assert await store.waiting() == 0
