"""An append-only file of commits: checksummed, synced, one frame per commit; see docs/reference/store.md.

A commit is one frame, so it is there as a whole or not at all. A torn end (the process or the power went while writing)
is cut with a warning; rot in what was synced is reported with its place, and the intact frames around it are used.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import structlog

from bot.model.errors import StoreUnavailable
from storage import aside, journal1
from storage.crypt import Key
from storage.files import lock, open_file, refused, remove, sync_folder, write_all
from storage.frames import FILL, HEAD_SIZE, VERSION, Head, Operation, Shape, unpack
from storage.fresh import Fresh
from storage.scan import Scan, frames
from storage.tables import Damage

_FAMILY: Final = b"desk-journal "
_CATCH_UP: Final = 256 << 10  # bytes that may be left to copy when the journals are exchanged, which holds up commits
_LEAST_ROOM: Final = 16 << 10  # bytes behind the last frame; fewer are filled up
_MOST_ROOM: Final = 256 << 10
_MOST_ROUNDS: Final = 20  # of copying what was written while it was copied; somebody may write faster than we copy

log = structlog.get_logger("storage.journal")


class Journal:
    """One open journal; the folder is locked for as long as it lives."""

    def __init__(self, folder: Path, key: Key | None = None) -> None:
        """Raises StoreLocked, StoreUnavailable, and SettingsError when the key is missing or another."""
        self.path = folder / "desk.journal"
        self._key = key
        self._descriptor = -1
        self._end = 0
        self._room = 0
        """Where the file ends: behind the last frame may lie room for more."""
        self._base = 0
        self._untidy = False
        self._unnamed = False
        """The folder was not synced since the file got its name: a power cut may bring back the file before it."""
        self._marked = True
        self._places: list[Damage] = []
        self._shape: Shape | None = None
        """None for a journal of an earlier format, which is only read."""
        self._lock = lock(folder / "desk.lock")
        try:
            self._open()
        except OSError as error:
            self.close()
            raise refused(error) from error
        except BaseException:
            self.close()
            raise

    # ---------------------------------------------------------------- opening

    def _open(self) -> None:
        text = self._first_bytes()
        if journal1.FIRST_LINE.startswith(text):  # none yet, or one whose first line was cut short when it was new
            self._create()
        elif text.startswith(journal1.FIRST_LINE):
            self._descriptor = open_file(self.path)
        else:
            head, bad = self._head(text)
            self._shape = Shape(head, self._key)
            self._descriptor = open_file(self.path)
            if bad >= 0:
                self._places.append(Damage(self.path.name, bad, HEAD_SIZE // 2))
        remove(self._fresh_path)
        sync_folder(self.path.parent)

    def _first_bytes(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(HEAD_SIZE)
        except FileNotFoundError:
            return b""

    def _head(self, text: bytes) -> tuple[Head, int]:
        if (read := Head.read(text)) is not None:
            return read
        version = text[len(_FAMILY) :].split(b"\n", 1)[0]
        if text.startswith(_FAMILY) and version.isdigit() and int(version) > VERSION:
            raise StoreUnavailable(
                f"{self.path.name} was written by a newer version of the desk, in format {int(version)}: "
                f"it is not a journal that this version reads, which is up to format {VERSION}"
            )
        raise StoreUnavailable(
            f"{self.path.name} is not a journal that this version reads: it begins with {text[:40]!r}"
        )

    def _create(self) -> None:
        """A new journal has its whole head when it gets its name."""
        fresh = Fresh(self._fresh_path, self._key)
        try:
            fresh.finish()
            fresh.path.replace(self.path)
        except BaseException:
            fresh.discard()
            raise
        self._take(fresh)

    def replay(self) -> Iterator[Operation]:
        """Every operation since the beginning; ends by cutting off a torn end.

        Raises:
            StoreUnavailable: The disk cannot be read, or does not say that it has what is in the file.
        """
        try:
            if self._shape is None:
                yield from journal1.read(self.path, self._places)
            else:
                scan = Scan(self._descriptor, self._shape, self.path)
                for body in scan.bodies():
                    yield from unpack(body)
                self._places += scan.damage
                self._settle(scan)
        except OSError as error:
            raise refused(error) from error
        for place in self._places:
            log.error("journal_damaged", file=place.file, offset=place.offset, length=place.length)

    def _settle(self, scan: Scan) -> None:
        """What was read is on disk before anybody builds on it: the last writer may have died before its sync."""
        self._end, self._marked = scan.end, scan.marked
        self._room = os.fstat(self._descriptor).st_size
        if scan.torn:
            log.warning("journal_torn_tail_cut", file=self.path.name, offset=scan.end)
            self._cut()
            os.fsync(self._descriptor)
        if not self._marked:
            os.fdatasync(self._descriptor)
            self.mark()

    @property
    def outdated(self) -> bool:
        """It must be rewritten before anything is appended: an earlier format, or a key was given since."""
        return self._shape is None or (self._key is not None and self._shape.sealer is None)

    # ---------------------------------------------------------------- appending

    @property
    def size(self) -> int:
        return self._end

    @property
    def position(self) -> int:
        """Counts the bytes that were appended since it was opened, also across ``swap``."""
        return self._base + self._end

    @property
    def damage(self) -> Sequence[Damage]:
        return (*self._places, *aside.listed(self.path))

    def append(self, bodies: Iterable[bytes]) -> None:
        """Write and sync several commits with one sync.

        Raises:
            StoreUnavailable: The disk refused; the file ends where it ended before.
        """
        if self._shape is None or self.outdated:
            raise StoreUnavailable("the journal could not be rewritten in today's format")
        block = bytearray()
        for body in bodies:
            block += self._shape.frame(body, self._end + len(block), self._end)
        self._append(block)
        self._marked = False

    def mark(self) -> None:
        """Say in the file that all of it is synced, so that rot in its last frames is told from a torn end."""
        if self._marked or self._shape is None:
            return
        with contextlib.suppress(StoreUnavailable):  # it only says what is true without it
            self._append(self._shape.frame(b"", self._end, self._end))
            self._marked = True

    def _append(self, block: bytes | bytearray) -> None:
        try:
            self._name()
            if self._untidy:
                self._tidy()
            self._untidy = True
            # Unbuffered, at a place of our own: a refused write leaves nothing in a buffer that is written later.
            write_all(self._descriptor, block, self._end)
            os.fdatasync(self._descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._tidy()
            raise refused(error) from error
        self._untidy = False
        self._end += len(block)
        self._room = max(self._room, self._end)

    def make_room(self) -> None:
        """Lengthen the file before frames need it: a sync is much quicker when the length of a file stays as it is.

        For a moment in which nobody waits. A disk that refuses this may still take frames.
        """
        if self._shape is None or self._untidy or self._room - self._end >= _LEAST_ROOM // 2:
            return
        room = min(_MOST_ROOM, max(_LEAST_ROOM, self._end))
        try:
            write_all(self._descriptor, FILL * room, self._end)
            os.fdatasync(self._descriptor)
            self._room = self._end + room
        except OSError:
            self._untidy = True

    def _tidy(self) -> None:
        """Cut off what a refused write left behind the end; nothing is written before this worked."""
        self._cut()
        self._untidy = False

    def _cut(self) -> None:
        os.ftruncate(self._descriptor, self._end)
        self._room = self._end

    def _name(self) -> None:
        """Make the name of a fresh file durable; nothing is written to it before this worked."""
        if self._unnamed:
            sync_folder(self.path.parent)
            self._unnamed = False

    # ---------------------------------------------------------------- rewriting

    @property
    def _fresh_path(self) -> Path:
        return self.path.with_suffix(".fresh")

    def prepare(self, bodies: Iterable[bytes], since: int, keep_on: Callable[[], None] = lambda: None) -> Fresh:
        """A fresh journal that holds just these bodies and nearly all that was appended since; commits go on meanwhile.

        Args:
            bodies: What there is, one frame each.
            since: The ``position`` that ``bodies`` are the state of.
            keep_on: Called now and then; raises when the work is no longer wanted.

        Raises:
            StoreUnavailable: The disk refused; nothing is left of it.
        """
        try:
            fresh = Fresh(self._fresh_path, self._key)
        except OSError as error:
            raise refused(error) from error
        fresh.since = since
        with _discarding(fresh):
            fresh.add(bodies, keep_on=keep_on)
            fresh.sync()
            for _ in range(_MOST_ROUNDS):
                if self.position - fresh.since <= _CATCH_UP:
                    break
                self._catch_up(fresh)
                fresh.sync()
            return fresh

    def swap(self, fresh: Fresh) -> None:
        """Put a prepared journal in the place of this one; a kill at any point leaves the old or the new one.

        Only where nothing is appended meanwhile.

        Raises:
            StoreUnavailable: The disk refused; the old one stays in use, or (the folder could not be synced) the new one,
            to which nothing is appended before its name is on disk.
        """
        with _discarding(fresh):
            self._catch_up(fresh)
            fresh.finish()
            if self._places:
                aside.keep(self.path, sealed_with=self._key if self.outdated else None)
            fresh.path.replace(self.path)
        position = self.position
        os.close(self._descriptor)
        self._take(fresh)
        self._base = position - self._end
        self._places = []
        self._unnamed = True
        try:
            self._name()
        except OSError as error:
            raise refused(error) from error

    def _catch_up(self, fresh: Fresh) -> None:
        if self._shape is None:
            return
        start, until = fresh.since - self._base, self._end
        fresh.add(body for _, _, body in frames(self._descriptor, self._shape, start, until) if body)
        fresh.since = until + self._base

    def _take(self, fresh: Fresh) -> None:
        self._descriptor, self._shape, self._end = fresh.descriptor, fresh.shape, fresh.end
        self._untidy, self._marked, self._room = False, True, fresh.end

    def forget_damage(self) -> None:
        """Remove the copies of damaged journals: nobody can tell whose words they hold."""
        try:
            aside.remove_all(self.path)
        except OSError as error:
            raise refused(error) from error

    def close(self) -> None:
        if self._descriptor >= 0:
            self.mark()
            if self._room > self._end:
                with contextlib.suppress(OSError):
                    self._cut()
            os.close(self._descriptor)
        self._descriptor = -1  # a late commit is refused, rather than written to whatever has this number next
        self._lock.close()


@contextlib.contextmanager
def _discarding(fresh: Fresh) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(OSError):
            fresh.discard()
        if isinstance(error, OSError):
            raise refused(error) from error
        raise
