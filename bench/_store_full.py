"""A store as full as an event can make it, and what opening it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench import machine
from bot.model.messages import Entry, InboundId, Lane, Message, Outbound, OutboundId, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket, TicketState
from storage import open_store
from storage.codec import DELEGATE, ENTRY, OUTBOUND, TICKET, write_json
from storage.crypt import Key
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.index import entry_key, ref_key
from storage.tables import Put

DELEGATES: Final = 5_000
RECORDS: Final = 200_000
_LINES: Final = 20  # of each delegate
_NOW: Final = datetime(2023, 11, 21, 7, 40, tzinfo=UTC)
_KEY: Final = Key(bytes(range(32)))
_TEXT: Final = "Where does the shuttle to the National Convention Centre leave, and is it every half hour? "


def _everything() -> Iterator[Put]:
    """Half of the records are lines, and the rest tickets, handled ids, references and small things."""
    for number in range(DELEGATES):
        who = Address("telegram", f"{10_000_000 + number}")
        yield Put("delegates", who.delegate, DELEGATE.dump(Delegate(who.delegate, who, "vi", _NOW, name="Nguyễn Thị")))
        ticket = TicketId(number + 1)
        for seq in range(1, _LINES + 1):
            line = Entry(seq, who.delegate, _NOW, "delegate" if seq % 2 else "desk", Message(plain(_TEXT * 2), "en"))
            line = replace(line, ticket=ticket if seq > _LINES - 4 else None)
            yield Put("entries", entry_key(who.delegate, seq), ENTRY.dump(line))
        state = TicketState.RESOLVED if number % 10 else TicketState.NEW
        asked = Ticket(ticket, who.delegate, who, "en", "reception", Priority.NORMAL, _NOW, _TEXT, state=state)
        yield Put("tickets", str(ticket), TICKET.dump(asked))
        for one in range(16):
            until = (_NOW + timedelta(hours=number % 48)).isoformat()
            seen = InboundId(f"telegram:{number * 16 + one}")
            yield Put("seen", seen, write_json({"by": who.delegate, "until": until}))
        group = Address("reception-telegram", "-1001234567890")
        for one in range(2):
            yield Put("refs", ref_key(group, f"{number * 2 + one}"), write_json({"ticket": ticket}))
        if number % 5 == 0:
            row = Outbound(OutboundId(f"b:{number}"), who, Lane.BROADCAST, Message(plain(_TEXT), "en"), _NOW, _NOW)
            yield Put("outbox", row.id, OUTBOUND.dump(row))
        else:
            yield Put("settings", f"web:{number}", write_json({"value": "x" * 40, "who": who.delegate}))


async def fill_event(folder: Path) -> None:
    for name, key in (("empty", None), ("event", None), ("encrypted", _KEY)):
        tables = TinyTables(folder / name, key)
        batch: list[Put] = []
        for put in _everything() if name != "empty" else ():
            batch.append(put)
            if len(batch) == 1_000:
                await tables.commit(batch)
                batch = []
        await tables.commit(batch)
        await tables.scrub()  # one frame for each record, as turns write them
        await tables.close()


async def measure_open(folder: Path, name: str) -> dict[str, float]:
    """Seconds, records and MiB of this process with the store open."""
    began, used = time.perf_counter(), time.process_time()
    async with open_store(f"tinydb:{folder / name}", key=_KEY if name == "encrypted" else None) as store:
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        assert isinstance(store, DocumentStore)
        records = sum((await store.counts()).values())
        return {"seconds": seconds, "cpu": cpu, "records": records, "rss": machine.resident_mib(os.getpid())}
