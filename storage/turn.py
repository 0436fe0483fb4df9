"""One delegate's turn on a document store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.model.audit import AuditEvent
from bot.model.errors import StaleWrite
from bot.model.messages import Entry, InboundId, Outbound, OutboundId, TicketId
from bot.model.people import Delegate, DelegateId
from bot.model.tickets import Ticket
from storage.codec import DELEGATE, ENTRY, OUTBOUND, TICKET, write_json
from storage.index import entry_key, until_of
from storage.tables import Document, Drop, Put, Write

if TYPE_CHECKING:
    from storage.documents import DocumentStore


class DocumentTransaction:
    """Collects a turn's writes; they are committed together when the turn ends well."""

    def __init__(self, store: DocumentStore, who: DelegateId) -> None:
        self.who = who
        self._puts: dict[tuple[str, str], Callable[[], Document] | None] = {}
        """What is to be written, as it was last said, in the order in which it was first said; None removes it."""
        self.touched_tickets: list[TicketId] = []
        self.rows: dict[OutboundId, Outbound] = {}
        self.events: list[AuditEvent] = []
        self._store = store
        self._delegate: Delegate | None = None
        self._lines = 0
        self._new_tickets: list[TicketId] = []
        self._tickets: dict[TicketId, Ticket] = {}
        self._noted: set[InboundId] = set()

    @property
    def wrote(self) -> bool:
        return bool(self._puts or self.events)

    @property
    def writes(self) -> Sequence[Write]:
        return [
            Drop(table, key) if document is None else Put(table, key, document())
            for (table, key), document in self._puts.items()
        ]

    async def known(self, inbound: InboundId, *, now: datetime, until: datetime) -> bool:
        document = self._store.read("seen", inbound)
        kept = None if document is None else until_of(document)
        if inbound in self._noted or (kept is not None and kept > now):
            return True
        self._noted.add(inbound)
        seen = {"by": self.who, "until": until.isoformat()}
        self._puts["seen", inbound] = partial(write_json, seen)
        return False

    async def delegate(self) -> Delegate | None:
        return self._delegate or await self._store.delegate(self.who)

    async def save_delegate(self, delegate: Delegate) -> None:
        self._delegate = delegate
        self._puts["delegates", self.who] = partial(DELEGATE.dump, delegate)

    async def append(self, entry: Entry) -> Entry:
        self._lines += 1
        numbered = replace(entry, seq=self._store.last_seq(self.who) + self._lines)
        self._puts["entries", entry_key(self.who, numbered.seq)] = partial(ENTRY.dump, numbered)
        if numbered.ticket is not None:
            self.touched_tickets.append(numbered.ticket)
        return numbered

    async def assign(self, entry: Entry, ticket: TicketId) -> Entry:
        assigned = replace(entry, ticket=ticket)
        self._puts["entries", entry_key(self.who, entry.seq)] = partial(ENTRY.dump, assigned)
        self.touched_tickets.append(ticket)
        return assigned

    async def ticket(self, number: TicketId) -> Ticket | None:
        return self._tickets.get(number) or await self._store.ticket(number)

    async def open_tickets(self) -> Sequence[Ticket]:
        return [ticket for ticket in await self.all_tickets() if ticket.open]

    async def all_tickets(self) -> Sequence[Ticket]:
        known = [*self._store.tickets_of(self.who), *self._new_tickets]
        tickets = [await self.ticket(number) for number in known]
        return [ticket for ticket in tickets if ticket is not None]

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        numbered = replace(ticket, id=self._store.next_ticket())
        self._new_tickets.append(numbered.id)
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
        self._puts["tickets", str(ticket.id)] = partial(TICKET.dump, ticket)

    async def enqueue(self, row: Outbound) -> None:
        if self._store.has_row(row.id) or row.id in self.rows:
            return
        self.rows[row.id] = row
        self._puts["outbox", row.id] = partial(OUTBOUND.dump, row)

    async def remember(self, key: str, value: str, *, until: datetime | None = None) -> None:
        document = {"value": value} if until is None else {"value": value, "until": until.isoformat()}
        self._puts["settings", key] = partial(write_json, document)

    async def forget(self, key: str) -> None:
        self._puts["settings", key] = None

    async def audit(self, event: AuditEvent) -> None:
        self.events.append(event)
