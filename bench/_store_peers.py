"""The stores that ours is measured beside; each takes one record and returns when it is durable."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from tinydb import TinyDB

from storage.group import TinyTables
from storage.tables import Put


def record(number: int) -> tuple[str, bytes]:
    """A line of a history, some 330 bytes."""
    text = "Where does the shuttle to the National Convention Centre leave, and is it every half hour? " * 2
    return f"telegram:{number % 5_000}|{number // 5_000 + 1:08d}", (
        b'{"seq":%d,"delegate":"telegram:%d","at":"2023-11-21T12:00:00Z","author":"delegate",'
        b'"message":{"text":[{"text":"%b"}],"language":"en"}}' % (number, number % 5_000, text.encode())
    )


class Peer(Protocol):
    async def fill(self, start: int, end: int) -> None:
        """Put records in as quickly as it goes."""

    async def insert(self, number: int) -> None: ...

    async def close(self) -> None: ...


class Ours:
    name = "journal (this store)"

    def __init__(self, folder: Path) -> None:
        self.tables = TinyTables(folder / "ours")

    async def fill(self, start: int, end: int) -> None:
        for first in range(start, end, 1_000):
            await self.tables.commit([Put("entries", *record(n)) for n in range(first, min(first + 1_000, end))])

    async def insert(self, number: int) -> None:
        await self.tables.commit((Put("entries", *record(number)),))

    async def close(self) -> None:
        await self.tables.close()


class Stock:
    name = "TinyDB, JSONStorage"

    def __init__(self, folder: Path) -> None:
        (folder / "stock").mkdir()
        self._db = TinyDB(folder / "stock" / "db.json")
        self._table = self._db.table("entries")

    async def fill(self, start: int, end: int) -> None:
        self._table.insert_multiple({"key": key, "text": text.decode()} for key, text in map(record, range(start, end)))

    async def insert(self, number: int) -> None:
        key, text = record(number)
        self._table.insert({"key": key, "text": text.decode()})

    async def close(self) -> None:
        self._db.close()


class Sqlite:
    """One thread writes, and whoever waits meanwhile shares its next transaction: group commit as fair as ours."""

    name = "SQLite, WAL, FULL"

    def __init__(self, folder: Path) -> None:
        (folder / "sqlite").mkdir()
        self._path = folder / "sqlite" / "db.sqlite"
        self._queue: SimpleQueue[tuple[Sequence[tuple[str, bytes]], asyncio.Future[None]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    async def fill(self, start: int, end: int) -> None:
        await self._write([record(number) for number in range(start, end)])

    async def insert(self, number: int) -> None:
        await self._write((record(number),))

    async def close(self) -> None:
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def _write(self, rows: Sequence[tuple[str, bytes]]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((rows, done))
        await done

    def _work(self) -> None:
        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("pragma journal_mode=wal")
        database.execute("pragma synchronous=full")
        database.execute("create table if not exists entries (key text primary key, document blob)")
        while (work := self._queue.get()) is not None:
            batch = [work]
            while True:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                batch.append(more)
            database.execute("begin immediate")
            for rows, _ in batch:
                database.executemany("insert into entries values (?, ?)", rows)
            database.execute("commit")
            waiting = [done for _, done in batch]
            waiting[0].get_loop().call_soon_threadsafe(_settle, waiting)
        database.close()


def _settle(waiting: Sequence[asyncio.Future[None]]) -> None:
    for done in waiting:
        done.set_result(None)


class Postgres:
    name = "PostgreSQL, psycopg pool of 8"

    def __init__(self, url: str) -> None:
        from psycopg_pool import AsyncConnectionPool  # noqa: PLC0415 -- only when a URL is given

        self._pool: Any = AsyncConnectionPool(url, min_size=8, max_size=8, open=False, kwargs={"autocommit": True})

    async def begin(self) -> None:
        await self._pool.open(wait=True)
        async with self._pool.connection() as connection:
            await connection.execute("drop table if exists bench_entries")
            await connection.execute("create table bench_entries (key text primary key, document bytea)")

    async def fill(self, start: int, end: int) -> None:
        copying = "copy bench_entries (key, document) from stdin"
        async with self._pool.connection() as one, one.cursor() as cursor, cursor.copy(copying) as copy:
            for number in range(start, end):
                await copy.write_row(record(number))

    async def insert(self, number: int) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("insert into bench_entries values (%s, %s)", record(number))

    async def close(self) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("drop table bench_entries")
        await self._pool.close()


def floor(folder: Path, times: int = 300) -> list[float]:
    """Seconds that one append of a record and its fdatasync take: what any durable write costs on this disk."""
    descriptor = os.open(folder / "floor", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    taken, at = [], 0
    for number in range(times):
        block = record(number)[1]
        began = time.perf_counter()
        os.pwrite(descriptor, block, at)
        os.fdatasync(descriptor)
        taken.append(time.perf_counter() - began)
        at += len(block)
    os.close(descriptor)
    return sorted(taken)
