"""The store on PostgreSQL: several processes may have it open; see ``bot.ports.Store`` for what each verb promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.model.people import DelegateId
from storage.postgres.audit import AuditVerbs
from storage.postgres.erasing import ErasingVerbs
from storage.postgres.feed import Changed
from storage.postgres.outbox import OutboxVerbs
from storage.postgres.reading import ReadingVerbs
from storage.postgres.records import RecordVerbs
from storage.postgres.roles import RoleVerbs
from storage.postgres.session import Session
from storage.postgres.transaction import PostgresTransaction, turn_reads


class PostgresStore(OutboxVerbs, ReadingVerbs, ErasingVerbs, RecordVerbs, RoleVerbs, AuditVerbs):
    def __init__(self, session: Session, chain_key: bytes | None = None) -> None:
        self._session = session
        self._chain_key = chain_key

    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[PostgresTransaction]:
        async with self._session.turn(who, *turn_reads(who)) as turn:
            transaction = PostgresTransaction(who, turn)
            yield transaction
            if transaction.wrote:
                lines = await self.on_record(turn, transaction.events)
                await self._session.commit(turn, [*transaction.writes(), *lines], transaction.change())

    def changes(self) -> AsyncIterator[Changed]:
        return self._session.feed.changes()
