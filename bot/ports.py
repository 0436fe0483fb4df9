"""What the desk asks of the outside: a store, doors and a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.messages import Entry, Inbound, InboundId, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import StaffAction, Ticket


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in the zone of the event."""


class Transaction(Protocol):
    """One delegate's turn: everything in it is committed together, or nothing is."""

    async def known(self, inbound: InboundId) -> bool:
        """Whether this message or action was handled before; notes it as handled with this transaction."""

    async def delegate(self) -> Delegate | None: ...

    async def save_delegate(self, delegate: Delegate) -> None: ...

    async def append(self, entry: Entry) -> Entry:
        """Add a line to the delegate's history; its ``seq`` is set here."""

    async def assign(self, entry: Entry, ticket: TicketId) -> Entry:
        """Make a line that was appended in this turn part of a ticket."""

    async def ticket(self, number: TicketId) -> Ticket | None: ...

    async def open_tickets(self) -> Sequence[Ticket]:
        """The delegate's tickets that are not resolved, oldest first."""

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a new ticket; its number is given here."""

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store a changed ticket; its ``version`` is raised here.

        Raises:
            StaleWrite: It was changed by somebody else since it was read.
        """

    async def enqueue(self, row: Outbound) -> None:
        """Put a row into the outbox; a known id is left as it is."""


class Store(Protocol):
    """Keeps what was accepted. Every method that changes something returns after it is on disk."""

    def transaction(self, who: DelegateId) -> AbstractAsyncContextManager[Transaction]:
        """A delegate's turn, one at a time per delegate.

        Raises:
            StoreUnavailable: Nothing was changed; try again later.
        """

    async def claim_outbox(self, *, limit: int, now: datetime, lease: timedelta) -> Sequence[Outbound]:
        """Rows that are due, urgent lanes first, at most one per address; nobody else gets them until the lease ends."""

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None: ...

    async def postpone(self, row: OutboundId, until: datetime) -> None: ...

    async def undeliverable(self, row: Outbound, reason: str) -> None: ...

    async def next_due(self) -> datetime | None:
        """When the earliest waiting row is due; None when nothing waits."""

    async def waiting(self) -> int:
        """Rows in the outbox."""

    async def delegate(self, who: DelegateId) -> Delegate | None: ...

    async def entries(self, who: DelegateId, *, after: int = 0, limit: int = 200) -> Sequence[Entry]:
        """Lines of a history with a higher number than ``after``, oldest first (the newest ``limit`` of them)."""

    async def entry(self, who: DelegateId, seq: int) -> Entry | None: ...

    async def ticket(self, number: TicketId) -> Ticket | None: ...

    async def tickets(self, *, include_resolved: bool = False) -> Sequence[Ticket]:
        """Urgent first, then longest waiting."""

    async def timeline(self, number: TicketId) -> Sequence[Entry]: ...

    async def ticket_of(self, address: Address, ref: str) -> TicketId | None:
        """The ticket to which a message or thread of a reception lane belongs."""

    async def remember(self, key: str, value: str) -> None:
        """Keep a small setting of a door, such as a web session's token hash."""

    async def recall(self, key: str) -> str | None: ...

    async def forget(self, key: str) -> None: ...

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        """Remove every trace of a delegate, also from the files; returns the tickets that went with it."""

    def changes(self) -> AsyncIterator[Change]:
        """What was committed from now on, for live pages; a reader that fell behind gets one change marked ``gap``."""


class Change(Protocol):
    """A committed change: what live views should look at again."""

    @property
    def delegate(self) -> DelegateId: ...

    @property
    def entries(self) -> Sequence[Entry]: ...

    @property
    def tickets(self) -> Sequence[TicketId]: ...

    @property
    def outbox(self) -> bool: ...

    @property
    def gap(self) -> bool: ...


Accept = Callable[[Inbound], Awaitable[None]]
"""Returns once the message is committed; only then may a door confirm it. Raises StoreUnavailable."""

Act = Callable[[StaffAction], Awaitable[Ticket]]
"""Carries out a staff action. Raises Refused with a sentence for the person, or StoreUnavailable."""


class Channel(Protocol):
    """A door: turns what arrives into ``Inbound`` and what leaves into its own form; it decides nothing."""

    @property
    def name(self) -> str: ...

    async def deliver(self, row: Outbound) -> Receipt:
        """Bring a message to its address.

        Raises:
            Undeliverable: It will never arrive.
            DeliveryDelayed: Not now.
        """
