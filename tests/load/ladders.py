"""Emergency ladders under kills and clock jumps (D7): every step is taken, in order, at most five seconds late.

    python -m tests.load.ladders --ladders 500

The real duties look at a real store in files, second by second of a machine whose clocks the test owns: its wall clock
jumps by an hour either way, also while nothing runs, and the process is killed at random seconds (the folder as it lies
there is opened again). Time is counted in seconds that only go forward, which nobody but the test sees whole.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import click

from bot.answers.engine import Engine
from bot.app_desk import go_on_with_time, keep_time
from bot.clock import RealClock
from bot.content.source import Folders, load_or_raise
from bot.desk.duties import Duties
from bot.desk.staff import StaffDesk
from bot.i18n.translator import Speakers, load_speakers
from bot.model.content import Snapshot
from bot.model.messages import Message, Receipt, Ring, TicketId
from bot.model.people import Address, Delegate, Staff, StaffId
from bot.model.tickets import Priority, StaffAction, Ticket
from bot.ports import Store
from bot.settings import content_root, locales_root
from bot.tickets import ladder
from storage import open_store

LANES: Final = (Address("reception-telegram", "group"),)
BOOT: Final = "the same machine"
LATE: Final = 5.0  # seconds that a step may be late
LASTS: Final = 540  # seconds of a run: the ladder, and several calls after its last rung
_MARK_EVERY: Final = 60  # seconds
_LEASE: Final = timedelta(seconds=60)
_OFFSETS: Final = (0, 30, 60, 90, 120, 180, 240, 300, 360)
LAN: Final = Staff(StaffId("telegram:1"), "Lan", "telegram")


@dataclass
class Machine:
    wall: float = 1_800_000_000.0
    ticks: float = 1_000.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds


@dataclass
class Plan:
    """What happens to one ladder, in seconds of the run."""

    opens: int
    claimed: int | None = None
    silent: bool = False
    """Who claimed it gives no sign of life."""


@dataclass
class Outcome:
    steps: Counter[str] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    worst: float = 0.0
    kills: int = 0
    jumps: int = 0


@dataclass
class House:
    store: Store
    clock: RealClock
    duties: Duties
    staff: StaffDesk


@asynccontextmanager
async def house(folder: Path, machine: Machine, snapshot: Snapshot, speakers: Speakers) -> AsyncIterator[House]:
    engine = cast("Engine", SimpleNamespace(snapshot=snapshot))
    clock = RealClock(snapshot.event.zone, lambda: machine.wall, lambda: machine.ticks)
    async with open_store(f"tinydb:{folder}") as store:
        await go_on_with_time(store, clock, BOOT)
        duties = Duties(store, lambda: engine, speakers, clock, LANES, tick=lambda: machine.ticks, boot=BOOT)
        yield House(store, clock, duties, StaffDesk(store, lambda: engine, speakers, clock, LANES))


async def climb(ladders: int, seed: int, *, kills: int, jumps: int) -> Outcome:
    """Run so many ladders at once, with so many kills and clock jumps."""
    dice = random.Random(seed)  # noqa: S311 -- chance, not secrets
    snapshot = load_or_raise(Folders.of(content_root(), "ap11"))
    speakers = load_speakers(locales_root())
    run = _Run([_plan(dice) for _ in range(ladders)], Machine(), snapshot, speakers)
    down = {second: dice.randint(1, 40) for second in dice.sample(range(20, LASTS), kills)}
    jump = {dice.randrange(1, LASTS // 2): dice.choice((-3600.0, 3600.0, -90.0, 45.0)) for _ in range(jumps)}
    run.outcome.jumps = len(jump)
    with tempfile.TemporaryDirectory() as place:
        await run.whole(Path(place), down, jump)
    run.outcome.kills = len(run.gaps)
    run.judge()
    return run.outcome


def _plan(dice: random.Random) -> Plan:
    opens = dice.randint(0, 240)
    kind = dice.random()
    if kind < 0.5:
        return Plan(opens)
    claimed = opens + dice.randint(1, 150)
    return Plan(opens, claimed, silent=kind < 0.75)


@dataclass
class _Run:
    plans: list[Plan]
    machine: Machine
    snapshot: Snapshot
    speakers: Speakers
    outcome: Outcome = field(default_factory=Outcome)
    numbers: dict[int, TicketId] = field(default_factory=dict)
    began: dict[TicketId, float] = field(default_factory=dict)
    claimed: dict[TicketId, float] = field(default_factory=dict)
    seen: list[tuple[TicketId, str, float]] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    """From when to when nothing ran."""
    second: int = 0

    async def whole(self, place: Path, down: dict[int, int], jump: dict[int, float]) -> None:
        folder, copies = place / "0", 0
        while self.second < LASTS:
            async with house(folder, self.machine, self.snapshot, self.speakers) as home:
                killed = await self._until_killed(home, down, jump)
                if killed:  # what lies in the files at this moment is all that is left
                    copies += 1
                    shutil.copytree(folder, place / str(copies))
            if killed:
                folder = place / str(copies)
                self._nothing_runs(down[self.second], jump)

    async def _until_killed(self, home: House, down: dict[int, int], jump: dict[int, float]) -> bool:
        while self.second < LASTS:
            self.second += 1
            self.machine.passes(1)
            self.machine.wall += jump.pop(self.second, 0.0)
            await self._people(home)
            await home.duties.round()
            await self._deliver(home)
            if self.second % _MARK_EVERY == 0:
                await keep_time(home.store, home.clock, BOOT)
            if self.second in down:
                return True
        return False

    def _nothing_runs(self, seconds: int, jump: dict[int, float]) -> None:
        began = self.machine.ticks
        for _ in range(seconds):
            self.second += 1
            self.machine.passes(1)
            self.machine.wall += jump.pop(self.second, 0.0)
        self.gaps.append((began, self.machine.ticks))

    async def _people(self, home: House) -> None:
        """Delegates write and staff claim, at their second or as soon as something runs again."""
        for index, plan in enumerate(self.plans):
            if plan.opens <= self.second and index not in self.numbers:
                await self._open(home, index)
            number = self.numbers.get(index)
            if number is None or plan.claimed is None or plan.claimed > self.second or number in self.claimed:
                continue
            self.claimed[number] = self.machine.ticks
            await self._acts(home, number, "claim")
            if not plan.silent:
                await self._acts(home, number, "note")

    async def _open(self, home: House, index: int) -> None:
        address, now = Address("webchat", str(index)), home.clock.now()
        async with home.store.transaction(address.delegate) as tx:
            await tx.save_delegate(Delegate(address.delegate, address, "en", now))
            new = Ticket(
                TicketId(0), address.delegate, address, "en", "security", Priority.EMERGENCY, now, "fire",
                emergency="fire", alarm_since=now, changed_at=now,
            )  # fmt: skip
            ticket = await tx.add_ticket(new)
        self.numbers[index], self.began[ticket.id] = ticket.id, self.machine.ticks

    async def _acts(self, home: House, number: TicketId, verb: Any) -> None:
        # The note comes a moment after the claim: a sign of life.
        at = home.clock.now() + timedelta(milliseconds=verb == "note")
        await home.staff.act(StaffAction(f"{verb}:{number}", number, LAN, verb, at, "on my way"))

    async def _deliver(self, home: House) -> None:
        while rows := await home.store.claim_outbox(limit=1_000, now=home.clock.now() + _LEASE, lease=_LEASE):
            for row in rows:
                if isinstance(row.body, Ring) and row.body.why.startswith("alarm:"):
                    self.seen.append((row.body.ring_for, row.body.why.removeprefix("alarm:"), self.machine.ticks))
                elif isinstance(row.body, Message) and row.id.startswith("ladder:"):
                    number = TicketId(int(row.id.split(":")[1]))
                    self.seen.append((number, "told", self.machine.ticks))
                await home.store.delivered(row, Receipt(), home.clock.now())

    # ---------------------------------------------------------------- was it right?

    def judge(self) -> None:
        by_ticket: dict[TicketId, list[tuple[str, float]]] = {}
        for number, why, at in self.seen:
            by_ticket.setdefault(number, []).append((why, at))
            self.outcome.steps[why] += 1
        plans = {number: self.plans[index] for index, number in self.numbers.items()}
        for number, plan in plans.items():
            self._judge(number, plan, by_ticket.get(number, []))

    def _judge(self, number: TicketId, plan: Plan, seen: list[tuple[str, float]]) -> None:
        end = self.machine.ticks
        began, until = self.began[number], self.claimed.get(number, end)
        first = [one for one in seen if one[1] <= until]
        self._steps(number, began, until, first)
        if number not in self.claimed:
            return
        rest = [one for one in seen if one[1] > until]
        if not plan.silent:
            self.outcome.wrong += [f"#{number}: {why} after somebody came" for why, _ in rest]
            return
        back = self._awake(until + ladder.SILENT_AFTER.total_seconds())
        if back + LATE > end:
            return
        silent = [at for why, at in rest if why == "silent"]
        if not silent:
            self.outcome.missing.append(f"#{number}: silent, due at {back:.0f}")
            return
        self._lateness(f"#{number}: silent", silent[0] - back)
        again = [one for one in rest if one[1] >= silent[0] and one[0] != "silent"]
        told = next((index for index, (why, _) in enumerate(again) if why == "told"), None)
        if told is not None:
            del again[told]  # said with the silence itself
        self._steps(number, silent[0], end, again)

    def _steps(self, number: TicketId, began: float, until: float, seen: list[tuple[str, float]]) -> None:
        """The rungs of one climb; step 0 calls single people only, and nobody is paged here."""
        for step, offset in enumerate(_OFFSETS):
            due = self._awake(began + offset)
            if step == 0 or due + LATE > until:
                continue
            name = "told" if ladder.rung(step) is ladder.Rung.TELL else str(step)
            at = next((at for why, at in seen if why == name), None)
            if at is not None:
                self._lateness(f"#{number}: {name}", at - due)
            elif ladder.rung(step) is not ladder.Rung.AGAIN or not self._joined(began, step):
                self.outcome.missing.append(f"#{number}: {name}, due at {due:.0f}")

    def _joined(self, began: float, step: int) -> bool:
        """Whether a call fell into a pause together with the one after it, and so was made once."""
        return any(
            start < began + _OFFSETS[step] <= end and began + _OFFSETS[step - 1] > start for start, end in self.gaps
        ) or any(start < began + offset <= end for start, end in self.gaps for offset in _OFFSETS[step : step + 2])

    def _awake(self, at: float) -> float:
        """When a step that is due then can be taken at the earliest."""
        return next((end for start, end in self.gaps if start < at <= end), at)

    def _lateness(self, what: str, seconds: float) -> None:
        self.outcome.worst = max(self.outcome.worst, seconds)
        if seconds > LATE:
            self.outcome.late.append(f"{what}: {seconds:.0f} s late")
        elif seconds < -1:
            self.outcome.wrong.append(f"{what}: {-seconds:.0f} s early")


@click.command()
@click.option("--ladders", default=500, show_default=True)
@click.option("--kills", default=8, show_default=True, help="Per run.")
@click.option("--jumps", default=4, show_default=True, help="Per run.")
@click.option("--runs", default=5, show_default=True, help="The ladders are spread over so many runs.")
@click.option("--seed", default=1, show_default=True)
def main(ladders: int, kills: int, jumps: int, runs: int, seed: int) -> None:
    """Climb, and tell what was late, missing or wrong."""
    total = Outcome()
    for run in range(runs):
        outcome = asyncio.run(climb(ladders // runs, seed + run, kills=kills, jumps=jumps))
        total.steps += outcome.steps
        total.late += outcome.late
        total.missing += outcome.missing
        total.wrong += outcome.wrong
        total.worst = max(total.worst, outcome.worst)
        total.kills += outcome.kills
        total.jumps += outcome.jumps
    click.echo(f"{ladders} ladders, {total.kills} kills, {total.jumps} clock jumps, {total.steps.total()} steps")
    click.echo(
        f"missing {len(total.missing)}, late {len(total.late)}, wrong {len(total.wrong)}, worst {total.worst:.0f} s"
    )
    for line in (total.missing + total.late + total.wrong)[:20]:
        click.echo(line)
    raise SystemExit(bool(total.missing or total.late or total.wrong))


if __name__ == "__main__":
    main()
