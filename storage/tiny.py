"""The default keeper: TinyDB tables whose storage is the synced journal.

TinyDB as shipped rewrites one JSON file in place on every insert. Its documented extension points are used instead: a
``Storage`` that keeps the tables in memory and appends to the journal, and a ``Table`` that hands over single documents.
Whoever opens the folder with ``TinyDB(folder, storage=JournalStorage)`` sees ordinary tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from bot.model.errors import StoreUnavailable
from storage.journal import Journal, Operation
from storage.tables import TABLES, Document, Put, Write

COMPACT_FROM: Final = 4 << 20  # bytes of journal below which compaction is not worth its time


class JournalStorage(Storage):
    """All tables in memory, every change in the journal."""

    def __init__(self, folder: str | Path) -> None:
        self._journal = Journal(Path(folder))
        self.tables: dict[str, dict[str, Any]] = {}
        operations = 0
        for operation in self._journal.replay():
            operations += 1
            self._apply(operation)
        if self._journal.size > COMPACT_FROM and operations > 4 * sum(map(len, self.tables.values())):
            self.compact()

    def read(self) -> dict[str, dict[str, Any]] | None:
        return self.tables or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """TinyDB's own way to change things: the difference goes into the journal."""
        changes: list[Operation] = []
        for table in data.keys() | self.tables.keys():
            before, after = self.tables.get(table, {}), data.get(table, {})
            changes += [[table, str(key), None] for key in before.keys() - {str(key) for key in after}]
            changes += [
                [table, str(key), dict(document)] for key, document in after.items() if before.get(str(key)) != document
            ]
        self.commit([changes])

    def commit(self, commits: Sequence[Sequence[Operation]]) -> None:
        """Make commits durable with one sync, then readable."""
        self._journal.append(commits)
        for operations in commits:
            for operation in operations:
                self._apply(operation)

    def append_only(self, commits: Sequence[Sequence[Operation]]) -> None:
        """The durable half of ``commit``, for a thread; ``apply`` follows in the event loop."""
        self._journal.append(commits)

    def apply(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self._apply(operation)

    def compact(self) -> None:
        self._journal.rewrite(
            [table, key, document] for table, rows in self.tables.items() for key, document in rows.items()
        )

    def close(self) -> None:
        self._journal.close()

    def _apply(self, operation: Operation) -> None:
        table, key, document = operation
        rows = self.tables.setdefault(table, {})
        if document is None:
            rows.pop(key, None)
        else:
            rows[key] = document


class JournalTable(Table):
    """A TinyDB table with text keys that copies nothing but what was asked for."""

    document_id_class = str  # type: ignore[assignment]

    def _get_next_id(self) -> Any:
        rows = self._read_table()
        return str(len(rows) + 1) if str(len(rows) + 1) not in rows else f"{len(rows) + 1}-{max(rows)}"

    def _read_table(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        return cast("JournalStorage", self._storage).tables.get(self.name, {})

    def _update_table(self, updater: Callable[[dict[Any, Mapping[str, Any]]], None]) -> None:
        before = self._read_table()
        after: dict[Any, Mapping[str, Any]] = {key: dict(document) for key, document in before.items()}
        updater(after)
        changes: list[Operation] = [[self.name, key, None] for key in before.keys() - after.keys()]
        changes += [
            [self.name, str(key), dict(document)] for key, document in after.items() if before.get(key) != document
        ]
        cast("JournalStorage", self._storage).commit([changes])
        self.clear_cache()


class DeskDB(TinyDB):
    table_class = JournalTable


class TinyTables:
    """Group commit: everybody who commits while the disk is busy shares the next sync."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.db = DeskDB(folder, storage=JournalStorage)
        self._storage = cast("JournalStorage", self.db.storage)
        for name in TABLES:
            self._storage.tables.setdefault(name, {})
        self._waiting: list[tuple[list[Operation], asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    def get(self, table: str, key: str) -> Document | None:
        return self._storage.tables[table].get(key)

    def items(self, table: str) -> Iterator[tuple[str, Document]]:
        return iter(list(self._storage.tables[table].items()))

    async def commit(self, writes: Sequence[Write]) -> None:
        operations: list[Operation] = [
            [write.table, write.key, write.document if isinstance(write, Put) else None] for write in writes
        ]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((operations, done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="journal")
        # A caller that is cancelled must not take the write of the others with it.
        await asyncio.shield(done)

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._storage.append_only, [operations for operations, _ in batch])
            except StoreUnavailable as error:
                for _, done in batch:
                    if not done.cancelled():
                        done.set_exception(StoreUnavailable(str(error)))
                continue
            for operations, done in batch:
                self._storage.apply(operations)
                if not done.cancelled():
                    done.set_result(None)

    async def scrub(self) -> None:
        while self._flushing is not None and not self._flushing.done():
            await asyncio.shield(self._flushing)
        # In the loop itself: nobody may commit while the file is being replaced.
        self._storage.compact()

    async def close(self) -> None:
        if self._flushing is not None:
            with suppress(StoreUnavailable):
                await self._flushing
        self.db.close()
