"""Keeps what was accepted: one contract (tests/contract), several keepers. ``open_store(url)`` picks one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.model.errors import Fault, SettingsError
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from storage.tiny import TinyTables

__all__ = ["open_store"]


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[DocumentStore]:
    """The store at a URL: ``memory:`` (tests), or ``tinydb:FOLDER`` (one process, one folder).

    Raises:
        StoreLocked: Another process has this store open.
        SettingsError: No such kind of store.
    """
    kind, _, place = url.partition(":")
    match kind:
        case "memory":
            yield DocumentStore(MemoryTables())
        case "tinydb":
            tables = TinyTables(Path(place))
            try:
                yield DocumentStore(tables)
            finally:
                await tables.close()
        case _:
            raise SettingsError(
                [Fault("DATABASE_URL", 1, "", "no such kind of store", kind, "tinydb:FOLDER or memory:")]
            )
