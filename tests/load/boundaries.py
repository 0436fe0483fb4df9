"""Kills the process at every write, sync and rename of every operation of the store and opens what is left (D1).

    python -m tests.load.boundaries            the process kills itself before and behind every call, counted over all threads
    python -m tests.load.boundaries --strace   the kernel's side: strace kills at the n-th call of each kind in a thread

The child says on standard output when a step is confirmed. Where strace is missing or may not trace, this says so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

import click
import structlog

from storage import open_store
from storage.documents import DocumentStore
from storage.group import TinyTables
from tests.load.operations import OPERATIONS, begin
from tests.load.power import CONCURRENT, State, compare, put_old, quick_disk, state_of

ROOT: Final = Path(__file__).parents[2]
_CALLS: Final = ("pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "unlinkat")
_FILES: Final = ("", "desk.journal", "desk.fresh")  # the folder itself is synced too
_TIMEOUT: Final = 200  # seconds for one child; it takes one


@dataclass
class Outcome:
    operation: str
    boundaries: int = 0
    bad: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.operation}: killed at {self.boundaries} boundaries: {len(self.bad)} bad"


def why_not() -> str:
    """Why nothing can be traced here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-f", "-e", "inject=fsync:signal=KILL:when=1", "true"],  # noqa: S607 -- wherever it is installed
        capture_output=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    return "" if tried.returncode == 0 else "strace may not trace here"


async def child(folder: Path, name: str, at: int) -> None:
    operation, step = OPERATIONS[name], 0
    if at:
        _die_at(at)
    tables = TinyTables(folder, operation.key)
    async for _ in operation.run(DocumentStore(tables)):
        step += 1
        os.write(1, b"%d\n" % step)
    await tables.close()
    os.write(1, b"closed\n")


def _die_at(at: int) -> None:
    """Odd numbers: before a call is made; even numbers: behind it."""
    moments = count(1)

    def around(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            if next(moments) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            done = call(*arguments, **named)
            if next(moments) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return counted

    for name in ("pwrite", "fdatasync", "fsync", "ftruncate", "replace", "unlink", "link"):
        setattr(os, name, around(getattr(os, name)))


async def states_of(folder: Path, name: str) -> Sequence[State]:
    """The states before the operation and after each step, from a run without a kill."""
    tables = TinyTables(folder, OPERATIONS[name].key)
    store = DocumentStore(tables)
    before = state_of(store)
    states = [before, *[state_of(store) async for _ in OPERATIONS[name].run(store)]]
    await tables.close()
    return states


async def _begun(folder: Path) -> None:
    async with open_store(f"tinydb:{folder}") as store:
        await begin(store)


def kill_everywhere(place: Path, name: str, *, strace: bool = False) -> Outcome:
    """Kill at the first boundary, the second … until one run comes through."""
    outcome, operation = Outcome(name), OPERATIONS[name]
    origin = place / f"{name}-origin"
    if operation.old:
        put_old(origin)
    else:
        asyncio.run(_begun(origin))
    with quick_disk():
        states = asyncio.run(states_of(_copied(origin, place / f"{name}-whole"), name))
    with _Nursery(name) as nursery:
        for call in _CALLS if strace else ("",):
            for number in range(1, 1_000):
                folder = _copied(origin, place / f"{name}-{call}{number}")
                said = _traced(folder, name, number, call) if call else nursery.killed(folder, number)
                if said[-1:] == ["closed"]:
                    break
                outcome.boundaries += 1
                with quick_disk():
                    confirmed = max(map(int, said), default=0)
                    problem = asyncio.run(compare(folder, operation.key, states, confirmed, parts=name in CONCURRENT))
                if problem:
                    outcome.bad.append(f"{name}, killed at {call or 'boundary'} {number}: {problem}")
                shutil.rmtree(folder)
    return outcome


def _copied(origin: Path, folder: Path) -> Path:
    shutil.copytree(origin, folder)
    return folder


class _Nursery:
    """A process that has everything imported and forks the children: most of a child's time went into its start."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.load.boundaries", "--only", name, "--nursery"]
        self._process = subprocess.Popen(  # noqa: S603 -- ourselves
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def killed(self, folder: Path, number: int) -> list[str]:
        """What a child said before it was killed at the boundary with this number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number} {folder}\n".encode())
        self._process.stdin.flush()
        said: list[str] = []
        while not (line := self._process.stdout.readline().decode()).startswith("ended "):
            assert line, "the nursery is gone"
            said.append(line.strip())
        assert int(line.split()[1]) in (0, -signal.SIGKILL), line
        return said


def _forks(name: str) -> None:
    """The nursery's own work."""
    for line in sys.stdin:
        number, _, folder = line.rstrip("\n").partition(" ")
        pid = os.fork()
        if not pid:
            signal.alarm(_TIMEOUT)
            asyncio.run(child(Path(folder), name, int(number)))
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(1, b"ended %d\n" % ended)


def _traced(folder: Path, name: str, number: int, call: str) -> list[str]:
    """The same, killed by strace at a call of the system."""
    paths = [part for file in _FILES for part in ("-P", str(folder / file) if file else str(folder))]
    inject = f"inject={call}:signal=KILL:when={number}"
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", *paths, "-e", f"trace={call}", "-e", inject]
    command = [sys.executable, "-m", "tests.load.boundaries", "--child", str(folder), "--only", name]
    done = subprocess.run(  # noqa: S603 -- ourselves
        [*strace, *command], cwd=ROOT, stdout=subprocess.PIPE, timeout=_TIMEOUT, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.returncode
    return re.findall(r"^(\d+|closed)$", done.stdout.decode(), re.MULTILINE)


def everything(only: str | None, *, strace: bool) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as place:
        for name in [only] if only else OPERATIONS:
            yield kill_everywhere(Path(place), name, strace=strace)


@click.command()
@click.option("--only", type=click.Choice(list(OPERATIONS)))
@click.option("--strace", is_flag=True, help="Let strace kill instead.")
@click.option("--nursery", is_flag=True, help="Fork children, each told on a line where to die and its folder.")
@click.option("--child", "folder", type=click.Path(path_type=Path), help="Be the child: do the operation.")
def main(only: str | None, folder: Path | None, *, nursery: bool, strace: bool) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if folder is not None and only is not None:
        asyncio.run(child(folder, only, 0))
        return
    if nursery and only is not None:
        _forks(only)
        return
    if strace and (reason := why_not()):
        click.echo(f"Nothing was killed: {reason}.")
        return
    bad = 0
    for outcome in everything(only, strace=strace):
        click.echo(str(outcome))
        for problem in outcome.bad[:5]:
            click.echo(f"  {problem}")
        bad += len(outcome.bad)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
