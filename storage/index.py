"""What is derived from the tables, so that nothing that is asked often has to look at every document."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.model.messages import TicketId
from bot.model.people import Address, DelegateId
from bot.model.tickets import TicketState
from storage.codec import read_json
from storage.tables import Document, Drop, Put, Tables, Write

LAST_TICKET: Final = (
    "store:last-ticket"  # kept when tickets are erased: staff know their numbers, nobody gets them again
)
_SKIPPED: Final = 100  # ticket numbers left out when records are missing: one of them may have been given to somebody
_PASSING: Final = ("seen", "settings")


def entry_key(who: DelegateId, seq: int) -> str:
    return f"{who}|{seq:08d}"


def ref_key(address: Address, ref: str) -> str:
    return f"{address.channel}|{address.key}|{ref}"


class Index:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.last_seq: dict[DelegateId, int] = {}
        self.tickets_of: defaultdict[DelegateId, list[TicketId]] = defaultdict(list)
        self.open_tickets: dict[TicketId, None] = {}
        self._timelines: defaultdict[TicketId, list[str]] = defaultdict(list)
        self.last_ticket = 0
        self._expiry = Expiry(tables)
        for key, document in tables.items("entries"):
            self._entry(key, document)
        for key, document in tables.items("tickets"):
            self._ticket(key, document)
        erased = tables.get("settings", LAST_TICKET)
        if erased is not None:
            self._last_ticket(erased)
        if tables.damage:
            self.last_ticket = max(self.last_ticket, *self._timelines, 0) + _SKIPPED

    def next_ticket(self) -> TicketId:
        self.last_ticket += 1
        return TicketId(self.last_ticket)

    def timeline(self, ticket: TicketId) -> Sequence[str]:
        """Keys of the lines that belong to a ticket, in the order of the history."""
        return sorted(self._timelines.get(ticket, ()))

    def history(self, who: DelegateId, *, after: int, limit: int) -> Sequence[Document]:
        """The newest lines with a number higher than ``after``, oldest first."""
        found: list[Document] = []
        for seq in range(self.last_seq.get(who, 0), after, -1):
            if len(found) >= limit:
                break
            if (document := self._tables.get("entries", entry_key(who, seq))) is not None:
                found.append(document)
        return found[::-1]

    def keys_of(self, who: DelegateId) -> Iterator[str]:
        """Of all lines of a history."""
        for seq in range(1, self.last_seq.get(who, 0) + 1):
            if self._tables.get("entries", key := entry_key(who, seq)) is not None:
                yield key

    def expired(self, now: datetime) -> Sequence[Drop]:
        """What is no longer to be kept."""
        return self._expiry.over(now)

    # ---------------------------------------------------------------- what was committed

    def applied(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Put):
                self._put(write)

    def erased(self, who: DelegateId) -> None:
        """Nothing is left of the delegate: a history begins anew."""
        self.last_seq.pop(who, None)
        for number in self.tickets_of.pop(who, ()):
            self.open_tickets.pop(number, None)
            self._timelines.pop(number, None)

    def _put(self, write: Put) -> None:
        match write.table:
            case "entries":
                self._entry(write.key, write.document)
            case "tickets":
                self._ticket(write.key, write.document)
            case "seen" | "settings":
                self._expiry.note(write.table, write.key, write.document)
                if write.key == LAST_TICKET:
                    self._last_ticket(write.document)

    def _entry(self, key: str, document: Document) -> None:
        owner, _, number = key.rpartition("|")
        who, seq = DelegateId(owner), int(number)
        if seq > self.last_seq.get(who, 0):
            self.last_seq[who] = seq
        # Inside a JSON string every quotation mark stands behind a backslash, so this can only be a field or a word.
        if b'"ticket"' in document and (ticket := read_json(document).get("ticket")) is not None:
            lines = self._timelines[TicketId(ticket)]
            if key not in lines:
                lines.append(key)

    def _ticket(self, key: str, document: Document) -> None:
        number, ticket = TicketId(int(key)), read_json(document)
        mine = self.tickets_of[DelegateId(ticket["delegate"])]
        if number not in mine:
            bisect.insort(mine, number)
        if ticket.get("state") == TicketState.RESOLVED:
            self.open_tickets.pop(number, None)
        else:
            self.open_tickets[number] = None
        self.last_ticket = max(self.last_ticket, number)

    def _last_ticket(self, document: Document) -> None:
        self.last_ticket = max(self.last_ticket, int(read_json(document)["value"]))


class Expiry:
    """Keys by the hour in which their time is over."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._hours: dict[str, dict[int, list[str]]] = {table: {} for table in _PASSING}
        for table in _PASSING:
            for key, document in tables.items(table):
                self.note(table, key, document)

    def note(self, table: str, key: str, document: Document) -> None:
        if (until := until_of(document)) is not None:
            self._hours[table].setdefault(_hour(until), []).append(key)

    def over(self, now: datetime) -> Sequence[Drop]:
        """What is over now. It is forgotten here only when its document is gone or lasts longer: a sweep may fail."""
        found: list[Drop] = []
        for table, hours in self._hours.items():
            for hour in [hour for hour in hours if hour <= _hour(now)]:
                waiting = {
                    key: until for key in hours.pop(hour) if (until := self._until(table, key, hour)) is not None
                }
                if waiting:
                    hours[hour] = list(waiting)
                found += [Drop(table, key) for key, until in waiting.items() if until <= now]
        return found

    def _until(self, table: str, key: str, hour: int) -> datetime | None:
        """When a key's time is over, if that is still in this hour."""
        document = self._tables.get(table, key)
        until = None if document is None else until_of(document)
        return until if until is not None and _hour(until) == hour else None


def until_of(document: Document) -> datetime | None:
    """When a handled id or a small thing is no longer to be kept."""
    # Inside a JSON string every quotation mark stands behind a backslash, so this can only be the field.
    start = document.find(b'"until":"') + 9
    return datetime.fromisoformat(document[start : document.index(b'"', start)].decode()) if start > 8 else None


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600
