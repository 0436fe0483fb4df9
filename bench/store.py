"""The store beside its peers, on one disk in one run: commit time by size, group commit, opening, memory.

    python -m bench.store [--most 1000000] [--postgres URL] [--folder FOLDER]

Prints a table for each question; ratios are within the run. The folder decides which disk is measured.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from bench import machine
from bench._store_full import DELEGATES, RECORDS, fill_event, measure_open
from bench._store_peers import Ours, Peer, Postgres, Sqlite, Stock, floor

ROOT: Final = Path(__file__).resolve().parent.parent
_SIZES: Final = (100, 1_000, 10_000, 100_000, 1_000_000)
_STOCK_MOST: Final = 10_000  # one insert takes a tenth of a second there, and ten times as long at ten times the size
_WRITERS: Final = (1, 10, 64, 100)
_SECONDS: Final = 2.0  # that each number of writers writes, three times
_INSERTS: Final = 200


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f}"


async def one_by_one(peer: Peer, start: int, times: int) -> Sequence[float]:
    """Seconds of single durable inserts, one after another."""
    taken = []
    for number in range(start, start + times):
        began = time.perf_counter()
        await peer.insert(number)
        taken.append(time.perf_counter() - began)
    return taken


async def many_at_once(peer: Peer, start: int, writers: int) -> tuple[float, int]:
    """Inserts a second that so many writers reach, each waiting for its own; and the next free number."""
    number, stop = start, time.perf_counter() + _SECONDS

    async def write() -> None:
        nonlocal number
        while time.perf_counter() < stop:
            mine, number = number, number + 1
            await peer.insert(mine)

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return (number - start) / (time.perf_counter() - began), number


async def by_size(peers: Sequence[Any], most: int, folder: Path) -> None:
    """Interleaved in small rounds, so that a busy moment of the disk meets all of them."""
    sizes = [size for size in _SIZES if size <= most]
    click.echo("\n| one durable insert, µs p50 | " + " | ".join(f"{size:,} records" for size in sizes) + " |")
    click.echo("|---|" + "---|" * len(sizes))
    rows: dict[str, list[str]] = {peer.name: [] for peer in peers} | {"fdatasync of one append": []}
    filled, ours = 0, list[float]()
    for size in sizes:
        taken: dict[str, list[float]] = {}
        for peer in peers:
            if not (isinstance(peer, Stock) and size > _STOCK_MOST):
                await peer.fill(filled, size)
        filled = size + _INSERTS
        for start in range(size, filled, 20):
            for peer in peers:
                if not (isinstance(peer, Stock) and size > _STOCK_MOST):
                    taken.setdefault(peer.name, []).extend(await one_by_one(peer, start, 20))
            taken.setdefault("fdatasync of one append", []).extend(floor(folder, 20))
        for name, cells in rows.items():
            cells.append(microseconds(statistics.median(taken[name])) if name in taken else "–")
        ours.append(statistics.median(taken[Ours.name]) / statistics.median(taken["fdatasync of one append"]))
    for name, cells in rows.items():
        click.echo(f"| {name} | " + " | ".join(cells) + " |")
    click.echo("| ours / fdatasync | " + " | ".join(f"{ratio:.2f}" for ratio in ours) + " |")


async def group_commit(peers: Sequence[Any], start: int) -> None:
    click.echo("\n| durable inserts a second | " + " | ".join(f"{n} writers" for n in _WRITERS) + " |")
    click.echo("|---|" + "---|" * len(_WRITERS))
    rates: dict[str, dict[int, list[float]]] = {peer.name: {n: [] for n in _WRITERS} for peer in peers}
    for _ in range(3):
        for writers in _WRITERS:
            for peer in peers:
                rate, start = await many_at_once(peer, start, writers)
                rates[peer.name][writers].append(rate)
    median = {name: {n: statistics.median(found) for n, found in by.items()} for name, by in rates.items()}
    for name, by in median.items():
        click.echo(f"| {name} | " + " | ".join(f"{by[n]:,.0f}" for n in _WRITERS) + " |")
    ratios = [median[Ours.name][n] / median[Sqlite.name][n] for n in _WRITERS]
    click.echo("| ours / SQLite | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")


def opening(folder: Path) -> None:
    """In processes of their own, with nothing but the store in them."""
    asyncio.run(fill_event(folder))
    click.echo(
        f"\n| opening {DELEGATES:,} delegates and {RECORDS:,} records | s | µs a record | CPU µs a record | RSS MiB |"
    )
    click.echo("|---|---|---|---|---|")
    for name in ("empty", "event", "encrypted"):
        found = [_in_a_child(folder, name) for _ in range(3)]
        seconds, records = min(one["seconds"] for one in found), found[0]["records"]
        times = (seconds, min(one["cpu"] for one in found))
        each = " | ".join(f"{taken / records * 1e6:.1f}" if records else "–" for taken in times)
        click.echo(f"| {name} | {seconds:.2f} | {each} | {max(one['rss'] for one in found):.0f} |")


def _in_a_child(folder: Path, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.store", "--child", name, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def run(folder: Path, most: int, url: str | None) -> None:
    peers: list[Any] = [Ours(folder), Sqlite(folder)]
    if url:
        peers.append(Postgres(url))
        await peers[-1].begin()
    stock = Stock(folder)
    await by_size([*peers, stock], most, folder)
    await stock.close()
    await group_commit(peers, 10 * most)
    for peer in peers:
        await peer.close()


@click.command()
@click.option("--most", default=100_000, show_default=True, help="Records in the largest store.")
@click.option("--postgres", "url", help="A database to measure too; a table bench_entries is made and removed.")
@click.option("--folder", type=click.Path(path_type=Path), help="On the disk to be measured.")
@click.option("--child", hidden=True)
def main(most: int, url: str | None, folder: Path | None, child: str | None) -> None:
    if child is not None and folder is not None:
        click.echo(json.dumps(asyncio.run(measure_open(folder, child))))
        return
    click.echo(machine.line())
    with tempfile.TemporaryDirectory(dir=folder) as place:
        asyncio.run(run(Path(place), most, url))
        opening(Path(place))


if __name__ == "__main__":
    main()
