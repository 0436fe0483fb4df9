"""What can be read outside a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.model.messages import Entry, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import Ticket
from storage.postgres.documents import DELEGATE, ENTRY, TICKET, load
from storage.postgres.rows import remembering
from storage.postgres.session import Session

_AT_ONCE: Final = 500  # documents read before others have their turn in the event loop


class ReadingVerbs:
    """The verbs of ``bot.ports.Store`` that read, and the small things of the doors."""

    _session: Session

    async def delegate(self, who: DelegateId) -> Delegate | None:
        found = await self._session.fetch("select document::text from delegates where key = %s", (who,))
        return load(DELEGATE, found[0][0]) if found else None

    async def delegates(self) -> Sequence[Delegate]:
        found = await self._session.fetch("select document::text from delegates order by key")
        delegates: list[Delegate] = []
        for number, (text,) in enumerate(found):
            if number % _AT_ONCE == 0:  # ten thousand at once would hold up everybody else for a tenth of a second
                await asyncio.sleep(0)
            delegates.append(load(DELEGATE, text))
        return delegates

    async def entries(self, who: DelegateId, *, after: int = 0, limit: int = 200) -> Sequence[Entry]:
        found = await self._session.fetch(
            "select document::text from entries where delegate = %s and seq > %s order by seq desc limit %s",
            (who, after, limit),
        )
        return [load(ENTRY, text) for (text,) in reversed(found)]

    async def entry(self, who: DelegateId, seq: int) -> Entry | None:
        found = await self._session.fetch(
            "select document::text from entries where delegate = %s and seq = %s", (who, seq)
        )
        return load(ENTRY, found[0][0]) if found else None

    async def ticket(self, number: TicketId) -> Ticket | None:
        found = await self._session.fetch("select document::text from tickets where number = %s", (number,))
        return load(TICKET, found[0][0]) if found else None

    async def tickets(self, *, include_resolved: bool = False) -> Sequence[Ticket]:
        found = await self._session.fetch(
            "select document::text from tickets"
            if include_resolved
            else "select document::text from tickets where open"
        )
        tickets = [load(TICKET, text) for (text,) in found]
        return sorted(tickets, key=lambda ticket: (not ticket.open, ticket.priority, ticket.opened_at, ticket.id))

    async def timeline(self, number: TicketId) -> Sequence[Entry]:
        found = await self._session.fetch(
            "select document::text from entries where ticket = %s order by delegate, seq", (number,)
        )
        return [load(ENTRY, text) for (text,) in found]

    async def ticket_of(self, address: Address, ref: str) -> TicketId | None:
        key = f"{address.channel}|{address.key}|{ref}"
        found = await self._session.fetch("select ticket from refs where key = %s", (key,))
        return TicketId(found[0][0]) if found else None

    # ---------------------------------------------------------------- small things of the doors

    async def remember(
        self, key: str, value: str, *, until: datetime | None = None, who: DelegateId | None = None
    ) -> None:
        await self._session.fetch(*remembering(key, value, until=until, who=who))

    async def recall(self, key: str) -> str | None:
        found = await self._session.fetch("select document from settings where key = %s", (key,))
        return str(found[0][0]["value"]) if found else None

    async def recall_all(self, prefix: str) -> Mapping[str, str]:
        found = await self._session.fetch(
            "select key, document from settings where key >= %s and starts_with(key, %s) order by key", (prefix, prefix)
        )
        return {key: str(document["value"]) for key, document in found}

    async def forget(self, key: str) -> None:
        await self._session.fetch("delete from settings where key = %s", (key,))
