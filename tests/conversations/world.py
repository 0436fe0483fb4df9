"""Who takes part in a conversation under test: the desk, delegates and reception.

Every call returns what everyone read because of it, in the order of reading: ``{"delegate": [...], "reception": [...]}``.
Nothing runs in the background: rows of the outbox are delivered, and duties looked after, in the test's own task.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.answers.engine import Engine
from bot.answers.matcher import Ranked
from bot.answers.repair import mended
from bot.desk.duties import Duties
from bot.desk.emergency_card import EmergencyCard
from bot.desk.front import FrontDesk
from bot.desk.onduty import OnDutyNow
from bot.desk.staff import StaffDesk
from bot.i18n.translator import Speakers
from bot.model.errors import DeliveryDelayed
from bot.model.language import Language
from bot.model.messages import (
    Attachment,
    Button,
    Inbound,
    InboundId,
    Lane,
    Message,
    Outbound,
    Receipt,
    Relay,
    Ring,
    Sender,
    ShowTicket,
    TicketId,
    Unshow,
)
from bot.model.people import Address, Role, Staff, StaffId
from bot.model.rich import letters
from bot.model.tickets import StaffAction, Verb
from bot.outbox.dispatcher import Dispatcher
from storage.documents import DocumentStore
from storage.tables import TABLES

Read = dict[str, list[str]]
DELEGATE: Final = "delegate"
RECEPTION: Final = "reception"
_DOOR: Final = "webchat"
_LANE: Final = "reception-telegram"
_LEASE: Final = timedelta(seconds=60)


def said(message: Message) -> str:
    """A message as it is read: marks of direction are seen by nobody."""
    return letters(message.text, isolate=False).replace("\u200e", "")


class Scripted:
    """The real matcher, save for the words whose ranking a test decides: what follows then does not hang on weights."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher
        self.script: dict[str, Ranked] = {}

    def rank(self, text: str, *, without: Container[str] = (), **more: Any) -> Any:
        if text not in self.script:
            return self._matcher.rank(text, without=without, **more)
        ranked = self.script[text]
        return replace(ranked, topics=tuple(found for found in ranked.topics if found[0] not in without))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matcher, name)


class SetClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def moves(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True)
class Seen:
    """One thing that one reader saw."""

    reader: str
    text: str
    lane: Lane
    message: Message | None = None


@dataclass
class FakeDoor:
    """A delegates' door such as the web chat; the key of an address is the reader's name."""

    seen: list[Seen]
    name: str = _DOOR

    async def deliver(self, row: Outbound) -> Receipt:
        assert isinstance(row.body, Message)
        self.seen.append(Seen(row.to.key, said(row.body), row.lane, row.body))
        return Receipt((f"m{len(self.seen)}",))


@dataclass
class FakeLane:
    """A reception lane such as the staff group: cards of tickets, and what is said in them."""

    store: DocumentStore
    seen: list[Seen]
    name: str = _LANE
    out_of_reach: bool = False
    removed: list[TicketId] = field(default_factory=list)
    """Tickets that were taken out of it."""

    async def deliver(self, row: Outbound) -> Receipt:
        if self.out_of_reach:
            raise DeliveryDelayed("the group is out of reach", timedelta(seconds=1))
        if isinstance(row.body, Unshow):
            self.removed.append(row.body.number)
            return Receipt()
        self.seen.append(Seen(RECEPTION, await self._shown(row.body), row.lane))
        return Receipt((f"s{len(self.seen)}",), f"thread {row.ticket}")

    async def _shown(self, body: Message | ShowTicket | Relay | Unshow | Ring) -> str:
        assert not isinstance(body, Message | Unshow)
        if isinstance(body, Ring):
            return f"#{body.ring_for} rings: {body.why}"
        ticket = await self.store.ticket(body.ticket)
        assert ticket is not None
        if isinstance(body, ShowTicket):
            owner = f" · {ticket.owner_name}" if ticket.owner_name else ""
            return f"#{ticket.id} {ticket.state} · {ticket.priority.name.lower()} · {ticket.team}{owner}: {ticket.question}"
        entry = await self.store.entry(ticket.delegate, body.entry)
        assert entry is not None
        files = [f"[{attachment.kind}]" for attachment in entry.attachments]
        return " ".join([f"#{ticket.id} {entry.name or entry.author}:", *filter(None, [said(entry.message)]), *files])


@dataclass
class Desk:
    """The front desk, the staff desk, their duties and the outbox, over one store."""

    store: DocumentStore
    content: Engine
    speakers: Speakers
    clock: SetClock
    seen: list[Seen] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        lanes = (Address(_LANE, "group"),)
        self.matcher = Scripted(self.content._matcher)
        self.engine = copy.copy(self.content)  # made once for all tests: compiling its cues takes a while
        self.engine._matcher = self.matcher  # type: ignore[assignment]  # stands in for it
        card = EmergencyCard.of(self.engine.snapshot.event)
        engine: Callable[[], Engine] = lambda: self.engine  # noqa: E731 -- reads as the port it stands for
        self.door = FakeDoor(self.seen)
        self.lane = FakeLane(self.store, self.seen)
        self.dispatcher = Dispatcher(self.store, {_DOOR: self.door, _LANE: self.lane}, self.clock)
        self.front = FrontDesk(
            self.store, engine, self.speakers, self.clock, lambda: card, lanes, self.dispatcher.deliver_at_once
        )
        self.front = replace(self.front, dress=OnDutyNow(self.store, engine, self.clock).dress)
        self.staff = StaffDesk(self.store, engine, self.speakers, self.clock, lanes)
        self.duties = Duties(
            self.store,
            engine,
            self.speakers,
            self.clock,
            lanes,
            tick=lambda: self.clock.at.timestamp(),  # noqa: PLW0108 -- the clock moves on
        )

    def takes(self, words: str, *topics: str, trust: float) -> None:
        """From now on these words rank these topics, with this trust in the first."""
        ranked = Ranked(
            tuple((topic, trust / (place + 1)) for place, topic in enumerate(topics)),
            trust,
            offered=min(1.0, 2 * trust),
        )
        # The second reading, with a slip of the finger mended, says no more than the first.
        for read in {words, mended(words, self.matcher.vectoriser) or words}:
            self.matcher.script[read] = ranked

    async def settles(self) -> Read:
        """Deliver what is due and do what is owed until nothing is left; returns what everyone read."""
        before = len(self.seen)
        while await self._deliver() or await self._look_after():
            pass
        return self.read(self.seen[before:])

    async def _deliver(self) -> bool:
        rows = await self.store.claim_outbox(limit=100, now=self.clock.now(), lease=_LEASE)
        for row in rows:
            await self.dispatcher._deliver(row)
        return bool(rows)

    async def _look_after(self) -> bool:
        waiting = await self.store.waiting()
        for ticket in await self.store.tickets():
            await self.duties._look(ticket.id)
        return await self.store.waiting() > waiting

    async def waits(self, **by: float) -> Read:
        """Time passes."""
        self.clock.moves(timedelta(**by))
        return await self.settles()

    async def receives(self, inbound: Inbound) -> Read:
        before = len(self.seen)
        await self.front.receive(inbound)
        await self.settles()
        return self.read(self.seen[before:])

    def read(self, seen: list[Seen]) -> Read:
        found: Read = {}
        for one in seen:
            found.setdefault(one.reader, []).append(one.text)
        return found

    def dump(self) -> dict[str, dict[str, Any]]:
        """Everything the store holds."""
        return {table: dict(self.store._tables.items(table)) for table in TABLES}


@dataclass
class Delegate:
    """A person at the door."""

    desk: Desk
    hint: Language | None = None
    name: str = DELEGATE

    @property
    def address(self) -> Address:
        return Address(_DOOR, self.name)

    def inbound(self, **content: Any) -> Inbound:
        number = InboundId(f"in:{next(self.desk.ids)}")
        sender = Sender(self.address, language_hint=self.hint)
        return replace(Inbound(number, sender, self.desk.clock.now()), **content)

    async def says(self, text: str, **more: Any) -> Read:
        return await self.desk.receives(self.inbound(text=text, **more))

    async def sends(self, kind: str, text: str = "", **more: Any) -> Read:
        return await self.says(text, attachments=(Attachment(kind, "ref"),), **more)

    async def commands(self, command: str, rest: str = "") -> Read:
        return await self.desk.receives(self.inbound(command=command, text=rest))

    async def presses(self, label: str) -> Read:
        """Press the newest button of this name, with or without its sign in front."""
        found = [button for button in self.buttons if label in (button.label, button.label.partition(" ")[2])]
        assert found, f"no button {label!r} among {[button.label for button in self.buttons]}"
        return await self.presses_action(found[0].action)

    async def presses_action(self, action: str) -> Read:
        return await self.desk.receives(self.inbound(press=action))

    @property
    def messages(self) -> list[Message]:
        """What stands on the screen, the newest first."""
        return [seen.message for seen in reversed(self.desk.seen) if seen.reader == self.name and seen.message]

    @property
    def buttons(self) -> list[Button]:
        return [button for message in self.messages for row in message.buttons for button in row]


@dataclass
class Colleague:
    """A member of staff in the staff group."""

    desk: Desk
    name: str
    roles: frozenset[Role] = frozenset({Role.DESK})

    @property
    def staff(self) -> Staff:
        return Staff(StaffId(f"telegram:{self.name}"), self.name, "telegram", self.roles)

    async def does(self, verb: Verb, ticket: int, text: str = "", *, number: str = "") -> Read:
        return await self.acts(verb, ticket, text, number=number)

    async def acts(self, verb: Verb, ticket: int, text: str = "", *, number: str = "", **more: Any) -> Read:
        """With everything that an action may carry."""
        before = len(self.desk.seen)
        action = number or f"act:{next(self.desk.ids)}"
        at = self.desk.clock.now()
        await self.desk.staff.act(StaffAction(action, TicketId(ticket), self.staff, verb, at, text, **more))
        await self.desk.settles()
        return self.desk.read(self.desk.seen[before:])

    async def claims(self, ticket: int) -> Read:
        return await self.does("claim", ticket)

    async def replies(self, ticket: int, text: str) -> Read:
        return await self.does("reply", ticket, text)

    async def resolves(self, ticket: int) -> Read:
        return await self.does("resolve", ticket)

    async def reopens(self, ticket: int) -> Read:
        return await self.does("reopen", ticket)
