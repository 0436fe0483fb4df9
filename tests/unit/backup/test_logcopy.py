"""The copy of the journal follows it through appends, refused writes, rewriting and restarts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.logcopy import JOURNAL, LogCopy, extract, generations, points_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIRST, SECOND = b"head\n" + os.urandom(200_000), os.urandom(3_000)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / JOURNAL
    path.write_bytes(FIRST)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def add(journal: Path, more: bytes) -> None:
    with journal.open("ab") as file:
        file.write(more)


def rewrite(journal: Path, content: bytes) -> None:
    fresh = journal.with_suffix(".fresh")
    fresh.write_bytes(content)
    fresh.replace(journal)


def content(folder: Path) -> list[bytes]:
    return [copy.read_bytes() for copy in generations(folder)]


def test_new_bytes_are_copied_and_only_those(journal: Path, folder: Path) -> None:
    copy = LogCopy(journal, folder)

    assert copy.follow(at(0)) == len(FIRST)
    add(journal, SECOND)
    assert copy.follow(at(20)) == len(SECOND)
    assert copy.follow(at(40)) == 0
    assert content(folder) == [FIRST + SECOND]


def test_each_moment_can_be_had_again(journal: Path, folder: Path, tmp_path: Path) -> None:
    copy = LogCopy(journal, folder)
    copy.follow(at(0))
    add(journal, SECOND)
    copy.follow(at(20))

    points = points_of(generations(folder)[0])
    (tmp_path / "then").mkdir()
    extract(points[0], tmp_path / "then")

    assert [point.at for point in points] == [at(0), at(20)]
    assert (tmp_path / "then" / JOURNAL).read_bytes() == FIRST


def test_a_journal_that_was_rewritten_begins_a_new_copy(journal: Path, folder: Path) -> None:
    copy = LogCopy(journal, folder)
    copy.follow(at(0))
    rewrite(journal, FIRST + SECOND)  # longer, and it begins like the old one: it is another file all the same
    copy.follow(at(20))

    assert content(folder) == [FIRST, FIRST + SECOND]


def test_a_write_that_was_taken_back_does_not_stay_in_the_copy(journal: Path, folder: Path) -> None:
    copy = LogCopy(journal, folder)
    add(journal, b"refused by the disk half-way")
    copy.follow(at(0))
    os.truncate(journal, len(FIRST))
    add(journal, SECOND)
    copy.follow(at(20))

    assert content(folder)[-1] == FIRST + SECOND


def test_a_restart_goes_on_where_it_was(journal: Path, folder: Path) -> None:
    LogCopy(journal, folder).follow(at(0))
    add(generations(folder)[0], b"copied, but killed before it was noted")
    add(journal, SECOND)

    assert LogCopy(journal, folder).follow(at(20)) == len(SECOND)
    assert content(folder) == [FIRST + SECOND]


def test_after_a_restart_another_journal_is_another_copy(journal: Path, folder: Path) -> None:
    LogCopy(journal, folder).follow(at(0))
    rewrite(journal, SECOND)

    LogCopy(journal, folder).follow(at(20))

    assert content(folder) == [FIRST, SECOND]


def test_old_copies_go_and_the_one_in_use_stays(journal: Path, folder: Path) -> None:
    copy = LogCopy(journal, folder)
    copy.follow(at(0))
    rewrite(journal, SECOND)
    copy.follow(at(3_600))

    assert copy.prune(at(80_000), timedelta(hours=24)) == 0
    assert copy.prune(at(90_000), timedelta(hours=24)) == 1
    assert copy.prune(at(9_000_000), timedelta(hours=24)) == 0
    assert content(folder) == [SECOND]
    assert len(list(folder.iterdir())) == 2
