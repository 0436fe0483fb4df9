"""Keeps what was accepted: one contract (tests/contract), several keepers. ``open_store(url)`` picks one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.model.errors import Fault, SettingsError
from bot.ports import Store
from storage.chain import chain_key
from storage.crypt import Key
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.memory import MemoryTables

__all__ = ["open_store"]


@asynccontextmanager
async def open_store(url: str, *, key: Key | None = None) -> AsyncIterator[Store]:
    """The store at a URL: ``memory:`` (tests), ``tinydb:FOLDER`` (one process, one folder), or ``postgresql://…``.

    Args:
        url: Which.
        key: Encrypts the files of ``tinydb:``; a server encrypts its own.

    Raises:
        StoreLocked: Another process has this store open.
        StoreUnavailable: Its files cannot be read or written.
        SettingsError: No such kind of store, the key is missing or another, or the database cannot be used.
    """
    kind, _, place = url.partition(":")
    match kind:
        case "memory":
            yield DocumentStore(MemoryTables(), chain_key(key))
        case "tinydb":
            tables = TinyTables(Path(place), key)
            try:
                yield DocumentStore(tables, chain_key(key))
            finally:
                await tables.close()
        case "postgresql" | "postgres":
            from storage.postgres import open_postgres  # noqa: PLC0415 -- a desk without it need not load the driver

            async with open_postgres(url, chain_key(key)) as store:
                yield store
        case _:
            allowed = "tinydb:FOLDER, postgresql://… or memory:"
            raise SettingsError([Fault("DATABASE_URL", 1, "", "no such kind of store", kind, allowed)])
