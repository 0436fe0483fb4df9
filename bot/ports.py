"""What the desk asks of the outside: a store, doors and a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.model.audit import AuditEvent, AuditLine
from bot.model.language import Language
from bot.model.messages import Entry, Inbound, InboundId, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import StaffAction, Ticket


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in the zone of the event."""


class Booster(Protocol):
    """Optional: what a message means, from sentence embeddings. The desk asks before it decides and needs no answer."""

    async def nearness(self, text: str) -> Mapping[str, float]:
        """Per topic the cosine (-1 to 1) of the way of asking that is nearest to a text.

        Empty when it is not known in time, about a third of a second; never raises for want of an answer.
        """


@dataclass(frozen=True, slots=True)
class Awaits:
    """Somebody who shows a text and adds its translation when that comes."""

    place: str
    """Where it is shown: asking twice for the same place asks once."""
    come: Callable[[], Awaitable[None]]
    """Called when something new is known for that place; soon after, and not for each text."""


class Translator(Protocol):
    """Optional: what people wrote, put into another language by a machine. Whoever shows it says that it is one."""

    def may(self, ticket: Ticket) -> bool:
        """Whether words of this ticket may be given to the service at all."""

    def known(
        self,
        text: str,
        ticket: Ticket,
        into: Sequence[Language],
        *,
        chat: Language,
        awaits: Awaits | None = None,
    ) -> Mapping[Language, str]:
        """The translations that are known now; never waits, never raises.

        Args:
            text: What somebody wrote; nothing is known of a text in one of the languages of ``into``.
            ticket: The one it belongs to.
            into: What the readers read.
            chat: The language in which the writer uses the desk; it counts where the text does not tell.
            awaits: What is not known is asked for in the background, and this is told; without it nothing is asked for.
        """

    async def translate(self, text: str, ticket: Ticket, into: Language, *, chat: Language) -> str:
        """The translation, in a few seconds; empty for a text that is in that language already.

        Raises:
            OSError: There is none now, and the reason is in no message.
        """


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that a store keeps, in the form that all stores share."""

    table: str
    """One of ``storage.tables.TABLES``."""
    key: str
    document: bytes
    """A JSON object in UTF-8; see docs/reference/store.md."""


class Transaction(Protocol):
    """One delegate's turn: everything in it is committed together, or nothing is."""

    @property
    def wrote(self) -> bool:
        """Whether there is anything to commit."""

    async def known(self, inbound: InboundId, *, now: datetime, until: datetime) -> bool:
        """Whether this message or action was handled before; if not, notes it as handled with this transaction.

        It is remembered until ``until``: a door's numbers may come again later and mean something else (Telegram
        starts its update ids again at random after a quiet week).
        """

    async def delegate(self) -> Delegate | None: ...

    async def save_delegate(self, delegate: Delegate) -> None: ...

    async def append(self, entry: Entry) -> Entry:
        """Add a line to the delegate's history; its ``seq`` is set here."""

    async def assign(self, entry: Entry, ticket: TicketId) -> Entry:
        """Make a line that was appended in this turn part of a ticket."""

    async def ticket(self, number: TicketId) -> Ticket | None: ...

    async def open_tickets(self) -> Sequence[Ticket]:
        """The delegate's tickets that are not resolved, oldest first."""

    async def all_tickets(self) -> Sequence[Ticket]:
        """The delegate's tickets, the resolved ones too, oldest first."""

    async def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a new ticket; its number is given here."""

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store a changed ticket; its ``version`` is raised here.

        Raises:
            StaleWrite: It was changed by somebody else since it was read.
        """

    async def enqueue(self, row: Outbound) -> None:
        """Put a row into the outbox; a known id is left as it is."""

    async def remember(self, key: str, value: str, *, until: datetime | None = None) -> None:
        """As the store's own ``remember``, together with this turn. What the turn itself wrote cannot be recalled in it."""

    async def forget(self, key: str) -> None:
        """As the store's own ``forget``, together with this turn."""

    async def audit(self, event: AuditEvent) -> None:
        """Put it on the record, together with this turn."""


class Store(Protocol):
    """Keeps what was accepted. Every method that changes something returns after it is on disk."""

    def transaction(self, who: DelegateId) -> AbstractAsyncContextManager[Transaction]:
        """A delegate's turn, one at a time per delegate.

        Raises:
            StoreUnavailable: Try again later, with the same id. Nothing was changed, or, when the disk or the connection was lost in
                the middle, all of it may be found later; the id tells.
        """

    async def claim_outbox(
        self,
        *,
        limit: int,
        now: datetime,
        lease: timedelta,
        doors: Collection[str] | None = None,
        paused: Collection[str] = (),
    ) -> Sequence[Outbound]:
        """Rows that are due, urgent lanes first, at most one per address; nobody else gets them until the lease ends.

        Args:
            limit: The most rows.
            now: The present.
            lease: For how long nobody else gets them.
            doors: Only rows of these channels; None for all.
            paused: Broadcasts whose rows stay where they are, holding up nothing.
        """

    async def delivered(self, row: Outbound, receipt: Receipt, now: datetime) -> None:
        """The row leaves the outbox; no effect when its lease has passed to somebody else."""

    async def postpone(self, row: OutboundId, until: datetime, *, unsure: bool = False) -> None:
        """Try again later. ``unsure``: it was sent, and no answer came; that is kept with the row."""

    async def undeliverable(self, row: Outbound, reason: str) -> None:
        """The row leaves the outbox, and the reason stays with the line of the history that it was."""

    async def redirect(self, row: Outbound, to: Address) -> None:
        """The row goes to another address instead, as if it were new there."""

    async def next_due(self, *, doors: Collection[str] | None = None, paused: Collection[str] = ()) -> datetime | None:
        """When the earliest waiting row is due; None when nothing waits."""

    async def waiting(self, *, broadcast: str = "") -> int:
        """Rows in the outbox; only those of one broadcast when it is named."""

    async def withdraw(self, broadcast: str) -> int:
        """Remove the rows of a broadcast that were not yet claimed; returns how many."""

    async def delegate(self, who: DelegateId) -> Delegate | None: ...

    async def delegates(self) -> Sequence[Delegate]:
        """Everybody who is known, in a steady order."""

    async def entries(self, who: DelegateId, *, after: int = 0, limit: int = 200) -> Sequence[Entry]:
        """Lines of a history with a higher number than ``after``, oldest first (the newest ``limit`` of them)."""

    async def entry(self, who: DelegateId, seq: int) -> Entry | None: ...

    async def ticket(self, number: TicketId) -> Ticket | None: ...

    async def tickets(self, *, include_resolved: bool = False) -> Sequence[Ticket]:
        """Urgent first, then longest waiting."""

    async def timeline(self, number: TicketId) -> Sequence[Entry]: ...

    async def ticket_of(self, address: Address, ref: str) -> TicketId | None:
        """The ticket to which a message or thread of a reception lane belongs."""

    async def remember(
        self, key: str, value: str, *, until: datetime | None = None, who: DelegateId | None = None
    ) -> None:
        """Keep a small thing of a room, such as a web session's token hash.

        Args:
            key: Its name; the part before the first colon names the room.
            value: What to keep; an earlier value is replaced.
            until: When ``sweep`` removes it.
            who: The delegate with whom it is erased.
        """

    async def recall(self, key: str) -> str | None: ...

    async def recall_all(self, prefix: str) -> Mapping[str, str]:
        """What is kept under names that begin so, by name."""

    async def forget(self, key: str) -> None: ...

    async def erase(self, who: DelegateId) -> Sequence[Ticket]:
        """Remove every trace of a delegate, also from the files; returns the tickets that went with it."""

    async def redact(self, number: TicketId, now: datetime) -> None:
        """Remove the words, the name and the attachments of a ticket, also from the files; its number and times stay."""

    async def sweep(self, now: datetime) -> int:
        """Remove handled ids and small things whose time is over; returns how many."""

    async def audit(self, *events: AuditEvent) -> None:
        """Put these on the record, before what they tell of is done.

        The log only grows, in one chain over all processes: each line holds the hash of the line before.
        """

    def audit_trail(self) -> AsyncIterator[AuditLine]:
        """The audit log as it is kept, oldest first; whether it is whole, ``bot.staff.audit`` tells."""

    async def prune_audit(self, before: datetime, now: datetime) -> int:
        """Remove lines from before a time, leaving one that stands for them; returns how many."""

    async def lead(self, role: str, holder: str, lease: timedelta) -> bool:
        """Take or keep a role that one process at a time may have, such as polling Telegram.

        Returns:
            Whether ``holder`` has it now; call again well before the lease ends. The time is the store's own.

        Raises:
            StoreUnavailable: Nobody can tell: a holder must act as if it had lost the role when its lease ends.
        """

    async def resign(self, role: str, holder: str) -> None:
        """Give a role back at once, so that another need not wait for the lease to end."""

    def records(self) -> AsyncIterator[Record]:
        """Everything that is kept, for backups and moves; what changes meanwhile may be there in either state."""

    async def load(self, records: Sequence[Record]) -> None:
        """Put records as they are, replacing those of the same table and key."""

    async def counts(self) -> Mapping[str, int]:
        """Records per table."""

    def changes(self) -> AsyncIterator[Change]:
        """What was committed from now on, for live pages; a reader that fell behind gets one change marked ``gap``."""


class Change(Protocol):
    """A committed change: what live views should look at again."""

    @property
    def delegate(self) -> DelegateId: ...

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
