"""The watch: what dies or hangs is started again, what cannot be kept alive ends the process, and it sees no ghosts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.health.alarms import Alarms
from bot.health.pulse import Pulse
from bot.health.watch import SHOWN, LoopLost, Watch
from bot.model.errors import StoreUnavailable
from tests.patience import PATIENCE

LOOK = 0.02


class Seconds:
    """Real seconds, and those that a test adds."""

    def __init__(self) -> None:
        self.more = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.more


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(seconds: Seconds) -> Watch:
    alarms = Alarms(lambda: datetime.now(UTC), seconds)
    return Watch(alarms, {"loop": 10 * LOOK}, frozenset({"endless"}), wait=0.01, look=LOOK, tick=seconds)


class Loop:
    """A loop of the house whose runs go as the test says; after them it beats for ever."""

    def __init__(self, watch: Watch, *runs: Callable[[], Awaitable[None]], name: str = "loop") -> None:
        self.runs = list(runs)
        self.started = 0
        self.well = asyncio.Event()
        self._watch = watch
        self._name = name

    async def __call__(self) -> None:
        self.started += 1
        if self.runs:
            await self.runs.pop(0)()
            return
        self.well.set()
        while True:
            self._watch.beat(self._name)
            await asyncio.sleep(LOOK)


async def dies() -> None:
    raise RuntimeError("my room is 1402")


async def hangs() -> None:
    await asyncio.Event().wait()


async def ends() -> None:
    return


async def away() -> None:
    raise ExceptionGroup("tasks", [StoreUnavailable("the database is away")])


async def cancels_itself() -> None:
    raise asyncio.CancelledError


async def well_again(watch: Watch, loop: Loop, name: str = "loop") -> None:
    """Kept until it runs well, and a little longer."""
    keeping = asyncio.create_task(watch.keep(name, loop))
    try:
        async with asyncio.timeout(PATIENCE):
            await loop.well.wait()
        await asyncio.sleep(20 * LOOK)
        assert not keeping.done()
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


@pytest.mark.parametrize("trouble", [dies, hangs, ends, cancels_itself])
async def test_what_dies_hangs_or_ends_is_started_again(watch: Watch, trouble: Callable[[], Awaitable[None]]) -> None:
    loop = Loop(watch, trouble)

    await well_again(watch, loop)

    assert loop.started == 2
    assert [alarm.key for alarm in watch.alarms.current] == ["loop:loop"]


async def test_a_loop_that_beats_is_left_alone(watch: Watch) -> None:
    loop = Loop(watch)

    await well_again(watch, loop)

    assert (loop.started, watch.alarms.current) == (1, [])


async def test_three_failures_in_a_short_time_are_the_end(watch: Watch) -> None:
    loop = Loop(watch, dies, hangs, dies)

    with pytest.raises(LoopLost, match="'loop'") as lost:
        await watch.keep("loop", loop)

    assert loop.started == 3
    assert "1402" not in str(lost.value)


async def test_three_failures_in_a_long_time_are_not(watch: Watch, seconds: Seconds) -> None:
    async def dies_later() -> None:
        seconds.more += 200
        await dies()

    loop = Loop(watch, *[dies_later] * 5)

    await well_again(watch, loop)

    assert loop.started == 6


async def test_while_the_store_is_away_nobody_is_to_blame(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.health.watch._STORE_AWAY", 0.01)
    loop = Loop(watch, *[away] * 10)

    await well_again(watch, loop)

    assert (loop.started, watch.alarms.current) == (11, [])


async def test_what_may_end_ends(watch: Watch) -> None:
    await watch.keep("people of the demonstration", ends)

    with pytest.raises(LoopLost):
        await watch.keep("endless", ends)


async def test_a_process_that_stood_still_sees_no_silence(watch: Watch, seconds: Seconds) -> None:
    """Stopped for a minute and gone on: nothing hung, so nothing is cancelled."""
    loop = Loop(watch)
    keeping = asyncio.create_task(watch.keep("loop", loop))
    await loop.well.wait()
    for _ in range(5):
        seconds.more += 60
        await asyncio.sleep(3 * LOOK)
    keeping.cancel()
    await asyncio.wait([keeping])

    assert loop.started == 1


async def test_a_stopped_watch_stops_its_loop_in_order(watch: Watch) -> None:
    cleaned: list[str] = []

    async def loop() -> None:
        try:
            await hangs()
        finally:
            await asyncio.sleep(LOOK)
            cleaned.append("up")

    keeping = asyncio.create_task(watch.keep("other", loop))
    await asyncio.sleep(2 * LOOK)
    keeping.cancel()
    await asyncio.wait([keeping])

    assert cleaned == ["up"]


async def test_the_alarm_about_a_restart_is_taken_back_when_it_holds(watch: Watch, seconds: Seconds) -> None:
    await well_again(watch, Loop(watch, dies))
    watch.settle()
    assert watch.alarms.current

    seconds.more += SHOWN
    watch.settle()

    assert watch.alarms.current == []
    assert watch.restarts == {"loop": 1}


async def test_the_pulse_tells_how_late_the_event_loop_is() -> None:
    late: list[float] = []
    pulse = asyncio.create_task(Pulse(late.append).run())
    await asyncio.sleep(0.1)
    time.sleep(0.6)  # noqa: ASYNC251 -- the fault itself
    await asyncio.sleep(0.05)
    pulse.cancel()
    await asyncio.wait([pulse])

    assert max(late) > 0.3


def test_an_event_loop_that_never_gives_way_ends_the_process() -> None:
    """In a process of its own, for it does not come back."""
    program = (
        "import asyncio, time\n"
        "from bot.health import pulse\n"
        "pulse._LOOK = 0.1\n"  # many looks before it gives up: a machine that stalls may skip a few pulses
        "async def main():\n"
        "    guard = pulse.Pulse(standstill=2.0)\n"
        "    async with guard.guarded(), asyncio.TaskGroup() as group:\n"
        "        group.create_task(guard.run())\n"
        "        await asyncio.sleep(2.5)\n"
        "        print('alive', flush=True)\n"
        "        time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(  # noqa: S603 -- ourselves
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False
    )

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (70, "alive"), ended.stderr
