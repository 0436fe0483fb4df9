"""An append-only file of commits: checksummed, synced, one line per commit.

A line is ``<crc32 of the rest, 8 hex digits> <JSON list of operations>``; the first line names the format. A commit is one
line, so it is there as a whole or not at all. A torn last line (the process or the power went while writing) is cut with a
warning; a bad line in the middle is reported with its place and the intact lines around it are used.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog

from bot.model.errors import StoreLocked, StoreUnavailable

FORMAT: Final = b"desk-journal 1\n"
Operation = Sequence[Any]
"""``[table, key, document]``; a document of null removes the key."""

log = structlog.get_logger("storage.journal")


class Journal:
    """One open journal; the folder is locked for as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "desk.journal"
        self._lock = _lock(folder / "desk.lock")
        try:
            self._file = self._open()
        except BaseException:
            self._lock.close()
            raise
        self._end = 0

    def replay(self) -> Iterator[Operation]:
        """Every operation since the beginning; ends by cutting off a torn tail."""
        self._file.seek(0)
        head = self._file.readline()
        if head != FORMAT:
            if head:
                raise StoreUnavailable(
                    f"{self.path.name} is not a journal that this version reads: it begins with {head[:40]!r}"
                )
            self._append(FORMAT)
        end, number = len(FORMAT), 1
        bad: tuple[int, int] | None = None
        for line in self._file:
            start, end, number = end, end + len(line), number + 1
            operations = _decode(line)
            if operations is None:
                bad = bad or (number, start)
                continue
            if bad is not None:
                log.error("journal_line_unreadable", file=self.path.name, line=bad[0], offset=bad[1])
                bad = None
            yield from operations
        if bad is not None:
            log.warning("journal_torn_tail_cut", file=self.path.name, line=bad[0], offset=bad[1])
            end = bad[1]
            self._file.truncate(end)
            os.fsync(self._file.fileno())
        self._file.seek(end)
        self._end = end

    @property
    def size(self) -> int:
        return self._end

    def append(self, commits: Sequence[Sequence[Operation]]) -> None:
        """Write and sync several commits with one sync.

        Raises:
            StoreUnavailable: The disk refused; the file ends where it ended before.
        """
        self._append(b"".join(map(encode, commits)))

    def _append(self, block: bytes) -> None:
        try:
            self._file.write(block)
            self._file.flush()
            os.fdatasync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), self._end)
                self._file = self._reopen()
            raise StoreUnavailable(f"the disk refused to store: {error.strerror}") from error
        self._end += len(block)

    def rewrite(self, operations: Iterable[Operation]) -> None:
        """Replace the journal by one that holds just these operations; a kill at any point leaves the old or the new one."""
        fresh = self.path.with_suffix(".fresh")
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(FORMAT)
            for operation in operations:
                file.write(encode([operation]))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        _sync_folder(self.path.parent)
        self._file.close()
        self._file = self._open()
        self._file.seek(0, os.SEEK_END)
        self._end = self._file.tell()

    def close(self) -> None:
        self._file.close()
        self._lock.close()

    def _open(self) -> BinaryIO:
        self.path.with_suffix(".fresh").unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _sync_folder(self.path.parent)
        return os.fdopen(descriptor, "r+b", buffering=1 << 16)

    def _reopen(self) -> BinaryIO:
        """A file object without the bytes that could not be written still waiting in its buffer."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            self._file.detach().close()  # type: ignore[attr-defined]
        file = os.fdopen(descriptor, "r+b", buffering=1 << 16)
        file.seek(self._end)
        return file


def encode(operations: Sequence[Operation]) -> bytes:
    text = json.dumps(operations, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _decode(line: bytes) -> Sequence[Operation] | None:
    if len(line) < 12 or line[-1:] != b"\n" or line[8:9] != b" ":
        return None
    text = line[9:-1]
    try:
        if int(line[:8], 16) != zlib.crc32(text):
            return None
        operations: Sequence[Operation] = json.loads(text)
    except ValueError:
        return None
    return operations


def _lock(path: Path) -> BinaryIO:
    file = path.open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read(40).decode("ascii", "replace").strip() or "unknown"
        file.close()
        raise StoreLocked(
            f"the store in {path.parent.name}/ is open in another process (number {holder}); stop it first"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()
    return file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
