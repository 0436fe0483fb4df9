"""Kills a writing process at random moments and compares what it had confirmed with what is found (D1).

    python -m tests.load.kill --kills 1000

The child opens a store, lets several delegates write turns at once, and prints a line for each turn that returned. It is
killed with SIGKILL; the next child opens the same store, so damage would add up. Now and then an erasure compacts.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

import click

from bot.model.errors import DeskError
from bot.model.messages import Entry, InboundId, Lane, Message, Outbound, OutboundId, TicketId
from bot.model.people import Address, DelegateId
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket
from bot.ports import Store
from storage import open_store

WRITERS: Final = 8
ERASED: Final = DelegateId("webchat:passing-by")
ROOT: Final = Path(__file__).parents[2]


@dataclass
class Outcome:
    kills: int = 0
    confirmed: int = 0
    lost: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    slowest_open: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.lost or self.unreadable or self.doubled)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.confirmed} confirmed commits: {len(self.lost)} lost, "
            f"{len(self.unreadable)} unreadable, {len(self.doubled)} doubled ticket numbers; "
            f"slowest open {self.slowest_open:.3f} s"
        )


# -------------------------------------------------------------------- the child


async def write(folder: Path, seed: int) -> None:
    """Write turns until killed."""
    async with open_store(f"tinydb:{folder}") as store, asyncio.TaskGroup() as group:
        _confirm({"ready": True})
        for number in range(WRITERS):
            group.create_task(_writer(store, Address("webchat", f"s{number}"), chance_of(seed * WRITERS + number)))
        group.create_task(_eraser(store))


async def _writer(store: Store, who: Address, chance: random.Random) -> None:
    while True:
        _confirm(await _turn(store, who, chance))


async def _turn(store: Store, who: Address, chance: random.Random) -> dict[str, Any]:
    now = datetime.now(UTC)
    said = f"{chance.getrandbits(64):016x}" * chance.choice((1, 20, 2000))
    ticket: TicketId | None = None
    async with store.transaction(who.delegate) as turn:
        await turn.known(InboundId(f"{who.key}-{said[:16]}"), now=now, until=now + timedelta(days=2))
        line = await turn.append(Entry(0, who.delegate, now, "delegate", Message(plain(said), "en")))
        if chance.random() < 0.3:
            asked = Ticket(TicketId(0), who.delegate, who, "en", "reception", Priority.NORMAL, now, said[:16])
            ticket = (await turn.add_ticket(asked)).id
            await turn.assign(line, ticket)
        row = OutboundId(f"{who.key}-{line.seq}>1")
        await turn.enqueue(Outbound(row, who, Lane.REPLY, Message(plain("ok"), "en"), now, now, entry=line.seq))
    return {"who": who.delegate, "seq": line.seq, "said": said[:16], "ticket": ticket, "row": row}


async def _eraser(store: Store) -> None:
    """Somebody who comes by and is erased again: each time the journal is replaced by a fresh one."""
    who = Address("webchat", "passing-by")
    while True:
        await asyncio.sleep(0.05)
        for gone in await _come_and_go(store, who):
            _confirm({"who": ERASED, "ticket": gone})


async def _come_and_go(store: Store, who: Address) -> list[TicketId]:
    """The numbers that went with the erasure; nobody may get them again."""
    await _turn(store, who, chance_of(time.monotonic_ns()))
    return [ticket.id for ticket in await store.erase(ERASED)]


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- chance, not secrets


def _confirm(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


# -------------------------------------------------------------------- the parent


def kill_often(folder: Path, kills: int, *, seed: int = 1) -> Outcome:
    """Start, kill and compare; the store grows for some rounds and begins afresh."""
    outcome, chance = Outcome(), chance_of(seed)
    for number in range(kills):
        if number % 20 == 0:
            store, confirmed = folder / f"store{number}", list[dict[str, Any]]()
        fresh = _killed(store, chance, number)
        confirmed += fresh
        outcome.kills += 1
        outcome.confirmed += len(fresh)
        asyncio.run(_compare(store, confirmed, outcome))
    return outcome


def _killed(store: Path, chance: random.Random, number: int) -> list[dict[str, Any]]:
    """What a child confirmed before it was killed."""
    command = [sys.executable, "-m", "tests.load.kill", "--write", str(store), "--seed", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:  # noqa: S603 -- ourselves
        assert child.stdout is not None
        child.stdout.readline()  # the store is open
        with tempfile.TemporaryFile() as kept:
            # Read while it writes, so that a full pipe does not hold the child at the same place every time.
            _read_for(child, kept, chance.uniform(0.0, 0.25))
            child.send_signal(signal.SIGKILL)
            kept.write(child.stdout.read())
            return list(_confirmations(kept))


def _read_for(child: subprocess.Popen[bytes], kept: IO[bytes], seconds: float) -> None:
    assert child.stdout is not None
    descriptor, until = child.stdout.fileno(), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            kept.write(os.read(descriptor, 1 << 16))


def _confirmations(kept: IO[bytes]) -> Iterator[dict[str, Any]]:
    kept.seek(0)
    for line in kept:
        if line.endswith(b"\n"):  # the last one may be cut off
            yield json.loads(line)


async def _compare(folder: Path, confirmed: list[dict[str, Any]], outcome: Outcome) -> None:
    began = time.monotonic()
    try:
        async with open_store(f"tinydb:{folder}") as store:
            outcome.slowest_open = max(outcome.slowest_open, time.monotonic() - began)
            outcome.lost += [json.dumps(one) for one in confirmed if not await _there(store, one)]
    except (DeskError, OSError, ValueError, KeyError) as error:
        outcome.unreadable.append(repr(error))
        return
    given = Counter(one["ticket"] for one in confirmed if one["ticket"])
    outcome.doubled += [number for number, times in given.items() if times > 1]


async def _there(store: Store, one: dict[str, Any]) -> bool:
    if one["who"] == ERASED:
        return True
    line = await store.entry(DelegateId(one["who"]), one["seq"])
    if line is None or line.message.text[0].text[:16] != one["said"] or line.ticket != one["ticket"]:
        return False
    if one["ticket"] is None:
        return True
    ticket = await store.ticket(TicketId(one["ticket"]))
    return ticket is not None and ticket.question == one["said"] and ticket.delegate == one["who"]


@click.command()
@click.option("--kills", default=100, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--write", "folder", type=click.Path(path_type=Path), help="Be the child: write turns until killed.")
def main(kills: int, seed: int, folder: Path | None) -> None:
    if folder is not None:
        asyncio.run(write(folder, seed))
        return
    with tempfile.TemporaryDirectory() as place:
        outcome = kill_often(Path(place), kills, seed=seed)
    click.echo(str(outcome))
    for problem in (*outcome.lost[:5], *outcome.unreadable[:5], *map(str, outcome.doubled[:5])):
        click.echo(problem)
    sys.exit(not outcome.good)


if __name__ == "__main__":
    main()
