"""Two real processes share one event over PostgreSQL: one of them talks to Telegram, and when it dies the other does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract import postgres
from tests.e2e.houses import number_in, reads, telegram_settings
from tests.e2e.pages import Clerk, Page, words
from tests.e2e.process import Process, settings_of, until
from tests.fakes.telegram import FakeTelegram, Group, Person
from tests.patience import PATIENCE, Stopwatch

pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.timeout(240)]

NEEDS_A_PERSON = "The air conditioning in my room does not work, nobody came"
FAILOVER = 15.0  # seconds within which the other replica answers (issue: a dead replica's duties pass on)
_TAKEN = '"role": "telegram", "event": "role_taken"'


@dataclass
class Pair:
    """Two replicas; ``first`` was there earlier and has the bot."""

    tg: FakeTelegram
    group: Group
    first: Process
    second: Process

    def delegate(self, name: str) -> Person:
        person = self.tg.user(name, language_code="en")
        person.chat.started = True
        return person


def has_the_bot(process: Process) -> bool:
    return _TAKEN in process.output


@pytest.fixture
async def pair(tmp_path: Path, cache_folder: Path) -> AsyncIterator[Pair]:
    url = postgres.schema_url(str(tmp_path))
    async with FakeTelegram() as tg, _running(tg, url, tmp_path, cache_folder) as opened:
        yield opened
    postgres.drop(url)


@asynccontextmanager
async def _running(tg: FakeTelegram, url: str, folder: Path, cache: Path) -> AsyncIterator[Pair]:
    group = tg.forum("Reception", ["Lan", "Minh"])
    shared = telegram_settings(tg, group, "polling") | {"DESK_DATABASE_URL": url}
    async with AsyncExitStack() as stack:
        replicas: list[Process] = []
        for name in ("first", "second"):
            settings = settings_of(folder / name, cache) | shared
            del settings["DESK_CLOCK"]  # replicas share the real time
            process = await stack.enter_async_context(Process.running(settings))
            await process.opened()
            if not replicas:
                await until(lambda process=process: has_the_bot(process))  # type: ignore[misc]
            replicas.append(process)
        yield Pair(tg, group, *replicas)


async def test_one_of_two_polls_and_both_serve_the_page(pair: Pair) -> None:
    guest = pair.delegate("Guest")
    await guest.says("Where is the prayer room?")
    await reads(guest, "second floor")
    for process in (pair.first, pair.second):
        async with Page.open(process.url, "en") as page:
            await page.says("Where is the prayer room?")
            assert "second floor" in words(await page.reads())

    await asyncio.sleep(3)

    assert [has_the_bot(process) for process in (pair.first, pair.second)] == [True, False]
    assert [seen.text for seen in guest.inbox if "second floor" in seen.text][1:] == []
    _nothing_odd(pair)


async def test_killed_poller_is_followed_by_the_other(pair: Pair) -> None:
    """Before, while nobody polls, and after: every question is answered, and none twice."""
    people = [pair.delegate(f"Guest {number}") for number in range(6)]
    for person in people[:3]:
        await person.says("Where is the prayer room?")
        await reads(person, "second floor")
    await people[0].says(NEEDS_A_PERSON)
    first = number_in((await reads(people[0], "as request #")).text)
    await reads(people[0], f"Reception has your request #{first}.")

    await pair.first.kill()
    watch = Stopwatch(lambda: [pair.second.child.pid])
    for person in people[3:]:
        await person.says("Where is the prayer room?")
    for person in people[3:]:
        await person.reads(contains="second floor", timeout=FAILOVER + PATIENCE)
    took = watch.seconds

    assert took < FAILOVER
    assert has_the_bot(pair.second)
    await people[5].says(NEEDS_A_PERSON)
    assert number_in((await reads(people[5], "as request #")).text) > first
    topic = await pair.group.topic(f"#{first} ")  # opened by the one that is gone
    await pair.group["Lan"].says("A technician comes.", topic=topic)
    await reads(people[0], "A technician comes.")
    await pair.tg.settled(20)
    assert [sum("second floor" in seen.text for seen in person.inbox) for person in people] == [1] * 6
    _nothing_odd(pair)


async def test_row_on_its_way_when_its_replica_dies_is_sent_by_the_other(pair: Pair) -> None:
    guest = pair.delegate("Guest without an answer")
    fault = pair.tg.hang("sendMessage", chat_id=guest.id, times=1)
    await guest.says("Where is the prayer room?")
    await until(lambda: fault.struck)

    await pair.first.kill()

    await guest.reads(contains="second floor", timeout=FAILOVER + PATIENCE)
    assert sum("second floor" in seen.text for seen in guest.inbox) == 1


async def test_page_on_one_replica_hears_the_staff_at_the_other(pair: Pair) -> None:
    async with (
        Page.open(pair.second.url, "en") as page,
        Clerk.sign_in(pair.first.url, pair.first.console_link) as clerk,
    ):
        await page.says(NEEDS_A_PERSON)
        number = (await page.reads("as request #"))["ticket"]
        await page.reads(f"Reception has your request #{number}.")
        await clerk.does("claim", number)

        await clerk.does("reply", number, "A technician comes in ten minutes.")

        reply = await page.reads("A technician comes", author="staff")
        assert reply["ticket"] == number
        await page.says("Thank you, I am waiting in the room with the broken one")
        await _sees(clerk, number, "broken one")
    _nothing_odd(pair)


async def _sees(clerk: Clerk, number: int, text: str) -> None:
    async with asyncio.timeout(20):
        while text not in str((await clerk.ticket(number))["timeline"]):  # noqa: ASYNC110 -- another process has no bell
            await asyncio.sleep(0.1)


def _nothing_odd(pair: Pair) -> None:
    assert pair.tg.violations == []
    assert "Traceback" not in pair.first.output + pair.second.output
