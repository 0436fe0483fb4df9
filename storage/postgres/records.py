"""Everything that is kept, in the form that all stores share: for backups and moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from bot.ports import Record
from storage.chain import audit_key
from storage.postgres.documents import OUTBOUND, TICKET, dump, load, read_json, text_of
from storage.postgres.erasing import LAST_TICKET
from storage.postgres.feed import GAP, payload
from storage.postgres.rows import put_rows, row_of
from storage.postgres.session import Row, Session, Statement, to_the_end
from storage.postgres.trouble import store_errors
from storage.tables import TABLES

_PAGE: Final = 500  # records read in one statement


class RecordVerbs:
    """The verbs of ``bot.ports.Store`` that know all records at once."""

    _session: Session

    async def records(self) -> AsyncIterator[Record]:
        for table in TABLES:
            query, first = _PAGES[table]
            last: tuple[Any, ...] = first
            while page := await self._session.fetch(query, (*last, _PAGE)):
                for row in page:
                    yield _record(table, row)
                # Every page begins behind the last one's end, so no snapshot is held while a slow reader writes.
                last = tuple(page[-1][: len(first)])

    async def load(self, records: Sequence[Record]) -> None:
        by_table: dict[str, list[tuple[str, Any]]] = {}
        for record in records:
            by_table.setdefault(record.table, []).append((record.key, read_json(record.document)))
        writes = [statement for table in TABLES for statement in _loads(table, dict(by_table.get(table, ())))]
        if writes:
            await to_the_end(self._load(writes))

    async def _load(self, writes: Sequence[Statement]) -> None:
        async with self._session.connection() as connection:
            with store_errors():
                async with asyncio.timeout(_LOAD), connection.transaction(), connection.pipeline():
                    for query, parameters in writes:
                        await connection.execute(query, parameters)
                    await connection.execute(
                        "select pg_notify(%s, %s)", (self._session.schema, payload(GAP, self._session.origin))
                    )
        self._session.feed.publish(GAP)

    async def counts(self) -> Mapping[str, int]:
        [counted] = await self._session.fetch(
            "select (select count(*) from delegates), (select count(*) from entries), (select count(*) from tickets),"
            " (select count(*) from outbox), (select count(*) from seen), (select count(*) from refs),"
            " (select count(*) from settings), (select count(*) from audit)"
        )
        return dict(zip(TABLES, map(int, counted), strict=True))


_LOAD: Final = 32.0  # seconds for the records that are put at once
_PAGES: Final[Mapping[str, tuple[LiteralString, tuple[Any, ...]]]] = {
    "delegates": ("select key, document::text from delegates where key > %s order by key limit %s", ("",)),
    "entries": (
        (
            "select delegate, seq, document::text from entries where (delegate, seq) > (%s, %s)"
            " order by delegate, seq limit %s"
        ),
        ("", 0),
    ),
    "tickets": ("select number, document::text from tickets where number > %s order by number limit %s", (0,)),
    # In the order in which they were committed, for that is the order in which they leave.
    "outbox": (
        "select place, id, document::text, due, attempts, unsure from outbox where place > %s order by place limit %s",
        (0,),
    ),
    "seen": ("select key, by, until from seen where key > %s order by key limit %s", ("",)),
    "refs": ("select key, ticket from refs where key > %s order by key limit %s", ("",)),
    "settings": ("select key, document::text from settings where key > %s order by key limit %s", ("",)),
    "audit": ("select seq, document::text from audit where seq > %s order by seq limit %s", (0,)),
}


def _record(table: str, row: Row) -> Record:
    match table:
        case "entries":
            key, document = f"{row[0]}|{row[1]:08d}", row[2]
        case "outbox":
            key, document = row[1], dump(OUTBOUND, row_of(row[2:]))
        case "audit":
            key, document = audit_key(row[0]), row[1]
        case "seen":
            key, document = row[0], text_of({"by": row[1], "until": row[2].isoformat()})
        case "refs":
            key, document = row[0], text_of({"ticket": row[1]})
        case _:
            key, document = str(row[0]), row[1]
    return Record(table, key, document.encode())


def _loads(table: str, documents: Mapping[str, Any]) -> Iterable[Statement]:
    """Statements that put the documents of one table, replacing those with the same key."""
    if not documents:
        return
    keys, values = list(documents), list(documents.values())
    texts = [text_of(value) for value in values]
    match table:
        case "delegates":
            yield (_LOAD_DELEGATES, (keys, texts))
        case "entries":
            split = [key.rpartition("|") for key in keys]
            numbers = [int(seq) for _, _, seq in split]
            yield (_LOAD_ENTRIES, ([who for who, _, _ in split], numbers, [one.get("ticket") for one in values], texts))
        case "tickets":
            tickets = [load(TICKET, text) for text in texts]
            columns = zip(*((one.id, one.delegate, one.version, one.open) for one in tickets), strict=True)
            yield (_LOAD_TICKETS, (*map(list, columns), texts))
            yield (_COUNT_ON, (max(one.id for one in tickets),))
        case "outbox":
            yield ("select drop_rows(%s::text[])", (keys,))
            yield put_rows([load(OUTBOUND, text) for text in texts])
        case "seen":
            yield (_LOAD_SEEN, (keys, [one["by"] for one in values], [_time(one["until"]) for one in values]))
        case "refs":
            yield (_LOAD_REFS, (keys, [one["ticket"] for one in values]))
        case "settings":
            untils = [_time(one.get("until")) for one in values]
            yield (_LOAD_SETTINGS, (keys, [one.get("who") for one in values], untils, texts))
            if LAST_TICKET in documents:
                yield (_COUNT_ON, (int(documents[LAST_TICKET]["value"]),))
        case "audit":
            yield (_LOAD_AUDIT, ([int(key) for key in keys], texts))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_LOAD_DELEGATES: Final = (
    "insert into delegates (key, document) select * from unnest(%s::text[], %s::json[])"
    " on conflict (key) do update set document = excluded.document"
)
_LOAD_ENTRIES: Final = (
    "insert into entries (delegate, seq, ticket, document)"
    " select * from unnest(%s::text[], %s::integer[], %s::bigint[], %s::json[])"
    " on conflict (delegate, seq) do update set ticket = excluded.ticket, document = excluded.document"
)
_LOAD_TICKETS: Final = (
    "insert into tickets (number, delegate, version, open, document)"
    " select * from unnest(%s::bigint[], %s::text[], %s::integer[], %s::boolean[], %s::json[])"
    " on conflict (number) do update set delegate = excluded.delegate, version = excluded.version,"
    " open = excluded.open, document = excluded.document"
)
_COUNT_ON: Final = (  # numbers go on behind the highest that was ever given
    "select setval('ticket_numbers', greatest(%s, (select last_value from ticket_numbers where is_called)))"
)
_LOAD_SEEN: Final = (
    "insert into seen (key, by, until) select * from unnest(%s::text[], %s::text[], %s::timestamptz[])"
    " on conflict (key) do update set by = excluded.by, until = excluded.until"
)
_LOAD_AUDIT: Final = (
    "insert into audit (seq, document) select * from unnest(%s::bigint[], %s::json[])"
    " on conflict (seq) do update set document = excluded.document"
)
_LOAD_REFS: Final = (
    "insert into refs (key, ticket) select * from unnest(%s::text[], %s::bigint[])"
    " on conflict (key) do update set ticket = excluded.ticket"
)
_LOAD_SETTINGS: Final = (
    "insert into settings (key, who, until, document)"
    " select * from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::json[])"
    " on conflict (key) do update set who = excluded.who, until = excluded.until, document = excluded.document"
)
