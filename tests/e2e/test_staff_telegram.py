"""The real process and its staff on Telegram: a chat of one's own, and a group that takes nothing any more."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.e2e.houses import House, number_in, reads
from tests.e2e.process import ANSWER_WITHIN, Process, until
from tests.fakes.telegram import Person

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

NEEDS_A_PERSON = "The air conditioning in my room does not work, nobody came"


async def command(house: House, *arguments: str) -> str:
    async with Process.running(house.settings, *arguments) as asked:
        assert await asked.ended(60.0) == 0, asked.output
        return asked.said


async def links(house: House, name: str, *roles: str) -> Person:
    """Somebody is put on the list, gets a code and types it to the bot."""
    given = [part for role in roles for part in ("--role", role)]
    await command(house, "staff", "add", name, *given)
    code = re.search(r"S-[A-Z2-7-]{14}", await command(house, "staff", "code", name))
    assert code is not None
    person = house.tg.user(name)
    person.chat.started = True
    await person.says(f"/link {code[0]}")
    await reads(person, contains=f"You now act here as {name}")
    return person


async def test_staff_in_chats_of_their_own(tmp_path: Path, cache_folder: Path) -> None:
    async with House.open("polling", tmp_path, cache_folder) as house:
        nurse, lan = await asyncio.gather(links(house, "Nurse", "medical"), links(house, "Clerk"))
        await lan.says("/start")
        await reads(lan, contains="requests of your team come here")
        john = house.delegate("John")

        # An emergency is in front of everybody, and its words in front of those responsible alone.
        watch = house.stopwatch()
        await john.says("My colleague collapsed and is not breathing, room 705!")
        own = await reads(nurse, contains="not breathing")
        took = watch.seconds
        number = await reads(lan, contains="medical case")
        assert "705" not in number.text
        assert took < 5.0
        await (await nurse.presses(own, "Claim")).answered(ANSWER_WITHIN)
        await number.edited("Nurse is helping", timeout=ANSWER_WITHIN)
        said = await nurse.replies(own, "We are on the way to you now")
        await reads(john, contains="We are on the way to you now")
        await nurse.sees(lambda _: said.reactions == ["👌"], timeout=ANSWER_WITHIN)
        assert not any("705" in m.text or "on the way" in m.text for m in house.group["Lan"].inbox)

        # The bot is put out of the group: requests go on in chats, and staff are told within ten seconds.
        watch = house.stopwatch()
        await house.group.kicks_bot()
        house.tg.tolerate("bot was kicked")
        mele = house.delegate("Mele")
        await mele.says(NEEDS_A_PERSON)
        card = await reads(lan, contains="air conditioning")
        moved = watch.seconds
        await until(lambda: any("staff group on Telegram" in m.text for m in (*lan.inbox, *nurse.inbox)))
        assert watch.seconds < 15.0  # promised are ten; the rest is for a busy machine
        assert moved < 10.0
        await reads(mele, contains="Reception has your request")
        await (await lan.presses(card, "Claim")).answered(ANSWER_WITHIN)
        await lan.replies(card, "A technician comes in ten minutes")
        await reads(mele, contains="A technician comes in ten minutes")
        assert number_in(card.text)

        # Who leaves the list has nothing any more.
        await command(house, "staff", "remove", "Clerk")
        press = await (await lan.presses(card, card.labels[0])).answered(ANSWER_WITHIN)
        assert press.alert
        house.tg.tolerate("not modified")  # several changes at once end in one card
        await house.in_order()
