"""Kills the real process at random moments while 200 people write through both doors, and compares (D1, D8, D9, D10).

    python -m tests.load.desk_kill --kills 1000

Half of the people write to a strict fake of Telegram, half post to the web page; a few need reception, where one clerk works at
the console and one in the group. Each episode has a store of its own, is killed many times, settles, and is then judged. Every
violation is printed with its inputs and a timeline, and with the seed that repeats it. Other weathers: ``--weather``.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import click

from tests.load.desk.child import PLAIN
from tests.load.desk.delegates import Crowd
from tests.load.desk.house import House, Plan
from tests.load.desk.offline import compare
from tests.load.desk.oracle import Found, Oracle, Verdict, Violation
from tests.load.desk.patched import command
from tests.load.desk.said import Seen
from tests.load.desk.staff import Reception
from tests.load.desk.weather import WEATHERS

LOOK: Final = 1.0
SHOWN: Final = 10  # violations that are printed with a timeline


@dataclass
class Outcome:
    """What some episodes came to."""

    mishaps: int = 0
    inputs: int = 0
    replies: int = 0
    cases: int = 0
    repeats: int = 0
    seconds: float = 0.0
    backs: list[float] = field(default_factory=list)
    """Seconds until both doors worked again."""
    violations: list[Violation] = field(default_factory=list)
    report: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.mishaps += other.mishaps
        self.inputs += other.inputs
        self.replies += other.replies
        self.cases += other.cases
        self.repeats += other.repeats
        self.seconds += other.seconds
        self.backs += other.backs
        self.violations += other.violations

    def __str__(self) -> str:
        backs = sorted(self.backs) or [0.0]
        return (
            f"{self.mishaps} mishaps in {self.seconds:.0f} s; {self.inputs} inputs, {self.replies} replies of staff, "
            f"{self.cases} cases: {len(self.violations)} violations, {self.repeats} allowed repeats; back at work after "
            f"{backs[len(backs) // 2]:.1f} s (median), {backs[int(len(backs) * 0.95)]:.1f} s (p95), {backs[-1]:.1f} s (most)"
        )


@dataclass(frozen=True, slots=True)
class Load:
    """How hard an episode is."""

    mishaps: int = 40
    weather: str = "kills"
    people: int = 200
    rate: float = 20.0
    seed: int = 1
    settle: float = 20.0
    """Seconds without any progress after which what is owed counts as lost, when nothing goes wrong any more."""


async def episode(plan: Plan, load: Load) -> Outcome:
    """One house from its opening to its judgement."""
    began, chance = time.time(), random.Random(load.seed)  # noqa: S311 -- chance, not secrets
    async with House.open(plan) as house:
        crowd, reception = Crowd(house, chance), Reception(house, chance)
        await reception.signs_in()
        await crowd.comes(load.people)
        await house.back(10)
        found, verdict = await judged(
            house, crowd, reception, _storm(house, crowd, reception, load, chance), load.settle
        )
    backs = [max(back.polls or 99.0, back.answers or 99.0) for back in house.backs[1:]]
    outcome = Outcome(
        load.mishaps,
        len(crowd.sent),
        len(reception.said),
        len(found.tickets),
        verdict.repeats,
        time.time() - began,
        backs,
    )
    outcome.violations = verdict.violations
    kinds = Counter(f"{one.promise}: {one.what[:40]}" for one in verdict.violations)
    outcome.report = [f"{times} × {kind}" for kind, times in kinds.most_common()]
    outcome.report += [line for one in verdict.violations[:SHOWN] for line in _report(one, house, crowd, found, load)]
    return outcome


async def _storm(house: House, crowd: Crowd, reception: Reception, load: Load, chance: random.Random) -> None:
    over = asyncio.Event()

    async def weather() -> None:
        await WEATHERS[load.weather](house, chance, load.mishaps)
        over.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(weather())
        group.create_task(crowd.write(load.rate, over.is_set))
        group.create_task(reception.at_console(over.is_set))
        group.create_task(reception.in_group(over.is_set))


async def judged(
    house: House, crowd: Crowd, reception: Reception, storm: Coroutine[Any, Any, None], patience: float
) -> tuple[Found, Verdict]:
    """Let a storm pass over an open house until all is settled, then stop it: what was found, and what is wrong with that."""
    watching = asyncio.create_task(crowd.watch_updates())
    try:
        await storm
        found, verdict = await settled(house, crowd, reception, patience)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    await house.stop()
    await compare(house, crowd, verdict)
    if "Traceback" in house.heard:
        place = house.heard.index("Traceback")
        verdict.add("O5", f"a trace on its output: {house.heard[place : place + 1500]}")
    return found, verdict


async def settled(house: House, crowd: Crowd, reception: Reception, patience: float) -> tuple[Found, Verdict]:
    """Wait until nothing is owed any more, or nothing more has come for a while."""
    house.note("settling")
    oracle, progress, least = Oracle(house, crowd, reception), time.time(), 1 << 30
    with suppress(AssertionError):
        await house.tg.settled(patience)
    while True:
        await asyncio.sleep(LOOK)
        unseen = [ticket["id"] for ticket in await reception.tickets() if not ticket["seen"]]
        if unseen:
            await house.post("/desk/api/seen", {"tickets": unseen}, reception.cookie)
        reception.note_outcomes()
        found = await oracle.look()
        verdict = oracle.judge(found)
        owed = verdict.owed
        if owed < least:
            progress, least = time.time(), owed
        if not owed or time.time() - progress > patience:
            return found, verdict


def _report(violation: Violation, house: House, crowd: Crowd, found: Found, load: Load) -> list[str]:
    """The violation with what happened in that chat, and to the desk meanwhile."""
    sent = [one for one in crowd.sent if one.id in violation.inputs or one.chat == violation.chat]
    events = [(one.at, f"    sent {one.id} {one.kind} {one.mark}") for one in sent]
    events += [(one.confirmed, f"    confirmed {one.id}") for one in sent if one.confirmed]
    seen: list[Seen] = found.chats.get(violation.chat, [])
    events += [(one.at, f"    seen {one.text[:70]!r}") for one in seen if one.at]
    if sent:
        first, last = min(one.at for one in sent) - 5, max(at for at, _ in events) + 5
        events += [(at, f"  {what}") for at, what in house.events if first <= at <= last]
    lines = [f"{violation}   (seed {load.seed}, weather {load.weather}, {load.mishaps} mishaps)"]
    return lines + [f"  {at - house.opened:8.2f} s {what}" for at, what in sorted(events)[:120]]


async def episodes(cache: Path, total: int, load: Load, **plan: object) -> Outcome:
    """So many mishaps, an episode of ``load.mishaps`` at a time; an interrupt ends the run with what its whole episodes came to."""
    outcome, number, this = Outcome(), 0, asyncio.current_task()
    assert this is not None
    for end in (signal.SIGINT, signal.SIGTERM):  # also where a shell made its background jobs deaf to the first
        asyncio.get_running_loop().add_signal_handler(end, this.cancel)
    while outcome.mishaps < total:
        with tempfile.TemporaryDirectory() as folder:
            mishaps = min(load.mishaps, total - outcome.mishaps)
            here = replace(load, mishaps=mishaps, seed=load.seed + number)
            try:
                one = await episode(Plan(Path(folder), cache, **plan), here)  # type: ignore[arg-type]
            except asyncio.CancelledError:
                click.echo(f"stopped within episode {number + 1}, seed {here.seed}, which is not counted")
                return outcome
        outcome.add(one)
        number += 1
        for line in one.report:
            click.echo(line)
        click.echo(f"episode {number}, seed {here.seed}: {one}")
    return outcome


@click.command()
@click.option("--kills", "mishaps", default=40, show_default=True, help="How many mishaps in all.")
@click.option("--each", default=40, show_default=True, help="Mishaps in one episode, each with a store of its own.")
@click.option("--seed", default=1, show_default=True)
@click.option("--people", default=200, show_default=True)
@click.option("--rate", default=20.0, show_default=True, help="Messages a second.")
@click.option("--weather", type=click.Choice(sorted(WEATHERS)), default="kills", show_default=True)
@click.option("--way", type=click.Choice(["polling", "webhook"]), default="polling", show_default=True)
@click.option("--store", "store_url", default="", help="A store URL; by default TinyDB in a fresh folder.")
@click.option("--cache", type=click.Path(path_type=Path), help="Kept between runs; learning the content takes a while.")
def main(
    mishaps: int,
    each: int,
    seed: int,
    people: int,
    rate: float,
    weather: str,
    way: str,
    store_url: str,
    cache: Path | None,
) -> None:
    load = Load(each, weather, people, rate, seed)
    run = command("machine-clock") if weather == "clock" else PLAIN
    with tempfile.TemporaryDirectory() as folder:
        made = episodes(cache or Path(folder), mishaps, load, way=way, store_url=store_url, command=run)
        outcome = asyncio.run(made)
    click.echo(str(outcome))
    sys.exit(bool(outcome.violations))


if __name__ == "__main__":
    main()
