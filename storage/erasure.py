"""What is to be removed; deciding only, from what the tables hold."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.model.messages import Entry, Message, Outbound, TicketId
from bot.model.people import DelegateId
from bot.model.tickets import Ticket
from storage.codec import ENTRY, TICKET, read_json, write_json
from storage.index import LAST_TICKET, Index, entry_key
from storage.rows import Rows
from storage.tables import Document, Drop, Put, Tables, Write


def rows_of(rows: Rows, who: DelegateId) -> Sequence[Outbound]:
    """Messages to a delegate and about one."""
    return [row for row in rows if who in (row.delegate, row.to.delegate)]


def everything_of(tables: Tables, index: Index, who: DelegateId, rows: Sequence[Outbound]) -> Sequence[Write]:
    """The writes after which nothing of a delegate is left."""
    tickets = set(index.tickets_of.get(who, ()))
    writes: list[Write] = [Drop("delegates", who)]
    writes += [Drop("entries", key) for key in index.keys_of(who)]
    writes += [Drop("tickets", str(number)) for number in sorted(tickets)]
    writes += [Drop("outbox", row.id) for row in rows]
    writes += [Drop("seen", key) for key in _naming(tables, "seen", "by", who)]
    writes += [Drop("settings", key) for key in _naming(tables, "settings", "who", who)]
    writes += [Drop("refs", key) for key in _refs_to(tables, tickets)]
    if tickets:
        writes.append(Put("settings", LAST_TICKET, write_json({"value": str(index.last_ticket)})))
    return writes


def _naming(tables: Tables, table: str, field: str, who: DelegateId) -> Iterator[str]:
    """Keys of documents that name a delegate. Most are passed over without being decoded: there may be many."""
    name = json.dumps(who, ensure_ascii=False).encode("utf-8", "replace")
    for key, document in tables.items(table):
        if (name in document or not who.isascii()) and read_json(document).get(field) == who:
            yield key


def _refs_to(tables: Tables, tickets: Collection[TicketId]) -> Iterator[str]:
    wanted = {write_json({"ticket": number}) for number in tickets}
    if wanted:
        yield from (key for key, document in tables.items("refs") if document in wanted)


def words_of(
    ticket: Ticket, timeline: Sequence[Entry], rows: Rows, now: datetime
) -> tuple[Sequence[Write], Sequence[Outbound]]:
    """The writes after which a ticket has no words left, and the rows that go with them."""
    bare = replace(ticket, question="", delegate_name="", promise="", redacted_at=now, version=ticket.version + 1)
    numbers = {entry.seq for entry in timeline}
    going = [
        row for row in rows if row.ticket == ticket.id or (row.delegate == ticket.delegate and row.entry in numbers)
    ]
    writes: list[Write] = [Put("tickets", str(ticket.id), TICKET.dump(bare))]
    writes += [Put("entries", entry_key(entry.delegate, entry.seq), _without_words(entry)) for entry in timeline]
    writes += [Drop("outbox", row.id) for row in going]
    return writes, going


def _without_words(entry: Entry) -> Document:
    return ENTRY.dump(replace(entry, message=Message((), entry.message.language), attachments=()))
