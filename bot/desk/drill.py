"""Rehearsals: a marked test emergency goes through the real lanes, and how long people take is told (O11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.answers.engine import Engine
from bot.desk.turn import Turn
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Refused
from bot.model.messages import Outbound, Receipt, TicketId
from bot.model.people import Address, Delegate, DelegateId
from bot.model.tickets import Priority, StaffAction, Ticket
from bot.ports import Clock, Store, Transaction
from bot.tickets import glossing, life

DOOR: Final = "drill"
KEPT: Final = timedelta(days=30)
LONGEST: Final = timedelta(minutes=15)
"""A rehearsal that nobody ended is over by then."""
_SEEN: Final = "drill:"


class DrillDoor:
    """Where the messages to the delegate who is none end."""

    name = DOOR

    async def deliver(self, row: Outbound) -> Receipt:
        del row
        return Receipt()


async def note_seen(tx: Transaction, ticket: Ticket, action: StaffAction) -> None:
    """When each person had it in front of them, the first time."""
    key = f"{_SEEN}{ticket.id}:{action.by.name}"
    await tx.remember(key, action.at.isoformat(), until=action.at + KEPT)


@dataclass(frozen=True)
class Drills:
    """Give ``start`` and ``report`` to the admin door."""

    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()

    async def start(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open the test emergency; only one runs at a time."""
        del asked
        for ticket in await self.store.tickets():
            if ticket.drill:
                raise Refused(mark("The drill of request #{number} still runs; staff close it."), number=str(ticket.id))
        now = self.clock.now()
        address = Address(DOOR, f"{now.timestamp():.0f}")
        speaker, event = self.speakers["en"], self.engine().snapshot.event
        who = DelegateId(address.delegate)
        async with self.store.transaction(who) as tx:
            delegate = Delegate(who, address, "en", now, blocked=True)  # no announcement counts or looks for them
            await tx.save_delegate(delegate)
            turn = Turn(tx, delegate, self.engine(), speaker, now, address, self.lanes, f"drill:{address.key}")
            ticket = await tx.add_ticket(
                Ticket(
                    TicketId(0),
                    who,
                    address,
                    "en",
                    next(iter(event.teams)),
                    Priority.EMERGENCY,
                    now,
                    speaker.text(glossing.DRILL_WORDS),
                    changed_at=now,
                    emergency="drill",
                    alarm_since=now,
                    drill=True,
                )
            )
            await turn.show(ticket)
        return {"ticket": ticket.id}

    async def report(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """How long it took: seconds until it was in front of anybody, of each person, and claimed."""
        number = TicketId(int(asked["ticket"]))
        ticket = await self.store.ticket(number)
        if ticket is None or not ticket.drill:
            raise Refused(mark("There is no request #{number}."), number=str(number))
        seen = await self.store.recall_all(f"{_SEEN}{number}:")
        return {
            "ticket": number,
            "state": ticket.state.value,
            "shown": _seconds(ticket, ticket.seen_at),
            "claimed": _seconds(ticket, ticket.claimed_at or (ticket.changed_at if ticket.owner else None)),
            "claimedBy": ticket.owner_name or ticket.previous_owner_name,
            "steps": ticket.alarm_step,
            "people": {
                key.rpartition(":")[2]: _seconds(ticket, datetime.fromisoformat(at)) for key, at in seen.items()
            },
        }

    async def end_old(self) -> None:
        """Close what nobody closed: a forgotten rehearsal must not ring all night."""
        now = self.clock.now()
        for ticket in await self.store.tickets():
            if ticket.drill and now - ticket.opened_at >= LONGEST:
                await self.close(ticket, now)

    async def close(self, ticket: Ticket, now: datetime) -> None:
        async with self.store.transaction(ticket.delegate) as tx:
            fresh = await tx.ticket(ticket.id)
            delegate = await tx.delegate()
            if fresh is None or delegate is None or not fresh.open:
                return
            saved = await tx.save_ticket(life.drill_over(fresh, now))
            speaker = self.speakers[delegate.language]
            turn = Turn(tx, delegate, self.engine(), speaker, now, fresh.address, self.lanes, f"drill:{fresh.id}:over")
            await turn.show(saved)


def _seconds(ticket: Ticket, at: datetime | None) -> float | None:
    return None if at is None else round((at - ticket.opened_at).total_seconds(), 1)
