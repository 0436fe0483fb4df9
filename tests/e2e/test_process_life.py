"""The real process begins, is refused, is killed, comes back and ends: nothing is lost, and everything is said in sentences."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.houses import House, Way, number_in, reads
from tests.e2e.pages import Clerk, Page
from tests.e2e.process import Process, settings_of, until
from tests.fakes.telegram import ALWAYS, FakeTelegram, Limits

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

NEEDS_A_PERSON = "The air conditioning in my room does not work, nobody came"
Start = Callable[[dict[str, str]], Awaitable[Process]]
SOON = 10.0  # seconds within which a desk that was asked to end has ended (O7)


@pytest.fixture
async def house(way: Way, tmp_path: Path, cache_folder: Path) -> AsyncIterator[House]:
    """A desk of its own, to be killed."""
    async with House.open(way, tmp_path / "data", cache_folder) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, cache_folder: Path) -> dict[str, str]:
    """A desk without Telegram."""
    return settings_of(tmp_path / "data", cache_folder)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts desks that are gone when the test ends."""
    async with AsyncExitStack() as stack:
        yield lambda settings: stack.enter_async_context(Process.running(settings))


# -------------------------------------------------------------------- killed


async def test_killed_and_started_again_it_answers_everything_once(house: House) -> None:
    """Messages before and while it was gone; the numbers of requests go on, and their topics are known."""
    early, late = house.delegate("Early"), house.delegate("Late")
    await early.says(NEEDS_A_PERSON)
    first = number_in((await reads(early, "as request #")).text)
    await reads(early, f"Reception has your request #{first}.")

    await house.process.kill()
    await early.says("Where is the prayer room?")
    await late.says(NEEDS_A_PERSON)
    await house.start()

    await reads(early, "second floor")
    second = number_in((await reads(late, "as request #")).text)
    await reads(late, f"Reception has your request #{second}.")
    assert second == first + 1
    await _console_knows(house, [first, second])
    topic = await house.group.topic(f"#{first} ")
    await house.group["Lan"].says("A technician comes.", topic=topic)
    await reads(early, "A technician comes.")
    await house.in_order()
    for person, answers in ((early, ["as request #", "second floor"]), (late, ["as request #", "has your request #"])):
        assert [sum(text in seen.text for seen in person.inbox) for text in answers] == [1, 1]


async def _console_knows(house: House, numbers: list[int]) -> None:
    async with Clerk.sign_in(house.process.url, house.process.console_link) as clerk:
        assert sorted(ticket["id"] for ticket in await clerk.tickets()) == numbers


async def test_killed_again_and_again_while_people_write_it_loses_nothing(house: House) -> None:
    people = [house.delegate(f"Guest {number}") for number in range(8)]
    kills = 3

    async def write() -> None:
        for question in ("Where is the prayer room?", "What time is the opening?", "Where is the hotel?"):
            for person in people:
                await person.says(question)
                await asyncio.sleep(0.15)

    writing = asyncio.create_task(write())
    for _ in range(kills):
        await asyncio.sleep(0.7)
        await house.process.kill()
        await house.start()
    await writing

    for person in people:
        for answer in ("second floor", "08:30", "44 Ly Thuong Kiet"):
            await reads(person, answer)
    await house.tg.settled(20)
    surplus = sum(len([seen for seen in person.inbox if seen.text]) - 3 for person in people)
    assert 0 <= surplus <= kills * len(people)  # each kill may repeat what was on its way, once per chat (D10)
    assert max(len(person.inbox) for person in people) <= 3 + 1 + kills  # a venue, and repeats
    assert "Traceback" not in house.heard + house.process.output


async def test_what_was_not_sent_before_the_kill_is_sent_soon_after_it(tmp_path: Path, cache_folder: Path) -> None:
    async with House.open("polling", tmp_path, cache_folder) as house:
        guest = house.delegate("Guest without an answer")
        await asyncio.sleep(7)  # so far the clock of the first process is ahead of the second one's
        fault = house.tg.hang("sendMessage", chat_id=guest.id, times=ALWAYS)
        await guest.says("Where is the prayer room?")
        await until(lambda: fault.struck)
        await house.process.kill()
        fault.stop()
        await house.start()

        watch = house.stopwatch()
        await reads(guest, "second floor")
        assert watch.seconds < 5.0  # back at work in five seconds (D1)


# -------------------------------------------------------------------- busy


async def test_a_dozen_requests_at_once_are_all_shown_soon(tmp_path: Path, cache_folder: Path) -> None:
    async with House.open("polling", tmp_path, cache_folder, limits=Limits()) as house:
        people = [house.delegate(f"Guest {number}") for number in range(12)]
        for person in people:
            await person.says(NEEDS_A_PERSON)

        await until(lambda: len(house.group["Lan"].inbox) == len(people), 15)

        await house.in_order()


# -------------------------------------------------------------------- stopped


async def test_asked_to_end_it_ends_soon_and_in_order(house: House) -> None:
    guest = house.delegate("Guest")
    await guest.says("Where is the prayer room?")
    await reads(guest, "second floor")

    code, took = await house.process.stop()

    assert (code, took < SOON) == (0, True), took
    await house.in_order()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_open_streams_do_not_hold_it_up(start: Start, settings: dict[str, str], number: signal.Signals) -> None:
    process = await (await start(settings)).opened()
    async with Page.open(process.url, "vi") as page, page.stream() as live:
        await page.says("Lễ khai mạc lúc mấy giờ?")
        async for _, entry in live:
            if entry["author"] == "desk":
                break
        async with Clerk.sign_in(process.url, process.console_link) as clerk, clerk.http.get("/desk/events") as tickets:
            assert tickets.status == 200

            code, took = await process.stop(number)

    assert code == 0
    assert took < 3.0
    assert "Traceback" not in process.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
async def test_ended_while_it_learns_it_leaves_nothing_behind(
    start: Start, settings: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    process = await start(settings | {"DESK_CACHE_DIR": str(tmp_path / "empty")})
    await until(lambda: process.has_children, 30)

    code, took = await process.stop(number)

    assert took < SOON
    assert code in (0, 128 + number, -number)
    assert "Traceback" not in process.output
    await until(lambda: not process.has_children, 5)


# -------------------------------------------------------------------- refused


async def test_with_a_wrong_token_the_page_is_open_and_a_sentence_says_why(
    start: Start, settings: dict[str, str]
) -> None:
    wrong = "7000000001:" + "WRONG-" * 6
    async with FakeTelegram() as tg:
        settings |= {"DESK_TELEGRAM_TOKEN": wrong, "DESK_TELEGRAM_API_URL": tg.url, "DESK_STAFF_CHAT": "-1001"}
        process = await (await start(settings)).opened()

        async with Page.open(process.url, "en") as page:
            await page.says("Where is the prayer room?")
            await page.reads("second floor")
            async with page.http.get("/readyz") as ready:
                assert (ready.status, (await ready.json())["telegram"]["reason"]) == (503, "bad-token")
        code, _ = await process.stop()

    assert code == 0
    assert "Telegram does not accept this token" in process.said
    assert "WRONG" not in process.output
    assert "Traceback" not in process.output


async def test_without_telegram_in_reach_the_page_is_open_and_telegram_follows(
    start: Start,
    settings: dict[str, str],
) -> None:
    async with FakeTelegram() as tg:
        tg.drop("getMe", times=2)
        fault = tg.fail("getUpdates", status=502, times=2)
        settings |= {"DESK_TELEGRAM_TOKEN": tg.token, "DESK_TELEGRAM_API_URL": tg.url}
        process = await (await start(settings)).opened()
        guest = tg.user("Guest", language_code="en")
        await guest.start()

        await reads(guest, "Welcome")
        assert fault.struck == 2
        assert (await process.stop())[0] == 0
    assert "Traceback" not in process.output


async def test_all_wrong_settings_are_named_at_once(start: Start, settings: dict[str, str]) -> None:
    settings |= {
        "DESK_HTTP": "somewhere",
        "DESK_CLOCK": "tomorrow",
        "DESK_TELEGRAM_TOKEN": "123456:hunter2",
        "DESK_TELEGRAM_WEBHOOK_SECRET": "hunter3",
        "DESK_TELEGRM_TOKEN": "987654:AAhunter4hunter4hunter4",
        "DESK_STAFF_CHAT": "123456:AAhunter5hunter5hunter5",
    }

    process = await start(settings)

    assert await process.ended() == 1
    for name in settings.keys() - {"DESK_DATA_DIR", "DESK_CACHE_DIR"}:
        assert name in process.output, name
    assert "hunter" not in process.output
    assert "Traceback" not in process.output
    assert process.said == ""


async def test_a_second_process_on_the_same_data_is_refused(start: Start, settings: dict[str, str]) -> None:
    first = await (await start(settings)).opened()

    second = await start(settings)

    assert await second.ended() == 1
    assert f"is open in another process (number {first.child.pid})" in second.output
    assert "Traceback" not in second.output
    async with Page.open(first.url, "en") as page:
        await page.says("Where is the prayer room?")
        await page.reads("second floor")
    assert (await first.stop())[0] == 0


async def test_a_port_in_use_is_a_sentence(start: Start, settings: dict[str, str], tmp_path: Path) -> None:
    first = await (await start(settings)).opened()
    taken = first.url.removeprefix("http://")

    second = await start(settings | {"DESK_HTTP": taken, "DESK_DATA_DIR": str(tmp_path / "other")})

    assert await second.ended() == 1
    assert taken.rpartition(":")[2] in second.output
    assert "Traceback" not in second.output
    assert (await first.stop())[0] == 0


async def test_a_folder_that_cannot_be_written_is_a_sentence(
    start: Start, settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")

    process = await start(settings | {"DESK_DATA_DIR": str(tmp_path / "file")})

    assert await process.ended() == 1
    assert "Traceback" not in process.output
    assert "file" in process.output
