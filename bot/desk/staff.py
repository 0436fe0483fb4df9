"""A staff action becomes one committed turn of the delegate concerned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from bot.answers.engine import Engine
from bot.desk import drill, refusals
from bot.desk.by_machine import ByMachine
from bot.desk.deeds import Deeds
from bot.desk.presence import Presences
from bot.desk.turn import Turn, remembered_for
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Outdated, Refused, Unsure
from bot.model.messages import InboundId, Message
from bot.model.people import Address, Delegate
from bot.model.rich import Rich, plain
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Clock, Store, Transaction, Translator
from bot.staff.audit import action_event
from bot.staff.held import roles_held
from bot.tickets import glossing, ladder, life, rights, roster, same

log = structlog.get_logger("staff")

_OVERDUE: Final = 2  # steps of the wait clock after which a card is louder

LOOKS: Final = frozenset({"seen", "view"})
"""What a page that stands open does by itself: it keeps nobody on duty, and brings nobody back who said that they are away."""
_SENT: Final = mark("Sent to {reached} of {everybody} who ask the same.")
_CLOSED: Final = mark("Closed for {reached} of {everybody} who ask the same.")


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
        if (refused := await refusals.of(self.store, action.id)) is not None:
            raise refused
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
        held = await roles_held(self.store)
        event = self.engine().snapshot.event
        return replace(
            action,
            by=rights.standing_in(action.by, held),
            verb="ask" if asks else action.verb,
            team_reads=roster.team_reads(action.to_team, event.roster, held) if action.to_team else frozenset(),
        )

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
            # The answer may get lost on its way: who sends it again must not read that it was done.
            await refusals.note(tx, action.id, refused, until=now + remembered_for(done))
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
        everybody = len(others) + 1
        if action.verb == "reply" and not action.answer and not action.machine:
            # Who was asked knows of the one delegate that they wrote to, not of all who ask the same.
            guess = self.engine().language(action.text, ticket.language)
            others = glossing.readers(others, guess.language if guess.sure else None)[0]
        reached = [ticket.id]
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
            if await refusals.of(self.store, mine.id) is not None:
                continue
            try:
                mine = await self._by_machine.prepared(mine, other)
                async with self.store.transaction(other.delegate) as tx:
                    done = await self._carry_out(tx, mine)
            except Unsure as asked:  # no translation for this one: it stays open
                done = asked
            if isinstance(done, Refused):
                log.info("group_member_left_out", ticket=other.id)
            else:
                reached.append(other.id)
        if everybody > 1:
            await self._tell_reached(ticket, action, len(reached), everybody)

    async def _tell_reached(self, ticket: Ticket, action: StaffAction, reached: int, everybody: int) -> None:
        """A note that every lane shows: whoever wrote for all of them reads how many got it."""
        said = _SENT if action.verb == "reply" else _CLOSED
        text = said.replace("{reached}", str(reached)).replace("{everybody}", str(everybody))
        done, now = InboundId(f"{action.id}:told"), self.clock.now()
        async with self.store.transaction(ticket.delegate) as tx:
            fresh = await tx.ticket(ticket.id)
            if fresh is None or await tx.known(done, now=now, until=now + remembered_for(done)):
                return
            turn = await self._turn(tx, fresh, replace(action, id=done), now)
            await turn.note(fresh, Message(plain(text), "en"), "Delegate Desk")


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
        ladder.running(ticket),
        ticket.wait_step >= _OVERDUE,
    )
