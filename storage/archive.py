"""Snapshots: everything that a store keeps in one file, compressed, sealed where there is a key, and checked.

Inside, one line of JSON is the head, then a record per line (table, key and document, with a tab between), and a last
line says how many there were and what they hash to: a snapshot that was cut short or changed is told from a whole one.
See docs/reference/backup.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import queue
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from bot.model.errors import DeskError, StoreUnavailable
from bot.ports import Record
from storage.crypt import Key, is_sealed, open_stream, seal_stream
from storage.files import sync_folder

PLAIN_HEAD: Final = b"desk-plain 1\n"
FORMAT: Final = 1
PURPOSE: Final = "backup"
_BATCH: Final = 500  # records handed to the writing thread in one go
_WAITING: Final = 4  # batches that may wait for the disk
_READ: Final = 1 << 16
_LONGEST_LINE: Final = 64 << 20  # bytes; a record that is longer is damage
_LOOK: Final = 0.005  # seconds between looks at whether the disk took a batch


class BackupDamaged(DeskError):
    """A snapshot that cannot be used; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a snapshot holds."""

    made: datetime
    """When it was begun: what was committed before is in it."""
    version: str
    """Of the project that made it."""
    counts: Mapping[str, int]
    """Records per table."""

    @property
    def records(self) -> int:
        return sum(self.counts.values())


# ------------------------------------------------------------ writing


async def write_snapshot(
    records: AsyncIterator[Record], place: Path, key: Key | None, *, made: datetime, version: str
) -> Summary:
    """Write a snapshot, read it again to be sure, and only then give it its name.

    The event loop only hands records over; compressing, sealing, syncing and checking happen in a thread.

    Raises:
        StoreUnavailable: The disk refused; nothing is left behind.
        BackupDamaged: What was written cannot be read back; it is removed.
    """
    fresh = place.with_name(place.name + ".part")
    batches: queue.Queue[list[Record] | None] = queue.Queue(_WAITING)
    head = {"format": FORMAT, "made": made.isoformat(), "version": version}
    writing = asyncio.create_task(asyncio.to_thread(_write, fresh, key, head, batches), name="snapshot")
    try:
        try:
            await _hand_over(records, batches, writing)
        except BaseException:
            await _put(batches, [_BROKEN_OFF], writing)
            with suppress(Exception):
                await asyncio.shield(writing)
            raise
        written = await writing
        read = await asyncio.to_thread(check_snapshot, fresh, key)
        if read != written:
            raise BackupDamaged(f"{place.name} does not read back as it was written")
        await asyncio.to_thread(_into_place, fresh, place)
    except OSError as error:
        raise StoreUnavailable(f"the backup folder refused: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return written


_BROKEN_OFF: Final = Record("", "", b"")


class _BrokenOff(Exception):
    """Whoever reads the records has stopped."""


async def _hand_over(
    records: AsyncIterator[Record], batches: queue.Queue[list[Record] | None], writing: asyncio.Task[Summary]
) -> None:
    batch: list[Record] = []
    async for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            await _put(batches, batch, writing)
            batch = []
    await _put(batches, batch, writing)
    await _put(batches, None, writing)


async def _put(
    batches: queue.Queue[list[Record] | None], batch: list[Record] | None, writing: asyncio.Task[Summary]
) -> None:
    while not writing.done():
        try:
            batches.put_nowait(batch)
        except queue.Full:
            await asyncio.sleep(_LOOK)
        else:
            return


def _write(place: Path, key: Key | None, head: Mapping[str, Any], batches: queue.Queue[list[Record] | None]) -> Summary:
    counts: Counter[str] = Counter()
    plain = _compressed(_lines(head, batches, counts))
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if key is None:
            file.write(PLAIN_HEAD)
        for part in plain if key is None else seal_stream(key, plain, PURPOSE):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return Summary(datetime.fromisoformat(head["made"]), str(head["version"]), dict(counts))


def _lines(head: Mapping[str, Any], batches: queue.Queue[list[Record] | None], counts: Counter[str]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    yield json.dumps(head).encode() + b"\n"
    while (batch := batches.get()) is not None:
        if _BROKEN_OFF in batch:
            raise _BrokenOff
        block = b"".join(map(line_of, batch))
        counts.update(record.table for record in batch)
        digest.update(block)
        yield block
    end = {"end": True, "counts": counts, "digest": digest.hexdigest()}
    yield json.dumps(end).encode() + b"\n"


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()


def line_of(record: Record) -> bytes:
    document = record.document
    if b"\n" in document:  # laid out by another hand; one line is all the form there is
        document = _dumped(json.loads(document.decode("utf-8", "surrogatepass")))
    return b"%b\t%b\t%b\n" % (record.table.encode(), _dumped(record.key), document)


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _into_place(fresh: Path, place: Path) -> None:
    fresh.replace(place)
    sync_folder(place.parent)


# ------------------------------------------------------------ reading


def check_snapshot(place: Path, key: Key | None) -> Summary:
    """Read all of a snapshot.

    Raises:
        BackupDamaged: It was cut short or changed.
        SettingsError: It is sealed, and the key is missing or another.
    """
    reading = SnapshotReader(place, key)
    for _ in reading.records():
        pass
    return reading.summary()


class SnapshotReader:
    """Reads records one after another; ``summary`` is known when all were read.

    Raises:
        BackupDamaged, SealBroken, SettingsError: As soon as it shows.
    """

    def __init__(self, place: Path, key: Key | None) -> None:
        self._place = place
        self._key = key
        self._summary: Summary | None = None

    def records(self) -> Iterator[Record]:
        with self._place.open("rb") as file:
            lines = self._lines(file)
            head = self._json(next(lines, b""))
            if head.get("format") != FORMAT:
                raise self._damaged("this version does not read its format")
            digest, counts, before = hashlib.sha256(), Counter[str](), b""
            for line in lines:
                if before:
                    digest.update(before)
                    record = self._record(before)
                    counts[record.table] += 1
                    yield record
                before = line
            end = self._json(before)
            if end != {"end": True, "counts": dict(counts), "digest": digest.hexdigest()}:
                raise self._damaged("what it says about itself is not what it holds")
            self._summary = Summary(datetime.fromisoformat(head["made"]), str(head["version"]), dict(counts))

    def summary(self) -> Summary:
        if self._summary is None:
            raise self._damaged("it was not read to its end")
        return self._summary

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        """Lines with their ends; damage of the compression is told like any other."""
        unpacker, rest = zlib.decompressobj(), bytearray()
        try:
            for part in _parts(file, self._key):
                rest += unpacker.decompress(part)
                *whole, tail = rest.split(b"\n")
                rest = bytearray(tail)
                if len(rest) > _LONGEST_LINE:
                    raise self._damaged("it has a line without an end")
                for line in whole:
                    yield bytes(line) + b"\n"
        except zlib.error as error:
            raise self._damaged("it was changed, or written in part") from error
        if rest or not unpacker.eof:
            raise self._damaged("its end is missing")

    def _record(self, line: bytes) -> Record:
        try:
            table, key, document = line.rstrip(b"\n").split(b"\t", 2)
            return Record(table.decode(), json.loads(key.decode("utf-8", "surrogatepass")), document)
        except ValueError as error:
            raise self._damaged("it holds a line that is no record") from error

    def _json(self, line: bytes) -> dict[str, Any]:
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise self._damaged("it was changed, or written in part")
        return read

    def _damaged(self, why: str) -> BackupDamaged:
        return BackupDamaged(f"{self._place.name} cannot be used: {why}")


def _parts(file: BinaryIO, key: Key | None) -> Iterator[bytes]:
    head = file.read(len(PLAIN_HEAD))
    if head == PLAIN_HEAD:
        while part := file.read(_READ):
            yield part
        return
    file.seek(0)
    if not is_sealed(file.read(64)):
        raise BackupDamaged(f"{Path(file.name).name} is not a backup of this desk")
    file.seek(0)
    yield from open_stream(key, file, PURPOSE)
