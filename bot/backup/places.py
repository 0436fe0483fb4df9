"""Stores by their addresses, for commands that hold two of them: opening, emptiness, and a lock without opening."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.model.errors import DeskError, Fault, SettingsError, StoreLocked
from bot.ports import Record, Store
from storage import open_store
from storage.crypt import Key
from storage.files import sync_folder
from storage.logcopy import JOURNAL

_LOCK = "desk.lock"
_BATCH = 500  # records put in one commit


class NotEmpty(DeskError):
    """The target holds something already."""


def folder_of(url: str) -> Path | None:
    """The folder of a store of files; None for a server."""
    kind, _, place = url.partition(":")
    return Path(place) if kind == "tinydb" else None


def check_url(url: str) -> str:
    """An address that can be written to.

    Raises:
        SettingsError: No such kind of store, or one that forgets.
    """
    if not url.startswith(("tinydb:", "postgresql://", "postgres://")) or url == "tinydb:":
        allowed = "tinydb:FOLDER or postgresql://…"
        raise SettingsError([Fault("STORE-URL", 1, "", "no such kind of store", url.partition(":")[0], allowed)])
    return url


@asynccontextmanager
async def opened(url: str, key: Key | None) -> AsyncIterator[Store]:
    async with open_store(url, key=key) as store:
        yield store


async def put_all(records: AsyncIterator[Record] | Iterator[Record], target: Store) -> Counter[str]:
    """Load records in batches; returns how many of each table."""
    counts, batch = Counter[str](), list[Record]()
    async for record in _each(records):
        counts[record.table] += 1
        batch.append(record)
        if len(batch) == _BATCH:
            await target.load(batch)
            batch = []
    if batch:
        await target.load(batch)
    return counts


async def _each(records: AsyncIterator[Record] | Iterator[Record]) -> AsyncIterator[Record]:
    if isinstance(records, AsyncIterator):
        async for record in records:
            yield record
    else:
        for record in records:
            yield record


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else can open the store in this folder meanwhile.

    Raises:
        StoreLocked: Somebody has it open.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreLocked(f"the store in {folder.name}/ is open in another process; stop it first") from error
        yield
    finally:
        os.close(descriptor)


def exchange(fresh: Path, folder: Path) -> None:
    """Give a journal that was prepared in ``fresh`` the place of the one in ``folder``, and remove what was beside that.

    Whoever is interrupted finds the old one or the new one.
    """
    (fresh / JOURNAL).replace(folder / JOURNAL)
    for rest in folder.glob(f"{JOURNAL}*"):
        if rest.name != JOURNAL:  # unfinished rewritings and copies of damage hold what the old one held
            rest.unlink()
    sync_folder(folder)
