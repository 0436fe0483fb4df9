"""The store on PostgreSQL as a queue: rows worked off, timers among 100,000 that wait, a role passing on, turns.

    python -m bench.queue                     a server of its own, durable, on a socket
    DESK_TEST_POSTGRES_URL=… python -m bench.queue

Prints one table in Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench import machine
from bot.model.messages import InboundId, Receipt
from bot.model.people import Address, DelegateId
from bot.outbox.role import LEASE, Role
from bot.ports import Store
from storage import open_store
from tests.contract import postgres
from tests.contract.world import entry, note

ROOT: Final = Path(__file__).resolve().parent.parent
DAY: Final = timedelta(days=1)
ROWS: Final = 3_000
CHATS: Final = 400
CLAIM: Final = 64  # rows in one claim, as the dispatcher does
TIMERS: Final = 100_000
DUE: Final = 400  # timers that come due while it is measured
SECONDS: Final = 8.0
PAYLOAD: Final = "The shuttle to the venue leaves at 8:15 from the side entrance. "


async def fill(store: Store, rows: int, chats: int, *, later: timedelta = timedelta(), name: str = "n") -> None:
    """Rows of an outbox, in turns of a thousand."""
    for first in range(0, rows, 1_000):
        async with store.transaction(DelegateId(f"bench:{name}")) as turn:
            now = datetime.now(UTC)
            for number in range(first, min(rows, first + 1_000)):
                row = note(f"{name}{number}", Address("webchat", f"{name}{number % chats}"), due=now + later)
                await turn.enqueue(row)


async def work_off(store: Store, rows: int, workers: int) -> float:
    """Rows a second with so many workers, each of which claims, "sends" in no time, and records."""
    began, done = time.perf_counter(), 0

    async def work() -> None:
        nonlocal done
        while claimed := await store.claim_outbox(limit=CLAIM // workers, now=datetime.now(UTC), lease=DAY):
            await asyncio.gather(*(store.delivered(row, Receipt(("1",)), datetime.now(UTC)) for row in claimed))
            done += len(claimed)

    while done < rows:
        await asyncio.gather(*(work() for _ in range(workers)))
    return rows / (time.perf_counter() - began)


async def lateness(store: Store) -> list[float]:
    """Milliseconds by which timers are claimed too late, by a loop that sleeps until the next one is due."""
    now = datetime.now(UTC)
    dice = random.Random(7)  # noqa: S311 -- a benchmark
    async with store.transaction(DelegateId("bench:timers")) as turn:
        for number in range(DUE):
            due = now + timedelta(seconds=1 + dice.random() * SECONDS)
            await turn.enqueue(note(f"timer{number}", Address("webchat", f"timer{number}"), due=due))
    late: list[float] = []
    async with asyncio.TaskGroup() as sending:  # beside the claims, as in the dispatcher
        while len(late) < DUE:
            claimed = await store.claim_outbox(limit=CLAIM, now=datetime.now(UTC), lease=DAY)
            late += [(datetime.now(UTC) - row.due_at).total_seconds() * 1_000 for row in claimed]
            for row in claimed:
                sending.create_task(store.delivered(row, Receipt(), datetime.now(UTC)))
            if not claimed:
                following = await store.next_due()
                wait = 5.0 if following is None else (following - datetime.now(UTC)).total_seconds()
                await asyncio.sleep(min(5.0, max(0.005, wait)))
    return late


async def turns(store: Store, writers: int) -> tuple[float, float]:
    """Turns a second that note an id, add a line and queue an answer; and the slowest in a hundred, ms."""
    until = time.perf_counter() + 3
    took: list[float] = []

    async def write(number: int) -> None:
        who = Address("webchat", f"w{writers}-{number}")
        count = 0
        while time.perf_counter() < until:
            began, now, count = time.perf_counter(), datetime.now(UTC), count + 1
            async with store.transaction(who.delegate) as turn:
                if not await turn.known(InboundId(f"{who.key}-{count}"), now=now, until=now + DAY):
                    line = await turn.append(entry(who, PAYLOAD))
                    await turn.enqueue(note(f"{who.key}-{count}>1", who, due=now + DAY, entry=line.seq))
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(write(number) for number in range(writers)))
    return len(took) / (time.perf_counter() - began), machine.quantile(took, 0.99) * 1_000


async def failover(store: Store, url: str) -> float:
    """Seconds from the death of the process that holds a role until another holds it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.queue", "--hold", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    await child.stdout.readline()
    async with Role(store, "bench") as role:
        waiting = asyncio.create_task(role.run())
        await asyncio.sleep(random.uniform(2, 4))  # noqa: S311 -- anywhere between two renewals
        assert not role.held
        child.kill()
        began = time.perf_counter()
        await role.wait_held()
        took = time.perf_counter() - began
        waiting.cancel()
        await asyncio.wait([waiting])
    await child.wait()
    return took


async def hold(url: str) -> None:
    async with open_store(url) as store, Role(store, "bench") as role, asyncio.TaskGroup() as group:
        group.create_task(role.run())
        await role.wait_held()
        print("held", flush=True)


@asynccontextmanager
async def fresh(base: str, name: str) -> AsyncIterator[tuple[Store, str]]:
    url = postgres.with_schema(base, f"bench_{name}")
    postgres.drop(url)
    async with open_store(url) as store:
        yield store, url
    postgres.drop(url)


async def measure(base: str, say: Callable[[str, str], None]) -> None:
    for writers in (1, 16, 64):
        async with fresh(base, "turns") as (store, _):
            rate, slowest = await turns(store, writers)
        say(f"turns committed, {writers} writers", f"{rate:.0f}/s, p99 {slowest:.0f} ms")
    for workers in (1, 4, 6):
        async with fresh(base, "rows") as (store, _):
            await fill(store, ROWS, CHATS)
            say(f"rows worked off, {workers} workers", f"{await work_off(store, ROWS, workers):.0f}/s")
    async with fresh(base, "timers") as (store, url):
        await fill(store, TIMERS, 20_000, later=DAY, name="later")
        await fill(store, ROWS, CHATS)
        say(f"rows worked off, 4 workers, {TIMERS:,} timers waiting", f"{await work_off(store, ROWS, 4):.0f}/s")
        late = await lateness(store)
        p50, p99 = machine.quantile(late, 0.5), machine.quantile(late, 0.99)
        say(
            f"timers' lateness, {TIMERS:,} others waiting",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {max(late):.0f} ms",
        )
        over = [await failover(store, url) for _ in range(3)]
        say(
            f"role passing on after kill -9 (lease {LEASE.total_seconds():.0f} s)", f"{min(over):.1f}-{max(over):.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hold", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.hold:
        asyncio.run(hold(asked.hold))
        return
    given = os.environ.get(postgres.GIVEN)
    server = None if given else postgres.own_server(durable=True)
    try:
        print(f"{machine.line()}\n\n| PostgreSQL store | |\n|---|---|")
        asyncio.run(measure(given or server.url, lambda what, found: print(f"| {what} | {found} |", flush=True)))  # type: ignore[union-attr]
    finally:
        if server is not None:
            server.remove()


if __name__ == "__main__":
    main()
