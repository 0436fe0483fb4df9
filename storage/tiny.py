"""The default keeper: TinyDB tables whose storage is the synced journal.

TinyDB as shipped rewrites one JSON file in place on every insert. Its documented extension points are used instead: a
``Storage`` that keeps the tables in memory and appends to the journal, and a ``Table`` that hands over single documents.
Whoever opens the folder with ``DeskDB(folder, storage=JournalStorage)`` sees ordinary tables with text keys.
"""

from __future__ import annotations

import asyncio
import copy
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import structlog
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from bot.model.errors import StoreUnavailable
from storage.journal import Journal, Operation, encode
from storage.tables import TABLES, Document, Put, Write, nothing

COMPACT_FROM: Final = 4 << 20  # bytes of journal below which compaction is not worth its time

log = structlog.get_logger("storage.tiny")


class JournalStorage(Storage):
    """All tables in memory, every change in the journal."""

    def __init__(self, folder: str | Path) -> None:
        self._journal = Journal(Path(folder))
        self._writing = threading.RLock()
        self.tables: dict[str, dict[str, Any]] = {}
        try:
            self._load()
        except BaseException:
            self._journal.close()
            raise

    def _load(self) -> None:
        operations = 0
        for operation in self._journal.replay():
            operations += 1
            self._apply(operation)
        if self._journal.size > COMPACT_FROM and operations > 4 * sum(map(len, self.tables.values())):
            try:
                self.compact()
            except StoreUnavailable as error:  # a full disk: the long journal serves as well
                log.warning("compaction_postponed", reason=str(error))

    def read(self) -> dict[str, dict[str, Any]] | None:
        # A copy: TinyDB changes what it reads and then writes it, and the difference must still be there to be seen.
        return copy.deepcopy(self.tables) or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """TinyDB's own way to change things: the difference goes into the journal."""
        changes: list[Operation] = []
        for table in data.keys() | self.tables.keys():
            before, after = self.tables.get(table, {}), data.get(table, {})
            changes += [[table, str(key), None] for key in before.keys() - {str(key) for key in after}]
            changes += [
                [table, str(key), dict(document)] for key, document in after.items() if before.get(str(key)) != document
            ]
        self.commit(changes)
        for table in self.tables.keys() - data.keys():
            del self.tables[table]

    def commit(self, operations: Sequence[Operation]) -> None:
        """Make a commit durable, then readable; for TinyDB's own verbs, which know no event loop."""
        block = encode(operations)
        with self._writing:
            self._journal.append([block])
            # As it will be read back, and not shared with whoever handed it over.
            self.apply(json.loads(block[9:]))

    def append_only(self, blocks: Iterable[bytes]) -> None:
        """The durable half of commits that are encoded, for a thread; ``apply`` follows in the event loop."""
        with self._writing:
            self._journal.append(blocks)

    def apply(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            self._apply(operation)

    def compact(self) -> None:
        """Rewrite the journal without what was overwritten and removed.

        Raises:
            StoreUnavailable: The disk refused; the old journal stays.
        """
        with self._writing:
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


class OwnDocument(TinyDocument):
    """A document that shares nothing with the table: whoever changes it changes a copy."""

    def __init__(self, value: Mapping[str, Any], doc_id: Any) -> None:
        super().__init__(copy.deepcopy(dict(value)), doc_id)


class JournalTable(Table):
    """A TinyDB table with text keys that copies nothing but what was asked for."""

    document_class = OwnDocument
    document_id_class = str  # type: ignore[assignment]

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, *, persist_empty: bool = False) -> None:
        # Without TinyDB's query cache: turns are committed past this table, so it would answer with old documents.
        super().__init__(storage, name, cache_size=cache_size, persist_empty=persist_empty)

    def _get_next_id(self) -> Any:
        used = max((int(key) for key in self._read_table() if key.isdecimal()), default=0)
        number = max(used + 1, cast("int | None", self._next_id) or 1)
        self._next_id = cast("Any", number + 1)
        return str(number)

    def _read_table(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        return cast("JournalStorage", self._storage).tables.get(self.name, {})

    def _update_table(self, updater: Callable[[dict[Any, Mapping[str, Any]]], None]) -> None:
        before = self._read_table()
        # Deep copies: TinyDB's operations change lists and mappings inside a document in place.
        after: dict[Any, Mapping[str, Any]] = {key: copy.deepcopy(document) for key, document in before.items()}
        updater(after)
        changes: list[Operation] = [[self.name, key, None] for key in before.keys() - after.keys()]
        changes += [
            [self.name, str(key), dict(document)] for key, document in after.items() if before.get(key) != document
        ]
        cast("JournalStorage", self._storage).commit(changes)


class DeskDB(TinyDB):
    table_class: type[Table] = JournalTable


@dataclass(frozen=True, slots=True)
class _Commit:
    operations: Sequence[Operation]
    block: bytes
    then: Callable[[], None]
    done: asyncio.Future[None]


class TinyTables:
    """Group commit: everybody who commits while the disk is busy shares the next sync."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.db = DeskDB(folder, storage=JournalStorage)
        self._storage = cast("JournalStorage", self.db.storage)
        for name in TABLES:
            self._storage.tables.setdefault(name, {})
        self._waiting: list[_Commit] = []
        self._scrubs: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None

    def get(self, table: str, key: str) -> Document | None:
        return self._storage.tables[table].get(key)

    def items(self, table: str) -> Iterator[tuple[str, Document]]:
        return iter(list(self._storage.tables[table].items()))

    async def commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing) -> None:
        operations: list[Operation] = [
            [write.table, write.key, write.document if isinstance(write, Put) else None] for write in writes
        ]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Encoded here: a document that cannot be written fails its own turn and not those that share the sync.
        self._waiting.append(_Commit(operations, encode(operations), then, done))
        self._start_writing()
        await _settled(done)

    async def scrub(self) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._scrubs.append(done)
        self._start_writing()
        await _settled(done)

    async def close(self) -> None:
        while self._writer is not None and not self._writer.done():
            await asyncio.wait([self._writer])
        self.db.close()

    def _start_writing(self) -> None:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="journal")

    async def _write(self) -> None:
        """The only one who writes: commits in batches, and compaction between two batches."""
        try:
            while self._waiting or self._scrubs:
                if self._waiting:
                    await self._flush()
                if self._scrubs:
                    await self._compact()
        finally:  # nobody may wait for a writer that was ended
            for done in (*(commit.done for commit in self._waiting), *self._scrubs):
                _settle(done, StoreUnavailable("the store is closing"))
            self._waiting, self._scrubs = [], []

    async def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        failed: BaseException | None = StoreUnavailable("the store could not write")
        try:
            await asyncio.to_thread(self._storage.append_only, [commit.block for commit in batch])
            for commit in batch:
                self._storage.apply(commit.operations)
                commit.then()
            failed = None
        except StoreUnavailable as error:
            failed = error
        finally:
            for commit in batch:
                _settle(commit.done, failed)

    async def _compact(self) -> None:
        scrubs, self._scrubs = self._scrubs, []
        failed: BaseException | None = StoreUnavailable("the store could not write")
        try:
            # In a thread: a large store takes a while, and the tables stand still because only the writer changes them.
            await asyncio.to_thread(self._storage.compact)
            failed = None
        except StoreUnavailable as error:
            failed = error
        finally:
            for done in scrubs:
                _settle(done, failed)


def _settle(done: asyncio.Future[None], failed: BaseException | None) -> None:
    if failed is None:
        done.set_result(None)
    else:
        done.set_exception(StoreUnavailable(str(failed)))


async def _settled(done: asyncio.Future[None]) -> None:
    """Wait to the end even when cancelled: a write on its way cannot be taken back, and its turn ends after it."""
    interrupted: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        done.exception()  # looked at, so that nobody complains that it was not
        raise interrupted
    done.result()
