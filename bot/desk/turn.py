"""One delegate's turn being built: what is said, asked and passed on goes into one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.model.messages import (
    Entry,
    InboundId,
    Lane,
    Message,
    Outbound,
    OutboundId,
    Part,
    Relay,
    Ring,
    ShowTicket,
    TicketId,
)
from bot.model.people import Address, Delegate, Dialog
from bot.model.tickets import Priority, Ticket
from bot.tickets import life

if TYPE_CHECKING:
    from bot.answers.engine import Engine
    from bot.i18n.translator import Speaker
    from bot.ports import Transaction


REMEMBERED: Final = timedelta(days=30)
"""How long handled messages and actions are known: their ids are made at random and never come again."""
REMEMBERED_UPDATES: Final = timedelta(hours=48)
"""The same for Telegram's updates, which it offers for a day, and whose ids start again at random after a quiet week."""


def remembered_for(inbound: InboundId) -> timedelta:
    return REMEMBERED_UPDATES if inbound.startswith(("telegram:", "reception-telegram:")) else REMEMBERED


def log_id(key: str) -> str:
    """An id for the log: it tells two messages apart, and no chat or session can be opened with it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


@dataclass
class Turn:
    """The shell around a turn's decisions."""

    tx: Transaction
    delegate: Delegate
    engine: Engine
    speaker: Speaker
    now: datetime
    reply_to: Address
    lanes: tuple[Address, ...]
    cause: str
    """The id of the message or action that this turn answers; rows of the outbox are named after it."""
    heard: Entry | None = None
    """What the delegate said in this turn, as it stands in the history."""
    late: Callable[[Message, bool], Message] | None = None
    """Adds to the first thing said that the message could only be read late; True for an emergency."""
    nearness: Mapping[str, float] = field(default_factory=dict)
    """How near the message is to each topic in meaning; asked for before the turn began, as nothing outside is waited for in it."""
    forget: bool = False
    """After this turn everything about the delegate is erased."""
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What is done once the turn is committed, and may be left undone when the process ends before."""
    _said: int = field(default=0)

    async def say(
        self,
        message: Message,
        *,
        lane: Lane = Lane.REPLY,
        ticket: TicketId | None = None,
        replaces: str = "",
        copy: bool = False,
        answer: str = "",
        parts: Sequence[Part] = (),
    ) -> Entry:
        """A line of the desk in the delegate's history, and its row in the outbox.

        ``copy`` says that it repeats others, ``answer`` from which approved answer it was made, ``parts`` what of it,
        or which answers where there are several.
        """
        if self.late is not None:
            message, self.late = self.late(message, lane is Lane.EMERGENCY), None
        line = Entry(0, self.delegate.id, self.now, "desk", message, ticket=ticket, copy=copy, answer=answer)
        entry = await self.tx.append(replace(line, parts=tuple(parts)))
        await self._send(message, entry, lane, replaces)
        return entry

    async def say_as_staff(
        self, message: Message, name: str, ticket: TicketId, *, answer: str = "", machine: bool = False
    ) -> Entry:
        line = Entry(0, self.delegate.id, self.now, "staff", message, name=name, ticket=ticket, answer=answer)
        entry = await self.tx.append(replace(line, machine=machine))
        await self._send(message, entry, Lane.TICKET, "")
        return entry

    async def _send(self, message: Message, entry: Entry, lane: Lane, replaces: str) -> None:
        self._said += 1
        row = OutboundId(f"{self.cause}>{self._said}")
        await self.tx.enqueue(
            Outbound(
                row,
                self.reply_to,
                lane,
                message,
                self.now,
                self.now,
                delegate=self.delegate.id,
                entry=entry.seq,
                # So that whoever looks at the request learns at once that the line arrived, or never will.
                ticket=entry.ticket,
                replaces=replaces,
            )
        )

    async def remember(self, dialog: Dialog) -> None:
        await self.change(replace(self.delegate, dialog=dialog))

    async def change(self, delegate: Delegate) -> None:
        self.delegate = delegate
        await self.tx.save_delegate(delegate)

    async def hold(self, ticket: Ticket) -> Entry | None:
        """What was said in this turn belongs to a ticket."""
        if self.heard is not None:
            self.heard = await self.tx.assign(self.heard, ticket.id)
        return self.heard

    async def join(self, ticket: Ticket) -> Ticket:
        """What was said goes to the people who hold the ticket; it wakes and opens one that slept or was closed."""
        line = await self.hold(ticket)
        if line is not None:
            await self.relay(ticket, line)
        saved = await self.tx.save_ticket(life.heard(ticket, self.now))
        if saved.state is not ticket.state:
            await self.show(saved)
        return saved

    async def note(self, ticket: Ticket, message: Message, name: str, *, but: str = "") -> Entry:
        """A line that only staff read."""
        entry = await self.tx.append(Entry(0, self.delegate.id, self.now, "note", message, name=name, ticket=ticket.id))
        await self.relay(ticket, entry, but=but)
        return entry

    async def ring(self, ticket: Ticket, why: str, *people: Address, lanes: bool = True) -> None:
        """Make the lanes of reception, and these people, notice a ticket.

        Args:
            ticket: As it is saved.
            why: As ``Ring.why``.
            people: Where single members of staff are reached.
            lanes: Whether the lanes ring too.
        """
        lane = Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
        began = ticket.alarm_since or ticket.unanswered_since or ticket.opened_at
        for address in dict.fromkeys((*(self.lanes if lanes else ()), *people)):
            row = OutboundId(f"ring:{address.channel}:{address.key}:{ticket.id}:{began.timestamp():.0f}:{why}")
            await self.tx.enqueue(
                Outbound(
                    row,
                    address,
                    lane,
                    Ring(ticket.id, why),
                    self.now,
                    self.now,
                    delegate=self.delegate.id,
                    ticket=ticket.id,
                )
            )

    async def show(self, ticket: Ticket, *, again: str = "") -> None:
        """Bring a ticket's card up to date in every reception lane; ``again`` names a further attempt."""
        lane = Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
        for address in self.lanes:
            row = OutboundId(f"card:{address.channel}:{ticket.id}:{ticket.version}{again}")
            await self.tx.enqueue(
                Outbound(
                    row,
                    address,
                    lane,
                    ShowTicket(ticket.id),
                    self.now,
                    self.now,
                    delegate=self.delegate.id,
                    ticket=ticket.id,
                )
            )

    async def relay(self, ticket: Ticket, entry: Entry, *, but: str = "") -> None:
        """Show a line of a ticket to staff in every lane, except the one it came from."""
        lane = Lane.EMERGENCY if ticket.priority is Priority.EMERGENCY else Lane.TICKET
        for address in self.lanes:
            if address.channel != but:
                row = OutboundId(f"relay:{address.channel}:{ticket.id}:{entry.seq}")
                await self.tx.enqueue(
                    Outbound(
                        row,
                        address,
                        lane,
                        Relay(ticket.id, entry.seq),
                        self.now,
                        self.now,
                        delegate=self.delegate.id,
                        ticket=ticket.id,
                    )
                )
