"""A delegate's turn: reads what is committed and what it wrote itself, and writes everything at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.model.audit import AuditEvent
from bot.model.errors import StaleWrite
from bot.model.messages import Entry, InboundId, Outbound, OutboundId, TicketId
from bot.model.people import Delegate, DelegateId
from bot.model.tickets import Ticket
from storage.postgres.documents import DELEGATE, ENTRY, TICKET, dump, load
from storage.postgres.feed import Changed
from storage.postgres.rows import put_rows, remembering
from storage.postgres.session import Statement, Turn


def turn_reads(who: DelegateId) -> Sequence[Statement]:
    """What nearly every turn looks at, asked for in the round trip that takes the lock."""
    return (
        ("select document::text from delegates where key = %s", (who,)),
        ("select coalesce(max(seq), 0) from entries where delegate = %s", (who,)),
        ("select document::text from tickets where delegate = %s and open order by number", (who,)),
    )


class PostgresTransaction:
    """See ``bot.ports.Transaction``."""

    def __init__(self, who: DelegateId, turn: Turn) -> None:
        self.who = who
        self._turn = turn
        delegates, [(self._last_seq,)], tickets = turn.found
        self._delegate: Delegate | None = load(DELEGATE, delegates[0][0]) if delegates else None
        self._delegate_saved = False
        self._tickets: dict[TicketId, Ticket] = {
            ticket.id: ticket for ticket in (load(TICKET, text) for (text,) in tickets)
        }
        self._read_versions = {ticket.id: ticket.version for ticket in self._tickets.values()}
        self._new_tickets: set[TicketId] = set()
        self._changed_tickets: set[TicketId] = set()
        self._entries: dict[int, Entry] = {}
        self._rows: dict[OutboundId, Outbound] = {}
        self._noted: set[InboundId] = set()
        self._touched: dict[TicketId, None] = {}
        self._small: list[Statement] = []
        self.events: list[AuditEvent] = []

    async def known(self, inbound: InboundId, *, now: datetime, until: datetime) -> bool:
        if inbound in self._noted:
            return True
        # Written at once: the same id in a turn of somebody else waits here for the end of this one.
        new = await self._turn.fetch(
            "insert into seen as s (key, by, until) values (%s, %s, %s) on conflict (key) do update"
            " set by = excluded.by, until = excluded.until where s.until <= %s returning true",
            (inbound, self.who, until, now),
        )
        if new:
            self._noted.add(inbound)
        return not new

    async def delegate(self) -> Delegate | None:
        return self._delegate

    async def save_delegate(self, delegate: Delegate) -> None:
        dump(DELEGATE, delegate)  # one that cannot be written fails here, where the caller sees why
        self._delegate = delegate
        self._delegate_saved = True

    async def append(self, entry: Entry) -> Entry:
        self._last_seq += 1
        numbered = replace(entry, seq=self._last_seq)
        self._entries[numbered.seq] = numbered
        if numbered.ticket is not None:
            self._touched[numbered.ticket] = None
        return numbered

    async def assign(self, entry: Entry, ticket: TicketId) -> Entry:
        assigned = replace(entry, ticket=ticket)
        self._entries[entry.seq] = assigned
        self._touched[ticket] = None
        return assigned

    async def ticket(self, number: TicketId) -> Ticket | None:
        if number not in self._tickets:
            found = await self._turn.fetch("select document::text from tickets where number = %s", (number,))
            if not found:
                return None
            self._tickets[number] = load(TICKET, found[0][0])
            self._read_versions[number] = self._tickets[number].version
        return self._tickets[number]

    async def open_tickets(self) -> Sequence[Ticket]:
        mine = (ticket for ticket in self._tickets.values() if ticket.delegate == self.who and ticket.open)
        return sorted(mine, key=lambda ticket: ticket.id)

    async def all_tickets(self) -> Sequence[Ticket]:
        # Those that are open were read with the lock.
        closed = await self._turn.fetch(
            "select document::text from tickets where delegate = %s and not open", (self.who,)
        )
        for ticket in (load(TICKET, text) for (text,) in closed):
            if ticket.id not in self._tickets:
                self._tickets[ticket.id] = ticket
                self._read_versions[ticket.id] = ticket.version
        mine = (ticket for ticket in self._tickets.values() if ticket.delegate == self.who)
        return sorted(mine, key=lambda ticket: ticket.id)

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        [(number,)] = await self._turn.fetch("select nextval('ticket_numbers')")
        numbered = replace(ticket, id=TicketId(number))
        self._new_tickets.add(numbered.id)
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
        dump(TICKET, ticket)
        self._tickets[ticket.id] = ticket
        self._changed_tickets.add(ticket.id)
        self._touched[ticket.id] = None

    async def enqueue(self, row: Outbound) -> None:
        self._rows.setdefault(row.id, row)

    async def remember(self, key: str, value: str, *, until: datetime | None = None) -> None:
        self._small.append(remembering(key, value, until=until))

    async def forget(self, key: str) -> None:
        self._small.append(("delete from settings where key = %s", (key,)))

    async def audit(self, event: AuditEvent) -> None:
        self.events.append(event)

    # ---------------------------------------------------------------- the end of the turn

    def writes(self) -> list[Statement]:
        """Everything that the turn wrote, in as few statements as there are tables."""
        statements: list[Statement] = []
        if self._delegate is not None and self._delegate_saved:
            statements.append((_SAVE_DELEGATE, (self.who, dump(DELEGATE, self._delegate))))
        if self._entries:
            lines = list(self._entries.values())
            statements.append(
                (
                    _SAVE_ENTRIES,
                    (
                        self.who,
                        [line.seq for line in lines],
                        [line.ticket for line in lines],
                        [dump(ENTRY, line) for line in lines],
                    ),
                )
            )
        statements += [self._ticket_write(self._tickets[number]) for number in sorted(self._changed_tickets)]
        if self._rows:
            statements.append(put_rows(list(self._rows.values())))
        return [*statements, *self._small]

    def _ticket_write(self, ticket: Ticket) -> Statement:
        document = dump(TICKET, ticket)
        if ticket.id in self._new_tickets:
            return (_ADD_TICKET, (ticket.id, ticket.delegate, ticket.version, ticket.open, document))
        # The version that was read here, not the one before: a turn may save a ticket twice.
        return (_SAVE_TICKET, (ticket.id, self._read_versions[ticket.id], ticket.version, ticket.open, document))

    @property
    def wrote(self) -> bool:
        written = self._noted or self._delegate_saved or self._entries or self._changed_tickets or self._rows
        return bool(written or self._small or self.events)

    def change(self) -> Changed:
        return Changed(self.who, tuple(self._touched), outbox=bool(self._rows))


_SAVE_DELEGATE: Final = (
    "insert into delegates (key, document) values (%s, %s::json)"
    " on conflict (key) do update set document = excluded.document"
)
_SAVE_ENTRIES: Final = (
    "insert into entries (delegate, seq, ticket, document)"
    " select %s::text, n.* from unnest(%s::integer[], %s::bigint[], %s::json[]) n"
    " on conflict (delegate, seq) do update set ticket = excluded.ticket, document = excluded.document"
)
_ADD_TICKET: Final = "insert into tickets (number, delegate, version, open, document) values (%s, %s, %s, %s, %s::json)"
_SAVE_TICKET: Final = "select save_ticket(%s, %s, %s, %s, %s::json)"
