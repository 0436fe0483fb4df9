"""A staff action becomes one committed turn of the delegate concerned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.answers.engine import Engine
from bot.desk import say
from bot.desk.turn import Turn, remembered_for
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Refused
from bot.model.messages import Entry, InboundId, Lane, Message, Outbound, OutboundId
from bot.model.people import Address, Delegate, Role
from bot.model.rich import plain
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Clock, Store, Transaction
from bot.privacy.links import linked
from bot.staff.audit import action_event
from bot.tickets import life, rights


@dataclass(frozen=True)
class StaffDesk:
    """Carries out what staff do, whichever lane it came from."""

    store: Store
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    lanes: tuple[Address, ...] = ()
    held: Callable[[], frozenset[Role]] = frozenset
    """The roles that somebody on the staff list has; what is nobody's falls to the duty officer, then to the desk."""

    async def act(self, action: StaffAction) -> Ticket:
        """The ticket after the action; a repeated action changes nothing.

        Raises:
            Refused: It is not allowed now; the message says why.
            StoreUnavailable: Nothing was changed.
        """
        action = replace(action, by=rights.standing_in(action.by, self.held()))
        known = await self.store.ticket(action.ticket)
        if known is None:
            raise Refused(mark("There is no request #{number}."), number=str(action.ticket))
        async with self.store.transaction(known.delegate) as tx:
            done = await self._act(tx, action)
        # Raised only now: a refused action is noted as handled too, so that a repeat of it is not carried out later.
        if isinstance(done, Refused):
            raise done
        return done

    async def _act(self, tx: Transaction, action: StaffAction) -> Ticket | Refused:
        ticket = await tx.ticket(action.ticket)
        if ticket is None:
            return Refused(mark("There is no request #{number}."), number=str(action.ticket))
        done, now = InboundId(action.id), self.clock.now()
        repeated = await tx.known(done, now=now, until=now + remembered_for(done))
        try:
            # Whoever claims again what a colleague holds must not read that they hold it.
            changed = ticket if repeated and action.verb != "claim" else life.after(ticket, action)
        except Refused as refused:
            return refused
        if repeated:
            return ticket
        # A second reply or note within the same second leaves the ticket as it is, and must be said all the same.
        if changed == ticket and action.verb not in ("reply", "ask", "note"):
            return ticket
        saved = await tx.save_ticket(changed)
        if (event := action_event(action)) is not None:
            await tx.audit(event)
        delegate = await tx.delegate() or Delegate(ticket.delegate, ticket.address, ticket.language, now)
        # The delegate's language may have changed since the ticket was opened: what they read last counts.
        turn = Turn(
            tx,
            delegate,
            self.engine(),
            self.speakers[delegate.language],
            now,
            ticket.address,
            self.lanes,
            action.id,
        )
        await self._effects(turn, saved, action)
        if _on_card(saved) != _on_card(ticket):
            await turn.show(saved)
        return saved

    async def _effects(self, turn: Turn, ticket: Ticket, action: StaffAction) -> None:
        match action.verb:
            case "reply" | "ask":
                entry = await turn.say_as_staff(
                    say.staff_reply(ticket.id, action.text.strip(), turn.speaker), action.by.name, ticket.id
                )
                await self._to_telegram_too(turn, entry)
                await turn.relay(ticket, entry, but=f"reception-{action.by.lane}")
            case "note":
                message = Message(plain(action.text.strip()), turn.delegate.language)
                entry = await turn.tx.append(
                    Entry(0, turn.delegate.id, turn.now, "note", message, name=action.by.name, ticket=ticket.id)
                )
                await turn.relay(ticket, entry, but=f"reception-{action.by.lane}")
            case "resolve":
                await turn.say(say.resolved(ticket.id, turn.speaker), ticket=ticket.id)
            case _:
                pass

    async def _to_telegram_too(self, turn: Turn, entry: Entry) -> None:
        """A reply to somebody on the web page, who asked to be reached on Telegram as well: the page may be closed."""
        other = await linked(self.store, turn.delegate)
        if other is None or other.address.channel != "telegram":
            return
        row = OutboundId(f"{turn.cause}>other")
        await turn.tx.enqueue(Outbound(row, other.address, Lane.TICKET, entry.message, turn.now, turn.now, other.id))


def _on_card(ticket: Ticket) -> tuple[object, ...]:
    """What staff see of a ticket at a glance; a card is edited only when this changes."""
    return ticket.state, ticket.owner, ticket.owner_name, ticket.team, ticket.priority
