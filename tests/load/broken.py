"""Proves that the oracle sees what it must: the real process with one thing broken on purpose, each of which must be caught.

python -m tests.load.broken
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from tests.load.crowded import Size, crowded
from tests.load.desk.house import Plan
from tests.load.desk.patched import command
from tests.load.desk_kill import Load, episode

SMALL: Final = Size(sessions=60, rate=5.0, seconds=8.0, emergencies=60, flood=60.0, floods_from=10)


@dataclass(frozen=True, slots=True)
class Broken:
    """How a planted fault is looked for, and what must be said about it."""

    load: Load | None
    """None: by the crowded hotel."""
    promises: frozenset[str]


FAULTS: Final[Mapping[str, Broken]] = {
    "confirm-before-store": Broken(Load(8, "kills", 100, 30.0), frozenset({"D1", "D2"})),
    "no-dedupe": Broken(Load(8, "fair", 80, 20.0), frozenset({"D9", "D10"})),
    "forget-outbox": Broken(Load(8, "kills", 100, 30.0), frozenset({"D2", "S3"})),
    "send-before-commit": Broken(Load(8, "fair", 80, 20.0), frozenset({"D10"})),
    "wrong-chat": Broken(Load(6, "fair", 80, 30.0), frozenset({"D8", "D2"})),
    "limit-per-address": Broken(None, frozenset({"D13"})),
    "limit-emergencies": Broken(None, frozenset({"D13"})),
}


async def caught(name: str, cache: Path, seed: int = 1) -> tuple[bool, str]:
    """Whether the fault was seen for what it is, and what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        plan, fault = Plan(Path(folder), cache, command=command(name)), FAULTS[name]
        if fault.load is None:
            hotel = await crowded(plan, SMALL, seed)
            return not hotel.good, str(hotel)
        outcome = await episode(plan, replace(fault.load, seed=seed, settle=9.0))
    blamed = {one.promise for one in outcome.violations}
    first = next((str(one) for one in outcome.violations if one.promise in fault.promises), "nothing")
    return bool(blamed & fault.promises), f"{len(outcome.violations)} violations, such as {first[:160]}"


async def _all(cache: Path, names: tuple[str, ...], seed: int) -> bool:
    good = True
    for name in names or FAULTS:
        seen, said = await caught(name, cache, seed)
        good &= seen
        click.echo(f"{'caught' if seen else 'MISSED':7} {name:22} {said}")
    return good


@click.command()
@click.argument("names", nargs=-1)
@click.option("--cache", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True)
def main(names: tuple[str, ...], cache: Path | None, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not asyncio.run(_all(cache or Path(folder), names, seed)))


if __name__ == "__main__":
    main()
