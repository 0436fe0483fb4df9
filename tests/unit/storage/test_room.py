"""Room behind the last frame: it saves time, and nobody may take it for anything else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from storage.crypt import Key
from storage.frames import FILL, MARK, pack
from storage.journal import Journal
from storage.logcopy import LogCopy, extract, generations, points_of
from tests.unit.storage.folders import COMMITS, KEY, broken, flat, nothing_fits, read, write, writes

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def begun(folder: Path, key: Key | None = None) -> Journal:
    """A journal with one commit and room behind it."""
    journal = Journal(folder, key)
    list(journal.replay())
    journal.append([pack(writes(COMMITS[0]))])
    journal.make_room()
    return journal


def file_of(folder: Path) -> bytes:
    return (folder / "desk.journal").read_bytes()


@pytest.mark.parametrize("key", [None, KEY])
def test_frames_are_written_into_the_room_and_the_file_keeps_its_length(folder: Path, key: Key | None) -> None:
    journal = begun(folder, key)
    long = len(file_of(folder))

    journal.append([pack(writes(COMMITS[1]))])

    assert len(file_of(folder)) == long
    assert file_of(folder)[journal.size :].strip(FILL) == b""
    journal.close()
    assert read(folder, key) == flat(*COMMITS[:2])


def test_room_that_a_kill_left_is_no_torn_end_and_is_used_again(folder: Path) -> None:
    journal = begun(folder)
    killed = file_of(folder)
    journal.close()
    (folder / "desk.journal").write_bytes(killed)

    with capture_logs() as logs:
        again = Journal(folder)
        assert list(again.replay()) == flat(COMMITS[0])
    again.append([pack(writes(COMMITS[1]))])

    assert logs == []
    assert len(file_of(folder)) == len(killed)
    again.close()
    assert read(folder) == flat(*COMMITS[:2])


def test_closed_journal_has_no_room(folder: Path) -> None:
    begun(folder).close()

    assert not file_of(folder).endswith(FILL)
    assert file_of(folder) == write(folder)


def test_commit_torn_in_the_room_at_any_byte_leaves_those_before(folder: Path) -> None:
    journal = begun(folder)
    before, room = journal.size, file_of(folder)
    journal.append([pack(writes(COMMITS[1]))])
    whole, after = file_of(folder), journal.size
    journal.close()

    for length in range(before + 1, after):
        (folder / "desk.journal").write_bytes(whole[:length] + room[length:])
        with capture_logs() as logs:
            assert read(folder) == flat(COMMITS[0]), length
        assert [line["event"] for line in logs] == ["journal_torn_tail_cut"]
        assert file_of(folder).rstrip(FILL)[:before] == whole[:before]


def test_rot_in_front_of_room_is_reported_with_its_place(folder: Path) -> None:
    journal = begun(folder)
    first = file_of(folder).index(MARK)
    journal.append([pack(writes(COMMITS[1]))])
    rotten = bytearray(file_of(folder))
    journal.close()
    rotten[first + 30] ^= 1
    (folder / "desk.journal").write_bytes(rotten)

    again = Journal(folder)
    assert list(again.replay()) == flat(COMMITS[1])
    assert [place.offset for place in again.damage] == [first]
    again.close()


@pytest.mark.parametrize("refusal", ["pwrite", "fdatasync"])
def test_disk_that_has_no_room_to_spare_takes_commits_all_the_same(folder: Path, refusal: str) -> None:
    journal = Journal(folder)
    list(journal.replay())
    journal.append([pack(writes(COMMITS[0]))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, refusal, nothing_fits if refusal == "pwrite" else broken)
        journal.make_room()

    journal.append([pack(writes(COMMITS[1]))])

    assert len(file_of(folder)) == journal.size
    journal.close()
    assert read(folder) == flat(*COMMITS[:2])


@pytest.mark.parametrize("key", [None, KEY])
def test_copy_of_the_log_leaves_the_room_out_and_goes_on_when_it_is_used(
    folder: Path, key: Key | None, tmp_path: Path
) -> None:
    journal = begun(folder, key)
    copy = LogCopy(folder / "desk.journal", tmp_path / "log")

    assert copy.follow(NOON) == journal.size
    journal.append([pack(writes(COMMITS[1]))])
    copy.follow(NOON + timedelta(seconds=20))
    assert copy.follow(NOON + timedelta(seconds=40)) == 0
    journal.close()

    [generation] = generations(tmp_path / "log")
    for number, point in enumerate(points_of(generation), 1):
        place = tmp_path / str(number)
        place.mkdir()
        extract(point, place)
        assert read(place, key) == flat(*COMMITS[:number])


def test_copy_of_a_rotten_log_leaves_the_room_out_too(folder: Path, tmp_path: Path) -> None:
    journal = begun(folder)
    rotten = bytearray(file_of(folder))
    rotten[rotten.index(MARK)] ^= 1
    (folder / "desk.journal").write_bytes(rotten)

    assert LogCopy(folder / "desk.journal", tmp_path / "log").follow(NOON) == journal.size
    journal.close()
