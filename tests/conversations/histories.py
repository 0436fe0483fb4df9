"""Histories in which delegates and staff act at random over several lanes, with restarts, and what must hold in all of them.

``test_histories.py`` lets hypothesis choose, ``python -m tests.load.histories`` plays thousands by dice. Every text carries
a mark of its own, so that a word in a wrong place tells where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.answers.engine import Engine
from bot.desk.staff import on_card
from bot.i18n.translator import Speakers
from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.messages import Attachment, Inbound, InboundId, Sender, TicketId
from bot.model.people import Address, Role
from bot.model.tickets import Priority, StaffAction, Ticket, TicketState, Verb
from bot.tickets import clocks, ladder
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.console_views import MARK, Console, Views
from tests.conversations.script import MORNING
from tests.conversations.stage import DIRECT, LANE, Stage
from tests.conversations.world import SetClock

GUESTS: Final[Mapping[str, tuple[str, Language]]] = {
    "Amal": ("webchat", "ar"),
    "Binh": ("telegram", "vi"),
    "Carla": ("webchat", "en"),
}
STAFF: Final[Mapping[str, tuple[Role, ...]]] = {
    "Lan": (Role.DESK,),
    "Omar": (Role.DESK,),
    "Mai": (Role.MEDICAL,),
    "Duc": (Role.DESK, Role.DUTY_OFFICER),
}
DEEDS: Final[tuple[Verb, ...]] = (
    "claim", "release", "assign", "reply", "ask", "note", "promise", "snooze", "wake", "resolve", "reopen",
    "hand-back", "raise", "lower", "link", "unlink", "seen", "view",
)  # fmt: skip
WISHES: Final = (
    "person", "words", "picture", "list", "cancel", "add", "rate", "unsolved", "emergency:medical",
    "emergency:harassment", "emergency:fire", "forget", "unwell",
)  # fmt: skip
PAUSES: Final = (1, 20, 31, 61, 185, 600, 1_300, 3_700)  # seconds
FOR_DELEGATES: Final[frozenset[Verb]] = frozenset({"reply", "ask", "promise"})
"""Of what staff write only this is for the delegate; what stands in a note is for nobody else."""
_OWNED: Final = frozenset({TicketState.CLAIMED, TicketState.WAITING, TicketState.SNOOZED})


@dataclass
class History:
    stage: Stage
    owner_of_mark: dict[str, str] = field(default_factory=dict)
    """Each mark, and the one delegate who may read it."""
    erased: set[str] = field(default_factory=set)
    """Marks of delegates who had everything deleted."""
    versions: dict[TicketId, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    deeds: int = 0
    refused: int = 0
    looks: int = 0
    _checked: int = 0
    _console: Console | None = None

    @classmethod
    async def begin(cls, content: Engine, speakers: Speakers) -> History:
        zone = content.snapshot.event.zone
        lanes = (LANE, Address(DIRECT, "Lan"))
        clock = SetClock(MORNING.astimezone(zone))
        stage = Stage(DocumentStore(MemoryTables()), content, speakers, clock, lanes=lanes)
        stage.group.patient = True
        for name, roles in STAFF.items():
            await stage.hires(name, roles=roles)
        return cls(stage)

    # ---------------------------------------------------------------- what people do

    async def wishes(self, name: str, wish: str, number: int) -> None:
        """A delegate does something; with a request's number where that is needed."""
        self.steps.append(f"{name} {wish} {number}")
        door, language = GUESTS[name]
        address = Address(door, name)
        new = Inbound(InboundId(f"in:{next(self.stage.ids)}"), Sender(address, name, language), self.stage.clock.now())
        mark = self._marked("Q", name)
        kind, _, rest = wish.partition(":")
        match kind:
            case "person":
                inbound = replace(new, command="human", text=f"{mark} {mark}")
            case "words":
                self.stage.takes(f"{mark} {mark}", "transport.missed-coach", trust=0.01)
                inbound = replace(new, text=f"{mark} {mark}")
            case "unwell":
                self.stage.takes(f"{mark} {mark}", "medical.unwell", trust=0.99)
                inbound = replace(new, text=f"{mark} {mark}")
            case "picture":
                inbound = replace(new, attachments=(Attachment("photo", "ref"),))
            case "list":
                inbound = replace(new, command="requests")
            case "cancel" | "add" | "unsolved":
                inbound = replace(new, press=f"request:{kind}:{number}")
            case "rate":
                inbound = replace(new, press=f"request:rate:{number}:poor")
            case "forget":
                inbound = replace(new, press="forget:yes")
            case _:
                inbound = replace(new, press=f"emergency:{rest}")
        await self.stage.front.receive(inbound)
        if kind == "forget" and await self.stage.store.delegate(address.delegate) is None:
            self.erased |= {one for one, owner in self.owner_of_mark.items() if owner == name}
        await self.settles()

    async def acts(self, name: str, verb: Verb, number: int, lane: str, to: str = "Omar") -> None:
        """A member of staff does something; a refusal leaves everything as it was."""
        staff = await self.stage.acting(name, lane)
        before = await self.stage.store.ticket(TicketId(number))
        if staff is None or before is None:
            return
        self.steps.append(f"{name} {verb} {number} at {lane}")
        mark = self._marked("R", before.address.key) if verb in FOR_DELEGATES else self._marked("N", "staff alone")
        now = self.stage.clock.now()
        colleague = await self.stage.staff_list.named(to)
        action = StaffAction(
            f"act:{next(self.stage.ids)}", before.id, staff, verb, now, f"{mark} {mark}",
            until=now + timedelta(minutes=10), to_staff=colleague.id, to_name=to, other=TicketId(1),
        )  # fmt: skip
        self.deeds += 1
        try:
            await self.stage.staff.act(action)
        except Refused:
            self.refused += 1
            assert await self.stage.store.ticket(before.id) == before, f"a refused {verb} changed #{number}"
        await self.settles()

    async def passes(self, seconds: int) -> None:
        self.steps.append(f"{seconds} s pass")
        self.stage.clock.moves(timedelta(seconds=seconds))
        await self.settles()

    async def restarts(self) -> None:
        self.steps.append("restart")
        await self.stage.restart()
        self._console = None
        await self.settles()

    async def reach(self, *, out: bool) -> None:
        self.steps.append("out of reach" if out else "back")
        self.stage.group.out_of_reach = out
        await self.settles()

    def _marked(self, kind: str, reader: str) -> str:
        mark = f"{kind}{len(self.owner_of_mark)}x"
        self.owner_of_mark[mark] = reader
        return mark

    # ---------------------------------------------------------------- what must hold

    async def settles(self) -> None:
        await self.stage.settles()
        now = self.stage.clock.now()
        for ticket in await self.stage.store.tickets(include_resolved=True):
            assert ticket.version >= self.versions.get(ticket.id, 0), f"#{ticket.id} went back in time"
            self.versions[ticket.id] = ticket.version
            for fault in faults(ticket, now):
                raise AssertionError(f"#{ticket.id}: {fault}")
        self._readers()
        await self._somebody_looks()

    @property
    def console(self) -> Console:
        if self._console is None:
            self._console = Console(self.stage)
        return self._console

    async def _somebody_looks(self) -> None:
        """After each step one of the staff, in turn, looks at the list and at one request."""
        self.looks += 1
        name = sorted(STAFF)[self.looks % len(STAFF)]
        views = await Views.of(self.console, await self.stage.staff_list.named(name))
        await views.lists()
        if views.tickets:
            await views.thread(sorted(views.tickets)[self.looks // len(STAFF) % len(views.tickets)])
        views.in_the_group()

    def _readers(self) -> None:
        """No delegate reads a word that is not theirs."""
        for seen in self.stage.seen[self._checked :]:
            for mark in MARK.findall(seen.text):
                if seen.reader in GUESTS:
                    assert self.owner_of_mark[mark] == seen.reader, f"{seen.reader} reads {mark}"
        self._checked = len(self.stage.seen)

    async def agrees(self) -> None:
        """Every view shows the same, once the group is back and what was held up is through."""
        await self.reach(out=False)
        await self.passes(61)
        await self.passes(61)
        assert await self.stage.store.waiting() == 0
        tickets = await self.stage.store.tickets(include_resolved=True)
        for ticket in tickets:
            shown = on_card(ticket)
            assert self.stage.group.cards.get(("group", ticket.id)) == shown, f"the group's card of #{ticket.id}"
            assert self.stage.direct.cards.get(("Lan", ticket.id)) == shown, f"the direct card of #{ticket.id}"
        for name in STAFF:
            await (await Views.of(self.console, await self.stage.staff_list.named(name))).agree()
        await self._lists(tickets)
        await self._nothing_left()

    async def _lists(self, tickets: Sequence[Ticket]) -> None:
        """What a delegate reads as their own requests: all of those that are open, as open as they are."""
        for name, (door, _) in GUESTS.items():
            mine = [one for one in tickets if one.address == Address(door, name)]
            if not mine:
                continue
            before = len(self.stage.seen)
            await self.wishes(name, "list", 0)
            [text] = [seen.text for seen in self.stage.seen[before:] if seen.reader == name]
            listed = {int(number) for number in re.findall(r"^#(\d+)", text, re.MULTILINE)}
            open_ones = sorted((one.id for one in mine if one.open), reverse=True)[:10]
            assert listed >= set(open_ones), f"{name} is not told of all requests"
            assert listed <= {one.id for one in mine}, f"{name} is told of others' requests"

    async def _nothing_left(self) -> None:
        kept = "\n".join(str(table) for table in self.stage.dump().values())
        found = {mark for mark in MARK.findall(kept) if mark in self.erased}
        assert not found, f"kept of somebody who had everything deleted: {sorted(found)}"


def faults(ticket: Ticket, now: datetime) -> list[str]:
    """What is wrong with a request by the table of states, whatever led there."""
    found = []
    if (ticket.state in _OWNED) != (ticket.owner is not None) and ticket.open:
        found.append(f"{ticket.state} with owner {ticket.owner}")
    if (ticket.state is TicketState.SNOOZED) != (ticket.snoozed_until is not None):
        found.append(f"{ticket.state} with snoozed_until {ticket.snoozed_until}")
    if (ticket.state is TicketState.WAITING) != (ticket.waiting_since is not None):
        found.append(f"{ticket.state} with waiting_since {ticket.waiting_since}")
    if not ticket.open and (clocks.unanswered_since(ticket) is not None or ticket.promised_at is not None):
        found.append("closed, and somebody waits")
    if ticket.open and ticket.rated:
        found.append("open and rated")
    if ticket.priority is Priority.EMERGENCY and ticket.open:
        found += _emergency(ticket, now)
    return found


def _emergency(ticket: Ticket, now: datetime) -> list[str]:
    """It is claimed, or it climbs; and nobody puts it aside."""
    if ticket.state is TicketState.SNOOZED or ticket.with_bot:
        return [f"an emergency is put aside: {ticket.state}"]
    at = ladder.next_due(ticket)
    if ticket.owner is None and (at is None or ticket.alarm_since is None):
        return ["an emergency neither claimed nor climbing"]
    return [f"a step of the ladder is overdue since {at}"] if at is not None and at < now - timedelta(seconds=1) else []
