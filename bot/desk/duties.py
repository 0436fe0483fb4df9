"""What falls due by itself: telling delegates truthfully whether reception has their request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.answers.engine import Engine
from bot.clock import boot_id, steady_seconds
from bot.desk import say
from bot.desk.climbing import Climbing, Organisers
from bot.desk.leaving import Leaving
from bot.desk.looking import Looking
from bot.desk.onduty import Paging, nobody
from bot.desk.owed import try_again
from bot.desk.steady import Steady
from bot.desk.turn import Turn
from bot.desk.waiting import Waiting
from bot.i18n.translator import Speakers
from bot.model.errors import StoreUnavailable
from bot.model.messages import Lane, TicketId
from bot.model.people import Address, Delegate
from bot.model.tickets import Priority, Ticket, TicketState
from bot.ports import Clock, Store
from bot.staff.list import TURN as STAFF
from bot.tickets import clocks, ladder

log = structlog.get_logger("duties")

UNSEEN_AFTER: Final = timedelta(seconds=5)
"""A request that no reception lane has shown within this time: the delegate is told so, with the number (D3)."""
SHOW_AGAIN: Final = timedelta(seconds=60)
"""How often the card of a request that nobody has seen is tried again (S1)."""
_LOOK_EVERY: Final = 1.0  # seconds
_OWED_EVERY: Final = timedelta(seconds=15)  # between looks at what the lanes have refused


@dataclass
class Duties:
    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()
    beat: Callable[[], None] = lambda: None
    """Called with each round."""
    paging: Paging = nobody
    organisers: Organisers = lambda ticket, on: None  # noqa: ARG005 -- while nobody wants to know
    _shown: dict[TicketId, datetime] = field(default_factory=dict)
    tick: Callable[[], float] = steady_seconds
    boot: str = field(default_factory=boot_id)
    _alarmed: set[TicketId] = field(default_factory=set)
    """Emergencies of which organisers were told."""
    _looked: datetime | None = None
    """When what the lanes refused was last tried again."""

    async def run(self) -> None:
        """Look after open tickets whenever something changes, and every second."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._on_changes(), name="duties on changes")
            group.create_task(self._by_clock(), name="duties by the clock")

    async def _on_changes(self) -> None:
        async for change in self.store.changes():
            if change.delegate == STAFF:
                await self._hand_back()
            for number in change.tickets:
                await self._look(number)

    async def _by_clock(self) -> None:
        while True:
            self.beat()
            await asyncio.sleep(_LOOK_EVERY)
            await self.round()

    async def round(self) -> None:
        """Take everything that is due now, the urgent first."""
        opened = await self.store.tickets()
        await self._hand_back(opened)
        for ticket in opened:
            if self._owed(ticket) or self._due(ticket):
                await self._look(ticket.id)
            if self._unshown(ticket):
                await self._show_again(ticket)
        await self._try_again()

    async def _hand_back(self, opened: Sequence[Ticket] | None = None) -> None:
        """What removed people had."""
        try:
            for number in await self.leaving.hand_back(opened):
                await self._look(number)
        except StoreUnavailable:
            log.warning("hand_back_postponed")

    async def _look(self, number: TicketId) -> None:
        try:
            ticket = await self.store.ticket(number)
            if ticket is None:
                return
            if self._due(ticket):
                await self.climbing.take(number)
                await self.waiting.take(number)
            if self._owed(ticket):
                await self._tell(ticket)
            if number in self._alarmed and not ladder.running(ticket):
                self._alarmed.discard(number)
                self.organisers(ticket, False)  # noqa: FBT003 -- off
        except StoreUnavailable:
            log.warning("duty_postponed", ticket=number)

    @property
    def looking(self) -> Looking:
        return Looking(self.store, self.engine, self.speakers, self.clock, self.lanes, self.paging)

    @property
    def climbing(self) -> Climbing:
        return Climbing(self.looking, self.steady, self._alarm)

    def __post_init__(self) -> None:
        self.steady = Steady(self.clock, self.tick, self.boot)
        self.leaving = Leaving(lambda: self.looking, self.steady)

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.looking)

    def _alarm(self, ticket: Ticket, on: bool) -> None:  # noqa: FBT001 -- the shape of Organisers
        self._alarmed.add(ticket.id)
        self.organisers(ticket, on)

    def _due(self, ticket: Ticket) -> bool:
        """Whether a step of the emergency ladder or of the wait clock is to be taken."""
        now = self.clock.now()
        return (
            not self.steady.is_marked(ticket)
            or ladder.due(ticket, self.steady.now(ticket)) is not None
            or clocks.due(ticket, now, self.engine().snapshot.event.waits) is not None
        )

    def _unshown(self, ticket: Ticket) -> bool:
        """Open, in front of nobody, and not tried lately: a lane that refused the card may be in order again."""
        if not self.lanes or ticket.seen_at is not None:
            return False
        last = self._shown.get(ticket.id, ticket.opened_at)
        return self.clock.now() - last >= SHOW_AGAIN

    async def _show_again(self, ticket: Ticket) -> None:
        now = self.clock.now()
        self._shown[ticket.id] = now
        try:
            async with self.store.transaction(ticket.delegate) as tx:
                delegate = await tx.delegate() or Delegate(ticket.delegate, ticket.address, ticket.language, now)
                speaker = self.speakers[delegate.language]
                turn = Turn(tx, delegate, self.engine(), speaker, now, ticket.address, self.lanes, f"show:{ticket.id}")
                await turn.show(ticket, again=f":{now.timestamp():.0f}")
        except StoreUnavailable:
            log.warning("duty_postponed", ticket=ticket.id)

    async def _try_again(self) -> None:
        """Lines of conversations that a lane refused."""
        now = self.clock.now()
        if not self.lanes or (self._looked is not None and abs(now - self._looked) < _OWED_EVERY):
            return
        self._looked = now
        try:
            await try_again(self.store, now)
        except StoreUnavailable:
            log.warning("owed_postponed")

    def _owed(self, ticket: Ticket) -> bool:
        if ticket.state is TicketState.RESOLVED or ticket.seen_told:
            return False
        if ticket.seen_at is not None:
            return True
        return not ticket.unseen_told and self.clock.now() - ticket.opened_at >= UNSEEN_AFTER

    async def _tell(self, ticket: Ticket) -> None:
        async with self.store.transaction(ticket.delegate) as tx:
            fresh = await tx.ticket(ticket.id)
            if fresh is None or not self._owed(fresh):
                return
            now = self.clock.now()
            delegate = await tx.delegate() or Delegate(fresh.delegate, fresh.address, fresh.language, now)
            turn = Turn(
                tx,
                delegate,
                self.engine(),
                self.speakers[delegate.language],
                now,
                fresh.address,
                self.lanes,
                f"duty:{fresh.id}:{'seen' if fresh.seen_at else 'unseen'}",
            )
            lane = Lane.EMERGENCY if fresh.priority is Priority.EMERGENCY else Lane.TICKET
            if fresh.seen_at is None:
                await tx.save_ticket(replace(fresh, unseen_told=True))
                await turn.say(
                    say.not_seen(fresh.id, turn.engine.snapshot.event, turn.speaker), lane=lane, ticket=fresh.id
                )
                return
            await tx.save_ticket(replace(fresh, seen_told=True))
            if fresh.answered_at is None:  # an answer says more than "reception has it"
                await turn.say(say.seen(fresh.id, turn.speaker), lane=lane, ticket=fresh.id)
