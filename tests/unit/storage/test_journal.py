"""The file of commits: what it looks like, what damage it survives, and that a refused write leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from bot.model.errors import StoreLocked, StoreUnavailable
from storage.journal import FORMAT, Journal, Operation, encode
from storage.tables import Drop, Put
from storage.tiny import JournalStorage, TinyTables
from tests.load.kill import ROOT, kill_often

COMMITS: Final[tuple[list[Operation], ...]] = (
    [["tickets", "1", {"question": "وين الباص؟"}], ["entries", "a", {"text": "one"}]],
    [["entries", "b", {"text": "two\n"}]],
    [["entries", "a", None], ["settings", "k", {"value": "Xe buýt"}]],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "store"
    place.mkdir()
    return place


def write(folder: Path, *commits: list[Operation]) -> bytes:
    """The file after these commits."""
    journal = Journal(folder)
    list(journal.replay())
    for commit in commits:
        journal.append([encode(commit)])
    journal.close()
    return (folder / "desk.journal").read_bytes()


def read(folder: Path) -> list[Operation]:
    journal = Journal(folder)
    try:
        return list(journal.replay())
    finally:
        journal.close()


def flat(*commits: list[Operation]) -> list[Operation]:
    return [operation for commit in commits for operation in commit]


# -------------------------------------------------------------------- the file


def test_file_is_a_format_line_and_a_checked_line_for_each_commit(folder: Path) -> None:
    texts = ['[["settings","k",{"value":"é"}],["entries","a",{}]]'.encode(), b'[["settings","k",null]]']

    file = write(folder, [["settings", "k", {"value": "é"}], ["entries", "a", {}]], [["settings", "k", None]])

    checked = [b"%08x %b\n" % (zlib.crc32(text), text) for text in texts]
    assert file == b"".join([b"desk-journal 1\n", *checked])


def test_file_is_read_by_nobody_else(folder: Path) -> None:
    write(folder, *COMMITS)
    assert _mode(folder) == 0o600

    storage = JournalStorage(folder)
    storage.compact()
    storage.close()

    assert _mode(folder) == 0o600


def _mode(folder: Path) -> int:
    return stat.S_IMODE((folder / "desk.journal").stat().st_mode)


# -------------------------------------------------------------------- damage


def test_last_commit_torn_at_any_byte_leaves_those_before(folder: Path) -> None:
    before = len(write(folder, *COMMITS[:2]))
    whole = write(folder, COMMITS[2])

    for length in range(before, len(whole)):
        (folder / "desk.journal").write_bytes(whole[:length])
        assert read(folder) == flat(*COMMITS[:2]), length
        assert (folder / "desk.journal").stat().st_size == before

    write(folder, COMMITS[2])
    assert read(folder) == flat(*COMMITS)


@pytest.mark.parametrize("tail", [bytes(4096), b"\n", b"\xff" * 700, b'00000000 [["tickets","1",null]]\n'])
def test_tail_that_a_power_cut_left_is_cut_off(folder: Path, tail: bytes) -> None:
    whole = write(folder, *COMMITS)
    (folder / "desk.journal").write_bytes(whole + tail)

    with capture_logs() as logs:
        assert read(folder) == flat(*COMMITS)

    assert [line["event"] for line in logs] == ["journal_torn_tail_cut"]
    assert (folder / "desk.journal").read_bytes() == whole


def test_first_line_torn_at_any_byte_begins_afresh(folder: Path) -> None:
    for length in range(len(FORMAT)):
        (folder / "desk.journal").write_bytes(FORMAT[:length])
        assert read(folder) == []
        assert (folder / "desk.journal").read_bytes() == FORMAT


def test_any_changed_byte_in_the_middle_is_reported_and_the_rest_is_used(folder: Path) -> None:
    first = len(write(folder, COMMITS[0]))
    second = len(write(folder, COMMITS[1]))
    whole = write(folder, COMMITS[2])

    for place in range(first, second - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (folder / "desk.journal").write_bytes(damaged)
        with capture_logs() as logs:
            assert read(folder) == flat(COMMITS[0], COMMITS[2]), place
        assert [(line["event"], line["line"], line["offset"]) for line in logs] == [
            ("journal_line_unreadable", 3, first)
        ]
        assert (folder / "desk.journal").read_bytes() == damaged


@pytest.mark.parametrize("head", [b"desk-journal 2\n", b'{"_default": {}}', b"SQLite format 3\0", b"desk-journal 1 \n"])
def test_foreign_file_is_refused_with_a_sentence_and_left_alone(folder: Path, head: bytes) -> None:
    (folder / "desk.journal").write_bytes(head)

    for _ in range(2):  # also the lock is given back
        with pytest.raises(StoreUnavailable, match=r"desk\.journal is not a journal that this version reads"):
            JournalStorage(folder)

    assert (folder / "desk.journal").read_bytes() == head


# -------------------------------------------------------------------- one at a time


def test_second_opener_is_refused_and_told_who_has_it(folder: Path) -> None:
    first = Journal(folder)

    with pytest.raises(StoreLocked, match=rf"store/ is open in another process \(number {os.getpid()}\)"):
        Journal(folder)

    first.close()
    Journal(folder).close()


def test_opener_in_another_process_is_refused(folder: Path) -> None:
    first = Journal(folder)
    code = "import sys; from pathlib import Path; from storage.journal import Journal; Journal(Path(sys.argv[1]))"

    second = _python(code, str(folder))

    first.close()
    assert second.returncode == 1
    assert f"StoreLocked: the store in store/ is open in another process (number {os.getpid()})" in second.stderr
    assert _python(code, str(folder)).returncode == 0


def _python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603


@pytest.mark.process
def test_killed_writer_loses_no_commit_that_returned(tmp_path: Path) -> None:
    outcome = kill_often(tmp_path, 10, seed=2)

    assert outcome.good, str(outcome)
    assert outcome.confirmed > 0


# -------------------------------------------------------------------- a full disk


def _nothing_fits(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _a_part_fits() -> Callable[[int, Any, int], int]:
    """The disk takes ten bytes, and then no more."""
    room, pwrite = 10, os.pwrite

    def write(descriptor: int, block: Any, at: int) -> int:
        nonlocal room
        if not room:
            return _nothing_fits()
        taken = pwrite(descriptor, bytes(block)[:room], at)
        room -= taken
        return taken

    return write


FAULTS: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "nothing fits": lambda patch: patch.setattr(os, "pwrite", _nothing_fits),
    "a part fits": lambda patch: patch.setattr(os, "pwrite", _a_part_fits()),
    "not synced": lambda patch: patch.setattr(os, "fdatasync", _nothing_fits),
}


@pytest.fixture(params=FAULTS)
def full_disk(request: pytest.FixtureRequest) -> Callable[[pytest.MonkeyPatch], None]:
    return FAULTS[request.param]


async def test_full_disk_confirms_nothing_and_needs_no_repair(
    folder: Path, full_disk: Callable[[pytest.MonkeyPatch], None]
) -> None:
    tables = TinyTables(folder)
    await tables.commit([Put("settings", "a", {"value": "1"})])
    before = (folder / "desk.journal").read_bytes()
    called: list[str] = []

    with pytest.MonkeyPatch.context() as patch:
        full_disk(patch)
        for value in ("2", "3"):
            with pytest.raises(StoreUnavailable, match="No space left on device"):
                await tables.commit([Put("settings", "a", {"value": value})], lambda: called.append("then"))
            assert (tables.get("settings", "a"), called) == ({"value": "1"}, [])

    assert (folder / "desk.journal").read_bytes() == before
    await tables.commit([Put("settings", "b", {"value": "4"})])
    await tables.close()
    assert _settings(folder) == {"a": {"value": "1"}, "b": {"value": "4"}}


async def test_refused_write_that_cannot_be_cut_off_is_cut_off_before_the_next(
    folder: Path, full_disk: Callable[[pytest.MonkeyPatch], None]
) -> None:
    tables = TinyTables(folder)
    with pytest.MonkeyPatch.context() as patch:
        full_disk(patch)
        patch.setattr(os, "ftruncate", _nothing_fits)
        with pytest.raises(StoreUnavailable):
            await tables.commit([Put("settings", "lost", {"value": "x" * 100})])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "ftruncate", _nothing_fits)
        if (folder / "desk.journal").read_bytes() != FORMAT:
            with pytest.raises(StoreUnavailable):
                await tables.commit([Put("settings", "lost too", {"value": "x"})])

    await tables.commit([Put("settings", "kept", {"value": "y"})])
    await tables.close()

    with capture_logs() as logs:
        kept = _settings(folder)
    assert (set(kept) - {"lost too"}, logs) == ({"kept"}, [])


async def test_everybody_who_shares_a_refused_sync_is_told(folder: Path) -> None:
    tables = TinyTables(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fdatasync", _nothing_fits)
        outcomes = await asyncio.gather(
            *(tables.commit([Put("settings", f"{number}", {"value": ""})]) for number in range(20)),
            return_exceptions=True,
        )
    await tables.close()

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 20
    assert _settings(folder) == {}


LIMITED: Final = """
import resource, sys, signal
from pathlib import Path
from bot.model.errors import StoreUnavailable
from storage.tiny import JournalStorage
def room(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
room(100_000)
storage, confirmed, refused = JournalStorage(sys.argv[1]), 0, 0
while refused < 3:
    try:
        storage.commit([["settings", f"{confirmed}", {"value": "x" * 3_000}]])
        confirmed += 1
    except StoreUnavailable:
        refused += 1
room(resource.RLIM_INFINITY)
storage.commit([["settings", f"{confirmed}", {"value": "y"}]])
storage.close()
room(0)
storage = JournalStorage(sys.argv[1])
print(confirmed + 1, len(storage.tables["settings"]))
"""


def test_kernel_that_refuses_to_grow_the_file_is_a_full_disk_too(folder: Path) -> None:
    child = _python(LIMITED, str(folder))  # the limit on file sizes gives real short writes and real refusals

    assert child.stderr == ""
    confirmed, found = map(int, child.stdout.split())
    assert confirmed == found > 10
    assert len(_settings(folder)) == confirmed


async def test_commit_after_closing_is_refused(folder: Path) -> None:
    tables = TinyTables(folder)
    await tables.close()

    with pytest.raises(StoreUnavailable):
        await tables.commit([Put("settings", "a", {"value": "1"})])


def _settings(folder: Path) -> dict[str, Any]:
    storage = JournalStorage(folder)
    storage.close()
    return storage.tables.get("settings", {})


# -------------------------------------------------------------------- compaction


def _worn(folder: Path) -> dict[str, dict[str, Any]]:
    """A store with a past; what it holds now."""
    storage = JournalStorage(folder)
    for number in range(30):
        storage.commit([["settings", f"{number % 5}", {"value": f"{number} là số"}], ["entries", f"{number}", {}]])
    storage.commit([["entries", f"{number}", None] for number in range(28)])
    storage.close()
    return storage.tables


def test_compaction_keeps_what_is_there_and_nothing_else(folder: Path) -> None:
    tables = _worn(folder)
    before = (folder / "desk.journal").stat().st_size

    storage = JournalStorage(folder)
    storage.compact()
    storage.commit([["settings", "after", {"value": "it"}]])
    storage.close()

    tables["settings"]["after"] = {"value": "it"}
    assert _reopened(folder) == tables
    assert (folder / "desk.journal").stat().st_size < before / 4
    assert sorted(path.name for path in folder.iterdir()) == ["desk.journal", "desk.lock"]


def test_kill_between_any_two_steps_of_compaction_leaves_the_old_or_the_new(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    storage = JournalStorage(folder)
    left = tmp_path / "left"

    for module, name in ((os, "fsync"), (os, "fchmod"), (Path, "replace"), (os, "dup"), (os, "close")):
        monkeypatch.setattr(module, name, _leaving_copies(getattr(module, name), folder, left))
    storage.compact()
    monkeypatch.undo()
    storage.close()

    copies = sorted(left.iterdir())
    assert len(copies) >= 10
    sizes = {(copy / "desk.journal").stat().st_size for copy in copies}
    assert len(sizes) == 2
    for copy in copies:
        assert _reopened(copy) == tables, copy.name


def _leaving_copies(step: Callable[..., Any], folder: Path, left: Path) -> Callable[..., Any]:
    """The step, with a copy of the folder as a kill before and after it would leave it."""

    def keep(moment: str) -> None:
        left.mkdir(exist_ok=True)
        copy = left / f"{len(list(left.iterdir())):02d}-{moment}"
        copy.mkdir()
        for path in folder.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())

    def copied(*arguments: Any) -> Any:
        keep("before")
        done = step(*arguments)
        keep("after")
        return done

    return copied


@pytest.mark.parametrize("step", ["fsync", "dup"])
def test_compaction_on_a_full_disk_leaves_the_old_journal_in_use(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    storage = JournalStorage(folder)
    monkeypatch.setattr(os, step, _nothing_fits)

    with pytest.raises(StoreUnavailable):
        storage.compact()

    monkeypatch.undo()
    assert sorted(path.name for path in folder.iterdir()) == ["desk.journal", "desk.lock"]
    storage.commit([["settings", "after", {"value": "it"}]])
    storage.close()
    tables["settings"]["after"] = {"value": "it"}
    assert _reopened(folder) == tables


def test_long_journal_is_compacted_when_it_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = _worn(folder)
    size = (folder / "desk.journal").stat().st_size
    monkeypatch.setattr("storage.tiny.COMPACT_FROM", 100)

    assert _reopened(folder) == tables

    assert (folder / "desk.journal").stat().st_size < size / 4


def test_full_disk_does_not_keep_a_long_journal_from_being_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _worn(folder)
    monkeypatch.setattr("storage.tiny.COMPACT_FROM", 100)
    monkeypatch.setattr("storage.journal._write_fresh", _nothing_fits)

    assert _reopened(folder) == tables


async def test_commits_during_scrubbing_are_kept(folder: Path) -> None:
    tables = TinyTables(folder)
    await tables.commit([Put("entries", "gone", {"text": "Zanzibar"})])
    await tables.commit([Drop("entries", "gone")])

    await asyncio.gather(
        *(tables.commit([Put("settings", f"a{number}", {"value": ""})]) for number in range(5)),
        tables.scrub(),
        *(tables.commit([Put("settings", f"b{number}", {"value": ""})]) for number in range(5)),
        tables.scrub(),
    )

    assert b"Zanzibar" not in (folder / "desk.journal").read_bytes()
    await tables.close()
    assert len(_settings(folder)) == 10


def _reopened(folder: Path) -> dict[str, dict[str, Any]]:
    storage = JournalStorage(folder)
    storage.close()
    return storage.tables
