"""A staff action becomes one committed turn of the delegate concerned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from bot.answers.engine import Engine
from bot.desk import drill
from bot.desk.by_machine import ByMachine
from bot.desk.deeds import Deeds
from bot.desk.presence import Presences
from bot.desk.turn import Turn, remembered_for
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Outdated, Refused, Unsure
from bot.model.messages import InboundId
from bot.model.people import Address, Delegate
from bot.model.rich import Rich
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Clock, Store, Transaction, Translator
from bot.staff.audit import action_event
from bot.staff.held import with_duties
from bot.tickets import glossing, life, same

log = structlog.get_logger("staff")

_OVERDUE: Final = 2  # steps of the wait clock after which a card is louder

LOOKS: Final = frozenset({"seen", "view"})
"""What a page that stands open does by itself: it keeps nobody on duty, and brings nobody back who said that they are away."""


@dataclass(frozen=True)
class StaffDesk:
    """Carries out what staff do, whichever lane it came from."""

    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()
    presences: Presences = field(default_factory=Presences)
    translator: Translator | None = None

    async def act(self, action: StaffAction) -> Ticket:
        """The ticket after the action; a repeated action changes nothing.

        Raises:
            Refused: It is not allowed now; the message says why.
            StoreUnavailable: Nothing was changed.
        """
        action = await self._as_meant(action)
        known = await self.store.ticket(action.ticket)
        if known is None:
            raise Refused(mark("There is no request #{number}."), number=str(action.ticket))
        action = await self._by_machine.prepared(action, known)
        async with self.store.transaction(known.delegate) as tx:
            done = await self._carry_out(tx, action)
        # Raised only now: a refused action is noted as handled too, so that a repeat of it is not carried out later.
        if isinstance(done, Refused):
            raise done
        if action.to_group and action.verb in ("reply", "resolve"):
            await self._for_the_group(done, action)
        return done

    @property
    def _deeds(self) -> Deeds:
        return Deeds(self.store, self.speakers)

    @property
    def _by_machine(self) -> ByMachine:
        return ByMachine(self.store, self.engine, self.translator)

    async def _as_meant(self, action: StaffAction) -> StaffAction:
        """With the rights of the present, and a canned question as the question that it is."""
        canned = self.engine().snapshot.library.canned.get(action.answer.removeprefix(glossing.CANNED))
        asks = (
            action.verb == "reply" and action.answer.startswith(glossing.CANNED) and canned is not None and canned.asks
        )
        return replace(action, by=await with_duties(self.store, action.by), verb="ask" if asks else action.verb)

    async def _carry_out(self, tx: Transaction, action: StaffAction) -> Ticket | Refused:
        ticket = await tx.ticket(action.ticket)
        if ticket is None:
            return Refused(mark("There is no request #{number}."), number=str(action.ticket))
        done, now = InboundId(action.id), self.clock.now()
        repeated = await tx.known(done, now=now, until=now + remembered_for(done))
        turn = await self._turn(tx, ticket, action, now)
        words: Rich = ()
        try:
            # Whoever claims again what a colleague holds must not read that they hold it.
            changed = (
                ticket
                if repeated and action.verb != "claim"
                else life.after(ticket, await self._joining(ticket, action))
            )
            if action.verb in life.WRITES and not repeated:
                words = self._deeds.words(turn, action)
        except (Unsure, Outdated) as asked:
            # Nothing is noted: after a kill before the writer read it, the same update must say it again.
            if isinstance(asked, Unsure):
                asked.machine = self._by_machine.offers(ticket)
            raise
        except Refused as refused:
            return refused
        if repeated:
            return ticket
        if action.verb == "seen" and ticket.drill:
            await drill.note_seen(tx, ticket, action)
        if action.verb == "view":
            await self._record(tx, action)
            return ticket
        # A second reply or note within the same second leaves the ticket as it is, and must be said all the same.
        if changed == ticket and action.verb not in ("reply", "ask", "note"):
            return ticket
        saved = await tx.save_ticket(changed)
        await self._record(tx, action)
        await self._deeds.carry_out(turn, ticket, saved, action, words)
        if on_card(saved) != on_card(ticket):
            await turn.show(saved)
        return saved

    async def _joining(self, ticket: Ticket, action: StaffAction) -> StaffAction:
        """A link names another ticket; it leads into the group of that one. Raises Refused."""
        if action.verb != "link" or action.other is None:
            return action
        group = same.joining(ticket, action.other, await self.store.tickets(), action.by, action.at)
        return replace(action, other=group)

    async def _record(self, tx: Transaction, action: StaffAction) -> None:
        if (event := action_event(action)) is not None:
            await tx.audit(event)
        if action.verb not in LOOKS:
            await self.presences.acted(tx, action.by.name, action.at)

    async def _turn(self, tx: Transaction, ticket: Ticket, action: StaffAction, now: datetime) -> Turn:
        delegate = await tx.delegate() or Delegate(ticket.delegate, ticket.address, ticket.language, now)
        # The delegate's language may have changed since the ticket was opened: what they read last counts.
        speaker = self.speakers[delegate.language]
        return Turn(tx, delegate, self.engine(), speaker, now, ticket.address, self.lanes, action.id)

    async def _for_the_group(self, ticket: Ticket, action: StaffAction) -> None:
        """The same to the others that ask the same; each is an action of its own, so that a repeat completes them."""
        others = same.others(ticket, await self.store.tickets())
        if action.verb == "reply" and not action.answer and not (action.confirmed or action.machine):
            guess = self.engine().language(action.text, ticket.language)
            others = glossing.readers(others, guess.language if guess.sure else None)[0]
        for other in others:
            mine = replace(
                action,
                id=f"{action.id}:{other.id}",
                ticket=other.id,
                to_group=False,
                expected_version=None,
                careful=False,
                translation=None,
            )
            try:
                mine = await self._by_machine.prepared(mine, other)
                async with self.store.transaction(other.delegate) as tx:
                    done = await self._carry_out(tx, mine)
            except Unsure as asked:  # no translation for this one: it stays open
                done = asked
            if isinstance(done, Refused):
                log.info("group_member_left_out", ticket=other.id)


def on_card(ticket: Ticket) -> tuple[object, ...]:
    """What staff see of a ticket at a glance; a card is edited only when this changes."""
    return (
        ticket.state,
        ticket.owner,
        ticket.owner_name,
        ticket.team,
        ticket.priority,
        ticket.offered_to,
        ticket.promised_at,
        ticket.snoozed_until,
        ticket.with_bot,
        ticket.group,
        ticket.claimed_silent,
        ticket.wait_step >= _OVERDUE,
    )
