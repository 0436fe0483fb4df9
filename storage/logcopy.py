"""A copy of the journal in another folder, a few seconds behind: its new bytes as they are, sealed if it is sealed.

Each *generation* is one journal: when the desk rewrites its journal (compaction, erasure), a new copy begins. Beside each
copy lies an index with lines ``{"at": time, "size": bytes}``: everything that was committed before that time is within
so many bytes of the copy, so that the state of any such moment can be restored.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from storage.files import read_full, sync_folder
from storage.frames import FILL, FRAME_SIZE, HEAD_SIZE, MARK, frame_length
from storage.scan import only_room

JOURNAL: Final = "desk.journal"
_HEAD: Final = 4 << 10  # bytes at the beginning by which two journals are told apart
_TAIL: Final = 64 << 10  # bytes before the end of the copy that must still be the same in the journal
_PIECE: Final = 1 << 20
_LEAST_ROOM: Final = 64  # bytes; fewer that look like room may be the end of something


@dataclass(frozen=True, slots=True)
class LogPoint:
    """A moment that can be restored from a generation."""

    at: datetime
    copy: Path
    size: int


class LogCopy:
    """Follows one journal; the methods belong into a thread, one at a time.

    Args:
        journal: The file that is followed.
        folder: Where the generations lie; made when it is missing.
    """

    def __init__(self, journal: Path, folder: Path) -> None:
        self._journal = journal
        self._folder = folder
        self._copy: Path | None = None
        self._inode = 0
        self._size = 0
        self._looked = False

    def follow(self, now: datetime) -> int:
        """Copy what is new; returns how many bytes that were.

        Raises:
            OSError: The journal or the folder is out of reach; what was copied before is still good.
        """
        with self._journal.open("rb") as source:
            there = os.fstat(source.fileno())
            if not self._looked:
                self._resume(there.st_ino)
                self._looked = True
            # Before it is read how long it is: whatever was committed by now is within that.
            size = _written(source.fileno(), self._size)
            if self._copy is None or not self._same(source, there.st_ino, size):
                self._begin(now, there.st_ino)
            if size == self._size:
                return 0
            return self._append(source, size, now)

    @property
    def current(self) -> Path | None:
        return self._copy

    def _resume(self, inode: int) -> None:
        """Go on with the newest generation after a restart, when it is of the same journal."""
        for copy in reversed(generations(self._folder)):
            head, points = _read_index(copy)
            if points and head == inode and copy.stat().st_size >= points[-1].size:
                os.truncate(copy, points[-1].size)
                self._copy, self._inode, self._size = copy, inode, points[-1].size
            return

    def _same(self, source: BinaryIO, inode: int, size: int) -> bool:
        """Whether the journal is still the one that was copied, only longer: a refused write may be taken back."""
        assert self._copy is not None  # noqa: S101 -- asked by the caller
        if inode != self._inode or size < self._size:
            return False
        with self._copy.open("rb") as copy:
            return all(_digest(source, *part) == _digest(copy, *part) for part in self._compared())

    def _compared(self) -> Iterator[tuple[int, int]]:
        yield 0, min(_HEAD, self._size)
        start = max(0, self._size - _TAIL)
        yield start, self._size - start

    def _begin(self, now: datetime, inode: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = f"{now:%Y%m%dT%H%M%S%fZ}"
        copy = self._folder / f"{stamp}.journal"
        for path in (copy, _index_of(copy)):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        _append_line(_index_of(copy), {"inode": inode})
        sync_folder(self._folder)
        self._copy, self._inode, self._size = copy, inode, 0

    def _append(self, source: BinaryIO, size: int, now: datetime) -> int:
        assert self._copy is not None  # noqa: S101 -- begun by the caller
        source.seek(self._size)
        copied = 0
        try:
            with self._copy.open("r+b") as copy:
                copy.seek(self._size)
                while (left := size - self._size - copied) and (piece := source.read(min(_PIECE, left))):
                    copy.write(piece)
                    copied += len(piece)
                copy.flush()
                os.fsync(copy.fileno())
            _append_line(_index_of(self._copy), {"at": now.isoformat(), "size": self._size + copied})
        except OSError:
            self._looked, self._copy = False, None  # go on from what the index says
            raise
        self._size += copied
        return copied

    def prune(self, now: datetime, keep: timedelta) -> int:
        """Remove generations that were left longer ago than ``keep``; returns how many."""
        removed = 0
        for copy in generations(self._folder):
            points = points_of(copy)
            last = points[-1].at if points else datetime.fromtimestamp(copy.stat().st_mtime, now.tzinfo)
            if copy != self._copy and now - last > keep:
                copy.unlink(missing_ok=True)
                _index_of(copy).unlink(missing_ok=True)
                removed += 1
        return removed


def generations(folder: Path) -> list[Path]:
    """The copies, oldest first."""
    return sorted(folder.glob("*.journal")) if folder.is_dir() else []


def points_of(copy: Path) -> Sequence[LogPoint]:
    return _read_index(copy)[1]


def _read_index(copy: Path) -> tuple[int, Sequence[LogPoint]]:
    """The number of the file that was copied, and what can be restored; a torn last line does not count."""
    inode, points = 0, []
    try:
        lines = _index_of(copy).read_bytes().splitlines()
    except OSError:
        return 0, ()
    for line in lines:
        try:
            read = json.loads(line)
        except ValueError:
            break
        if "inode" in read:
            inode = int(read["inode"])
        else:
            points.append(LogPoint(datetime.fromisoformat(read["at"]), copy, int(read["size"])))
    return inode, points


def extract(point: LogPoint, folder: Path) -> None:
    """The journal of that moment, as a folder that a store can be opened on."""
    left = point.size
    descriptor = os.open(folder / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as journal, point.copy.open("rb") as copy:
        while left and (piece := copy.read(min(_PIECE, left))):
            journal.write(piece)
            left -= len(piece)
        journal.flush()
        os.fsync(journal.fileno())


def _index_of(copy: Path) -> Path:
    return copy.with_suffix(".index")


def _append_line(path: Path, line: dict[str, object]) -> None:
    with path.open("ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _written(descriptor: int, known: int) -> int:
    """The length of a journal without the room that may lie behind its last frame.

    Args:
        descriptor: Of the journal.
        known: A place in it where a frame begins; 0 for the beginning of the file.
    """
    size, at = os.fstat(descriptor).st_size, known or HEAD_SIZE
    while (head := os.pread(descriptor, FRAME_SIZE, at))[:4] == MARK and 0 < (
        length := frame_length(head)
    ) <= size - at:
        at += length
    if at <= size and only_room(descriptor, at, size):
        return at
    # Rot, or what no frame stands in: all of it, but for what is certainly room.
    start = max(0, size - _PIECE)
    tail = read_full(descriptor, size - start, start)
    room = len(tail) - len(tail.rstrip(FILL))
    return size - room if room >= _LEAST_ROOM else size


def _digest(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return hashlib.sha256(file.read(length)).digest()
