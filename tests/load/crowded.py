"""One hotel, one address, hundreds of guests: nobody is shut out, and no limiter drops an emergency (D13).

    python -m tests.load.crowded

Against the real process: 600 web sessions from one address at 5 messages a second for a minute; one session that writes without
end beside them; then a flood of 300 messages a second with 500 emergencies in it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from bot.model.language import LANGUAGES, Language
from tests.load.desk.child import PLAIN
from tests.load.desk.delegates import Crowd
from tests.load.desk.house import House, Plan
from tests.load.desk.said import EMERGENCIES, NUMBER, QUESTIONS, Seen, bare
from tests.load.desk.staff import Reception

WITHIN: Final = 10.0  # seconds that an emergency may take from the press of a key to the page's tick


@dataclass(frozen=True, slots=True)
class Size:
    sessions: int = 600
    rate: float = 5.0
    seconds: float = 60.0
    emergencies: int = 500
    flood: float = 300.0
    floods_from: int = 40
    """Sessions that take part in the flood."""


@dataclass
class Outcome:
    calm: int = 0
    """Messages of the calm guests."""
    refused: int = 0
    abusive: int = 0
    slowed: int = 0
    emergencies: int = 0
    dropped: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    slowest: float = 0.0
    flooded: int = 0
    took: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.refused or self.dropped or self.late) and self.slowed > 0

    def __str__(self) -> str:
        return (
            f"{self.refused} of {self.calm} messages of calm guests refused; the abusive session: {self.slowed} of "
            f"{self.abusive} slowed; {self.emergencies - len(self.dropped)} of {self.emergencies} emergencies got through "
            f"under {self.flooded} messages in {self.took:.0f} s, the slowest in {self.slowest:.1f} s, {len(self.late)} late"
        )


class Hotel:
    """Guests who all come from one address."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self._house = house
        self._chance = chance
        self._crowd = Crowd(house, chance)
        self.guests: list[tuple[str, Language]] = []

    async def fills(self, number: int) -> None:
        for index in range(number):
            language = LANGUAGES[index % len(LANGUAGES)]
            self.guests.append((await self._crowd._session(language), language))

    async def posts(self, guest: int, text: str) -> int:
        """The status of one attempt; 0 when the desk could not be reached."""
        body = {"id": str(uuid.UUID(int=self._chance.getrandbits(128))), "text": text}
        answer = await self._house.post("/chat/messages", body, self.guests[guest][0])
        return 0 if answer == "out of reach" else answer[0]

    async def reads(self, guest: int) -> list[Seen]:
        shown = await self._house.get("/chat/messages?after=0", self.guests[guest][0])
        return [
            Seen("".join(span["text"] for span in entry["spans"]), 0.0, entry["id"], entry["author"])
            for entry in shown["entries"]
        ]

    def question(self, guest: int) -> str:
        return QUESTIONS[self._chance.choice(list(QUESTIONS))][self.guests[guest][1]]


async def crowded(plan: Plan, size: Size, seed: int = 1) -> Outcome:
    outcome, chance = Outcome(), random.Random(seed)  # noqa: S311 -- chance, not secrets
    async with House.open(plan) as house:
        reception, hotel = Reception(house, chance), Hotel(house, chance)
        await reception.signs_in()
        await hotel.fills(size.sessions)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(_abusive(hotel, over, outcome))
            await _calm(hotel, size, outcome, group)
            over.set()
        await _flooded(hotel, size, chance, outcome)
        await _judged(hotel, reception, size, outcome)
        await house.stop()
    return outcome


async def _calm(hotel: Hotel, size: Size, outcome: Outcome, group: asyncio.TaskGroup) -> None:
    """Everybody but the last guest, in turn."""

    async def one(guest: int) -> None:
        status = await hotel.posts(guest, hotel.question(guest))
        outcome.calm += 1
        outcome.refused += status != 200

    began = time.monotonic()
    for number in range(int(size.rate * size.seconds)):
        await asyncio.sleep(max(0.0, began + number / size.rate - time.monotonic()))
        group.create_task(one(number % (size.sessions - 1)))


async def _abusive(hotel: Hotel, over: asyncio.Event, outcome: Outcome) -> None:
    """The last guest writes ten times a second without end."""
    while not over.is_set():
        status = await hotel.posts(-1, hotel.question(-1))
        outcome.abusive += 1
        outcome.slowed += status == 429
        await asyncio.sleep(0.1)


async def _flooded(hotel: Hotel, size: Size, chance: random.Random, outcome: Outcome) -> None:
    """Emergencies of as many guests, spread over the time of a flood."""
    over = asyncio.Event()
    began = time.monotonic()

    async def post(guest: int) -> None:
        await hotel.posts(guest, hotel.question(guest))
        outcome.flooded += 1

    async def flood(group: asyncio.TaskGroup) -> None:
        """Nobody in it waits for an answer before writing again."""
        number = 0
        while not over.is_set():
            number += 1
            await asyncio.sleep(max(0.0, began + number / size.flood - time.monotonic()))
            # From the second half, by people who are in no danger.
            group.create_task(post(size.sessions - 2 - number % size.floods_from))

    async def cry(number: int) -> None:
        await asyncio.sleep(chance.uniform(0.0, size.emergencies / 25))
        guest, begun = number % (size.sessions - 1), time.monotonic()
        text = EMERGENCIES[hotel.guests[guest][1]].format(token=_token(number))
        status = await hotel.posts(guest, text)
        took = time.monotonic() - begun
        outcome.slowest = max(outcome.slowest, took)
        if status == 429:
            outcome.dropped.append(f"{_token(number)}: refused")
        elif status != 200:
            outcome.dropped.append(f"{_token(number)}: status {status}")
        elif took > WITHIN:
            outcome.late.append(took)

    async with asyncio.TaskGroup() as group:
        group.create_task(flood(group))
        async with asyncio.TaskGroup() as crying:
            for number in range(size.emergencies):
                crying.create_task(cry(number))
        over.set()
    outcome.took = time.monotonic() - began
    outcome.emergencies = size.emergencies


async def _judged(hotel: Hotel, reception: Reception, size: Size, outcome: Outcome) -> None:
    """Each stands in exactly one case, and its guest read the number of it."""
    held: dict[str, list[int]] = {}
    for ticket in await reception.tickets():
        for line in (await reception.timeline(ticket["id"]))["timeline"]:
            for word in "".join(span["text"] for span in line["spans"]).split():
                if word.startswith("E") and word.endswith("Q"):
                    held.setdefault(word, []).append(ticket["id"])
    for number in range(size.emergencies):
        cases = held.get(_token(number), [])
        seen: Sequence[Seen] = await hotel.reads(number % (size.sessions - 1))
        told = {int(found) for one in seen if one.author == "desk" for found in NUMBER.findall(bare(one.text))}
        if len(cases) != 1 or not set(cases) <= told:
            outcome.dropped.append(f"{_token(number)}: in cases {cases}, told of {sorted(told)}")


def _token(number: int) -> str:
    return f"E{number:04d}Q"


@click.command()
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--emergencies", default=500, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True)
def main(seconds: float, emergencies: int, cache: Path | None, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(Path(folder) / "data", cache or Path(folder) / "cache", command=PLAIN)
        outcome = asyncio.run(crowded(plan, Size(seconds=seconds, emergencies=emergencies), seed))
    for problem in outcome.dropped[:20]:
        click.echo(problem)
    click.echo(str(outcome))
    sys.exit(not outcome.good)


if __name__ == "__main__":
    main()
