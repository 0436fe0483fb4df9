"""A whole house for conversations: two doors, the staff group, direct messages, a staff list, a roster, restarts.

Where ``world.py`` has one door and one lane, the stage has all of them, and knows who may read what: the group reads only
the number of a restricted request, a direct message goes to one member of staff and shows what that person may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from telegram import User

from bot.answers.compose import Composer
from bot.answers.engine import Engine
from bot.desk import presence
from bot.desk.drill import DrillDoor, Drills
from bot.desk.duties import Duties
from bot.desk.front import FrontDesk
from bot.desk.onduty import OnDutyNow, Wanted
from bot.desk.staff import StaffDesk, on_card
from bot.desk.undelivered import Undelivered
from bot.i18n.translator import Speakers
from bot.model.content import Roster, Rostered
from bot.model.decisions import Answer, Asked
from bot.model.errors import DeliveryDelayed, Undeliverable
from bot.model.messages import Message, Outbound, Receipt, Relay, Ring, ShowTicket, TicketId, Unshow
from bot.model.people import Address, Staff, StaffId
from bot.model.tickets import Ticket
from bot.outbox.dispatcher import Dispatcher
from bot.reception.telegram.staff import Rights
from bot.staff.held import with_duties
from bot.staff.list import StaffList
from bot.staff.people import Person
from bot.tickets import rights, roster, same
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.machine import Machine
from tests.conversations.world import Desk, Seen, SetClock, said

GROUP: Final = "group"
LANE: Final = Address("reception-telegram", GROUP)
DIRECT: Final = "reception-direct"
NOBODY: Final = Staff(StaffId("somebody in the group"), "", "telegram", frozenset())
"""Whoever looks at the group: restricted requests show them a number."""


@dataclass
class Door:
    """A delegates' door; the key of an address is the reader's name."""

    stage: Stage
    name: str
    blocked: set[str] = field(default_factory=set)

    async def deliver(self, row: Outbound) -> Receipt:
        assert isinstance(row.body, Message)
        if row.to.key in self.blocked:
            raise Undeliverable("the bot was blocked", address_gone=True)
        entry = await self.stage.store.entry(row.delegate, row.entry) if row.delegate and row.entry else None
        text = self.stage.approved(entry.answer if entry else "", row.body)
        self.stage.seen.append(Seen(self.stage.reader(row.to), text, row.lane, row.body))
        return Receipt((f"m{len(self.stage.seen)}",))


@dataclass
class Lane:
    """A lane of reception: the group, or the direct messages of its people."""

    stage: Stage
    name: str
    out_of_reach: bool = False
    patient: bool = False
    """What it cannot take now it takes later."""
    cards: dict[tuple[str, TicketId], tuple[object, ...]] = field(default_factory=dict)
    """What the card of a request says to each reader since it was last brought up to date."""

    async def deliver(self, row: Outbound) -> Receipt:
        if self.out_of_reach:
            if self.patient:
                raise DeliveryDelayed("the group is out of reach", timedelta(seconds=1))
            raise Undeliverable("the group is out of reach")
        reader = row.to.key
        if isinstance(row.body, ShowTicket) and (ticket := await self.stage.store.ticket(row.body.ticket)) is not None:
            self.cards[reader, ticket.id] = on_card(ticket)
        staff = NOBODY if reader == GROUP else await self.stage.acting(reader) or NOBODY
        text = await self.stage.shown(row.body, staff)
        self.stage.seen.append(Seen(reader if reader == GROUP else f"{reader}, direct", text, row.lane))
        return Receipt((f"s{len(self.stage.seen)}",), f"thread {row.ticket}")


@dataclass
class Stage(Desk):
    """Everything of a house but its wires."""

    people: list[Rostered] = field(default_factory=list)
    machine: Machine = field(default_factory=Machine)
    lanes: tuple[Address, ...] = (LANE,)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.telegram, self.web = Door(self, "telegram"), Door(self, "webchat")
        self.group, self.direct = Lane(self, LANE.channel), Lane(self, DIRECT)
        self._open()

    def _open(self) -> None:
        """Every room anew, over the store as it is."""
        engine = lambda: self.engine  # noqa: E731 -- reads as the port it stands for
        self.staff_list = StaffList(self.store, self.clock)
        self.entry = Rights(self.staff_list, others=False)
        self.duty = OnDutyNow(self.store, engine, self.clock)
        channels = {one.name: one for one in (self.telegram, self.web, self.group, self.direct, DrillDoor())}
        gone = Undelivered(self.store, self.speakers, self.clock, self.lanes).gone
        self.dispatcher = Dispatcher(self.store, channels, self.clock, gone=gone)
        self.front = FrontDesk(
            self.store, engine, self.speakers, self.clock, self.front.card, self.lanes, self.dispatcher.deliver_at_once
        )
        self.front = replace(self.front, dress=self.duty.dress, bot_name=lambda: "desk_bot")
        self.staff = StaffDesk(
            self.store, engine, self.speakers, self.clock, self.lanes, translator=self.machine.over(self)
        )
        self.duties = Duties(
            self.store,
            engine,
            self.speakers,
            self.clock,
            self.lanes,
            paging=self.page,
            tick=lambda: self.clock.at.timestamp(),  # noqa: PLW0108 -- the clock moves on
            boot="stage",
        )
        self.drills = Drills(self.store, engine, self.speakers, self.clock, self.lanes)

    async def restart(self) -> None:
        """The process ends; all that is left is what the store kept."""
        kept = [record async for record in self.store.records()]
        self.store = DocumentStore(MemoryTables())
        await self.store.load(kept)
        self._open()

    async def _look_after(self) -> bool:
        """All duties, as each second brings them."""
        waiting = await self.store.waiting()
        await self.duties.round()
        for ticket in await self.store.tickets():
            await self.duties._look(ticket.id)
        return await self.store.waiting() > waiting

    # ---------------------------------------------------------------- who there is

    async def hires(
        self, name: str, *, shifts: Sequence[str] = (), teams: Sequence[str] = ("reception",), **more: Any
    ) -> Person:
        """Somebody for the staff list and the roster."""
        number = 1000 + len(self.people)
        person = await self.staff_list.add(name, by="test", telegram=number, **more)
        self.people.append(Rostered(name, tuple(teams), person.roles, (person.language,), tuple(shifts)))
        event = self.content.snapshot.event
        planned = Roster(event.roster.shifts, tuple(self.people))
        self.engine.snapshot = replace(self.content.snapshot, event=replace(event, roster=planned))
        return person

    async def fires(self, name: str) -> None:
        await self.staff_list.remove(name, by="test")

    async def acting(self, name: str, lane: str = "telegram") -> Staff | None:
        """As whom somebody acts now; None for whoever is not on the list any more."""
        known = [one for one in await self.staff_list.everybody() if one.name == name]
        if not known or known[-1].telegram is None:
            return None
        staff = await self.entry.of(User(known[-1].telegram, name, is_bot=False))
        return replace(await with_duties(self.store, staff), lane=lane) if staff is not None else None

    async def says_on_duty(self, name: str, *, away: bool) -> None:
        await presence.say(self.store, name, "away" if away else "on", self.clock.now())

    async def page(self, ticket: Ticket, wanted: Wanted) -> Sequence[Address]:
        """Where single people are reached: by the roster, and nobody who may not know of the ticket."""
        on_duty = await self.duty.people()
        names = {
            "duty": [one.name for one in on_duty],
            "everybody": [one.name for one in self.people],
            "officer": roster.officers(on_duty, self.engine.snapshot.event.roster),
            "organisers": [one.name for one in self.people],
            "person": [ticket.owner_name or ticket.offered_to],
        }[wanted]
        people = [(name, await self.acting(name)) for name in names]
        return [Address(DIRECT, name) for name, staff in people if staff is not None and self._may_know(ticket, staff)]

    def _may_know(self, ticket: Ticket, staff: Staff) -> bool:
        return rights.allowed(ticket, staff, "claim", self.clock.now()) or rights.visible(ticket, staff) == "full"

    # ---------------------------------------------------------------- what is read

    def reader(self, to: Address) -> str:
        return to.key

    def approved(self, answer: str, message: Message) -> str:
        """The text; of an approved answer its name instead, when it is that answer in the language of the message."""
        text = said(message)
        if not answer.startswith("topic:"):
            return text
        composer = Composer(self.engine.snapshot, self.speakers[message.language], self.clock.now())
        composed = composer.answer(Answer(answer.removeprefix("topic:"), Asked(), 1.0))
        body = said(composed.message) if composed is not None else ""
        if not body or not text.endswith(body):
            return text
        return f"{text.removesuffix(body)}[approved answer {answer.removeprefix('topic:')}, {message.language}]"

    async def shown(self, body: Message | ShowTicket | Relay | Unshow | Ring, staff: Staff) -> str:
        """What a lane shows to somebody."""
        assert not isinstance(body, Message)
        if isinstance(body, Unshow):
            return f"#{body.number} is taken away"
        number = body.ring_for if isinstance(body, Ring) else body.ticket
        ticket = await self.store.ticket(TicketId(number))
        if ticket is None:
            return f"#{number} is gone"
        if isinstance(body, Ring):
            return f"#{number} rings: {body.why}"
        hidden = rights.visible(ticket, staff) == "number"
        if isinstance(body, ShowTicket):
            return f"#{number} {_card(ticket)}: {_case(ticket) if hidden else ticket.question}"
        entry = await self.store.entry(ticket.delegate, body.entry)
        if entry is None:
            return f"#{number} has lost a line"
        files = [f"[{attachment.kind}]" for attachment in entry.attachments]
        words = [_case(ticket)] if hidden else [*filter(None, [self.approved(entry.answer, entry.message)]), *files]
        lost = [f"(not delivered: {entry.undeliverable})"] if entry.undeliverable else []
        return " ".join([f"#{number} {entry.name or entry.author}:", *words, *lost])


def _card(ticket: Ticket) -> str:
    parts = [f"{ticket.state} · {ticket.priority.name.lower()} · {ticket.team}"]
    parts += [f" · {ticket.owner_name}"] * bool(ticket.owner_name)
    parts += [" · drill"] * ticket.drill
    number = same.number_of(same.name_of(ticket))
    parts += [f" · as #{number}"] * (number != ticket.id)
    return "".join(parts)


def _case(ticket: Ticket) -> str:
    return f"{rights.secrecy(ticket)} case"


def opened(content: Engine, speakers: Speakers, at: datetime) -> Stage:
    return Stage(DocumentStore(MemoryTables()), content, speakers, SetClock(at))
