"""The store as the house uses it, and what can be seen of its health from outside.

Everything is passed on; on the way commits are timed, refusals are noted, and rows of the outbox are followed from
their first claim to their end.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.model.errors import StoreUnavailable
from bot.model.messages import Lane, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address, DelegateId
from bot.model.tickets import Ticket
from bot.ports import Store, Transaction

PROBE: Final = "health:probe"
PROBE_KEPT: Final = timedelta(hours=1)
GONE_AFTER: Final = timedelta(minutes=1)
"""Leases last a few seconds, and a row that still waits is claimed again after each."""


@dataclass(slots=True)
class Followed:
    """A row on its way."""

    row: Outbound
    since: float
    """When it was due, in seconds that only go forward."""
    claimable: datetime
    """Since when it would be claimed again, but for the lease, if it still were in the outbox."""


@dataclass
class Afoot:
    """The rows that this process has claimed and not yet seen through."""

    tick: Callable[[], float] = time.monotonic
    rows: dict[OutboundId, Followed] = field(default_factory=dict)

    def claimed(self, rows: Sequence[Outbound], now: datetime) -> None:
        """What the outbox gave; a row that has not come again for long was ended through another process."""
        for row in rows:
            waited = max(0.0, (now - max(row.created_at, row.due_at)).total_seconds())
            self.rows.setdefault(row.id, Followed(row, self.tick() - waited, now)).claimable = now
        for key in [key for key, followed in self.rows.items() if now - followed.claimable > GONE_AFTER]:
            del self.rows[key]

    def postponed(self, row: OutboundId, until: datetime) -> None:
        if row in self.rows:
            self.rows[row].claimable = until

    def gone(self, row: OutboundId) -> None:
        self.rows.pop(row, None)

    def gone_through(self, doors: Collection[str]) -> None:
        """Another process serves these doors now."""
        self.rows = {key: followed for key, followed in self.rows.items() if followed.row.to.channel not in doors}

    def gone_with(self, who: DelegateId | None = None, ticket: TicketId | None = None, broadcast: str = "") -> None:
        """Rows that were erased, redacted or withdrawn."""
        for key, followed in list(self.rows.items()):
            row = followed.row
            if (
                (who is not None and who in (row.delegate, row.to.delegate))
                or (ticket is not None and row.ticket == ticket)
                or (broadcast and row.broadcast == broadcast)
            ):
                del self.rows[key]

    def per_lane(self) -> Mapping[Lane, int]:
        counts = dict.fromkeys(Lane, 0)
        for followed in self.rows.values():
            counts[followed.row.lane] += 1
        return counts

    def oldest(self, *, broadcasts: bool = True) -> float:
        """Seconds for which the oldest of them has been due."""
        ages = [
            self.tick() - followed.since
            for followed in self.rows.values()
            if broadcasts or followed.row.lane is not Lane.BROADCAST
        ]
        return max(ages, default=0.0)


class KeptStore:
    """Give this to the rooms instead of the store itself (``cast`` it: it passes everything on).

    Args:
        store: The real one.
        committed: Called with the seconds that each commit took.
        claims: Called whenever the outbox is looked at.
        tick: Seconds that only go forward.
    """

    def __init__(
        self,
        store: Store,
        *,
        committed: Callable[[float], None] = lambda _: None,
        claims: Callable[[], None] = lambda: None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._committed = committed
        self._claims = claims
        self._tick = tick
        self.afoot = Afoot(tick)
        self.refused_since: float | None = None
        """Since when nothing can be written; None while it can."""
        self.refusing_lane: dict[str, str] = {}
        """Reception lanes that gave up on a card lately, and why."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    # ---------------------------------------------------------------- what is timed

    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[Transaction]:
        turn = self._store.transaction(who)
        try:
            opened = await turn.__aenter__()
        except StoreUnavailable:
            self.note_refusal()
            raise
        try:
            yield opened
        except BaseException as error:
            if isinstance(error, StoreUnavailable):
                self.note_refusal()
            if not await turn.__aexit__(type(error), error, error.__traceback__):
                raise
            return
        began = self._tick()
        try:
            await turn.__aexit__(None, None, None)
        except StoreUnavailable:
            self.note_refusal()
            raise
        if opened.wrote:  # else nobody asked the disk
            self._committed(self._tick() - began)
            self.refused_since = None

    async def probe(self, now: datetime) -> bool:
        """Write something small; whether the store took it."""
        try:
            await self._store.remember(PROBE, now.isoformat(), until=now + PROBE_KEPT)
        except StoreUnavailable:
            self.note_refusal()
            return False
        self.refused_since = None
        return True

    def note_refusal(self) -> None:
        if self.refused_since is None:
            self.refused_since = self._tick()

    def refused_for(self) -> float:
        """Seconds for which nothing could be written; 0 while all is well."""
        return 0.0 if self.refused_since is None else max(0.001, self._tick() - self.refused_since)

    # ---------------------------------------------------------------- rows on their way

    async def claim_outbox(
        self,
        *,
        limit: int,
        now: datetime,
        lease: timedelta,
        doors: Collection[str] | None = None,
        paused: Collection[str] = (),
    ) -> Sequence[Outbound]:
        self._claims()
        rows = await self._store.claim_outbox(limit=limit, now=now, lease=lease, doors=doors, paused=paused)
        self.afoot.claimed(rows, now)
        return rows

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        await self._store.delivered(row, receipt, now)
        self.afoot.gone(row.id)
        self.refusing_lane.pop(row.to.channel, None)

    async def postpone(self, row: OutboundId, until: datetime, *, unsure: bool = False) -> None:
        await self._store.postpone(row, until, unsure=unsure)
        self.afoot.postponed(row, until)

    async def undeliverable(self, row: Outbound, reason: str) -> None:
        await self._store.undeliverable(row, reason)
        self.afoot.gone(row.id)
        if row.to.channel.startswith("reception-"):
            self.refusing_lane[row.to.channel] = reason

    async def redirect(self, row: Outbound, to: Address) -> None:
        await self._store.redirect(row, to)
        self.afoot.gone(row.id)

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        tickets = await self._store.erase(who)
        self.afoot.gone_with(who=who)
        return tickets

    async def redact(self, number: TicketId, now: datetime) -> None:
        await self._store.redact(number, now)
        self.afoot.gone_with(ticket=number)

    async def withdraw(self, broadcast: str) -> int:
        self.afoot.gone_with(broadcast=broadcast)
        return await self._store.withdraw(broadcast)
