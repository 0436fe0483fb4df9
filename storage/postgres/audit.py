"""The audit log: one chain over all replicas, because whoever adds to it holds its lock until the commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from bot.model.audit import HEAD, AuditEvent, AuditLine, Link
from bot.model.people import DelegateId
from storage.chain import continued, head_of, line_of, over, pruned
from storage.postgres.documents import AUDIT, dump
from storage.postgres.rows import remembering
from storage.postgres.session import Session, Statement, Turn

_PAGE: Final = 500  # lines read in one statement
_KEEPER: Final = DelegateId("audit:log")  # turns that only write to the log


class AuditVerbs:
    """The verbs of ``bot.ports.Store`` about the audit log."""

    _session: Session
    _chain_key: bytes | None

    async def on_record(self, turn: Turn, events: Sequence[AuditEvent]) -> Sequence[Statement]:
        """The writes that put events behind the end of the log; from now on nobody else does until the turn's end.

        Taken last, just before the commit: nobody who holds this lock waits for one that others hold.
        """
        if not events:
            return ()
        await turn.fetch(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{self._session.schema} audit log",)
        )
        # A statement of its own: it sees what whoever held the lock before has committed.
        found = await turn.fetch("select document ->> 'value' from settings where key = %s", (HEAD,))
        lines = continued(head_of(found[0][0] if found else None), events, self._chain_key)
        return _writes(lines)

    async def audit(self, *events: AuditEvent) -> None:
        async with self._session.turn(_KEEPER) as turn:
            await self._session.commit(turn, await self.on_record(turn, events))

    async def audit_trail(self) -> AsyncIterator[AuditLine]:
        last = -1
        while page := await self._session.fetch(
            "select seq, document::text from audit where seq > %s order by seq limit %s", (last, _PAGE)
        ):
            for seq, document in page:
                yield line_of(seq, document.encode())
            last = page[-1][0]

    async def prune_audit(self, before: datetime, now: datetime) -> int:
        removed = 0
        while True:  # page by page: the first time may find very many
            page = await self._session.fetch("select seq, document::text from audit order by seq limit %s", (_PAGE,))
            gone = over((line_of(seq, document.encode()) for seq, document in page), before)
            if not gone:
                return removed
            removed += len(gone)
            async with self._session.turn(_KEEPER) as turn:
                lines = await self.on_record(turn, [pruned(gone, now)])
                drop: Statement = ("delete from audit where seq <= %s", (gone[-1].seq,))
                await self._session.commit(turn, [drop, *lines])
            if len(gone) < _PAGE:
                return removed


def _writes(lines: Sequence[AuditLine]) -> Sequence[Statement]:
    head = Link(lines[-1].seq, lines[-1].hash)
    added: Statement = (
        "insert into audit (seq, document) select * from unnest(%s::bigint[], %s::json[])",
        ([line.seq for line in lines], [dump(AUDIT, line) for line in lines]),
    )
    return [added, remembering(HEAD, str(head))]
