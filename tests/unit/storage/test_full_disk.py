"""A disk that refuses or does not answer: nothing is confirmed that is not there, and no repair is needed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from bot.model.errors import StoreUnavailable
from bot.model.messages import Entry, InboundId
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.tables import Put
from tests.contract.world import AMINA, BINH, NOON, WINDOW, entry
from tests.load.kill import ROOT
from tests.patience import PATIENCE
from tests.unit.storage.folders import frames_in, nothing_fits, settings_in, value


async def test_refusing_disk_confirms_nothing_and_needs_no_repair(
    folder: Path, refusing_disk: Callable[[pytest.MonkeyPatch], None]
) -> None:
    tables = TinyTables(folder)
    await tables.commit([Put("settings", "a", value("1"))])
    before = frames_in(folder)
    called: list[str] = []

    with pytest.MonkeyPatch.context() as patch:
        refusing_disk(patch)
        for written in ("2", "3"):
            with pytest.raises(StoreUnavailable, match="the disk refused to store"):
                await tables.commit([Put("settings", "a", value(written))], lambda: called.append("then"))
            assert (tables.get("settings", "a"), called) == (value("1"), [])

    assert frames_in(folder) == before
    await tables.commit([Put("settings", "b", value("4"))])
    await tables.close()
    assert settings_in(folder) == {"a": {"value": "1"}, "b": {"value": "4"}}


async def test_refused_write_that_cannot_be_cut_off_is_cut_off_before_the_next(
    folder: Path, refusing_disk: Callable[[pytest.MonkeyPatch], None]
) -> None:
    tables = TinyTables(folder)
    empty = (folder / "desk.journal").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        refusing_disk(patch)
        patch.setattr(os, "ftruncate", nothing_fits)
        with pytest.raises(StoreUnavailable):
            await tables.commit([Put("settings", "lost", value("x" * 100))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "ftruncate", nothing_fits)
        if (folder / "desk.journal").read_bytes() != empty:
            with pytest.raises(StoreUnavailable):
                await tables.commit([Put("settings", "lost too", value("x"))])

    await tables.commit([Put("settings", "kept", value("y"))])
    await tables.close()

    with capture_logs() as logs:
        kept = settings_in(folder)
    assert (set(kept) - {"lost too"}, logs) == ({"kept"}, [])


async def test_everybody_who_shares_a_refused_sync_is_told(folder: Path) -> None:
    tables = TinyTables(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdatasync", nothing_fits)
        outcomes = await asyncio.gather(
            *(tables.commit([Put("settings", f"{number}", value(""))]) for number in range(20)),
            return_exceptions=True,
        )
    await tables.close()

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 20
    assert settings_in(folder) == {}


LIMITED: Final = """
import resource, sys, signal
from pathlib import Path
from bot.model.errors import StoreUnavailable
from storage.tables import Put
from storage.tiny import JournalStorage
def room(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
room(100_000)
storage, confirmed, refused = JournalStorage(sys.argv[1]), 0, 0
while refused < 3:
    try:
        storage.commit([Put("settings", f"{confirmed}", b'{"value":"%b"}' % (b"x" * 3_000))])
        confirmed += 1
    except StoreUnavailable:
        refused += 1
room(resource.RLIM_INFINITY)
storage.commit([Put("settings", f"{confirmed}", b'{"value":"y"}')])
storage.close()
room(0)
storage = JournalStorage(sys.argv[1])
print(confirmed + 1, len(storage.tables["settings"]))
"""


def test_kernel_that_refuses_to_grow_the_file_is_a_full_disk_too(folder: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(folder)]  # the limit gives real short writes and real refusals
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603

    assert child.stderr == ""
    confirmed, found = map(int, child.stdout.split())
    assert confirmed == found > 10
    assert len(settings_in(folder)) == confirmed


async def test_commit_after_closing_is_refused(folder: Path) -> None:
    tables = TinyTables(folder)
    await tables.close()

    with pytest.raises(StoreUnavailable):
        await tables.commit([Put("settings", "a", value("1"))])


# -------------------------------------------------------------------- a disk that does not answer


class Stuck:
    """Syncs hang until they are let go; then they work, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> None:
        self._go, self._sync, self._fails = threading.Event(), os.fdatasync, fails
        self.hanging = threading.Event()
        monkeypatch.setattr(os, "fdatasync", self.sync)
        monkeypatch.setattr("storage.group.PATIENCE", 0.2)

    def sync(self, descriptor: int) -> None:
        self.hanging.set()
        self._go.wait(10)
        if self._fails:
            nothing_fits()
        self._sync(descriptor)

    def let_go(self) -> None:
        self._go.set()


async def _receive(store: DocumentStore, number: str = "u1") -> Entry | None:
    async with store.transaction(AMINA.delegate) as turn:
        if await turn.known(InboundId(number), now=NOON, until=NOON + WINDOW):
            return None
        return await turn.append(entry(AMINA))


@pytest.fixture
async def tables(folder: Path) -> Any:
    tables = TinyTables(folder)
    yield tables
    await tables.close()


async def test_turn_on_a_stuck_disk_fails_in_time_and_is_known_when_it_was_written_later(
    tables: TinyTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, disk = DocumentStore(tables), Stuck(monkeypatch)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await _receive(store)
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await _receive(store)  # the repeat may not be taken for a new one while nobody knows
        with pytest.raises(StoreUnavailable, match="does not answer"):
            async with store.transaction(BINH.delegate) as turn:
                await turn.append(entry(BINH))
        assert await store.entries(AMINA.delegate) == []

        monkeypatch.setattr("storage.group.PATIENCE", PATIENCE)  # the real disk may be busy, too
        again = asyncio.create_task(_receive(store))
        await asyncio.sleep(0.05)
        disk.let_go()

        assert await again is None
        assert [line.seq for line in await store.entries(AMINA.delegate)] == [1]
        assert await store.entries(BINH.delegate) == []
        assert (await _receive(store, "u2")) is not None


async def test_turn_on_a_stuck_disk_that_fails_in_the_end_counts_as_not_said(
    tables: TinyTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, disk = DocumentStore(tables), Stuck(monkeypatch, fails=True)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await _receive(store)
        disk.let_go()
        await tables.settled()
        monkeypatch.undo()

        assert await store.entries(AMINA.delegate) == []
        assert (await _receive(store)) is not None


async def test_what_waits_behind_a_stuck_write_is_never_written_after_its_caller_was_told(
    tables: TinyTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Stuck(monkeypatch)
    first = asyncio.create_task(tables.commit([Put("settings", "first", value("1"))]))
    assert await asyncio.to_thread(disk.hanging.wait, PATIENCE)
    second = asyncio.create_task(tables.commit([Put("settings", "second", value("2"))]))
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 2

    disk.let_go()
    await tables.settled()
    monkeypatch.setattr("storage.group.PATIENCE", PATIENCE)
    await tables.commit([Put("settings", "third", value("3"))])

    assert [key for key, _ in tables.items("settings")] == ["first", "third"]


async def test_closing_does_not_wait_for_ever_for_a_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables, disk = TinyTables(folder), Stuck(monkeypatch)
    monkeypatch.setattr("storage.group._LAST_WRITES", 0.1)
    write = asyncio.create_task(tables.commit([Put("settings", "a", value("1"))]))
    await asyncio.sleep(0.05)

    async with asyncio.timeout(PATIENCE):
        await tables.close()
        with pytest.raises(StoreUnavailable):
            await write
    disk.let_go()
    assert tables._hands.close(5)
    tables.db.close()


# -------------------------------------------------------------------- a real full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte; only where this user may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = _system("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place))
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    assert _system("umount", str(place)).returncode == 0


def _system(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 -- fixed words


async def test_really_full_disk_keeps_what_was_confirmed_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(500_000))
    tables, confirmed, refused = TinyTables(small_disk / "store"), 0, 0
    while refused < 3:
        try:
            await tables.commit([Put("settings", f"{confirmed}", value("x" * 20_000))])
            confirmed += 1
        except StoreUnavailable:
            refused += 1
    assert confirmed > 5

    filler.unlink()
    await tables.commit([Put("settings", f"{confirmed}", value("y"))])
    await tables.close()

    assert len(settings_in(small_disk / "store")) == confirmed + 1
