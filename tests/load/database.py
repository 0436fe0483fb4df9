"""PostgreSQL goes away under the whole running desk while people write through both doors (D1, D3, D4, O5).

    python -m tests.load.database                     frozen for 30 s, then stopped for 30 s
    python -m tests.load.database --way crash --seconds 60

``freeze`` is SIGSTOP: connections stand, and nothing comes on them. ``stop`` ends every connection and refuses new ones;
``crash`` does so without a word. Conservation is judged as after kills: each confirmed input is one answer, one case or one
stated refusal. Meanwhile somebody is in danger every second, and must have the telephone number within a second.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from bench import machine
from tests.contract import postgres
from tests.load.desk.callers import Call, Callers
from tests.load.desk.delegates import Crowd
from tests.load.desk.house import House, Interruption, Plan
from tests.load.desk.oracle import Violation
from tests.load.desk.staff import Reception
from tests.load.desk.weather import BACK_WITHIN
from tests.load.desk_kill import judged

SETTLE: Final = 20.0  # seconds without any progress after which what is owed counts as lost
WITHIN: Final = 1.0  # seconds in which somebody in danger has the number, whatever the database does


@dataclass(frozen=True, slots=True)
class Storm:
    """How hard it is."""

    ways: Sequence[str] = ("freeze", "stop")
    seconds: float = 30.0
    people: int = 60
    rate: float = 6.0
    callers: int = 90
    calm: float = 4.0
    """Seconds before, between and after."""
    every: float = 1.0
    """Seconds between two who are in danger."""
    numbers: int = 0
    """The database stays away until so many of them at each door have got the number, however long that takes."""
    seed: int = 1


@dataclass
class Outcome:
    inputs: int = 0
    replies: int = 0
    cases: int = 0
    calls: list[Call] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)
    """From when to when the database was away, by the machine's clock."""
    recovered: list[float] = field(default_factory=list)
    """Seconds from its return until a message was confirmed again."""
    violations: list[Violation] = field(default_factory=list)
    said: str = ""

    @property
    def meanwhile(self) -> list[Call]:
        """Those who called while it was away."""
        return [one for one in self.calls if any(began <= one.sent.at < ended for began, ended in self.away)]

    def helped(self, door: str, since: float) -> int:
        """How many have called there since then, and have the number."""
        return sum(one.sent.door == door and one.sent.at >= since for one in self.calls)

    def __str__(self) -> str:
        lines = [
            f"{self.inputs} inputs, {self.replies} replies of staff, {self.cases} cases: {len(self.violations)} violations"
        ]
        for name, calls in (("while it was away", self.meanwhile), ("in all", self.calls)):
            for door in ("telegram", "webchat"):
                took = [one.took for one in calls if one.sent.door == door]
                if took:
                    lines.append(
                        f"{len(took)} emergencies at the {door} {name}: number after {machine.quantile(took, 0.5):.2f} s (median), "
                        f"{machine.quantile(took, 0.99):.2f} s (p99), {max(took):.2f} s (most); {sum(one > WITHIN for one in took)} later than {WITHIN:.0f} s"
                    )
        lines.append("next message confirmed after its return: " + ", ".join(f"{one:.1f} s" for one in self.recovered))
        return "\n".join(lines)


async def database_goes(plan: Plan, server: postgres.Server, storm: Storm) -> Outcome:
    """One house, and its database away once for each of the ways."""
    outcome, chance = Outcome(), random.Random(storm.seed)  # noqa: S311 -- chance, not secrets
    async with House.open(plan) as house:
        crowd, reception = Crowd(house, chance), Reception(house, chance)
        callers = Callers(crowd, outcome.calls)
        await reception.signs_in()
        await crowd.comes(storm.people)
        await callers.come(storm.callers)
        await house.back(BACK_WITHIN)
        passes = _storm(house, server, storm, outcome, crowd, reception, callers)
        found, verdict = await judged(house, crowd, reception, passes, SETTLE)
        outcome.said = house.heard
    outcome.inputs, outcome.replies, outcome.cases = len(crowd.sent), len(reception.said), len(found.tickets)
    outcome.violations = verdict.violations
    return outcome


async def _storm(
    house: House,
    server: postgres.Server,
    storm: Storm,
    outcome: Outcome,
    crowd: Crowd,
    reception: Reception,
    callers: Callers,
) -> None:
    over = asyncio.Event()

    async def weather() -> None:
        for way in storm.ways:
            await asyncio.sleep(storm.calm)
            await _away(house, server, way, storm, outcome)
            await _confirmed_again(crowd, outcome)
        await asyncio.sleep(storm.calm)
        over.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(weather())
        group.create_task(crowd.write(storm.rate, over.is_set))
        group.create_task(reception.at_console(over.is_set))
        group.create_task(reception.in_group(over.is_set))
        group.create_task(callers.call(storm.every, over.is_set))


async def _away(house: House, server: postgres.Server, way: str, storm: Storm, outcome: Outcome) -> None:
    began = time.time()
    house.note(f"the database: {way}")
    if way == "freeze":
        server.freeze()
    else:
        await asyncio.to_thread(server.stop, "immediate" if way == "crash" else "fast")
    await asyncio.sleep(storm.seconds)
    while min(outcome.helped("telegram", began), outcome.helped("webchat", began)) < storm.numbers:  # noqa: ASYNC110 -- what is waited for has no bell
        await asyncio.sleep(0.05)
    outcome.away.append((began, time.time()))
    if way == "freeze":
        server.thaw()
    else:
        await asyncio.to_thread(server.start)
    house.note("the database is back")
    house.interruptions.append(Interruption(began, time.time(), way))


async def _confirmed_again(crowd: Crowd, outcome: Outcome) -> None:
    back = time.time()
    while not any((sent.confirmed or 0.0) > back for sent in crowd.sent):  # noqa: ASYNC110 -- what is waited for has no bell
        await asyncio.sleep(0.02)
    outcome.recovered.append(time.time() - back)


@click.command()
@click.option(
    "--way",
    "ways",
    type=click.Choice(["freeze", "stop", "crash"]),
    multiple=True,
    default=["freeze", "stop"],
    show_default=True,
)
@click.option("--seconds", default=30.0, show_default=True, help="How long it is away, each time.")
@click.option("--people", default=60, show_default=True)
@click.option("--rate", default=6.0, show_default=True, help="Messages a second.")
@click.option("--seed", default=1, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path), help="Kept between runs; learning the content takes a while.")
def main(ways: tuple[str, ...], seconds: float, people: int, rate: float, seed: int, cache: Path | None) -> None:
    storm = Storm(ways, seconds, people, rate, int(len(ways) * (seconds + 20)), seed=seed)
    server = postgres.own_server(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            plan = Plan(Path(folder), cache or Path(folder), store_url=postgres.with_schema(server.url, "desk"))
            outcome = asyncio.run(database_goes(plan, server, storm))
    finally:
        server.remove()
    for violation in outcome.violations[:40]:
        click.echo(str(violation))
    click.echo(machine.line())
    click.echo(str(outcome))
    sys.exit(bool(outcome.violations) or any(one.took > WITHIN for one in outcome.calls))


if __name__ == "__main__":
    main()
