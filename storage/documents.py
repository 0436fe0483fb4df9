"""The store's logic over documents by key; the same for every keeper that offers ``Tables``."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.model.errors import StaleWrite
from bot.model.messages import Entry, InboundId, Message, Outbound, OutboundId, Receipt, ShowTicket, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import Ticket, TicketState
from bot.ports import Record
from storage.codec import DELEGATE, ENTRY, OUTBOUND, TICKET
from storage.tables import TABLES, Document, Drop, Put, Tables, Write

FEED_LIMIT: Final = 1_000  # changes a slow reader of a live view may lag behind before it is told to load again
_AT_ONCE: Final = 500  # records handed over before others have their turn in the event loop
LAST_TICKET: Final = (
    "store:last-ticket"  # kept when tickets are erased: staff know their numbers, nobody gets them again
)


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit changed; see ``bot.ports.Change``. ``gap`` means: something was missed, load again."""

    delegate: DelegateId
    tickets: tuple[TicketId, ...] = ()
    outbox: bool = False
    gap: bool = False


class DocumentStore:
    """A store for one process; see ``bot.ports.Store`` for what each method promises."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._locks: dict[DelegateId, tuple[asyncio.Lock, int]] = {}
        self._outbox: dict[OutboundId, Outbound] = {
            OutboundId(key): OUTBOUND.load(row) for key, row in tables.items("outbox")
        }
        self._leases: dict[OutboundId, datetime] = {}
        self._history: dict[DelegateId, list[int]] = defaultdict(list)
        self._ticket_entries: dict[TicketId, list[str]] = defaultdict(list)
        for key, document in tables.items("entries"):
            self._index_entry(DelegateId(key.rpartition("|")[0]), int(key.rpartition("|")[2]), document)
        for numbers in self._history.values():
            numbers.sort()
        self._tickets_of: dict[DelegateId, list[TicketId]] = defaultdict(list)
        for key, document in sorted(tables.items("tickets"), key=lambda item: int(item[0])):
            self._tickets_of[DelegateId(document["delegate"])].append(TicketId(int(key)))
        erased = tables.get("settings", LAST_TICKET)
        self._last_ticket = max(
            0 if erased is None else int(erased["value"]), *(int(key) for key, _ in tables.items("tickets")), 0
        )
        self._feeds: set[asyncio.Queue[Committed]] = set()

    def _index_entry(self, who: DelegateId, seq: int, document: Document) -> None:
        self._history[who].append(seq)
        if document.get("ticket") is not None:
            self._ticket_entries[TicketId(document["ticket"])].append(_entry_key(who, seq))

    # ---------------------------------------------------------------- turns

    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[DocumentTransaction]:
        async with self._turn(who):
            turn = DocumentTransaction(self, who)
            yield turn
            await self._commit(turn)

    @asynccontextmanager
    async def _turn(self, who: DelegateId) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(who, (asyncio.Lock(), 0))
        self._locks[who] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[who]
            if waiting == 1:
                del self._locks[who]
            else:
                self._locks[who] = (lock, waiting - 1)

    async def _commit(self, turn: DocumentTransaction) -> None:
        if not turn.writes:
            return
        await self._tables.commit(turn.writes, lambda: self._committed(turn))

    def _committed(self, turn: DocumentTransaction) -> None:
        for entry in turn.new_entries:
            self._index_entry(turn.who, entry.seq, ENTRY.dump(entry))
        for ticket in turn.new_tickets:
            self._tickets_of[turn.who].append(ticket)
        self._outbox.update(turn.rows)
        self._publish(Committed(turn.who, tuple(dict.fromkeys(turn.touched_tickets)), outbox=bool(turn.rows)))

    def next_ticket(self) -> TicketId:
        self._last_ticket += 1
        return TicketId(self._last_ticket)

    def last_seq(self, who: DelegateId) -> int:
        numbers = self._history.get(who)
        return numbers[-1] if numbers else 0

    def tickets_of(self, who: DelegateId) -> list[TicketId]:
        return list(self._tickets_of.get(who, ()))

    def read(self, table: str, key: str) -> Document | None:
        return self._tables.get(table, key)

    def has_row(self, row: OutboundId) -> bool:
        return row in self._outbox

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
        # A row from the future means that the clock was set back since: waiting for that time again would be absurd.
        due = [row for row in self._heads(doors, paused) if row.due_at <= now or row.created_at > now]
        free = [row for row in due if self._leases.get(row.id, now) <= now]
        claimed = sorted(free, key=lambda row: (row.lane, row.due_at, row.id))[:limit]
        for row in claimed:
            self._leases[row.id] = now + lease
        return claimed

    def _heads(self, doors: Collection[str] | None, paused: Collection[str]) -> list[Outbound]:
        """What leaves next for each address: of its most urgent lane, the row that was committed first.

        A row waits behind every earlier one of its lane, also one that is leased or postponed: order per chat. It is
        the order of the commits, which survives opening again, and not that of a clock that may be set back.
        """
        heads: dict[tuple[Address, TicketId | None], Outbound] = {}
        for row in self._outbox.values():
            if (doors is not None and row.to.channel not in doors) or row.broadcast in paused:
                continue
            # All tickets share the staff group's address; one that cannot be shown must not hold up the others.
            line = (row.to, None if isinstance(row.body, Message) else row.ticket)
            head = heads.get(line)
            if head is None or row.lane < head.lane:
                heads[line] = row
        return list(heads.values())

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            writes: list[Write] = [Drop("outbox", row.id)]
            touched: list[TicketId] = []
            if row.entry is not None and (entry := await self.entry(who, row.entry)) is not None:
                entry = replace(entry, delivered_at=now)
                writes.append(Put("entries", _entry_key(who, entry.seq), ENTRY.dump(entry)))
            if row.ticket is not None:
                ticket = await self.ticket(row.ticket)
                if ticket is not None:  # not erased while the message was on its way
                    refs = (*receipt.refs, *([receipt.thread] if receipt.thread else ()))
                    writes += [Put("refs", _ref_key(row.to, ref), {"ticket": row.ticket}) for ref in refs]
                if ticket is not None and isinstance(row.body, ShowTicket):
                    ticket = replace(
                        ticket,
                        seen_at=ticket.seen_at or now,
                        threads={**ticket.threads, row.to.channel: receipt.thread}
                        if receipt.thread
                        else ticket.threads,
                    )
                    writes.append(Put("tickets", str(ticket.id), TICKET.dump(ticket)))
                touched.append(row.ticket)
            await self._tables.commit(writes, lambda: self._row_left(row, Committed(who, tuple(touched))))

    async def postpone(self, row: OutboundId, until: datetime, *, unsure: bool = False) -> None:
        known = self._outbox.get(row)
        if known is None:
            return
        async with self._turn(known.delegate or known.to.delegate):
            waiting = self._outbox.get(row)
            if waiting is None:  # erased meanwhile: it must not come back
                return
            later = replace(waiting, due_at=until, attempts=waiting.attempts + 1, unsure=waiting.unsure or unsure)

            def postponed() -> None:
                self._outbox[row] = later
                self._leases.pop(row, None)

            await self._tables.commit([Put("outbox", row, OUTBOUND.dump(later))], postponed)

    async def undeliverable(self, row: Outbound, reason: str) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            writes: list[Write] = [Drop("outbox", row.id)]
            if row.entry is not None and (entry := await self.entry(who, row.entry)) is not None:
                writes.append(
                    Put("entries", _entry_key(who, entry.seq), ENTRY.dump(replace(entry, undeliverable=reason)))
                )
            change = Committed(who, (row.ticket,) if row.ticket is not None else ())
            await self._tables.commit(writes, lambda: self._row_left(row, change))

    async def redirect(self, row: Outbound, to: Address) -> None:
        who = row.delegate or row.to.delegate
        async with self._turn(who):
            if row.id not in self._outbox:
                return
            moved = replace(row, to=to, attempts=0, unsure=False, replaces="")

            def redirected() -> None:
                self._forget_row(row.id)
                self._outbox[row.id] = moved
                self._publish(Committed(who, outbox=True))

            await self._tables.commit([Put("outbox", row.id, OUTBOUND.dump(moved))], redirected)

    async def withdraw(self, broadcast: str) -> int:
        rows = [row for row in self._outbox.values() if row.broadcast == broadcast and row.id not in self._leases]

        def withdrawn() -> None:
            for row in rows:
                self._forget_row(row.id)

        await self._tables.commit([Drop("outbox", row.id) for row in rows], withdrawn)
        return len(rows)

    def _row_left(self, row: Outbound, change: Committed) -> None:
        self._forget_row(row.id)
        self._publish(change)

    def _forget_row(self, row: OutboundId) -> None:
        self._outbox.pop(row, None)
        self._leases.pop(row, None)

    async def next_due(self, *, doors: Collection[str] | None = None, paused: Collection[str] = ()) -> datetime | None:
        heads = self._heads(doors, paused)
        return min((max(row.due_at, self._leases.get(row.id, row.due_at)) for row in heads), default=None)

    async def waiting(self, *, broadcast: str = "") -> int:
        if not broadcast:
            return len(self._outbox)
        return sum(row.broadcast == broadcast for row in self._outbox.values())

    # ---------------------------------------------------------------- reading

    async def delegate(self, who: DelegateId) -> Delegate | None:
        document = self._tables.get("delegates", who)
        return DELEGATE.load(document) if document else None

    async def delegates(self) -> Sequence[Delegate]:
        return [DELEGATE.load(document) for _, document in sorted(self._tables.items("delegates"))]

    async def entries(self, who: DelegateId, *, after: int = 0, limit: int = 200) -> Sequence[Entry]:
        numbers = [seq for seq in self._history.get(who, ()) if seq > after][-limit:]
        documents = [self._tables.get("entries", _entry_key(who, seq)) for seq in numbers]
        return [ENTRY.load(document) for document in documents if document]

    async def entry(self, who: DelegateId, seq: int) -> Entry | None:
        document = self._tables.get("entries", _entry_key(who, seq))
        return ENTRY.load(document) if document else None

    async def ticket(self, number: TicketId) -> Ticket | None:
        document = self._tables.get("tickets", str(number))
        return TICKET.load(document) if document else None

    async def tickets(self, *, include_resolved: bool = False) -> Sequence[Ticket]:
        found = [TICKET.load(document) for _, document in self._tables.items("tickets")]
        wanted = [ticket for ticket in found if include_resolved or ticket.state is not TicketState.RESOLVED]
        return sorted(wanted, key=lambda ticket: (not ticket.open, ticket.priority, ticket.opened_at, ticket.id))

    async def timeline(self, number: TicketId) -> Sequence[Entry]:
        documents = [self._tables.get("entries", key) for key in self._ticket_entries.get(number, ())]
        return sorted((ENTRY.load(document) for document in documents if document), key=lambda entry: entry.seq)

    async def ticket_of(self, address: Address, ref: str) -> TicketId | None:
        document = self._tables.get("refs", _ref_key(address, ref))
        return TicketId(document["ticket"]) if document else None

    # ---------------------------------------------------------------- erasure

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        async with self._turn(who):
            tickets = [ticket for number in self.tickets_of(who) if (ticket := await self.ticket(number)) is not None]
            gone = {str(ticket.id) for ticket in tickets}
            rows = [row for row in self._outbox.values() if who in (row.delegate, row.to.delegate)]
            writes: list[Write] = [Drop("delegates", who)]
            writes += [Drop("entries", _entry_key(who, seq)) for seq in self._history.get(who, ())]
            writes += [Drop("tickets", number) for number in gone]
            writes += [Drop("outbox", row.id) for row in rows]
            writes += [Drop("seen", key) for key, document in self._tables.items("seen") if document.get("by") == who]
            writes += [
                Drop("settings", key) for key, document in self._tables.items("settings") if document.get("who") == who
            ]
            writes += [
                Drop("refs", key) for key, document in self._tables.items("refs") if str(document.get("ticket")) in gone
            ]
            if gone:
                writes.append(Put("settings", LAST_TICKET, {"value": str(self._last_ticket)}))
            await self._tables.commit(writes, lambda: self._erased(who, tickets, rows))
            await self._tables.scrub()
            return tickets

    def _erased(self, who: DelegateId, tickets: Sequence[Ticket], rows: Sequence[Outbound]) -> None:
        for row in rows:
            self._forget_row(row.id)
        self._history.pop(who, None)
        self._tickets_of.pop(who, None)
        for ticket in tickets:
            self._ticket_entries.pop(ticket.id, None)
        self._publish(Committed(who, tuple(ticket.id for ticket in tickets), gap=True))

    async def redact(self, number: TicketId, now: datetime) -> None:
        known = await self.ticket(number)
        if known is None:
            return
        async with self._turn(known.delegate):
            ticket = await self.ticket(number)
            if ticket is None or ticket.redacted_at is not None:
                return
            bare = replace(ticket, question="", delegate_name="", redacted_at=now, version=ticket.version + 1)
            writes: list[Write] = [Put("tickets", str(number), TICKET.dump(bare))]
            for entry in await self.timeline(number):
                empty = replace(entry, message=Message((), entry.message.language), attachments=())
                writes.append(Put("entries", _entry_key(entry.delegate, entry.seq), ENTRY.dump(empty)))
            numbers = {entry.seq for entry in await self.timeline(number)}
            rows = [
                row
                for row in self._outbox.values()
                if row.ticket == number or (row.delegate == ticket.delegate and row.entry in numbers)
            ]
            writes += [Drop("outbox", row.id) for row in rows]

            def redacted() -> None:
                for row in rows:
                    self._forget_row(row.id)
                self._publish(Committed(ticket.delegate, (number,), gap=True))

            await self._tables.commit(writes, redacted)
            await self._tables.scrub()

    async def sweep(self, now: datetime) -> int:
        writes = [
            Drop(table, key)
            for table in ("seen", "settings")
            for key, document in self._tables.items(table)
            if (until := document.get("until")) is not None and datetime.fromisoformat(until) <= now
        ]
        if writes:
            await self._tables.commit(writes)
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
                yield Record(table, key, json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    async def load(self, records: Sequence[Record]) -> None:
        """Put records as they are; the indexes are built when the store is opened again."""
        await self._tables.commit([Put(record.table, record.key, json.loads(record.document)) for record in records])

    async def counts(self) -> Mapping[str, int]:
        return {table: sum(1 for _ in self._tables.items(table)) for table in TABLES}

    # ---------------------------------------------------------------- small things of the doors

    async def remember(
        self, key: str, value: str, *, until: datetime | None = None, who: DelegateId | None = None
    ) -> None:
        document = {"value": value}
        if until is not None:
            document["until"] = until.isoformat()
        if who is not None:
            document["who"] = who
        await self._tables.commit([Put("settings", key, document)])

    async def recall(self, key: str) -> str | None:
        document = self._tables.get("settings", key)
        return None if document is None else str(document["value"])

    async def recall_all(self, prefix: str) -> Mapping[str, str]:
        found = ((key, document) for key, document in self._tables.items("settings") if key.startswith(prefix))
        return {key: str(document["value"]) for key, document in sorted(found)}

    async def forget(self, key: str) -> None:
        await self._tables.commit([Drop("settings", key)])

    # ---------------------------------------------------------------- live views

    async def changes(self) -> AsyncIterator[Committed]:
        feed: asyncio.Queue[Committed] = asyncio.Queue(FEED_LIMIT)
        self._feeds.add(feed)
        try:
            while True:
                yield await feed.get()
        finally:
            self._feeds.discard(feed)

    def _publish(self, change: Committed) -> None:
        for feed in self._feeds:
            if feed.full():
                while not feed.empty():
                    feed.get_nowait()
                feed.put_nowait(replace(change, gap=True))
            else:
                feed.put_nowait(change)


class DocumentTransaction:
    """Collects a turn's writes; they are committed together when the turn ends well."""

    def __init__(self, store: DocumentStore, who: DelegateId) -> None:
        self.who = who
        self.writes: list[Write] = []
        self.new_entries: list[Entry] = []
        self.new_tickets: list[TicketId] = []
        self.touched_tickets: list[TicketId] = []
        self.rows: dict[OutboundId, Outbound] = {}
        self._store = store
        self._delegate: Delegate | None = None
        self._tickets: dict[TicketId, Ticket] = {}
        self._noted: set[InboundId] = set()

    async def known(self, inbound: InboundId, *, now: datetime, until: datetime) -> bool:
        document = self._store.read("seen", inbound)
        if inbound in self._noted or (document is not None and datetime.fromisoformat(document["until"]) > now):
            return True
        self._noted.add(inbound)
        self.writes.append(Put("seen", inbound, {"by": self.who, "until": until.isoformat()}))
        return False

    async def delegate(self) -> Delegate | None:
        return self._delegate or await self._store.delegate(self.who)

    async def save_delegate(self, delegate: Delegate) -> None:
        self._delegate = delegate
        self.writes.append(Put("delegates", self.who, DELEGATE.dump(delegate)))

    async def append(self, entry: Entry) -> Entry:
        numbered = replace(entry, seq=self._store.last_seq(self.who) + len(self.new_entries) + 1)
        self.new_entries.append(numbered)
        self.writes.append(Put("entries", _entry_key(self.who, numbered.seq), ENTRY.dump(numbered)))
        if numbered.ticket is not None:
            self.touched_tickets.append(numbered.ticket)
        return numbered

    async def assign(self, entry: Entry, ticket: TicketId) -> Entry:
        assigned = replace(entry, ticket=ticket)
        self.new_entries = [assigned if known.seq == entry.seq else known for known in self.new_entries]
        self.writes.append(Put("entries", _entry_key(self.who, entry.seq), ENTRY.dump(assigned)))
        self.touched_tickets.append(ticket)
        return assigned

    async def ticket(self, number: TicketId) -> Ticket | None:
        return self._tickets.get(number) or await self._store.ticket(number)

    async def open_tickets(self) -> Sequence[Ticket]:
        known = [*self._store.tickets_of(self.who), *self.new_tickets]
        tickets = [await self.ticket(number) for number in known]
        return [ticket for ticket in tickets if ticket is not None and ticket.open]

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        numbered = replace(ticket, id=self._store.next_ticket())
        self.new_tickets.append(numbered.id)
        self._put(numbered)
        return numbered

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        stored = await self.ticket(ticket.id)
        if stored is None or stored.version != ticket.version:
            raise StaleWrite(f"ticket {ticket.id} was changed or erased meanwhile")
        changed = replace(ticket, version=ticket.version + 1)
        self._put(changed)
        return changed

    def _put(self, ticket: Ticket) -> None:
        self._tickets[ticket.id] = ticket
        self.touched_tickets.append(ticket.id)
        self.writes.append(Put("tickets", str(ticket.id), TICKET.dump(ticket)))

    async def enqueue(self, row: Outbound) -> None:
        if self._store.has_row(row.id) or row.id in self.rows:
            return
        self.rows[row.id] = row
        self.writes.append(Put("outbox", row.id, OUTBOUND.dump(row)))


def _entry_key(who: DelegateId, seq: int) -> str:
    return f"{who}|{seq:08d}"


def _ref_key(address: Address, ref: str) -> str:
    return f"{address.channel}|{address.key}|{ref}"
