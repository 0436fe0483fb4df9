"""The store's logic over documents by key; the same for every keeper that offers ``Tables``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final

from bot.model.messages import Entry, Lane, Message, Outbound, OutboundId, Receipt, ShowTicket, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import Ticket
from bot.ports import Record
from storage.audit import AuditVerbs
from storage.codec import DELEGATE, ENTRY, OUTBOUND, TICKET, read_json, with_time, write_json
from storage.erasure import everything_of, rows_of, words_of
from storage.feed import FEED_LIMIT, Committed, Feeds, follow, publish
from storage.index import Index, entry_key, ref_key
from storage.rows import Rows
from storage.tables import SCRUB_OWED, TABLES, Damage, Document, Drop, Put, Tables, Write, nothing
from storage.turn import DocumentTransaction
from storage.turns import InTurn, Locks

__all__ = ["FEED_LIMIT", "Committed", "DocumentStore", "DocumentTransaction"]

_AT_ONCE: Final = 500  # records handed over before others have their turn in the event loop
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class DocumentStore(AuditVerbs):
    """A store for one process; see ``bot.ports.Store`` for what each method promises."""

    def __init__(self, tables: Tables, chain_key: bytes | None = None) -> None:
        self._tables = tables
        self._chain_key = chain_key
        self._chain = asyncio.Lock()
        self._locks: Locks = {}
        self._index = Index(tables)
        self._rows = Rows(OUTBOUND.load(row) for _, row in tables.items("outbox"))
        self._feeds: Feeds = set()
        self._removed = 0
        """Removals that are readable; with those on their way it tells whether a scrub took in all of them."""
        self._removing = 0

    @property
    def damage(self) -> Sequence[Damage]:
        """Places in the files that cannot be read any more; empty when all is well."""
        return self._tables.damage

    @property
    def _leases(self) -> Mapping[OutboundId, datetime]:
        return self._rows.leases

    @property
    def _history(self) -> dict[DelegateId, int]:
        return self._index.last_seq

    # ---------------------------------------------------------------- turns

    def transaction(self, who: DelegateId) -> AbstractAsyncContextManager[DocumentTransaction]:
        return Turn(self, who)

    def _turn(self, who: DelegateId) -> InTurn:
        return InTurn(self._locks, self._tables.settled, who)

    async def commit_turn(self, turn: DocumentTransaction) -> None:
        if turn.events:
            async with self.on_record(turn.events) as lines:
                await self._commit([*turn.writes, *lines], lambda: self._committed(turn))
        elif turn.wrote:
            await self._commit(turn.writes, lambda: self._committed(turn))

    async def _commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing, *, hurry: bool = True) -> None:
        def applied() -> None:
            self._index.applied(writes)
            then()

        await self._tables.commit(writes, applied, hurry=hurry)

    def _committed(self, turn: DocumentTransaction) -> None:
        for row in turn.rows.values():
            self._rows.put(row)
        self._publish(Committed(turn.who, tuple(dict.fromkeys(turn.touched_tickets)), outbox=bool(turn.rows)))

    def next_ticket(self) -> TicketId:
        return self._index.next_ticket()

    def last_seq(self, who: DelegateId) -> int:
        return self._index.last_seq.get(who, 0)

    def tickets_of(self, who: DelegateId) -> Sequence[TicketId]:
        return list(self._index.tickets_of.get(who, ()))

    def read(self, table: str, key: str) -> Document | None:
        return self._tables.get(table, key)

    def has_row(self, row: OutboundId) -> bool:
        return row in self._rows

    # ---------------------------------------------------------------- outbox

    async def claim_outbox(
        self,
        *,
        limit: int,
        now: datetime,
        lease: timedelta,
        doors: Collection[str] | None = None,
        paused: Collection[str] = (),
    ) -> Sequence[Outbound]:
        return self._rows.claim(limit, now, lease, doors, paused)

    async def next_due(self, *, doors: Collection[str] | None = None, paused: Collection[str] = ()) -> datetime | None:
        return self._rows.next_due(doors, paused)

    async def waiting(self, *, broadcast: str = "") -> int:
        return len(self._rows.of_broadcast(broadcast)) if broadcast else len(self._rows)

    def _is_there(self, row: Outbound) -> bool:
        """Whether it is still the row that was claimed: not delivered, erased or sent another way since."""
        known = self._rows.get(row.id)
        return known is not None and known.to == row.to

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            if not self._is_there(row):
                return
            writes: list[Write] = [Drop("outbox", row.id)]
            if row.entry is not None and (line := self._tables.get("entries", entry_key(who, row.entry))) is not None:
                shown = with_time(line, "delivered_at", now) or ENTRY.dump(replace(ENTRY.load(line), delivered_at=now))
                writes.append(Put("entries", entry_key(who, row.entry), shown))
            # What delegates get is found by no reference of their own door: only lanes of reception need them.
            about = None if isinstance(row.body, Message) else row.ticket
            ticket = None if about is None else await self.ticket(about)
            if ticket is not None:  # not erased while the message was on its way
                writes += _shown(ticket, row, receipt, now)
            change = Committed(who, () if row.ticket is None else (row.ticket,))
            # People wait for what became of a ticket; that any other line arrived is seen soon enough.
            hurry = row.ticket is not None or row.lane is Lane.EMERGENCY
            await self._commit(writes, lambda: self._rows_left([row], change), hurry=hurry)

    async def postpone(self, row: OutboundId, until: datetime, *, unsure: bool = False) -> None:
        known = self._rows.get(row)
        if known is None:
            return
        async with self._turn(known.delegate or known.to.delegate):
            later = self._rows.postpone(row, until, unsure=unsure)
            if later is None:  # erased meanwhile: it must not come back
                return
            await self._commit([Put("outbox", row, OUTBOUND.dump(later))], lambda: self._rows.put(later))

    async def undeliverable(self, row: Outbound, reason: str) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            if not self._is_there(row):
                return
            writes: list[Write] = [Drop("outbox", row.id)]
            if row.entry is not None and (entry := await self.entry(who, row.entry)) is not None:
                writes.append(
                    Put("entries", entry_key(who, entry.seq), ENTRY.dump(replace(entry, undeliverable=reason)))
                )
            change = Committed(who, (row.ticket,) if row.ticket is not None else ())
            await self._commit(writes, lambda: self._rows_left([row], change))

    async def redirect(self, row: Outbound, to: Address) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            if not self._is_there(row):
                return
            moved = replace(row, to=to, attempts=0, unsure=False, replaces="")

            def redirected() -> None:
                self._rows.remove(row.id)
                self._rows.put(moved)
                self._publish(Committed(who, outbox=True))

            # Removed and put again: it stands last at the new address, also after opening again.
            await self._commit([Drop("outbox", row.id), Put("outbox", row.id, OUTBOUND.dump(moved))], redirected)

    async def withdraw(self, broadcast: str) -> int:
        rows = [row for row in self._rows.of_broadcast(broadcast) if row not in self._rows.leases]
        if not rows:
            return 0
        for row in rows:
            self._rows.lease(row, _NEVER)  # nobody may claim them while they are being removed
        gone = False

        def withdrawn() -> None:
            nonlocal gone
            gone = True
            for row in rows:
                self._rows.remove(row)

        try:
            await self._commit([Drop("outbox", row) for row in rows], withdrawn)
        finally:
            if not gone:
                for row in rows:
                    self._rows.release(row)
        return len(rows)

    def _rows_left(self, rows: Sequence[Outbound], change: Committed) -> None:
        for row in rows:
            self._rows.remove(row.id)
        self._publish(change)

    # ---------------------------------------------------------------- reading

    async def delegate(self, who: DelegateId) -> Delegate | None:
        document = self._tables.get("delegates", who)
        return DELEGATE.load(document) if document else None

    async def delegates(self) -> Sequence[Delegate]:
        found: list[Delegate] = []
        for number, (_, document) in enumerate(sorted(self._tables.items("delegates"), key=itemgetter(0))):
            if number % _AT_ONCE == 0:  # ten thousand at once would hold up everybody else for a tenth of a second
                await asyncio.sleep(0)
            found.append(DELEGATE.load(document))
        return found

    async def entries(self, who: DelegateId, *, after: int = 0, limit: int = 200) -> Sequence[Entry]:
        return [ENTRY.load(document) for document in self._index.history(who, after=after, limit=limit)]

    async def entry(self, who: DelegateId, seq: int) -> Entry | None:
        document = self._tables.get("entries", entry_key(who, seq))
        return ENTRY.load(document) if document else None

    async def ticket(self, number: TicketId) -> Ticket | None:
        document = self._tables.get("tickets", str(number))
        return TICKET.load(document) if document else None

    async def tickets(self, *, include_resolved: bool = False) -> Sequence[Ticket]:
        if include_resolved:
            found = [TICKET.load(document) for _, document in self._tables.items("tickets")]
        else:
            numbers = list(self._index.open_tickets)
            found = [ticket for number in numbers if (ticket := await self.ticket(number)) is not None]
        return sorted(found, key=lambda ticket: (not ticket.open, ticket.priority, ticket.opened_at, ticket.id))

    async def timeline(self, number: TicketId) -> Sequence[Entry]:
        documents = [self._tables.get("entries", key) for key in self._index.timeline(number)]
        lines = (ENTRY.load(document) for document in documents if document)
        # The index may still name a line that was given to another ticket since.
        return sorted((line for line in lines if line.ticket == number), key=lambda line: line.seq)

    async def ticket_of(self, address: Address, ref: str) -> TicketId | None:
        document = self._tables.get("refs", ref_key(address, ref))
        return TicketId(read_json(document)["ticket"]) if document else None

    # ---------------------------------------------------------------- erasure

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        async with self._turn(who):
            tickets = [ticket for number in self.tickets_of(who) if (ticket := await self.ticket(number)) is not None]
            rows = rows_of(self._rows, who)
            change = Committed(who, tuple(ticket.id for ticket in tickets), gap=True)

            def erased() -> None:
                self._index.erased(who)
                self._rows_left(rows, change)

            await self._remove(everything_of(self._tables, self._index, who, rows), erased)
            await self._scrub()
            return tickets

    async def redact(self, number: TicketId, now: datetime) -> None:
        known = await self.ticket(number)
        if known is None:
            return
        async with self._turn(known.delegate):
            ticket = await self.ticket(number)
            if ticket is None:
                return
            if ticket.redacted_at is None:
                writes, rows = words_of(ticket, await self.timeline(number), self._rows, now)
                change = Committed(ticket.delegate, (number,), gap=True)
                await self._remove(writes, lambda: self._rows_left(rows, change))
            await self._scrub()

    async def _remove(self, writes: Sequence[Write], then: Callable[[], None]) -> None:
        """Commit it together with the debt to the files: what comes after may be refused, or never come."""

        def removed() -> None:
            self._removed += 1
            then()

        self._removing += 1
        try:
            await self._commit([*writes, Put("settings", SCRUB_OWED, write_json({"value": "1"}))], removed)
        finally:
            self._removing -= 1

    async def _scrub(self) -> None:
        taken_in = self._removed
        await self._tables.scrub()
        await self._tables.settled()
        # What was removed meanwhile may be in the files: whoever removed it pays for it, or it stays owed.
        if self._tables.get("settings", SCRUB_OWED) is not None and taken_in == self._removed and not self._removing:
            await self._commit([Drop("settings", SCRUB_OWED)])

    async def sweep(self, now: datetime) -> int:
        writes = self._index.expired(now)
        if writes:
            await self._commit(writes)
        if self._tables.get("settings", SCRUB_OWED) is not None:
            await self._scrub()
        return len(writes)

    # ---------------------------------------------------------------- one process

    async def lead(self, role: str, holder: str, lease: timedelta) -> bool:  # noqa: ARG002 -- nobody else can open it
        return True

    async def resign(self, role: str, holder: str) -> None:
        """Nobody waits for the role."""

    # ---------------------------------------------------------------- backups and moves

    async def records(self) -> AsyncIterator[Record]:
        for table in TABLES:
            for number, (key, document) in enumerate(self._tables.items(table)):
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
                yield Record(table, key, document)

    async def load(self, records: Sequence[Record]) -> None:
        # As this version writes them: what is looked for inside documents without decoding them stands there so.
        writes = [Put(record.table, record.key, write_json(read_json(record.document))) for record in records]

        def loaded() -> None:
            for write in writes:
                if write.table == "outbox":
                    self._rows.put(OUTBOUND.load(write.document))
            self._publish(Committed(DelegateId(""), outbox=True, gap=True))

        await self._commit(writes, loaded)

    async def counts(self) -> Mapping[str, int]:
        return {table: self._tables.count(table) for table in TABLES}

    # ---------------------------------------------------------------- small things of the doors

    async def remember(
        self, key: str, value: str, *, until: datetime | None = None, who: DelegateId | None = None
    ) -> None:
        document = {"value": value}
        if until is not None:
            document["until"] = until.isoformat()
        if who is not None:
            document["who"] = who
        await self._commit([Put("settings", key, write_json(document))])

    async def recall(self, key: str) -> str | None:
        document = self._tables.get("settings", key)
        return None if document is None else str(read_json(document)["value"])

    async def recall_all(self, prefix: str) -> Mapping[str, str]:
        found = ((key, document) for key, document in self._tables.items("settings") if key.startswith(prefix))
        return {key: str(read_json(document)["value"]) for key, document in sorted(found)}

    async def forget(self, key: str) -> None:
        await self._commit([Drop("settings", key)])

    # ---------------------------------------------------------------- live views

    def changes(self) -> AsyncIterator[Committed]:
        return follow(self._feeds)

    def _publish(self, change: Committed) -> None:
        publish(self._feeds, change)


class Turn:
    """A transaction that is under way: committed when it ends well."""

    __slots__ = ("_in_turn", "_store", "_turn")

    def __init__(self, store: DocumentStore, who: DelegateId) -> None:
        self._store = store
        self._in_turn = store._turn(who)  # noqa: SLF001 -- the store's own
        self._turn = DocumentTransaction(store, who)

    async def __aenter__(self) -> DocumentTransaction:
        await self._in_turn.__aenter__()
        return self._turn

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                await self._store.commit_turn(self._turn)
        finally:
            await self._in_turn.__aexit__()


def _shown(ticket: Ticket, row: Outbound, receipt: Receipt, now: datetime) -> Sequence[Write]:
    """What a delivery to reception leaves behind: where its messages belong, and that the ticket was seen."""
    refs = (*receipt.refs, *([receipt.thread] if receipt.thread else ()))
    belongs = write_json({"ticket": ticket.id})
    writes: list[Write] = [Put("refs", ref_key(row.to, ref), belongs) for ref in refs]
    if isinstance(row.body, ShowTicket) and receipt.shown:
        threads = {**ticket.threads, row.to.channel: receipt.thread} if receipt.thread else ticket.threads
        seen = replace(ticket, seen_at=ticket.seen_at or now, threads=threads)
        writes.append(Put("tickets", str(ticket.id), TICKET.dump(seen)))
    return writes
