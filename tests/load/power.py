"""Cuts the power at random moments of every operation of the store and opens what is left (D1).

    python -m tests.load.power --cuts 500

A run is recorded once (``tests.load.disk``); each cut is a moment in it and a chance for everything that was not synced.
What is found must be exactly the state after some step that is not before the last confirmed one: nothing confirmed is
lost, and no step is there by half.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import structlog

from bot.model.errors import DeskError
from storage import open_store
from storage.crypt import Key
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.tables import SCRUB_OWED, TABLES
from tests.load.disk import Tape, recording
from tests.load.operations import OPERATIONS, Operation, begin

OLD: Final = Path(__file__).parents[1] / "unit" / "storage" / "journals" / "format-1.journal"
CONCURRENT: Final = ("burst", "compaction")  # steps of which a part may be there: only what was confirmed is compared

State = dict[str, list[tuple[str, bytes]]]


@dataclass
class Outcome:
    operation: str
    cuts: int = 0
    events: int = 0
    bad: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.operation}: {self.cuts} cuts in {self.events} events: {len(self.bad)} bad"


def state_of(store: DocumentStore) -> State:
    """All documents but the debt of an erasure, which is the files' own: it comes with the step, and goes by itself."""
    return {table: [row for row in store._tables.items(table) if row[0] != SCRUB_OWED] for table in TABLES}


def put_old(folder: Path) -> None:
    folder.mkdir()
    shutil.copy(OLD, folder / "desk.journal")


async def record(folder: Path, operation: Operation) -> tuple[Tape, Sequence[State]]:
    """The tape of an operation, and the states before it and after each step."""
    if operation.old:
        put_old(folder)
    else:
        async with open_store(f"tinydb:{folder}") as store:
            await begin(store)
    with recording(folder) as tape:
        tables = TinyTables(folder, operation.key)
        store = DocumentStore(tables)
        states = [state_of(store)]
        async for _ in operation.run(store):
            states.append(state_of(store))
            tape.step(len(states) - 1)
        await tables.close()
    return tape, states


async def compare(folder: Path, key: Key | None, states: Sequence[State], confirmed: int, *, parts: bool) -> str:
    """Why what is left is not good enough; empty when it is."""
    for number in range(2):  # what the first opening repaired, the second finds in order
        try:
            async with open_store(f"tinydb:{folder}", key=key) as store:
                assert isinstance(store, DocumentStore)
                found = state_of(store)
                if store.damage:
                    return f"taken for rot: {store.damage[0]}"
        except (DeskError, OSError, ValueError, KeyError) as error:
            return f"does not open: {error!r}"
        if parts and _contains(found, states[confirmed]):
            continue
        if found not in states[confirmed:]:
            return f"not a state after step {confirmed}" if number == 0 else "another state when opened again"
    return ""


def _contains(found: State, state: State) -> bool:
    return all(dict(found[table]).keys() >= dict(rows).keys() for table, rows in state.items())


@contextmanager
def quick_disk() -> Iterator[None]:
    """What is compared need not survive a real power cut."""
    kept = os.fsync, os.fdatasync
    os.fsync = os.fdatasync = lambda _: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync, os.fdatasync = kept


def cut_often(folder: Path, name: str, cuts: int, *, seed: int = 1) -> Outcome:
    operation, chance = OPERATIONS[name], random.Random(seed)  # noqa: S311 -- chance, not secrets
    tape, states = asyncio.run(record(folder / name, operation))
    outcome = Outcome(name, events=len(tape.events))
    with quick_disk():
        for number in range(cuts):
            place = folder / f"{name}-{number}"
            cut = chance.randint(0, len(tape.events))
            place.mkdir()
            for file, text in tape.left(cut, chance).items():
                (place / file).write_bytes(text)
            found = compare(place, operation.key, states, tape.confirmed(cut), parts=name in CONCURRENT)
            if problem := asyncio.run(found):
                outcome.bad.append(f"{name}, cut {number} behind event {cut}: {problem}")
            else:
                shutil.rmtree(place)
            outcome.cuts += 1
    return outcome


@click.command()
@click.option("--cuts", default=500, show_default=True, help="For each operation.")
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=click.Choice(list(OPERATIONS)))
def main(cuts: int, seed: int, only: str | None) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        for name in [only] if only else OPERATIONS:
            outcome = cut_often(Path(place), name, cuts, seed=seed)
            click.echo(str(outcome))
            for problem in outcome.bad[:5]:
                click.echo(f"  {problem}")
            bad += len(outcome.bad)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
