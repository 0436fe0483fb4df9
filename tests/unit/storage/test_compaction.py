"""The journal is rewritten while it is in use: nothing is lost at any point, and nothing removed stays."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.model.errors import StoreUnavailable
from storage.crypt import Key
from storage.group import TinyTables
from storage.tables import Drop, Put
from storage.tiny import JournalStorage
from tests.unit.storage.folders import KEY, broken, kept, nothing_fits, settings_in, value


def _worn(folder: Path) -> dict[str, dict[str, Any]]:
    """A store with a past; what it holds now."""
    storage = JournalStorage(folder)
    for number in range(30):
        storage.commit([Put("settings", f"{number % 5}", value(f"{number} là số")), Put("entries", f"{number}", b"{}")])
    storage.commit([Drop("entries", f"{number}") for number in range(28)])
    storage.close()
    return kept(folder)


def test_compaction_keeps_what_is_there_and_nothing_else(folder: Path) -> None:
    tables = _worn(folder)
    before = (folder / "desk.journal").stat().st_size

    storage = JournalStorage(folder)
    storage.compact()
    storage.commit([Put("settings", "after", value("it"))])
    storage.close()

    tables["settings"]["after"] = {"value": "it"}
    assert kept(folder) == tables
    assert (folder / "desk.journal").stat().st_size < before / 4
    assert sorted(path.name for path in folder.iterdir()) == ["desk.journal", "desk.lock"]


def test_kill_between_any_two_steps_of_compaction_leaves_the_old_or_the_new(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    storage = JournalStorage(folder)
    left = tmp_path / "left"

    for module, name in (
        (os, "fsync"), (os, "fdatasync"), (os, "pwrite"), (os, "fchmod"), (Path, "replace"), (os, "close"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, _leaving_copies(getattr(module, name), folder, left))
    storage.compact()
    monkeypatch.undo()
    storage.close()

    copies = sorted(left.iterdir())
    assert len(copies) >= 10
    sizes = {(copy / "desk.journal").stat().st_size for copy in copies}
    assert len(sizes) == 2
    for copy in copies:
        assert kept(copy) == tables, copy.name


def _leaving_copies(step: Callable[..., Any], folder: Path, left: Path) -> Callable[..., Any]:
    """The step, with a copy of the folder as a kill before and after it would leave it."""
    busy = False

    def keep(moment: str) -> None:
        left.mkdir(exist_ok=True)
        copy = left / f"{len(list(left.iterdir())):02d}-{moment}"
        copy.mkdir()
        for path in folder.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())

    def copied(*arguments: Any) -> Any:
        nonlocal busy
        if busy:
            return step(*arguments)
        busy = True
        try:
            keep("before")
            done = step(*arguments)
            keep("after")
        finally:
            busy = False
        return done

    return copied


@pytest.mark.parametrize("step", ["fdatasync", "pwrite", "fchmod", "replace"])
def test_compaction_on_a_full_disk_leaves_the_old_journal_in_use(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    storage = JournalStorage(folder)
    monkeypatch.setattr(os, step, nothing_fits)

    with pytest.raises(StoreUnavailable):
        storage.compact()

    monkeypatch.undo()
    assert sorted(path.name for path in folder.iterdir()) == ["desk.journal", "desk.lock"]
    storage.commit([Put("settings", "after", value("it"))])
    storage.close()
    tables["settings"]["after"] = {"value": "it"}
    assert kept(folder) == tables


def test_nothing_is_confirmed_in_a_fresh_journal_whose_name_a_power_cut_may_take(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    storage = JournalStorage(folder)
    monkeypatch.setattr("storage.journal.sync_folder", broken)
    with pytest.raises(StoreUnavailable):
        storage.compact()

    with pytest.raises(StoreUnavailable):
        storage.commit([Put("settings", "too early", value("it"))])

    monkeypatch.undo()
    synced: list[Path] = []
    monkeypatch.setattr("storage.journal.sync_folder", synced.append)
    for name in ("after", "again"):
        storage.commit([Put("settings", name, value("it"))])
        tables["settings"][name] = {"value": "it"}
    assert synced == [folder]
    monkeypatch.undo()
    storage.close()
    assert kept(folder) == tables


def test_long_journal_is_compacted_when_it_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = _worn(folder)
    size = (folder / "desk.journal").stat().st_size
    monkeypatch.setattr("storage.tiny.COMPACT_FROM", 100)

    assert kept(folder) == tables

    assert (folder / "desk.journal").stat().st_size < size / 3


def test_full_disk_does_not_keep_a_long_journal_from_being_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    monkeypatch.setattr("storage.tiny.COMPACT_FROM", 100)
    monkeypatch.setattr("storage.journal.Fresh", nothing_fits)

    assert kept(folder) == tables


# -------------------------------------------------------------------- while it is in use


@pytest.mark.parametrize("key", [None, KEY])
async def test_commits_during_scrubbing_are_kept(folder: Path, key: Key | None) -> None:
    tables = TinyTables(folder, key)
    await tables.commit([Put("entries", "gone", value("Zanzibar"))])
    await tables.commit([Drop("entries", "gone")])

    await asyncio.gather(
        *(tables.commit([Put("settings", f"a{number}", value(""))]) for number in range(5)),
        tables.scrub(),
        *(tables.commit([Put("settings", f"b{number}", value(""))]) for number in range(5)),
        tables.scrub(),
    )

    assert b"Zanzibar" not in (folder / "desk.journal").read_bytes()
    await tables.close()
    assert len(kept(folder, key)["settings"]) == 10


async def test_journal_that_wears_out_while_it_is_used_is_rewritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.tiny.COMPACT_FROM", 10_000)
    tables = TinyTables(folder)

    for number in range(400):
        await tables.commit([Put("settings", f"{number % 7}", value("x" * 200 + str(number)))])
    await tables.close()

    assert (folder / "desk.journal").stat().st_size < 40_000
    assert settings_in(folder) == {f"{n % 7}": {"value": "x" * 200 + str(n)} for n in range(393, 400)}


async def test_what_was_removed_before_a_compaction_in_progress_ended_is_gone_when_the_scrub_returns(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = TinyTables(folder)
    await tables.commit([Put("entries", "gone", value("Zanzibar"))])
    monkeypatch.setattr("storage.fresh._CHUNK", 1)
    monkeypatch.setattr("storage.fresh._BREATH", 0.05)
    first = asyncio.create_task(tables.scrub())
    await asyncio.sleep(0.02)  # the word is being copied
    await tables.commit([Drop("entries", "gone")])

    await asyncio.gather(first, tables.scrub())

    assert _files_with(folder, b"Zanzibar") == []
    await tables.close()


async def test_scrub_removes_damaged_copies_too(folder: Path) -> None:
    tables = TinyTables(folder)
    await tables.commit([Put("entries", "gone", value("Zanzibar"))])
    await tables.commit([Put("entries", "kept", value("Hanoi"))])
    await tables.close()
    file = folder / "desk.journal"
    text = bytearray(file.read_bytes())
    text[text.index(b"value")] ^= 1
    file.write_bytes(text)

    tables = TinyTables(folder)
    assert len(tables.damage) == 1
    await tables.scrub()

    assert tables.damage == ()
    assert _files_with(folder, b"Zanzibar") == []
    await tables.close()


async def test_turns_go_on_while_a_large_store_is_rewritten(folder: Path) -> None:
    tables = TinyTables(folder)
    for start in range(0, 60_000, 6_000):
        await tables.commit([Put("entries", f"{n}", value("x" * 200)) for n in range(start, start + 6_000)])
    scrub, took, first = asyncio.create_task(tables.scrub()), list[float](), time.perf_counter()
    while not scrub.done():
        began = time.perf_counter()
        await tables.commit([Put("settings", f"{len(took)}", value("1"))])
        took.append(time.perf_counter() - began)
    await scrub
    whole = time.perf_counter() - first
    await tables.close()

    assert len(took) > 3
    assert statistics.median(took) < whole / 4  # a share, for other work on the machine makes both longer
    assert len(settings_in(folder)) == len(took)


def _files_with(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if word in path.read_bytes()]
