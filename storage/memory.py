"""The reference keeper: forgets everything at the end; tests compare the others with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from storage.tables import TABLES, Damage, Document, Put, Write, nothing


class MemoryTables:
    damage: Sequence[Damage] = ()

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Document]] = {name: {} for name in TABLES}

    def get(self, table: str, key: str) -> Document | None:
        return self._tables[table].get(key)

    def items(self, table: str) -> Iterator[tuple[str, Document]]:
        return iter(list(self._tables[table].items()))

    def count(self, table: str) -> int:
        return len(self._tables[table])

    async def commit(
        self,
        writes: Sequence[Write],
        then: Callable[[], None] = nothing,
        *,
        hurry: bool = True,  # noqa: ARG002 -- nothing is synced
    ) -> None:
        for write in writes:
            if isinstance(write, Put):
                self._tables[write.table][write.key] = write.document
            else:
                self._tables[write.table].pop(write.key, None)
        then()

    async def settled(self) -> None:
        """Every commit has ended when it returned."""

    async def scrub(self) -> None:
        """Nothing is kept anywhere but in the tables."""
