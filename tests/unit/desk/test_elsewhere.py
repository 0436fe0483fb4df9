"""A process of its own: what it finds comes back, and it never outlives the wait."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from bot.desk.elsewhere import WorkerLost, elsewhere
from bot.model.errors import ContentError, Fault

FAULT = Fault("event.yaml", 3, "places", "is missing")


def add(first: int, second: int) -> tuple[int, int]:
    return first + second, os.getpid()


def refuse() -> None:
    raise ContentError([FAULT])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def note_and_sleep(place: Path) -> None:
    place.write_text(str(os.getpid()))
    time.sleep(60)


async def test_result_of_another_process_comes_back() -> None:
    result, process = await elsewhere(add, 2, second=3)

    assert result == 5
    assert process != os.getpid()


async def test_error_of_the_other_process_is_raised_here() -> None:
    with pytest.raises(ContentError) as raised:
        await elsewhere(refuse)

    assert list(raised.value.faults) == [FAULT]


async def test_process_that_is_killed_is_told_from_one_that_is_done() -> None:
    with pytest.raises(WorkerLost):
        await elsewhere(die)


async def test_cancelled_wait_ends_the_process(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    waiting = asyncio.create_task(elsewhere(note_and_sleep, place))
    async with asyncio.timeout(30):
        while not (place.is_file() and place.read_text()):  # noqa: ASYNC110 -- a file has no bell
            await asyncio.sleep(0.02)

    waiting.cancel()
    await asyncio.wait([waiting], timeout=30)

    assert waiting.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)
