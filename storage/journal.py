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
from io import FileIO
from pathlib import Path
from typing import Any, Final

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
        self._end = 0
        self._untidy = False
        self._lock = _lock(folder / "desk.lock")
        try:
            self._descriptor = self._open()
        except BaseException:
            self._lock.close()
            raise

    def replay(self) -> Iterator[Operation]:
        """Every operation since the beginning; ends by cutting off a torn tail."""
        with self.path.open("rb") as file:
            head = file.readline()
            if head != FORMAT:
                self._begin(head)
                return
            end, number = len(FORMAT), 1
            bad: tuple[int, int] | None = None
            for line in file:
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
            os.ftruncate(self._descriptor, end)
            os.fsync(self._descriptor)
        self._end = end

    def _begin(self, head: bytes) -> None:
        """Write the first line into a new file, or one whose first line was cut short when it was new."""
        if not FORMAT.startswith(head):
            raise StoreUnavailable(
                f"{self.path.name} is not a journal that this version reads: it begins with {head[:40]!r}"
            )
        self._append(FORMAT)

    @property
    def size(self) -> int:
        return self._end

    def append(self, commits: Iterable[bytes]) -> None:
        """Write and sync several encoded commits with one sync.

        Raises:
            StoreUnavailable: The disk refused; the file ends where it ended before.
        """
        self._append(b"".join(commits))

    def _append(self, block: bytes) -> None:
        try:
            if self._untidy:
                self._tidy()
            self._untidy = True
            # Unbuffered, at a place of our own: a refused write leaves nothing in a buffer that is written later.
            _write_all(self._descriptor, block, self._end)
            os.fdatasync(self._descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._tidy()
            raise _refused(error) from error
        self._untidy = False
        self._end += len(block)

    def _tidy(self) -> None:
        """Cut off what a refused write left behind the end; nothing is written before this worked."""
        os.ftruncate(self._descriptor, self._end)
        self._untidy = False

    def rewrite(self, operations: Iterable[Operation]) -> None:
        """Replace the journal by one that holds just these operations; a kill at any point leaves the old or the new one.

        Raises:
            StoreUnavailable: The disk refused; the old one stays in use.
        """
        fresh = self.path.with_suffix(".fresh")
        try:
            descriptor, end = _write_fresh(fresh, operations)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise _refused(error) from error
        try:
            fresh.replace(self.path)
        except OSError as error:
            os.close(descriptor)
            raise _refused(error) from error
        os.close(self._descriptor)
        self._descriptor, self._end, self._untidy = descriptor, end, False
        try:
            _sync_folder(self.path.parent)
        except OSError as error:
            raise _refused(error) from error

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1  # a late commit is refused, rather than written to whatever has this number next
        self._lock.close()

    def _open(self) -> int:
        self.path.with_suffix(".fresh").unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _sync_folder(self.path.parent)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _write_all(descriptor: int, block: bytes, at: int) -> None:
    """A disk that is nearly full takes a part without complaint and refuses the next."""
    rest = memoryview(block)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


def _write_fresh(path: Path, operations: Iterable[Operation]) -> tuple[int, int]:
    """The descriptor and the length of a new, synced journal."""
    with path.open("w+b") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(FORMAT)
        for operation in operations:
            file.write(encode([operation]))
        file.flush()
        os.fsync(file.fileno())
        return os.dup(file.fileno()), file.tell()


def _refused(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"the disk refused to store: {error.strerror}")


def encode(operations: Sequence[Operation]) -> bytes:
    # Half of a surrogate pair is no letter, but a sender may write it: it is kept as it came, like everything else.
    text = json.dumps(operations, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
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


def _lock(path: Path) -> FileIO:
    file = path.open("a+b", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = (file.read(40) or b"").decode("ascii", "replace").strip() or "unknown"
        file.close()
        raise StoreLocked(
            f"the store in {path.parent.name}/ is open in another process (number {holder}); stop it first"
        ) from error
    with contextlib.suppress(OSError):  # the number only helps people; a full disk must not keep the desk closed
        file.truncate(0)
        file.write(str(os.getpid()).encode())
    return file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
