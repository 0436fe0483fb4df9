"""What happens to the desk while people write: kills above all, and other weathers."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from tests.load.desk.house import House, Interruption

Weather = Callable[[House, random.Random, int], Awaitable[None]]
"""Carries out so many mishaps, and returns when the desk is at work again."""
BACK_WITHIN: Final = 60.0  # seconds; what it took is reported


async def kills(house: House, chance: random.Random, times: int) -> None:
    """SIGKILL at random moments, one in five while the process is only just beginning."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.0, 2.0))
        await house.kill_and_start()
        if chance.random() < 0.2:
            await asyncio.sleep(chance.uniform(0.0, 1.5))
            continue
        await house.back(BACK_WITHIN)
    await house.back(BACK_WITHIN)


async def clock(house: House, chance: random.Random, times: int) -> None:
    """The same, and each process begins with a clock that is up to an hour wrong."""
    for _ in range(times):
        house.shift = timedelta(minutes=chance.choice((-60, -7, 0, 7, 60)))
        await kills(house, chance, 1)
        house.note(f"clock shifted by {house.shift}")


async def stops(house: House, chance: random.Random, times: int) -> None:
    """SIGSTOP for a while, then SIGCONT."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.2, 2.0))
        began = time.time()
        house.note("SIGSTOP")
        house.child.send(signal.SIGSTOP)
        await asyncio.sleep(chance.choice((0.3, 1.0, 3.0, 8.0)))
        house.child.send(signal.SIGCONT)
        house.note("SIGCONT")
        house.interruptions.append(Interruption(began, time.time(), "stop"))
    await house.back(BACK_WITHIN)


async def outage(house: House, chance: random.Random, times: int) -> None:
    """Telegram refuses connections for a while; some of what was on its way may have arrived."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        began = time.time()
        house.note("Telegram is gone")
        await house.wire.cut()
        await asyncio.sleep(chance.choice((1.0, 5.0, 20.0)))
        await house.wire.join()
        house.note("Telegram is back")
        house.interruptions.append(Interruption(began, time.time(), "outage"))
    await house.back(BACK_WITHIN)


async def faults(house: House, chance: random.Random, times: int) -> None:
    """Telegram refuses, stumbles, and answers too late or never what it has carried out."""
    tg = house.tg
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        match chance.randrange(6):
            case 0:
                tg.fail("sendMessage", status=429, retry_after=chance.choice((1, 2, 3)))
            case 1:
                tg.fail("send*", status=chance.choice((500, 502, 504)), times=2)
            case 2:
                tg.fail("sendMessage", status=502, after=True)
            case 3:
                tg.drop("sendMessage", after=True)
            case 4:
                tg.drop("getUpdates")
            case _:
                tg.delay("sendMessage", 3.0, after=True, times=2)
    tg.faults.heal()


async def fair(house: House, chance: random.Random, times: int) -> None:
    """Nothing happens."""
    del chance
    await asyncio.sleep(float(times))
    await house.back(BACK_WITHIN)


WEATHERS: Final[Mapping[str, Weather]] = {
    "kills": kills,
    "clock": clock,
    "stops": stops,
    "outage": outage,
    "faults": faults,
    "fair": fair,
}
