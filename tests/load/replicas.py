"""Several replicas on one database: nothing is sent twice or never, order per chat is kept, an outage loses nothing.

    python -m tests.load.replicas                  20,000 messages, 6 processes, the server stopped for 30 s meanwhile
    python -m tests.load.replicas --messages 2000 --outage 0

The oracle counts: every message that was confirmed is one line of a history, and was sent exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.model.errors import StoreUnavailable
from bot.model.messages import InboundId, Outbound, Receipt
from bot.model.people import Address
from bot.ports import Store
from storage import open_store
from tests.contract import postgres
from tests.contract.world import entry, note

LEASE: Final = timedelta(seconds=60)
_WINDOW: Final = timedelta(days=1)
_STOP: Final = "load:stop"  # remembered when everything was put into the outbox
_AGAIN: Final = 0.1  # seconds until a door tries again what the store could not do
_AT_ONCE: Final = 20  # rows in one claim
_WRITERS: Final = 8


@dataclass
class Outcome:
    messages: int
    sent: int = 0
    twice: int = 0
    never: int = 0
    out_of_order: int = 0
    lines: int = 0
    """Lines of all histories: one for each message, however often it had to be repeated."""
    seconds: float = 0.0
    refused: int = 0
    """Turns that were told "not now" and were repeated."""
    recovered: float = 0.0
    """Seconds from the start of the server to the next confirmed turn."""

    @property
    def good(self) -> bool:
        return (self.sent, self.twice, self.never, self.out_of_order, self.lines) == (
            self.messages, 0, 0, 0, self.messages,
        )  # fmt: skip


@dataclass
class Log:
    """What a replica sent, written down at once: by the machine's clock, so that replicas can be compared."""

    path: Path
    _file: int = field(init=False)

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def sent(self, row: Outbound) -> None:
        os.write(self._file, f"{time.monotonic_ns()} {row.to.key} {row.id}\n".encode())

    def close(self) -> None:
        os.close(self._file)


# -------------------------------------------------------------------- the replicas


async def work(url: str, path: Path) -> None:
    """A replica: takes rows and sends them until everything was put and nothing is left."""
    log = Log(path)
    async with open_store(url) as store:
        while not await _done(store):
            try:
                rows = await store.claim_outbox(limit=_AT_ONCE, now=datetime.now(UTC), lease=LEASE)
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN)
                continue
            await asyncio.gather(*(_send(store, log, row) for row in rows))
            if not rows:
                await asyncio.sleep(0.01)
    log.close()


async def _send(store: Store, log: Log, row: Outbound) -> None:
    log.sent(row)
    while True:  # as the dispatcher does: what was sent is written down, and not sent again
        try:
            await store.delivered(row, Receipt(), datetime.now(UTC))
        except StoreUnavailable:
            await asyncio.sleep(_AGAIN)
        else:
            return


async def _done(store: Store) -> bool:
    try:
        return await store.recall(_STOP) is not None and await store.waiting() == 0
    except StoreUnavailable:
        await asyncio.sleep(_AGAIN)
        return False


# -------------------------------------------------------------------- the delegates


async def write(url: str, messages: int, chats: int, outcome: Outcome, confirmed: list[float]) -> None:
    """Messages of many delegates, each repeated until it is confirmed, as doors and pages do."""
    numbers = iter(range(messages))

    async def door(store: Store) -> None:
        for number in numbers:
            while True:
                try:
                    await _message(store, number, Address("telegram", f"{number % chats}"))
                except StoreUnavailable:
                    outcome.refused += 1
                    await asyncio.sleep(_AGAIN)
                else:
                    confirmed.append(time.monotonic())
                    break

    async with open_store(url) as one, open_store(url) as other:
        await asyncio.gather(*(door(one if turn % 2 else other) for turn in range(_WRITERS)))
        await _stop(one)


async def _message(store: Store, number: int, who: Address) -> None:
    now = datetime.now(UTC)
    async with store.transaction(who.delegate) as turn:
        if not await turn.known(InboundId(f"m{number}"), now=now, until=now + _WINDOW):
            line = await turn.append(entry(who, f"{number}"))
            row = note(f"m{number}>1", who, due=now, delegate=who.delegate, entry=line.seq)
            await turn.enqueue(replace(row, created_at=now))


async def _stop(store: Store) -> None:
    while True:
        try:
            await store.remember(_STOP, "yes")
        except StoreUnavailable:
            await asyncio.sleep(_AGAIN)
        else:
            return


# -------------------------------------------------------------------- the judge


async def judged(store: Store, logs: Sequence[Path], outcome: Outcome, chats: int) -> Outcome:
    """Count what was sent, and compare each chat with its history."""
    lines = sorted(tuple(line.split()) for path in logs for line in path.read_text().splitlines())
    by_time = sorted(lines, key=lambda line: int(line[0]))
    counted = Counter(line[2] for line in lines)
    outcome.sent = len(counted)
    outcome.twice = sum(count - 1 for count in counted.values())
    outcome.never = outcome.messages - len(counted)
    for chat in range(chats):
        history = await store.entries(Address("telegram", f"{chat}").delegate, limit=outcome.messages)
        outcome.lines += len(history)
        said = [f"m{line.message.text[0].text}>1" for line in history]
        sent = [row for _, key, row in by_time if key == f"{chat}"]
        outcome.out_of_order += said != list(dict.fromkeys(sent))
    return outcome


async def replicas(
    server: postgres.Server | str, folder: Path, *, messages: int, workers: int, outage: float, processes: bool
) -> Outcome:
    """One run.

    Args:
        server: A server that may be stopped, or the URL of a schema (then there is no outage).
        folder: Where the replicas write down what they sent.
        messages: How many there are.
        workers: Replicas that send.
        outage: For how many seconds the server is away in the middle.
        processes: Each replica in a process of its own, as in life; else all in this one.
    """
    url = server if isinstance(server, str) else postgres.with_schema(server.url, "replicas")
    chats = max(10, messages // 50)
    outcome, confirmed = Outcome(messages), list[float]()
    logs = [folder / f"replica-{number}" for number in range(workers)]
    async with open_store(url) as store:  # the schema is there before they start
        return await _run(store, server, url, logs, outcome, confirmed, chats, outage=outage, processes=processes)


async def _run(
    store: Store,
    server: postgres.Server | str,
    url: str,
    logs: Sequence[Path],
    outcome: Outcome,
    confirmed: list[float],
    chats: int,
    *,
    outage: float,
    processes: bool,
) -> Outcome:
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for path in logs:
            group.create_task(_process(url, path) if processes else work(url, path))
        group.create_task(write(url, outcome.messages, chats, outcome, confirmed))
        if outage and not isinstance(server, str):
            group.create_task(_away(server, outage, outcome, confirmed))
    outcome.seconds = time.monotonic() - began
    return await judged(store, logs, outcome, chats)


async def _process(url: str, path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.replicas", "--work", str(path), env={**os.environ, "DESK_DATABASE_URL": url}
    )
    try:
        if await child.wait():
            raise AssertionError("a replica died")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _away(server: postgres.Server, seconds: float, outcome: Outcome, confirmed: list[float]) -> None:
    """The server crashes when a third is confirmed, and comes back."""
    while len(confirmed) < outcome.messages // 3:  # noqa: ASYNC110 -- what is waited for has no bell
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.stop, "immediate")
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.start)
    back, before = time.monotonic(), len(confirmed)
    while len(confirmed) == before:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    outcome.recovered = time.monotonic() - back


def main() -> int:
    parser = argparse.ArgumentParser(description="Replicas on one PostgreSQL: nothing twice, nothing never.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--outage", type=float, default=30.0, help="seconds without the server; 0 for none")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work is not None:
        asyncio.run(work(os.environ["DESK_DATABASE_URL"], asked.work))
        return 0
    server = postgres.own_server(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            outcome = asyncio.run(
                replicas(
                    server, Path(folder), messages=asked.messages, workers=asked.workers, outage=asked.outage,
                    processes=True,
                )
            )  # fmt: skip
    finally:
        server.remove()
    print(outcome)  # noqa: T201 -- a command line
    return 0 if outcome.good else 1


if __name__ == "__main__":
    sys.exit(main())
