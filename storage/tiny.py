"""The default keeper's tables: TinyDB tables whose storage is the synced journal.

TinyDB as shipped rewrites one JSON file in place on every insert. Its documented extension points are used instead: a
``Storage`` that keeps the documents as JSON in memory and appends to the journal, and a ``Table`` that hands over single
documents. Whoever opens the folder with ``DeskDB(folder, storage=JournalStorage)`` sees ordinary tables with text keys.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import structlog
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from bot.model.errors import StoreUnavailable
from storage.codec import read_json, write_json
from storage.crypt import Key
from storage.frames import FRAME_SIZE, pack, pack_put
from storage.journal import Journal
from storage.tables import SCRUB_OWED, Document, Drop, Put, Write

COMPACT_FROM: Final = 4 << 20  # bytes of journal below which compaction is not worth its time
_AROUND: Final = FRAME_SIZE + 17  # bytes of the file that a document takes besides its key and itself, roughly

Rows = dict[str, Document]

log = structlog.get_logger("storage.tiny")


class JournalStorage(Storage):
    """All documents in memory as they stand in the file, every change in the journal."""

    def __init__(self, folder: str | Path, key: Key | None = None) -> None:
        self.journal = Journal(Path(folder), key)
        self._writing = threading.RLock()
        self.tables: dict[str, Rows] = {}
        self._live = 0
        self._applied = 0
        try:
            self._load()
        except BaseException:
            self.journal.close()
            raise

    def _load(self) -> None:
        tables, live = self.tables, 0
        for table, key, document in self.journal.replay():
            rows = tables.get(table)
            if rows is None:
                rows = tables[table] = {}
            if document is None:
                rows.pop(key, None)
            else:
                rows[key] = document
        for rows in tables.values():
            live += sum(map(len, rows.values())) + sum(map(len, rows)) + _AROUND * len(rows)
        self._live, self._applied = live, self.journal.position
        if self.journal.outdated:
            self.compact()
        elif self.worn or SCRUB_OWED in tables.get("settings", {}):
            try:
                self.compact()
            except StoreUnavailable as error:  # a full disk: the long journal serves as well
                log.warning("compaction_postponed", reason=str(error))

    @property
    def worn(self) -> bool:
        """More of the file is garbage than is not."""
        return self.journal.size > COMPACT_FROM and self.journal.size > 2 * self._live

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Everything as TinyDB wants it: TinyDB changes what it reads and then writes it."""
        return {table: dict(Decoded(rows)) for table, rows in self.tables.items()} or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """TinyDB's own way to change things: the difference goes into the journal."""
        changes: list[Write] = []
        for table in data.keys() | self.tables.keys():
            before, after = Decoded(self.tables.get(table, {})), data.get(table, {})
            changes += difference(table, before, {str(key): document for key, document in after.items()})
        self.commit(changes)
        for table in self.tables.keys() - data.keys():
            del self.tables[table]

    def commit(self, writes: Sequence[Write]) -> None:
        """Make a commit durable, then readable; for TinyDB's own verbs, which know no event loop."""
        if not writes:
            return
        body = pack(writes)
        with self._writing:
            before = self.journal.position
            self.journal.append([body])
            self.apply(writes)
            if self._applied == before:  # else commits on their way are applied first, and this one is copied twice
                self._applied = self.journal.position

    def append(self, bodies: Iterable[bytes]) -> int:
        """The durable half of commits, for a thread; ``apply`` and ``reached`` follow in the event loop.

        Returns:
            The journal's position behind them.
        """
        with self._writing:
            self.journal.append(bodies)
            return self.journal.position

    def apply(self, writes: Sequence[Write]) -> None:
        for write in writes:
            rows = self.tables.setdefault(write.table, {})
            if isinstance(write, Put):
                old = rows.get(write.key)
                rows[write.key] = write.document
                self._live += len(write.document) - (-len(write.key) - _AROUND if old is None else len(old))
            elif (old := rows.pop(write.key, None)) is not None:
                self._live -= len(old) + len(write.key) + _AROUND

    def reached(self, position: int) -> None:
        """Everything in the journal up to here has been applied."""
        self._applied = max(self._applied, position)

    def snapshot(self) -> tuple[Iterator[bytes], int]:
        """The bodies of a fresh journal, and the position that they are the state of; nothing may be applied meanwhile."""
        tables = [(table.encode(), list(rows.items())) for table, rows in self.tables.items()]
        bodies = (pack_put(table, key, document) for table, rows in tables for key, document in rows)
        return bodies, self._applied

    def compact(self) -> None:
        """Rewrite the journal without what was overwritten and removed, while nobody else writes.

        Raises:
            StoreUnavailable: The disk refused; the old journal stays.
        """
        with self._writing:
            bodies, since = self.snapshot()
            self.journal.swap(self.journal.prepare(bodies, since))

    def close(self) -> None:
        self.journal.close()


class Decoded(Mapping[str, dict[str, Any]]):
    """Documents of a table as mappings, made when they are asked for: whoever changes one changes a copy."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getitem__(self, key: str) -> dict[str, Any]:
        return read_json(self._rows[key])

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._rows))

    def __len__(self) -> int:
        return len(self._rows)


def difference(
    table: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[Write]:
    """What makes one of the other."""
    changes: list[Write] = [Drop(table, key) for key in before.keys() - after.keys()]
    changes += [
        Put(table, key, write_json(dict(document)))
        for key, document in after.items()
        if key not in before or before[key] != document
    ]
    return changes


class OwnDocument(TinyDocument):
    """A document that shares nothing with the table: it was decoded for whoever asked."""


class JournalTable(Table):
    """A TinyDB table with text keys that decodes nothing but what is asked for."""

    document_class = OwnDocument
    document_id_class = str  # type: ignore[assignment]

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, *, persist_empty: bool = False) -> None:
        # Without TinyDB's query cache: turns are committed past this table, so it would answer with old documents.
        super().__init__(storage, name, cache_size=cache_size, persist_empty=persist_empty)

    def _get_next_id(self) -> Any:
        used = max((int(key) for key in self._rows() if key.isdecimal()), default=0)
        number = max(used + 1, cast("int | None", self._next_id) or 1)
        self._next_id = cast("Any", number + 1)
        return str(number)

    def _rows(self) -> Rows:
        return cast("JournalStorage", self._storage).tables.get(self.name, {})

    def _read_table(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        return Decoded(self._rows())

    def _update_table(self, updater: Callable[[dict[Any, Mapping[str, Any]]], None]) -> None:
        before = Decoded(self._rows())
        after: dict[Any, Mapping[str, Any]] = dict(before)
        updater(after)
        changes = difference(self.name, before, {str(key): document for key, document in after.items()})
        cast("JournalStorage", self._storage).commit(changes)


class DeskDB(TinyDB):
    table_class: type[Table] = JournalTable
