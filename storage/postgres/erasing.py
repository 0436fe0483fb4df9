"""What leaves for good: erasure, redaction, and small things whose time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import psycopg
import structlog

from bot.model.errors import StoreUnavailable
from bot.model.messages import Message, TicketId
from bot.model.people import DelegateId
from bot.model.tickets import Ticket
from storage.postgres.documents import ENTRY, TICKET, dump, load
from storage.postgres.feed import Changed
from storage.postgres.session import Session, Statement

LAST_TICKET: Final = "store:last-ticket"  # the highest number ever given, for a store that counts its tickets
_VACUUM: Final = 60.0  # seconds

log = structlog.get_logger("storage.postgres")


class ErasingVerbs:
    """The verbs of ``bot.ports.Store`` that remove."""

    _session: Session

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        mine: Statement = ("select document::text from tickets where delegate = %s order by number for update", (who,))
        async with self._session.turn(who, mine) as turn:
            tickets = [load(TICKET, text) for (text,) in turn.found[0]]
            numbers = [ticket.id for ticket in tickets]
            change = Changed(who, tuple(numbers), gap=True)
            await self._session.commit(turn, _erase(who, numbers), change)
        await self._scrub()
        return tickets

    async def redact(self, number: TicketId, now: datetime) -> None:
        found = await self._session.fetch("select delegate from tickets where number = %s", (number,))
        if not found:
            return
        who = DelegateId(found[0][0])
        reads: tuple[Statement, Statement] = (
            ("select document::text from tickets where number = %s for update", (number,)),
            ("select document::text from entries where ticket = %s", (number,)),
        )
        async with self._session.turn(who, *reads) as turn:
            tickets, entries = turn.found
            ticket = load(TICKET, tickets[0][0]) if tickets else None
            if ticket is None or ticket.redacted_at is not None:
                return
            writes = _redact(ticket, [text for (text,) in entries], now)
            await self._session.commit(turn, writes, Changed(who, (number,), gap=True))
        await self._scrub()

    async def sweep(self, now: datetime) -> int:
        [(gone,)] = await self._session.fetch(
            "with handled as (delete from seen where until <= %s returning 1),"
            " small as (delete from settings where until <= %s returning 1)"
            " select (select count(*) from handled) + (select count(*) from small)",
            (now, now),
        )
        return int(gone)

    async def _scrub(self) -> None:
        """Free the room of what was removed, so that it is written over; see docs/reference/postgres.md for the rest.

        A failure is no fault of the erasure, which is committed: the server's own cleaning comes later.
        """
        try:
            async with self._session.connection() as connection, asyncio.timeout(_VACUUM):
                try:
                    await connection.execute(f"set statement_timeout = '{_VACUUM:.0f}s'".encode())
                    await connection.execute("vacuum delegates, entries, tickets, outbox, lines, seen, refs, settings")
                    await connection.execute("reset statement_timeout")
                except BaseException:
                    await connection.close()
                    raise
        except (StoreUnavailable, psycopg.Error, TimeoutError) as error:
            log.warning("vacuum_failed", reason=type(error).__name__)


def _erase(who: DelegateId, numbers: Sequence[TicketId]) -> list[Statement]:
    writes: list[Statement] = [
        ("select drop_rows(array(select id from outbox where delegate = %s or addressee = %s))", (who, who)),
        ("delete from delegates where key = %s", (who,)),
        ("delete from entries where delegate = %s", (who,)),
        ("delete from tickets where delegate = %s", (who,)),
        ("delete from seen where by = %s", (who,)),
        ("delete from settings where who = %s", (who,)),
    ]
    if numbers:
        writes.append(("delete from refs where ticket = any (%s)", (list(numbers),)))
        writes.append(
            (
                (
                    "insert into settings (key, document)"
                    ' select %s, format(\'{"value":"%%s"}\', last_value)::json from ticket_numbers'
                    " on conflict (key) do update set document = excluded.document"
                ),
                (LAST_TICKET,),
            )
        )
    return writes


def _redact(ticket: Ticket, entries: Sequence[str], now: datetime) -> list[Statement]:
    bare = replace(ticket, question="", delegate_name="", promise="", redacted_at=now, version=ticket.version + 1)
    writes: list[Statement] = [
        ("select save_ticket(%s, %s, %s, %s, %s::json)",
         (ticket.id, ticket.version, bare.version, bare.open, dump(TICKET, bare))),
    ]  # fmt: skip
    lines = [load(ENTRY, text) for text in entries]
    for line in lines:
        empty = replace(line, message=Message((), line.message.language), attachments=())
        writes.append(
            (
                "update entries set document = %s::json where delegate = %s and seq = %s",
                (dump(ENTRY, empty), line.delegate, line.seq),
            )
        )
    writes.append(
        (
            (
                "select drop_rows(array(select id from outbox"
                " where ticket = %s or (delegate = %s and entry = any (%s::integer[]))))"
            ),
            (ticket.id, ticket.delegate, [line.seq for line in lines]),
        )
    )
    return writes
