"""The real process when something around it fails: what it does, what it tells, and that it comes back by itself.

A few figures are larger by command than here: DESK_TEST_OUTAGE=2000 messages, DESK_TEST_RESTARTS=100, DESK_TEST_STOPPED=40.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, web

from tests.e2e.houses import House, Way, bare, reads, telegram_settings
from tests.e2e.pages import Clerk, Page
from tests.e2e.process import ROOT, Process, environ, settings_of, until
from tests.fakes.telegram import ALWAYS, FakeTelegram, Person

pytestmark = [pytest.mark.process, pytest.mark.long, pytest.mark.timeout(900)]

MESSAGES: Final = int(os.environ.get("DESK_TEST_OUTAGE", "300"))
RESTARTS: Final = int(os.environ.get("DESK_TEST_RESTARTS", "20"))
STOPPED: Final = float(os.environ.get("DESK_TEST_STOPPED", "12"))
QUESTION: Final = "Where is the prayer room?"
ANSWER: Final = "second floor"
EMERGENCY: Final = "My colleague collapsed and is not breathing"
NUMBER: Final = "115"
BUSY: Final = 3.0  # how much longer than promised things may take on a busy machine


@pytest.fixture
async def house(tmp_path: Path, cache_folder: Path) -> AsyncIterator[House]:
    async with House.open("polling", tmp_path / "data", cache_folder) as opened:
        yield opened


async def ready(house: House) -> tuple[int, dict[str, Any]]:
    async with ClientSession() as http, http.get(f"{house.process.url}/readyz") as answer:
        return answer.status, await answer.json()


async def part_is(house: House, part: str, state: str, within: float) -> tuple[dict[str, Any], float]:
    """How a part is once it is as expected, and the seconds that took."""
    began = time.monotonic()
    while True:
        _, parts = await ready(house)
        if parts.get(part, {}).get("state") == state:
            return parts[part], time.monotonic() - began
        assert time.monotonic() - began < within, (part, parts, house.process.output[-3000:])
        await asyncio.sleep(0.2)


async def figure(house: House, name: str) -> float:
    async with ClientSession() as http, http.get(f"{house.process.url}/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
    raise AssertionError(name)


async def alarms(clerk: Clerk) -> list[str]:
    async with clerk.http.get("/desk/api/alarms") as answer:
        assert answer.status == 200
        return [alarm["key"] for alarm in await answer.json()]


@asynccontextmanager
async def clerk_of(house: House) -> AsyncIterator[Clerk]:
    async with Clerk.sign_in(house.process.url, house.process.console_link) as clerk:
        yield clerk


def answers(person: Person, text: str) -> int:
    return sum(text in seen.text for seen in person.inbox)


# -------------------------------------------------------------------- health


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_all_is_green_soon_after_the_start_and_somebody_outside_hears_of_it(
    way: Way, tmp_path: Path, cache_folder: Path
) -> None:
    beats = asyncio.Event()

    async def beat(_: web.Request) -> web.Response:
        beats.set()
        return web.Response()

    async with FakeTelegram() as tg, _serving(beat) as url:
        group = tg.forum("Reception", ["Lan"])
        settings = settings_of(tmp_path / "data", cache_folder) | telegram_settings(tg, group, way)
        process = Process(settings | {"DESK_HEARTBEAT_URL": url})
        house = House(tg, group, way, tmp_path, settings, process)
        try:
            await process.opened()
            await part_is(house, "telegram", "green", 20)
            status, parts = await ready(house)
            async with asyncio.timeout(20):
                await beats.wait()
        finally:
            await house.close()

    assert status == 200
    assert {name for name in parts if name != "ready"} == {"store", "content", "outbox", "telegram"}
    assert tg.token not in json.dumps(parts)


@asynccontextmanager
async def _serving(handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/beat", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/beat"
    finally:
        await runner.cleanup()


async def test_deaf_it_shows_red_within_thirty_seconds_and_hears_again(house: House) -> None:
    """Telegram neither answers nor refuses: nothing in the desk fails, and nothing comes any more (O6)."""
    guest = house.delegate("Guest")
    await part_is(house, "telegram", "green", 20)
    fault = house.tg.hang("getUpdates", times=ALWAYS)
    await until(lambda: fault.struck, 30)
    async with clerk_of(house) as clerk:
        _, took = await part_is(house, "telegram", "red", 33)
        assert took <= 32
        assert (await ready(house))[0] == 503
        assert "telegram" in await alarms(clerk)

        await guest.says(QUESTION)
        fault.stop()
        await guest.reads(contains=ANSWER, timeout=60)
        await part_is(house, "telegram", "green", 10)
        await asyncio.sleep(1.5)
        assert await alarms(clerk) == []


async def test_a_process_that_was_stopped_goes_on_as_if_nothing_had_been(house: House) -> None:
    guest = house.delegate("Guest")
    await guest.says(QUESTION)
    await reads(guest, ANSWER)
    os.kill(house.process.child.pid, signal.SIGSTOP)
    await guest.says("What time is the opening?")
    await asyncio.sleep(STOPPED)
    os.kill(house.process.child.pid, signal.SIGCONT)

    await reads(guest, "08:30")

    await part_is(house, "telegram", "green", 30)
    assert "loop_restarted" not in house.process.output
    assert (answers(guest, ANSWER), answers(guest, "08:30")) == (1, 1)
    await house.in_order()


# -------------------------------------------------------------------- telegram


async def test_after_an_outage_everything_is_answered_once_emergencies_first_and_late_ones_say_so(
    tmp_path: Path, cache_folder: Path
) -> None:
    """D11, compressed: an hour passes on Telegram's side while the desk waits for a few seconds."""
    past = 3_600.0

    async with FakeTelegram(clock=lambda: time.time() - past) as tg:
        group = tg.forum("Reception", ["Lan"])
        settings = settings_of(tmp_path / "data", cache_folder) | telegram_settings(tg, group, "polling")
        rate = {} if MESSAGES >= 2_000 else {"DESK_TELEGRAM_RATE": "500"}
        process = Process(settings | rate)
        house = House(tg, group, "polling", tmp_path, settings, process)
        try:
            await process.opened()
            people = [house.delegate(f"Guest {number}") for number in range(MESSAGES // 4)]
            for person in people:
                await person.says("What time is the opening?")
            for person in people:
                await reads(person, "08:30")
            outage = [tg.drop("getUpdates", times=ALWAYS), tg.drop("send*", times=ALWAYS)]
            await until(lambda: outage[0].struck, 30)
            for _ in range(4):
                for person in people:
                    await person.says(QUESTION)
            hurt = house.delegate("Hurt")
            await hurt.says(EMERGENCY)
            async with Page.open(process.url, "en") as page:  # the web page knows nothing of it
                await page.says(QUESTION)
                await page.reads(ANSWER)
            past = 0.0

            for fault in outage:
                fault.stop()
            back = time.monotonic()
            first = await hurt.reads(contains=NUMBER, timeout=5 * BUSY + 5)  # the loop looks again within five
            emergency_after = time.monotonic() - back
            await until(lambda: all(answers(person, ANSWER) >= 4 for person in people), 90 * BUSY)
            all_after = time.monotonic() - back
            await tg.settled(30)
        finally:
            await house.close()

    print(f"{MESSAGES} messages: the emergency after {emergency_after:.1f} s, all after {all_after:.1f} s")  # noqa: T201 -- the measured figures
    assert NUMBER in first.text.splitlines()[0]
    assert "You wrote this at" in bare(first.text)
    for person in people:
        late = [seen.text for seen in person.inbox if ANSWER in seen.text]
        assert len(late) == 4
        assert all(text.startswith("You wrote this at") for text in map(bare, late))
    assert "Traceback" not in process.output


async def test_two_programs_with_one_token_stand_back_tell_and_go_on(house: House) -> None:
    guest, lan = house.delegate("Guest"), house.group["Lan"]
    await part_is(house, "telegram", "green", 20)
    fault = house.tg.fail("getUpdates", status=409, times=ALWAYS)
    async with clerk_of(house) as clerk:
        part, took = await part_is(house, "telegram", "red", 30)
        assert part["reason"] == "conflict"
        assert took < 25
        told = await lan.reads(contains="Another program takes this bot's messages", timeout=40)
        assert told.topic is None
        assert "telegram-conflict" in await alarms(clerk)
        struck = fault.struck
        await asyncio.sleep(5)
        assert fault.struck - struck <= 3  # it stands back

        await guest.says(QUESTION)
        fault.stop()
        await guest.reads(contains=ANSWER, timeout=70)
        await part_is(house, "telegram", "green", 5)
        over = await lan.reads(contains="Another program takes", timeout=30)

    assert over.text.startswith("✅")
    assert house.process.output.count('"telegram_not_receiving"') == 1
    assert "loop_restarted" not in house.process.output


# -------------------------------------------------------------------- poison


async def test_poison_is_kept_for_the_organiser_and_its_sender_is_answered(house: House) -> None:
    guest = house.delegate("Guest")
    chat = {"id": guest.id, "type": "private", "first_name": "Guest"}
    person = {"id": guest.id, "is_bot": False, "first_name": "Guest", "language_code": "en"}
    number = house.tg.push({"message": {"message_id": [], "chat": chat, "from": person, "text": QUESTION}})

    await reads(guest, ANSWER)
    await house.tg.settled()
    listed = _desk(house, "aside", "list")
    name = listed.split()[0]
    shown = _desk(house, "aside", "show", name)
    dropped = _desk(house, "aside", "drop", name)

    assert name.startswith(f"{number}:")
    assert QUESTION not in listed
    assert QUESTION in shown
    assert name in dropped
    assert _desk(house, "aside", "list").strip() == "Nothing is set aside."
    assert QUESTION not in house.process.output
    assert await figure(house, 'desk_updates_total{outcome="aside"}') == 1


def _desk(house: House, *arguments: str) -> str:
    ended = subprocess.run(  # noqa: S603 -- ourselves
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environ(house.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


# -------------------------------------------------------------------- the disk


async def test_with_a_full_disk_it_says_so_confirms_nothing_and_comes_back_by_itself(house: House) -> None:
    guest, hurt, lan = house.delegate("Guest"), house.delegate("Hurt"), house.group["Lan"]
    people = [house.delegate(f"Guest {number}") for number in range(10)]
    for person in people:  # the store must be larger than the log, which has the same limit
        await person.says(QUESTION)
    for person in people:
        await reads(person, ANSWER)
    with _full_disk(house):
        await guest.says(QUESTION)
        await guest.reads(contains="I could not keep your message just now", timeout=20)
        await hurt.says(EMERGENCY)
        first = await hurt.reads(contains=NUMBER, timeout=20)
        assert NUMBER in first.text.splitlines()[0]
        part, _ = await part_is(house, "store", "red", 30)
        assert part["reason"] == "unavailable"
        told = await lan.reads(contains="nothing can be saved", timeout=60)
        assert told.text.startswith("⚠️")
        assert len(house.tg.pending) >= 2
    space = time.monotonic()

    await guest.reads(contains=ANSWER, timeout=10 * BUSY)
    took = time.monotonic() - space
    await part_is(house, "store", "green", 10 * BUSY)
    await house.tg.settled(20)

    assert took <= 10 * BUSY
    assert answers(guest, ANSWER) == 1
    assert len([seen for seen in hurt.inbox if "#" in bare(seen.text)]) >= 1
    assert "Traceback" not in house.process.output


class _full_disk:  # noqa: N801 -- reads like a block
    """No file of the process can grow: as a full disk, for one process."""

    def __init__(self, house: House) -> None:
        self._pid = house.process.child.pid
        files = [file for file in house.data.rglob("*") if file.is_file()]
        self._size = max(file.stat().st_size for file in files)

    def __enter__(self) -> None:
        self._before = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *_: object) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._before)


# -------------------------------------------------------------------- stop and start


async def test_asked_to_end_with_work_under_way_it_ends_in_time_and_nothing_is_lost_or_doubled(house: House) -> None:
    people = [house.delegate(f"Guest {number}") for number in range(10)]
    slow = house.tg.delay("sendMessage", 1.5, times=ALWAYS)
    for person in people:
        await person.says(QUESTION)
    await until(lambda: slow.struck)

    code, took = await house.process.stop()
    slow.stop()
    await house.start()
    for person in people:
        await reads(person, ANSWER)
    await house.tg.settled(20)

    assert code == 0
    assert took < 10
    assert [answers(person, ANSWER) for person in people] == [1] * len(people)
    assert "Traceback" not in house.heard + house.process.output


async def test_restarted_again_and_again_each_message_is_answered_once(house: House) -> None:
    people = [house.delegate(f"Guest {number}") for number in range(4)]
    asked = 0
    for _ in range(RESTARTS):
        for person in people:
            await person.says(QUESTION)
        asked += 1
        code, took = await house.process.stop()
        assert (code, took < 10) == (0, True), took
        await house.start()

    await until(lambda: all(answers(person, ANSWER) >= asked for person in people), 60)
    await house.tg.settled(30)

    assert [answers(person, ANSWER) for person in people] == [asked] * len(people)
    assert house.tg.violations == []
    assert "Traceback" not in house.heard + house.process.output
