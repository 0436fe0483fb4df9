"""The pace of a bot: in numbers, and with the real dispatcher in virtual time against Telegram at its strictest."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.model.errors import DeliveryDelayed
from bot.model.messages import Lane, Message, Outbound, OutboundId, Receipt
from bot.model.people import Address, DelegateId
from bot.model.rich import plain
from bot.outbox.dispatcher import Dispatcher
from bot.outbox.groups import GroupMinutes
from bot.outbox.limits import BULK, GROUP, GROUP_URGENT, MINUTE, QUIET, Pace
from bot.outbox.role import Role
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.unit.outbox.strict import Strict
from tests.unit.outbox.virtual import LoopClock, virtually


def leaves(pace: Pace, lane: Lane, now: float, *, chats: Callable[[], str]) -> int:
    """How many messages of a lane may leave at one moment."""
    count = 0
    while pace.wait_for(chat := chats(), lane, now) == 0.0:
        pace.sent(chat, lane, now)
        count += 1
    return count


def numbered() -> Callable[[], str]:
    numbers = iter(range(1_000_000))
    return lambda: str(next(numbers))


# -------------------------------------------------------------------- in numbers


def test_no_second_holds_more_than_thirty_whatever_the_lanes() -> None:
    pace, chats, times = Pace(), numbered(), list[float]()
    for step in range(3_000):
        now = step * 0.005
        lane = Lane(step % 4)
        times += [now] * leaves(pace, lane, now, chats=chats)

    assert max(sum(then - 1.0 < other <= then for other in times) for then in times) <= 30
    assert len(times) >= 15 * 27


def test_pause_of_a_busy_machine_is_made_good_within_the_limit() -> None:
    pace, chats, times, now = Pace(), numbered(), list[float](), 0.0
    for step in range(400):
        now += 0.3 if step % 10 == 0 else 0.02  # nothing leaves for 0.3 s in every half second
        times += [now] * leaves(pace, Lane.BROADCAST, now, chats=chats)

    assert len(times) / now >= 0.98 * BULK
    assert max(sum(then - 1.0 < other <= then for other in times) for then in times) <= 30


def test_urgent_lanes_take_the_pace_from_the_others() -> None:
    pace, chats, left = Pace(), numbered(), Counter[Lane]()
    for step in range(1_000):  # everybody has more to say than may leave; the least urgent asks first
        for lane in reversed(Lane):
            left[lane] += leaves(pace, lane, step * 0.01, chats=chats)

    assert left[Lane.EMERGENCY] >= 0.9 * sum(left.values())


def test_bulk_is_slowed_once_for_each_refusal_episode_and_recovers_slowly() -> None:
    pace = Pace()
    for number in range(8):  # eight were on their way when the first was refused
        pace.refused(str(number), Lane.BROADCAST, 105.0, 100.0 + number / 100)
    assert pace.bulk == pytest.approx(BULK * 0.8)
    assert pace.wait_for("x", Lane.BROADCAST, 101.0) == pytest.approx(4.0)
    assert pace.wait_for("x", Lane.REPLY, 101.0) == 0.0

    pace.wait_for("x", Lane.BROADCAST, 105.0 + 50)
    assert BULK * 0.84 < pace.bulk < BULK * 0.86
    pace.refused("9", Lane.BROADCAST, 160.0, 155.0)
    assert pace.bulk == pytest.approx(BULK * 0.85 * 0.8, rel=0.01)
    pace.wait_for("x", Lane.BROADCAST, 2_000.0)
    assert pace.bulk == pytest.approx(BULK)


def test_refused_answer_holds_its_chat_and_nothing_else() -> None:
    pace = Pace()
    pace.refused("a", Lane.REPLY, 17.0, 10.0)

    assert [pace.wait_for("a", lane, 10.0) for lane in Lane] == [7.0] * 4
    assert [pace.wait_for("b", lane, 10.0) for lane in Lane] == [0.0] * 4
    assert pace.bulk == BULK


def test_start_is_careful_but_never_for_emergencies() -> None:
    pace = Pace()
    pace.begin(100.0, {})

    assert pace.wait_for("a", Lane.EMERGENCY, 100.0) == 0.0
    assert [pace.wait_for("a", lane, 100.0) for lane in Lane if lane] == [QUIET] * 3
    assert [pace.wait_for("a", lane, 100.0 + QUIET) for lane in Lane] == [0.0] * 4
    pace.sent("a", Lane.REPLY, 100.0 + QUIET)
    assert pace.wait_for("a", Lane.REPLY, 100.0 + QUIET) > 0.9


def test_start_knows_what_a_group_got_and_keeps_two_places_for_emergencies() -> None:
    pace = Pace()
    pace.begin(100.0, {"group": [45.0 + number for number in range(GROUP)]})

    assert pace.wait_for("group", Lane.EMERGENCY, 100.0, group=True) == 0.0
    assert pace.wait_for("group", Lane.TICKET, 100.0, group=True) == pytest.approx(45.0 + MINUTE - 100.0)
    for _ in range(GROUP_URGENT - GROUP):
        assert pace.wait_for("group", Lane.EMERGENCY, 101.0, group=True) == 0.0
        pace.sent("group", Lane.EMERGENCY, 101.0)
    assert pace.wait_for("group", Lane.EMERGENCY, 101.0, group=True) > 0.0


def test_message_that_did_not_have_to_leave_takes_no_place() -> None:
    pace = Pace()
    for number in range(3 * GROUP):
        now = 100.0 + number * 0.05
        assert pace.wait_for("group", Lane.TICKET, now, group=True) == 0.0
        pace.sent("group", Lane.TICKET, now, under_way=True)
        pace.answered(now)
        pace.spared("group")


async def test_minute_of_a_group_passes_through_the_store() -> None:
    store, wall = DocumentStore(MemoryTables()), [1_000.0]
    minutes = GroupMinutes(store, lambda: wall[0])
    await minutes.note("-100", [0.0, 10.0, 59.0])
    wall[0] += 5.0

    assert await minutes.read() == {"-100": [5.0, 15.0]}


# -------------------------------------------------------------------- with the dispatcher


@dataclass
class Telegram:
    """Takes 60 ms for everything, and refuses what is too fast; ``jitter`` more on the way there."""

    name = "telegram"
    jitter: Callable[[], float] = lambda: 0.0
    strict: Strict = field(default_factory=Strict)
    arrived: Counter[str] = field(default_factory=Counter)
    at: dict[str, float] = field(default_factory=dict)

    async def deliver(self, row: Outbound) -> Receipt:
        await asyncio.sleep(self.jitter())
        now = asyncio.get_running_loop().time()
        wait = self.strict.admit(row.to.key, now)
        await asyncio.sleep(0.06)
        if wait:
            raise DeliveryDelayed("429", timedelta(seconds=int(wait) + 1))
        self.arrived[row.id] += 1
        self.at.setdefault(row.id, now)
        return Receipt()


def row(name: str, chat: str, lane: Lane) -> Outbound:
    now, to = LoopClock().now(), Address("telegram", chat)
    body = Message(plain(name), "en")
    return Outbound(OutboundId(name), to, lane, body, now, now, delegate=to.delegate)


async def put(store: DocumentStore, *rows: Outbound) -> None:
    async with store.transaction(DelegateId("nobody")) as tx:
        for one in rows:
            await tx.enqueue(one)


def broadcast(
    count: int, pace: Pace, replies: float, *, jitter: Callable[[], float] = lambda: 0.0
) -> tuple[Telegram, float, list[float]]:
    """What arrived, the seconds it took, and how long each reply took meanwhile."""

    async def story() -> tuple[Telegram, float, list[float]]:
        store, telegram, asked = DocumentStore(MemoryTables()), Telegram(jitter), dict[str, float]()
        sender = Dispatcher(store, {"telegram": telegram}, LoopClock(), pace, {"telegram": False})
        loop = asyncio.create_task(sender.run())
        rows = [row(f"b{number}", f"b{number}", Lane.BROADCAST) for number in range(count)]
        began = asyncio.get_running_loop().time()
        await put(store, *(replace(one, broadcast="x") for one in rows))
        while await store.waiting(broadcast="x"):
            await asyncio.sleep(1 / replies)
            name = f"r{len(asked)}"
            asked[name] = asyncio.get_running_loop().time()
            await put(store, row(name, name, Lane.REPLY))
        await asyncio.sleep(2)
        assert not await store.waiting()
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        last = max(at for name, at in telegram.at.items() if name[0] == "b")
        return telegram, last - began, [telegram.at[name] - at for name, at in asked.items()]

    return virtually(story())


def test_broadcast_is_fast_refused_by_nobody_and_holds_up_no_reply() -> None:
    telegram, seconds, replies = broadcast(385, Pace(), 2.0)

    assert (telegram.strict.refused, telegram.strict.fullest <= 30) == (0, True)
    assert sum(name[0] == "b" for name in telegram.arrived) == 385
    assert set(telegram.arrived.values()) == {1}
    assert seconds <= 1.2 * 385 / 30
    assert max(replies) <= 0.1


@pytest.mark.parametrize("seed", range(5))
def test_network_that_delivers_in_heaps_makes_no_second_too_full(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 -- for repeatable delays
    telegram, _, _ = broadcast(200, Pace(), 2.0, jitter=lambda: dice.choice([0.0, 0.01, 0.15, 0.4]))

    assert (telegram.strict.refused, telegram.strict.fullest <= 30) == (0, True)
    assert sum(name[0] == "b" for name in telegram.arrived) == 200


def test_broadcast_that_is_too_fast_loses_nothing_and_slows_down() -> None:
    telegram, seconds, _ = broadcast(385, Pace(33.0), 2.0)

    assert telegram.strict.refused > 0
    assert sum(name[0] == "b" for name in telegram.arrived) == 385
    assert set(telegram.arrived.values()) == {1}
    assert seconds <= 2 * 385 / 30


def test_emergency_leaves_at_once_in_the_middle_of_a_broadcast_and_right_after_a_start() -> None:
    async def story() -> list[float]:
        store, telegram = DocumentStore(MemoryTables()), Telegram()
        now = asyncio.get_running_loop().time
        rows = [row(f"b{number}", f"b{number}", Lane.BROADCAST) for number in range(300)]
        await put(store, *(replace(one, broadcast="x") for one in rows), row("first", "e0", Lane.EMERGENCY))
        role = Role(store, "telegram")
        sender = Dispatcher(store, {"telegram": telegram}, LoopClock(), Pace(), {"telegram": False}, role)
        tasks = [asyncio.create_task(loop) for loop in (role.run(), sender.run())]
        waits = []
        for number in range(1, 10):
            await asyncio.sleep(0.77)
            asked = now()
            await put(store, row(f"e{number}", f"e{number}", Lane.EMERGENCY))
            await asyncio.sleep(0.2)
            waits.append(telegram.at[f"e{number}"] - asked)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert telegram.strict.refused == 0
        return [telegram.at["first"], *waits]

    assert max(virtually(story())) <= 0.05


def test_two_senders_one_after_the_other_keep_the_limits_together() -> None:
    """The second takes over at once when the first ends well, and does not know what it sent in its last second."""

    async def story() -> None:
        store, telegram = DocumentStore(MemoryTables()), Telegram()
        rows = [row(f"b{number}", f"b{number}", Lane.BROADCAST) for number in range(200)]
        await put(store, *(replace(one, broadcast="x") for one in rows))
        await put(store, *(row(f"r{number}", f"r{number % 4}", Lane.REPLY) for number in range(40)))
        while await store.waiting():
            role = Role(store, "telegram")
            sender = Dispatcher(store, {"telegram": telegram}, LoopClock(), Pace(), {"telegram": False}, role)
            tasks = [asyncio.create_task(loop) for loop in (role.run(), sender.run())]
            await asyncio.sleep(2.3)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert telegram.strict.refused == 0
        assert (len(telegram.arrived), set(telegram.arrived.values())) == (240, {1})

    virtually(story())
