"""Requests made at the counter: a ticket for somebody who has no chat; what is answered is told to them there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.answers.engine import Engine
from bot.desk.turn import Turn
from bot.i18n.translator import Speaker, Speakers, mark
from bot.model.audit import AuditEvent
from bot.model.errors import Refused
from bot.model.messages import Entry, InboundId, Message, Outbound, Receipt, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import plain
from bot.model.tickets import Priority, Ticket
from bot.model.tokens import hashed
from bot.model.walkin import WalkIn
from bot.ports import Store
from bot.tickets import rights, routing

DOOR: Final = "counter"
_TAKEN: Final = "walkin:"
_REMEMBERED: Final = timedelta(days=2)


class CounterDoor:
    """Where what is said to somebody at the counter ends: a person tells them."""

    name = DOOR

    async def deliver(self, row: Outbound) -> Receipt:
        del row
        return Receipt()


@dataclass(frozen=True)
class WalkIns:
    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    lanes: tuple[Address, ...] = ()
    dress: Callable[[Ticket], Awaitable[Ticket]] | None = None
    """Adds whom it is offered to, and which others ask the same."""

    async def take(self, seen: WalkIn) -> Ticket:
        """Open the ticket; a repeat gets the one that was opened first.

        Raises:
            Refused: Nothing was written down.
            StoreUnavailable: Nothing was kept.
        """
        if not seen.text.strip():
            raise Refused(mark("The message is empty."))
        # Of no person: two people of one name at the counter are two.
        address = Address(DOOR, hashed(seen.id)[:16])
        delegate = Delegate(address.delegate, address, seen.language, seen.at, language_chosen=True, name=seen.name)
        new = self._ticket(seen, delegate)
        if self.dress is not None and new.priority is not Priority.EMERGENCY:
            new = await self.dress(new)
        async with self.store.transaction(delegate.id) as tx:
            if await tx.known(InboundId(seen.id), now=seen.at, until=seen.at + _REMEMBERED):
                return await self._taken(address)
            await tx.save_delegate(delegate)
            ticket = await tx.add_ticket(new)
            said = Message(plain(seen.text.strip()), seen.language)
            await tx.append(Entry(0, delegate.id, seen.at, "delegate", said, name=seen.name, ticket=ticket.id))
            by = seen.by
            told = Message(plain(_told(seen, self.speakers[by.language])), by.language)
            await tx.append(Entry(0, delegate.id, seen.at, "note", told, name=by.name, ticket=ticket.id))
            await tx.audit(AuditEvent(seen.at, by.id, "ticket.walk-in", by.name, by.lane, ticket.id))
            turn = Turn(
                tx, delegate, self.engine(), self.speakers[seen.language], seen.at, address, self.lanes, seen.id
            )
            await turn.show(ticket)
            await tx.remember(f"{_TAKEN}{address.key}", str(ticket.id), until=seen.at + _REMEMBERED)
        return ticket

    async def _taken(self, address: Address) -> Ticket:
        number = await self.store.recall(f"{_TAKEN}{address.key}")
        ticket = await self.store.ticket(TicketId(int(number))) if number else None
        if ticket is None:  # erased meanwhile
            raise Refused(mark("This request was taken and removed again."))
        return ticket

    def _ticket(self, seen: WalkIn, delegate: Delegate) -> Ticket:
        """Words of danger make an emergency of it, whatever was chosen: a false alarm costs one tap."""
        engine, now = self.engine(), seen.at
        event = engine.snapshot.event
        danger = engine.danger(seen.text)
        alarm = danger is not None and danger.certain
        urgent = alarm or seen.priority is Priority.EMERGENCY
        team = seen.team if seen.team in event.teams else ""
        if danger is not None and alarm:
            team = danger.team
        new = Ticket(
            TicketId(0),
            delegate.id,
            delegate.address,
            seen.language,
            (team or next(iter(event.teams))) if urgent else routing.team_now(event, team, now),
            Priority.EMERGENCY if urgent else seen.priority,
            now,
            seen.text.strip(),
            topic=danger.topic if danger is not None and alarm else None,
            delegate_name=seen.name,
            # Somebody of the staff wrote it: it is in front of them, and nobody waits in a chat to be told so.
            seen_at=now,
            seen_told=True,
            changed_at=now,
            last_delegate_at=now,
            unanswered_since=now,
            emergency=danger.kind if danger is not None and alarm else "",
            alarm_since=now if urgent else None,
        )
        if new.team not in event.teams:
            new = replace(new, team=next(iter(event.teams)))
        return replace(new, restricted=rights.secrecy_of(team, new.topic, new.emergency))


def _told(seen: WalkIn, speaker: Speaker) -> str:
    """Where to find them, for whoever takes it up."""
    parts = [speaker.text(mark("Taken at the counter. Please answer there."))]
    if seen.room:
        parts.append(speaker.text(mark("Room: {room}"), room=seen.room))
    if seen.badge:
        parts.append(speaker.text(mark("Badge: {badge}"), badge=seen.badge))
    return "\n".join(parts)
