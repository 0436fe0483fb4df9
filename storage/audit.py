"""The audit log of a document store: one chain, because whoever adds to it holds its lock until the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from operator import itemgetter
from typing import Final

from bot.model.audit import HEAD, AuditEvent, AuditLine
from storage.chain import continued, drops_of, head_in, line_of, over, pruned, writes_of
from storage.tables import Tables, Write, nothing

_AT_ONCE: Final = 500  # lines handed over before others have their turn in the event loop


class AuditVerbs:
    """The verbs of ``bot.ports.Store`` about the audit log."""

    _tables: Tables
    _chain_key: bytes | None
    _chain: asyncio.Lock
    """Held while lines are on their way: each continues the one before."""

    async def _commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing, *, hurry: bool = True) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def on_record(self, events: Sequence[AuditEvent]) -> AsyncIterator[Sequence[Write]]:
        """The writes that put events behind the end of the log, while nobody else does."""
        if not events:
            yield ()
            return
        async with self._chain:
            # A commit before this one may still be on its way though its caller was told that it failed.
            await self._tables.settled()
            head = head_in(self._tables.get("settings", HEAD))
            yield writes_of(continued(head, events, self._chain_key))

    async def audit(self, *events: AuditEvent) -> None:
        async with self.on_record(events) as lines:
            await self._commit(lines)

    async def audit_trail(self) -> AsyncIterator[AuditLine]:
        for number, (key, document) in enumerate(sorted(self._tables.items("audit"), key=itemgetter(0))):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            yield line_of(int(key), document)

    async def prune_audit(self, before: datetime, now: datetime) -> int:
        lines = (line_of(int(key), document) for key, document in sorted(self._tables.items("audit")))
        gone = over(lines, before)
        if gone:
            async with self.on_record([pruned(gone, now)]) as line:
                await self._commit([*drops_of(gone), *line])
        return len(gone)
