"""An announcement from the command line to everybody's telephone, with the real process and its death in the middle."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.houses import House, reads
from tests.e2e.process import ROOT, environ, until
from tests.fakes.telegram import Limits, Person

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]

PEOPLE = 60
TEXTS = {
    "en": "Coach 5 leaves at 18:30 from the lobby.",
    "ar": "الحافلة 5 تنطلق من البهو الساعة 18:30.",
    "vi": "Xe số 5 khởi hành từ sảnh lúc 18:30.",
}
ARGUMENTS = [part for language, text in TEXTS.items() for part in (f"--{language}", text)]


async def desk(house: House, *arguments: str) -> tuple[int, str]:
    """A command on the terminal of whoever runs the desk."""
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=ROOT, env=environ(house.settings),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(30):
        said, _ = await ran.communicate()
    assert b"Traceback" not in said, said.decode()
    return ran.returncode or 0, said.decode()


async def crowd(house: House) -> list[Person]:
    languages = ("en", "ar", "vi")
    people = [house.tg.user(f"Guest {number}", language_code=languages[number % 3]) for number in range(PEOPLE)]
    for person in people:
        await person.start()
    await until(lambda: len({call.fields["chat_id"] for call in sent(house)} & {one.id for one in people}) == PEOPLE)
    await house.tg.settled(30)
    return people


def sent(house: House, text: str = "") -> list:  # type: ignore[type-arg]
    return [call for call in house.tg.calls_of("sendMessage") if text in call.fields["text"] and call.result]


def announced(house: House) -> Counter[int]:
    """How often the announcement arrived in each chat."""
    return Counter(call.fields["chat_id"] for text in TEXTS.values() for call in sent(house, text))


async def test_everybody_gets_it_in_their_language_although_the_desk_is_killed_in_the_middle(
    tmp_path: Path, cache_folder: Path
) -> None:
    async with House.open("polling", tmp_path, cache_folder, limits=Limits()) as house:
        people = await crowd(house)
        await people[0].blocks()

        refused, said = await desk(house, "announce", "send", *ARGUMENTS, "--yes", "59")
        assert (refused, announced(house)) == (1, {})
        assert f"would reach is {PEOPLE}, not the one you typed" in said
        code, said = await desk(house, "announce", "send", *ARGUMENTS, "--yes", str(PEOPLE))
        assert code == 0, said
        assert all(text in said for text in TEXTS.values())
        await until(lambda: len(announced(house)) >= PEOPLE // 3)
        await house.process.kill()
        before = announced(house)
        assert len(before) < PEOPLE - 5, "it was over before it could be killed"
        await house.start()
        await until(lambda: len(announced(house)) == PEOPLE - 1, 60)
        await house.tg.settled(30)

        arrived = announced(house)
        assert set(arrived) == {one.id for one in people[1:]}
        assert sum(arrived.values()) - (PEOPLE - 1) <= 8
        for number, text in enumerate(TEXTS.values()):
            assert {call.fields["chat_id"] for call in sent(house, text)} == {
                one.id for one in people[max(number, number % 3) :: 3]
            } - {people[0].id}
        _, told = await desk(house, "announce", "list")
        assert f"{PEOPLE} of {PEOPLE}" in told
        await house.in_order()


async def test_undone_in_time_nobody_gets_it_and_the_page_does_not_show_it(tmp_path: Path, cache_folder: Path) -> None:
    async with House.open("polling", tmp_path, cache_folder, limits=Limits()) as house:
        amina = house.tg.user("Amina", language_code="ar")
        await amina.start()
        await reads(amina)

        code, said = await desk(house, "announce", "send", *ARGUMENTS, "--yes", "1")
        assert code == 0, said
        number = said.split()[-1]
        code, said = await desk(house, "announce", "undo", number)
        assert (code, said) == (0, "Withdrawn; nobody had got it.\n")
        await asyncio.sleep(11)

        assert announced(house) == {}
        _, told = await desk(house, "announce", "list")
        assert "withdrawn" in told
