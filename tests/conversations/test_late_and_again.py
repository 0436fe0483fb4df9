"""Messages that come late, come again, or cannot be handled at all; and a clock that jumps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import DemoClock, RealClock
from bot.desk import say
from bot.desk.turn import REMEMBERED_UPDATES
from bot.i18n.translator import Speaker
from bot.model.errors import DeliveryDelayed
from bot.model.messages import InboundId, Outbound, Receipt
from bot.ports import Clock
from tests.conversations.world import DELEGATE, RECEPTION, Delegate, Desk, FakeDoor, said
from tests.patience import PATIENCE, Stopwatch

QUESTION = "What is the wifi password?"
HOUR = 3600.0

# -------------------------------------------------------------------- late


async def test_a_late_answer_says_so_first(delegate: Delegate) -> None:
    [answer] = (await delegate.says(QUESTION))[DELEGATE]
    [late] = (await delegate.says(QUESTION, waited=timedelta(minutes=40)))[DELEGATE]

    sent = delegate.desk.clock.now() - timedelta(minutes=40)
    assert late == f"You wrote this at {sent:%H:%M}, and I can only read it now.\n\n{answer}"


async def test_an_answer_within_five_minutes_does_not(delegate: Delegate) -> None:
    soon = await delegate.says(QUESTION, waited=timedelta(minutes=5))

    assert soon[DELEGATE][0].startswith("Conference Wi-Fi")


async def test_a_day_late_it_names_the_day(delegate: Delegate) -> None:
    [late] = (await delegate.says(QUESTION, waited=timedelta(hours=20)))[DELEGATE]

    assert late.startswith("You wrote this at Mon")


async def test_a_late_emergency_begins_with_the_number_all_the_same(delegate: Delegate) -> None:
    on_time = await delegate.says("She is not breathing")
    late = await delegate.says("He is not breathing either!", waited=timedelta(minutes=40))

    assert late[DELEGATE][0].splitlines()[0] == on_time[DELEGATE][0].splitlines()[0]
    assert "You wrote this at" in late[DELEGATE][0]


async def test_a_late_request_says_so_once(delegate: Delegate) -> None:
    read = await delegate.says("zzz qqq xxx", waited=timedelta(minutes=40))
    after = await delegate.desk.waits(seconds=6)

    told = [text for text in [*read[DELEGATE], *after.get(DELEGATE, [])] if "You wrote this at" in text]
    assert len(told) == 1


# -------------------------------------------------------------------- again


@pytest.mark.parametrize("door", ["telegram", "reception-telegram"])
async def test_the_same_number_is_a_repeat_for_two_days_and_then_another_message(delegate: Delegate, door: str) -> None:
    """Telegram starts its numbers again at random after a quiet week."""
    number = InboundId(f"{door}:815")
    await delegate.says(QUESTION, id=number)
    delegate.desk.clock.moves(REMEMBERED_UPDATES - timedelta(seconds=1))
    assert await delegate.says("When is the opening?", id=number) == {}

    delegate.desk.clock.moves(timedelta(seconds=1))

    assert "08:30" in (await delegate.says("When is the opening?", id=number))[DELEGATE][0]


async def test_a_lower_number_than_the_last_is_no_repeat(delegate: Delegate) -> None:
    await delegate.says(QUESTION, id=InboundId("telegram:900000"))

    assert (await delegate.says(QUESTION, id=InboundId("telegram:17")))[DELEGATE]


async def test_what_cannot_be_handled_in_any_way_gets_a_word_and_a_number(
    delegate: Delegate, desk: Desk, speaker: Speaker
) -> None:
    delegate.hint = speaker.language
    await desk.front.apologise(delegate.inbound(text="???"))

    assert desk.read(desk.seen) == {DELEGATE: [said(say.set_aside(desk.engine.snapshot.event, speaker))]}


# -------------------------------------------------------------------- a clock that jumps


class Slow(FakeDoor):
    """Takes a message only at the second try."""

    tries = 0

    async def deliver(self, row: Outbound) -> Receipt:
        self.tries += 1
        if self.tries == 1:
            raise DeliveryDelayed("not now", timedelta(seconds=0.6))
        return await super().deliver(row)


class Wall:
    """The machine's clock, which somebody sets."""

    jump = 0.0

    def __call__(self) -> float:
        return time.time() + self.jump


@asynccontextmanager
async def working(desk: Desk, clock: Clock) -> AsyncIterator[Desk]:
    """The outbox and the duties run by a clock of their own."""
    for part in (desk.dispatcher, desk.duties):
        part.clock = clock
    object.__setattr__(desk.front, "clock", clock)
    tasks = [asyncio.create_task(desk.dispatcher.run()), asyncio.create_task(desk.duties.run())]
    try:
        yield desk
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 0.0])
@pytest.mark.parametrize("demo", [False, True])
async def test_when_the_machines_clock_jumps_nothing_is_late_lost_or_doubled(
    delegate: Delegate, desk: Desk, jump: float, *, demo: bool
) -> None:
    """A message that waits for its next try, and a request that nobody sees: both keep their times (S8, D3)."""
    wall, zone = Wall(), ZoneInfo("Asia/Ho_Chi_Minh")
    clock: Clock = DemoClock(datetime(2023, 11, 21, 7, 40, tzinfo=zone), zone) if demo else RealClock(zone, wall)
    desk.lane.out_of_reach = True
    desk.dispatcher.channels = {**desk.dispatcher.channels, "webchat": (slow := Slow(desk.seen))}
    async with working(desk, clock):
        await desk.front.receive(delegate.inbound(text=QUESTION))
        asking = Delegate(desk, name="other")
        await desk.front.receive(asking.inbound(text="I want to talk to a human being"))
        began, watch = time.monotonic(), Stopwatch()
        while not slow.tries:  # noqa: ASYNC110 -- no bell rings here
            await asyncio.sleep(0.01)
        wall.jump = jump
        async with asyncio.timeout(PATIENCE):
            while not any("nobody at reception has seen it yet" in seen.text for seen in desk.seen):  # noqa: ASYNC110 -- nor here
                await asyncio.sleep(0.05)
        took, worked = time.monotonic() - began, watch.seconds

    answers = [seen for seen in desk.seen if seen.reader == DELEGATE]
    assert len(answers) == 1
    assert took > 4.0  # told after five seconds,
    assert worked < 10.0  # at most five late
    assert not any(seen.reader == RECEPTION for seen in desk.seen)
