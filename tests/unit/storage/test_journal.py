"""The file of commits: what it looks like, who reads it, what a power cut or rot leaves of it."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.model.errors import SettingsError, StoreLocked, StoreUnavailable
from storage.crypt import Key
from storage.frames import FRAME_SIZE, HEAD_SIZE, MARK
from storage.journal import Journal
from storage.tiny import JournalStorage
from tests.load.kill import ROOT, kill_often
from tests.unit.storage.folders import COMMITS, KEY, flat, kept, read, write

JOURNALS = Path(__file__).parent / "journals"


# -------------------------------------------------------------------- the file


def test_file_is_a_doubled_head_and_a_checked_frame_for_each_commit(folder: Path) -> None:
    file = write(folder, COMMITS[1], closing=False)

    head = file[: HEAD_SIZE // 2]
    assert file[:HEAD_SIZE] == head * 2
    assert (head[:15], head[15]) == (b"desk-journal 2\n", 0)
    assert struct.unpack("<I", head[-4:])[0] == zlib.crc32(head[:-4])
    document = b'{"text":"two"}'
    body = struct.pack("<BIi", 7, 1, len(document)) + b"entries" + b"b" + document
    behind = struct.pack("<IQ", len(body), HEAD_SIZE) + body
    seed = (zlib.crc32(head[16:32]) + HEAD_SIZE) & 0xFFFFFFFF
    assert file[HEAD_SIZE:] == b"\xff\xfeDJ" + struct.pack("<I", zlib.crc32(behind, seed)) + behind


def test_closed_journal_ends_with_a_frame_that_says_all_of_it_is_synced(folder: Path) -> None:
    killed = write(folder, COMMITS[0], closing=False)
    closed = write(folder)

    mark, _, length, synced = struct.unpack_from("<4sIIQ", closed, len(killed))
    assert (mark, length, synced) == (MARK, 0, len(killed))
    assert len(closed) == len(killed) + FRAME_SIZE
    assert write(folder) == closed


@pytest.mark.parametrize("key", [None, KEY])
def test_what_was_committed_is_read(folder: Path, key: Key | None) -> None:
    write(folder, *COMMITS[:2], key=key)
    write(folder, COMMITS[2], key=key)

    assert read(folder, key) == flat(*COMMITS)


def test_file_is_read_by_nobody_else(folder: Path) -> None:
    write(folder, *COMMITS)
    assert _mode(folder) == 0o600

    storage = JournalStorage(folder)
    storage.compact()
    storage.close()

    assert _mode(folder) == 0o600


def _mode(folder: Path) -> int:
    return stat.S_IMODE((folder / "desk.journal").stat().st_mode)


# -------------------------------------------------------------------- a torn end


@pytest.mark.parametrize("key", [None, KEY])
def test_last_commit_torn_at_any_byte_leaves_those_before(folder: Path, key: Key | None) -> None:
    before = len(write(folder, *COMMITS[:2], key=key, closing=False))
    whole = write(folder, COMMITS[2], key=key, closing=False)
    before = whole.index(MARK, before + 1) if whole[before : before + 4] == MARK else before

    for length in range(before + 1, len(whole)):
        (folder / "desk.journal").write_bytes(whole[:length])
        with capture_logs() as logs:
            assert read(folder, key) == flat(*COMMITS[:2]), length
        assert [line["event"] for line in logs] == ["journal_torn_tail_cut"]

    write(folder, COMMITS[2], key=key)
    assert read(folder, key) == flat(*COMMITS)


@pytest.mark.parametrize("tail", [bytes(4096), b"\n", b"\xff" * 700, MARK + bytes(90)])
def test_tail_that_a_power_cut_left_is_cut_off(folder: Path, tail: bytes) -> None:
    whole = write(folder, *COMMITS)
    (folder / "desk.journal").write_bytes(whole + tail)

    with capture_logs() as logs:
        assert read(folder) == flat(*COMMITS)

    assert [(line["event"], line["offset"]) for line in logs] == [("journal_torn_tail_cut", len(whole))]
    assert (folder / "desk.journal").read_bytes() == whole


def test_what_depends_on_a_lost_write_of_the_same_sync_is_cut_with_it(folder: Path) -> None:
    from storage.frames import pack  # noqa: PLC0415 -- beside its only use
    from tests.unit.storage.folders import writes  # noqa: PLC0415 -- beside its only use

    journal = Journal(folder)
    list(journal.replay())
    journal.append([pack(writes(commit)) for commit in COMMITS])
    whole = bytearray((folder / "desk.journal").read_bytes())
    journal.close()
    second = whole.index(MARK, whole.index(MARK) + 1)
    whole[second + 5] ^= 0xFF  # the sector was not written, that of the third commit was
    (folder / "desk.journal").write_bytes(whole)

    with capture_logs() as logs:
        assert read(folder) == flat(COMMITS[0])

    assert [(line["event"], line["offset"]) for line in logs] == [("journal_torn_tail_cut", second)]


def test_file_that_got_no_bytes_begins_afresh(folder: Path) -> None:
    for left in (b"", b"desk-jour", b"desk-journal 1"):
        (folder / "desk.journal").write_bytes(left)
        assert read(folder) == []
        assert len((folder / "desk.journal").read_bytes()) == HEAD_SIZE


# -------------------------------------------------------------------- rot


@pytest.mark.parametrize("key", [None, KEY])
def test_any_changed_byte_is_reported_with_its_place_and_the_rest_is_served(folder: Path, key: Key | None) -> None:
    first = len(write(folder, COMMITS[0], key=key))
    second = len(write(folder, COMMITS[1], key=key))
    whole = write(folder, COMMITS[2], key=key)

    for place in range(first, second - FRAME_SIZE - 28 * (key is not None)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (folder / "desk.journal").write_bytes(damaged)
        journal = Journal(folder, key)
        with capture_logs() as logs:
            assert list(journal.replay()) == flat(COMMITS[0], COMMITS[2]), place
        assert [(found.file, found.offset) for found in journal.damage] == [("desk.journal", first)]
        assert [(line["event"], line["offset"]) for line in logs] == [("journal_damaged", first)]
        journal.close()
        assert (folder / "desk.journal").read_bytes() == damaged


def test_changed_byte_in_the_last_commit_is_told_from_a_torn_end(folder: Path) -> None:
    first = len(write(folder, COMMITS[0]))
    whole = bytearray(write(folder, COMMITS[1]))
    whole[first + FRAME_SIZE + 12] ^= 1
    (folder / "desk.journal").write_bytes(whole)

    journal = Journal(folder)
    assert list(journal.replay()) == flat(COMMITS[0])
    assert [(place.offset, place.length) for place in journal.damage] == [(first, len(whole) - FRAME_SIZE - first)]
    journal.close()


@pytest.mark.parametrize("place", [3, 20, 50, HEAD_SIZE // 2 + 3])
def test_changed_byte_in_the_head_costs_nothing_and_is_reported(folder: Path, place: int) -> None:
    whole = bytearray(write(folder, *COMMITS))
    whole[place] ^= 0xFF
    (folder / "desk.journal").write_bytes(whole)

    journal = Journal(folder)
    assert list(journal.replay()) == flat(*COMMITS)
    assert [found.offset for found in journal.damage] == [HEAD_SIZE // 2 * (place > HEAD_SIZE // 2)]
    journal.close()


def test_lost_sector_costs_the_commits_in_it(folder: Path) -> None:
    for number in range(40):
        write(folder, [("entries", f"{number}", b'{"n":%d}' % number)])
    whole = (folder / "desk.journal").read_bytes()
    (folder / "desk.journal").write_bytes(whole[:1024] + bytes(512) + whole[1536:])

    journal = Journal(folder)
    found = [key for _, key, _ in journal.replay()]
    [place] = journal.damage
    journal.close()

    lost = sorted(set(map(str, range(40))) - set(found), key=int)
    assert 5 < len(lost) < 15
    assert found == [str(number) for number in range(40) if str(number) not in lost]
    assert place.offset <= 1024
    assert place.offset + place.length >= 1536


@pytest.mark.parametrize("key", [None, KEY])
def test_damaged_file_is_kept_aside_before_it_is_replaced(folder: Path, key: Key | None) -> None:
    write(folder, COMMITS[0], key=key)
    first = len(write(folder, COMMITS[1], key=key))
    damaged = bytearray(write(folder, COMMITS[2], key=key))
    damaged[first - FRAME_SIZE - 40 - 28 * (key is not None)] ^= 1
    (folder / "desk.journal").write_bytes(damaged)

    storage = JournalStorage(folder, key)
    tables = {table: dict(rows) for table, rows in storage.tables.items()}
    storage.compact()
    assert [str(place) for place in storage.journal.damage] == [
        "desk.journal.damaged-1: a damaged journal was set aside here"
    ]
    storage.close()

    assert (folder / "desk.journal.damaged-1").read_bytes()[: len(damaged)] == damaged
    again = JournalStorage(folder, key)
    assert ({table: rows for table, rows in again.tables.items() if rows}) == {t: r for t, r in tables.items() if r}
    assert [place.file for place in again.journal.damage] == ["desk.journal.damaged-1"]
    again.journal.forget_damage()
    assert again.journal.damage == ()
    again.close()


# -------------------------------------------------------------------- versions


def test_every_earlier_format_is_read_and_rewritten(folder: Path) -> None:
    for number, fixture in enumerate(sorted(JOURNALS.glob("format-*.journal"))):
        place = folder / str(number)
        place.mkdir()
        key = KEY if "encrypted" in fixture.name else None
        (place / "desk.journal").write_bytes(fixture.read_bytes())

        tables = kept(place, key)

        assert [*tables["delegates"]] == ["telegram:101", "webchat:s-2"], fixture.name
        assert [*tables["entries"]] == [
            "telegram:101|00000001", "telegram:101|00000002", "webchat:s-2|00000001",
            "webchat:s-2|00000002", "telegram:101|00000003",
        ], fixture.name  # fmt: skip
        assert tables["entries"]["telegram:101|00000003"]["message"]["text"][0]["text"] == "half \ud83d of a pair"
        assert tables["delegates"]["webchat:s-2"]["name"] == "bình"
        assert tables["settings"]["k"] == {"value": "v", "until": "2023-11-22T12:00:00+00:00", "who": "webchat:s-2"}
        assert [*tables["outbox"]] == ["101>1", "101>2", "s-2>1", "s-2>2", "n1", "n2"]
        assert kept(place, key) == tables
        assert (place / "desk.journal").read_bytes()[:15] == b"desk-journal 2\n"


def test_earlier_format_on_a_full_disk_is_left_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = (JOURNALS / "format-1.journal").read_bytes()
    (folder / "desk.journal").write_bytes(old)
    from tests.unit.storage.folders import nothing_fits  # noqa: PLC0415 -- beside its only use

    monkeypatch.setattr(os, "pwrite", nothing_fits)
    with pytest.raises(StoreUnavailable, match="No space left"):
        JournalStorage(folder)

    monkeypatch.undo()
    assert (folder / "desk.journal").read_bytes() == old
    assert [*kept(folder)["delegates"]] == ["telegram:101", "webchat:s-2"]


def test_rotten_line_of_an_earlier_format_is_reported_and_kept_aside(folder: Path) -> None:
    old = bytearray((JOURNALS / "format-1.journal").read_bytes())
    line = old.index(b"webchat:s-2")
    old[line] ^= 1
    (folder / "desk.journal").write_bytes(old)

    storage = JournalStorage(folder)
    storage.close()

    assert (folder / "desk.journal.damaged-1").read_bytes() == old
    assert "telegram:101" in storage.tables["delegates"]


def test_newer_format_is_refused_with_a_sentence_and_left_alone(folder: Path) -> None:
    (folder / "desk.journal").write_bytes(newer := b"desk-journal 3\n" + bytes(200))

    with pytest.raises(StoreUnavailable, match=r"written by a newer version of the desk, in format 3.*up to format 2"):
        JournalStorage(folder)

    assert (folder / "desk.journal").read_bytes() == newer


@pytest.mark.parametrize("head", [b'{"_default": {}}', b"SQLite format 3\0", b"desk-journal 1 \n", b"desk-journal 2\n"])
def test_foreign_file_is_refused_with_a_sentence_and_left_alone(folder: Path, head: bytes) -> None:
    (folder / "desk.journal").write_bytes(head)

    for _ in range(2):  # also the lock is given back
        with pytest.raises(StoreUnavailable, match=r"desk\.journal is not a journal that this version reads"):
            JournalStorage(folder)

    assert (folder / "desk.journal").read_bytes() == head


# -------------------------------------------------------------------- encryption


def test_encrypted_file_shows_nothing_of_what_it_holds(folder: Path) -> None:
    file = write(folder, *COMMITS, key=KEY)

    assert not [word for word in ("الباص", "one", "entries", "settings", "Xe bu") if word.encode() in file]


@pytest.mark.parametrize("key", [None, Key(bytes(range(1, 33)))])
def test_missing_or_wrong_key_is_a_fault_of_the_settings_and_nothing_is_touched(folder: Path, key: Key | None) -> None:
    file = write(folder, *COMMITS, key=KEY)
    (folder / "desk.fresh").write_bytes(b"left by a kill")

    for _ in range(2):
        with pytest.raises(SettingsError, match="DESK_STORE_KEY"):
            JournalStorage(folder, key)

    assert (folder / "desk.journal").read_bytes() == file
    assert (folder / "desk.fresh").exists()
    assert read(folder, KEY) == flat(*COMMITS)


def test_unencrypted_journal_is_rewritten_encrypted_at_the_first_start_with_a_key(folder: Path) -> None:
    write(folder, *COMMITS)
    tables = kept(folder)

    assert kept(folder, KEY) == tables

    assert b"Xe bu" not in (folder / "desk.journal").read_bytes()
    assert kept(folder, KEY) == tables
    with pytest.raises(SettingsError):
        kept(folder)


def test_moved_frame_is_no_frame(folder: Path) -> None:
    first = len(write(folder, closing=False))
    second = len(write(folder, COMMITS[1], key=None, closing=False))
    whole = (folder / "desk.journal").read_bytes()
    (folder / "desk.journal").write_bytes(whole + whole[first:second])

    with capture_logs() as logs:
        assert read(folder) == flat(COMMITS[1])

    assert [line["event"] for line in logs] == ["journal_torn_tail_cut"]


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
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)  # noqa: S603


@pytest.mark.process
def test_killed_writer_loses_no_commit_that_returned(tmp_path: Path) -> None:
    outcome = kill_often(tmp_path, 10, seed=2)

    assert outcome.good, str(outcome)
    assert outcome.confirmed > 0
