"""A busy reception: hundreds of delegates and thirty staff at the real process, over all its doors at once.

    python -m bench.reception --minutes 10

Half of the delegates have the web page open, half write to a strict fake of Telegram; half of the staff work at the console,
half in the staff group, a third of those with the bot's own chat as a second lane. Everybody asks something now and then; some
of it goes to a person, and a little of that is a medical case. Told: from sending a request to the first lane of staff that
shows it, from a reply to the right delegate, what was lost, and what stood in front of anybody else.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from bench import machine
from bench._reception_people import SETTLES, Bench, Plan
from bench._reception_telegram import Telegram
from bench._reception_watch import Watch
from bot.clock import DemoClock
from bot.model.language import LANGUAGES
from bot.model.people import Role
from bot.staff.links import new_link
from bot.staff.list import StaffList
from storage import open_store
from tests.e2e.houses import telegram_settings
from tests.e2e.process import MORNING, Process, settings_of
from tests.fakes.telegram import FakeTelegram, Group, Limits

MEDICS: Final = 3
"""One in so many of the staff may read medical cases."""
ASK_FOR_ALL: Final = 3
"""One in so many of those in the group also wants every request in a chat of their own."""


@dataclass(frozen=True)
class Member:
    """Somebody of the staff, and the link that signs them in."""

    name: str
    link: str
    medic: bool


@dataclass
class Opened:
    process: Process
    tg: FakeTelegram
    group: Group
    staff: Sequence[Member]


async def hired(data: Path, group: Group, count: int) -> list[Member]:
    """Staff on the list; the second half are those in the group."""
    clock = DemoClock(datetime.fromisoformat(MORNING), ZoneInfo("Asia/Ho_Chi_Minh"))
    found = []
    async with open_store(f"tinydb:{data}") as store:
        people = StaffList(store, clock)
        for number in range(count):
            medic = number % MEDICS == 0
            in_group = number - (count - len(group.staff))
            person = await people.add(
                f"Desk {number}",
                by="bench",
                roles=(Role.DESK, Role.MEDICAL) if medic else (Role.DESK,),
                language=LANGUAGES[number % 2 * 2],
                telegram=group.staff[in_group].id if in_group >= 0 else None,
            )
            link = await new_link(store, person, clock.now(), timedelta(hours=1))
            found.append(Member(person.name, link, medic))
    return found


@asynccontextmanager
async def opened(plan: Plan) -> AsyncIterator[Opened]:
    cache = Path(os.environ.get("DESK_CACHE_DIR") or tempfile.gettempdir())
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tg = await stack.enter_async_context(FakeTelegram(limits=Limits()))
        group = tg.forum("Reception", [f"Desk {number}" for number in range(plan.staff - plan.staff // 2, plan.staff)])
        staff = await hired(data, group, plan.staff)
        settings = settings_of(data, cache) | telegram_settings(tg, group, "polling")
        settings |= {"DESK_DATABASE_URL": f"tinydb:{data}", "DESK_LOG_LEVEL": "WARNING"}
        process = await stack.enter_async_context(Process.running(settings))
        await process.opened()
        yield Opened(process, tg, group, staff)


async def run(plan: Plan, profile: str) -> list[str]:
    """Returns the lines of the report."""
    watch = Watch()
    async with opened(plan) as house:
        telegram = Telegram(house.tg, house.group, watch)
        bench = Bench(plan, house.process.url, telegram, watch)
        bench.until = time.time() + 60 * plan.minutes
        pid = house.process.child.pid
        spy = _profiled(profile, pid, plan.minutes)
        busy, memory = await _all_day(plan, bench, house)
        if spy is not None:
            spy.wait(30)
        telegram.look()
        faults = [str(one)[:200] for one in house.tg.violations]
    return _report(plan, bench, busy, memory, faults, house.process.output)


async def _all_day(plan: Plan, bench: Bench, house: Opened) -> tuple[float, float]:
    """Returns the share of a core that the process took, and its MiB at the end."""
    pid = house.process.child.pid
    before, since = machine.cpu_seconds(pid), time.time()
    members = {person.account.id: person for person in house.group.staff}
    console = plan.staff - len(members)
    bench.telegram.staff = set(members)
    async with asyncio.TaskGroup() as group:
        aside = [group.create_task(one) for one in (bench.telegram.follow(), bench.looks_at_itself(), bench.settles())]
        people = []
        for place, person in enumerate(house.group.staff):
            person.in_private().chat.started = True  # they linked their account there
            if house.staff[console + place].medic:
                bench.telegram.medics.add(person.id)
            people.append(bench.in_the_group(person, asks_for_all=place % ASK_FOR_ALL == 0))
        people += [bench.at_console(one.link, one.name, medic=one.medic) for one in house.staff[:console]]
        people += [
            bench.on_the_page(number) if number % 2 else bench.at_telegram(number) for number in range(plan.delegates)
        ]
        everybody = [group.create_task(one) for one in people]
        await asyncio.sleep(bench.until - time.time())
        busy = (machine.cpu_seconds(pid) - before) / (time.time() - since)
        await asyncio.wait(everybody)
        for one in aside:
            one.cancel()
    return busy, machine.resident_mib(pid)


def _profiled(file: str, pid: int, minutes: float) -> subprocess.Popen[bytes] | None:
    """A profile of the process with py-spy, where that is installed."""
    if not file:
        return None
    seconds = str(int(60 * minutes))
    return subprocess.Popen(
        ["py-spy", "record", "--pid", str(pid), "--duration", seconds, "--format", "raw", "--output", file],
        stdout=subprocess.DEVNULL,
    )


def _report(plan: Plan, bench: Bench, busy: float, memory: float, improper: Sequence[str], heard: str) -> list[str]:
    watch = bench.watch
    late = [f"{1000 * machine.quantile(bench.late, share):.0f}" for share in (0.5, 0.95, 0.99)]
    counts = ", ".join(f"{count} {what}" for what, count in sorted(watch.counts.items()) if count)
    return [
        machine.line(),
        "",
        f"{plan.delegates} delegates, {plan.staff} staff, {plan.minutes:g} min and up to {SETTLES:.0f} s to settle;",
        f"a message each {plan.every:.0f} s, {plan.needs:.0%} of them for a person, {plan.medical:.0%} of those medical",
        f"**{len(watch.wrong)} misdelivered, {watch.lost} lost, {watch.contested} with two owners**",
        f"{busy:.2f} of a core, {memory:.0f} MiB",
        counts,
        "streams opened again: " + (", ".join(f"{count} {why}" for why, count in watch.broken.items()) or "none"),
        f"this program was late itself by {' / '.join(late)} ms (p50, p95, p99), which every figure contains",
        f"{len(improper)} calls that a bot need not make",
        *(f"! {one}" for one in [*watch.wrong, *improper][:10]),
        *(["! a trace on its output"] if "Traceback" in heard else []),
        "",
        "| way | sent | not yet there | p50 ms | p95 ms | p99 ms |",
        "|---|---|---|---|---|---|",
        *watch.rows(),
    ]


@click.command(help=__doc__)
@click.option("--delegates", default=600, show_default=True)
@click.option("--staff", default=30, show_default=True)
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--rate", default=5.0, show_default=True, help="Messages a second, all delegates together.")
@click.option("--needs", default=0.05, show_default=True, help="Share of the messages that go to a person.")
@click.option("--medical", default=0.05, show_default=True, help="Share of those that are medical emergencies.")
@click.option("--profile", default="", help="A file for a profile of the process (py-spy).")
def main(delegates: int, staff: int, minutes: float, rate: float, needs: float, medical: float, profile: str) -> None:
    lines = asyncio.run(run(Plan(delegates, staff, minutes, rate, needs, medical), profile))
    click.echo("\n".join(lines))
    sys.exit("**0 misdelivered, 0 lost, 0 with two owners**" not in lines)


if __name__ == "__main__":
    main()
