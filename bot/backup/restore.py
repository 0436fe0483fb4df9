"""Brings a store back from a backup folder: the newest state before a moment, without the people erased since."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.backup import erased
from bot.backup.keeper import LOG, listed_in, snapshots
from bot.backup.places import NotEmpty, check_url, exchange, folder_of, locked, opened, put_all
from bot.model.errors import DeskError, SettingsError, StoreUnavailable
from bot.model.people import DelegateId
from bot.ports import Record, Store
from bot.privacy.links import cut
from storage.archive import SnapshotReader
from storage.crypt import Key
from storage.logcopy import JOURNAL, LogPoint, extract, generations, points_of

Say = Callable[[str], None]
_UNFINISHED: Final = ".restore-"


class NothingToRestore(DeskError):
    """There is no usable backup; the sentence says what was looked at."""


@dataclass(frozen=True, slots=True)
class Restored:
    source: str
    """The file that was used."""
    until: datetime
    """Everything that was committed before is in it."""
    counts: Mapping[str, int]
    """Records per table."""
    erased: int
    """People who were in the backup and had been erased since."""
    waiting: int
    """Messages in the outbox: they leave when the desk starts."""


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    place: Path
    log: LogPoint | None = None

    @property
    def name(self) -> str:
        return f"{self.place.parent.name}/{self.place.name}"


def points(folder: Path, at: datetime | None) -> list[Point]:
    """What can be restored, the best first: the newest, and of each log its last moment before ``at``."""
    found = [Point(made, place) for made, place in snapshots(folder)]
    for copy in generations(folder / LOG):
        within = [point for point in points_of(copy) if at is None or point.at <= at]
        found += [Point(point.at, copy, point) for point in within[-1:]]
    return sorted((point for point in found if at is None or point.at <= at), key=lambda point: point.at, reverse=True)


async def restore(
    folder: Path, url: str, *, key: Key | None, at: datetime | None = None, replace: bool = False, say: Say
) -> Restored:
    """Restore the newest state that is whole.

    Args:
        folder: The backup folder.
        url: The store that is filled.
        key: Opens sealed backups, and seals the store.
        at: No later than this moment.
        replace: What is in the target goes; only a store of files can be replaced in one step.
        say: Told about backups that could not be used.

    Raises:
        NotEmpty: The target holds something.
        NothingToRestore: No backup is whole.
        DeskError: The key, the target or the disk; the target is as it was before.
    """
    check_url(url)
    listed = erased.read_file(folder)
    for point in points(folder, at):
        try:
            return await _restore(point, url, listed, key=key, replace=replace)
        except _Unusable as error:
            say(f"{point.name} cannot be used: {error}")
    moment = f" before {at.isoformat()}" if at else ""
    raise NothingToRestore(f"There is no whole backup{moment} in {folder}.")


class _Unusable(Exception):
    """This backup is not whole; another may be."""


async def _restore(point: Point, url: str, listed: list[erased.Erased], *, key: Key | None, replace: bool) -> Restored:
    async with _target(url, key, replace=replace) as place:
        async with opened(place, key) as target, _source(point, key, folder_of(url)) as records:
            loaded = await put_all(records, target)
        # Opened again, as a desk would: what is derived from the records is made anew, and it does open.
        async with opened(place, key) as target:
            counts = dict(await target.counts())
            if +Counter(counts) != loaded:
                raise StoreUnavailable(f"the store did not keep what it was given: {loaded.total()} records")
            gone = await _erase_again(target, listed, key)
            waiting = await target.waiting()
    return Restored(point.name, point.at, counts, gone, waiting)


# ------------------------------------------------------------ from where


@asynccontextmanager
async def _source(point: Point, key: Key | None, near: Path | None) -> AsyncIterator[AsyncIterator[Record]]:
    async with AsyncExitStack() as stack:
        if point.log is None:
            yield _of_snapshot(point.place, key)
            return
        # Not in the backup folder, which may be open for reading only.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=near)))
        try:
            extract(point.log, folder)
            store = await stack.enter_async_context(opened(f"tinydb:{folder}", key))
        except (OSError, StoreUnavailable) as error:
            raise _Unusable(str(error)) from error
        if getattr(store, "damage", ()):
            raise _Unusable("its copy of the journal is damaged")
        yield store.records()


async def _of_snapshot(place: Path, key: Key | None) -> AsyncIterator[Record]:
    try:
        for record in SnapshotReader(place, key).records():
            yield record
    except SettingsError:
        raise
    except (DeskError, OSError) as error:
        raise _Unusable(str(error)) from error


# ------------------------------------------------------------ to where


@asynccontextmanager
async def _target(url: str, key: Key | None, *, replace: bool) -> AsyncIterator[str]:
    """An empty store to fill; a store of files is filled beside its place and moved there when all went well."""
    folder = folder_of(url)
    if folder is None:
        async with opened(url, key) as store:
            if any((await store.counts()).values()):
                raise NotEmpty(
                    "This database holds something already. Give an empty one, or another schema of it "
                    "(…?schema=NAME): what is in a database is not replaced."
                )
        yield url
        return
    with locked(folder):
        if not replace and (folder / JOURNAL).is_file() and (folder / JOURNAL).stat().st_size:
            raise NotEmpty(
                f"There is a store in {folder} already. With --replace it goes, and the backup takes its place."
            )
        for left in folder.glob(f"{_UNFINISHED}*"):  # by a restore that was killed
            shutil.rmtree(left, ignore_errors=True)
        beside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
        try:
            yield f"tinydb:{beside}"
            exchange(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


async def _erase_again(target: Store, listed: list[erased.Erased], key: Key | None) -> int:
    """Whoever was erased after the backup was made goes again, and stays on the list."""
    known = [*listed, *await listed_in(target)]
    back = erased.coming_back(await _people(target), known, key) if known else set()
    for delegate in await target.delegates():  # the same person's other door must not keep the address of this one
        if delegate.other is not None and delegate.other.delegate in back:
            await cut(target, delegate.address, delegate.other)
    for who in sorted(back):
        await target.erase(who)
    for entry in {entry.hash: entry for entry in listed}.values():
        until = entry.at + erased.KEPT_IN_STORE
        await target.remember(f"{erased.PREFIX}{entry.hash}", f"{entry.salt} {entry.at.isoformat()}", until=until)
    return len(back)


async def _people(store: Store) -> dict[DelegateId, datetime | None]:
    """Everybody of whom there is a record, also in part, with the earliest time that is known of them."""
    people: dict[DelegateId, datetime | None] = {}
    async for record in store.records():
        for who in _named(record):
            people.setdefault(who, None)
    for delegate in await store.delegates():
        people[delegate.id] = delegate.first_seen
        if delegate.other is not None:
            people.setdefault(delegate.other.delegate, None)
    for who, seen in people.items():
        if seen is None and (first := await store.entries(who, limit=1_000_000)):
            people[who] = first[0].at
    return people


def _named(record: Record) -> list[DelegateId]:
    """Whose record it is."""
    if record.table == "delegates":
        return [DelegateId(record.key)]
    if record.table == "entries":
        return [DelegateId(record.key.rpartition("|")[0])]
    field = {"tickets": "delegate", "outbox": "delegate", "seen": "by", "settings": "who"}.get(record.table)
    read = json.loads(record.document.decode("utf-8", "surrogatepass")) if field else {}
    return [DelegateId(read[field])] if field and read.get(field) else []
