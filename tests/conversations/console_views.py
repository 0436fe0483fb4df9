"""What the console's pages show each member of staff, read as its pages read it: sign-in, handler, JSON.

What they must show is worked out here anew from the requests as they are kept, by a table of readers of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from bot.clock import real_now
from bot.model.content import Snapshot
from bot.model.messages import Entry
from bot.model.people import Role
from bot.model.tickets import VERBS, Ticket
from bot.reception.console.backroom import Backroom
from bot.reception.console.entrance import Entrance
from bot.reception.console.looking import Looking
from bot.reception.console.sessions import PROOF_HEADER, StaffSession
from bot.reception.console.shift import Shift
from bot.reception.telegram.card import StaffWords, card, group_sight, topic_name
from bot.staff.people import Person
from bot.tickets import rights
from bot.transports.web_entries import staff_entry_json
from bot.transports.web_errors import Told
from bot.transports.web_feed import Feed
from bot.transports.web_static import Static
from tests.conversations.stage import Stage

MARK: Final = re.compile(r"[QRN]\d+x")
READERS: Final[Mapping[str, frozenset[Role]]] = {
    "medical": frozenset({Role.MEDICAL, Role.DUTY_OFFICER}),
    # Nobody of the stage's people has the role for this, and then it falls to the duty officer.
    "safeguarding": frozenset({Role.SAFEGUARDING, Role.DUTY_OFFICER}),
}
Handler = Callable[[web.Request], Awaitable[web.Response]]


@lru_cache(maxsize=1)
def _static() -> Static:
    return Static("/desk/static", Path(__file__).parent)


@dataclass
class Console:
    """The console's reading side over the stage's store."""

    stage: Stage
    sessions: dict[str, StaffSession] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stage = self.stage

        def snapshot() -> Snapshot:
            return stage.content.snapshot

        entrance = Entrance(stage.store, stage.clock, real_now, lambda: snapshot().event.short, None)
        self.room = Backroom(
            stage.store,
            stage.staff.act,
            Feed(stage.store),
            stage.speakers,
            snapshot,
            stage.clock,
            entrance,
            _static(),
            stage.duty.people,
        )
        # To make one takes long; the others are its copies.
        self._request = make_mocked_request("GET", "/", match_info={})
        routes = [*Looking(self.room).routes(), *Shift(self.room).routes()]
        self._handlers = {(route.method, route.path): cast("Handler", route.handler) for route in routes}

    async def look(self, person: Person, path: str, *, number: int | None = None, **posted: str) -> Any:
        """What a page of this person gets to read."""
        session = await self._signed_in(person)
        pattern = path if number is None else f"{path}/{{number:\\d{{1,9}}}}"
        address, _, query = path.partition("?")
        pattern = pattern.partition("?")[0]
        method = "POST" if posted else "GET"
        here = URL(f"{address}?{query}" if query else address)
        headers = {"Cookie": f"{self.room.entrance.sessions.cookie.name}={session.token}", "Host": "desk"}
        if posted:
            headers |= {"Origin": "http://desk", PROOF_HEADER: session.proof}
        request = self._request.clone(method=method, rel_url=here, headers=headers)
        request.match_info["number"] = str(number)
        request._read_bytes = json.dumps(posted).encode()
        try:
            answer = await self._handlers[method, pattern](request)
        except Told as told:
            raise AssertionError(f"{person.name} cannot read {here.path}: {told.sentence}") from told
        return json.loads(str(answer.text))

    async def _signed_in(self, person: Person) -> StaffSession:
        sessions = self.room.entrance.sessions
        session = self.sessions.get(person.name)
        if session is None or await sessions.refresh(session.token) is None:
            session = self.sessions[person.name] = await sessions.begin(person)
        return session


def reads(person: Person, ticket: Ticket) -> bool:
    """Whether somebody may read the words of a request."""
    secret = rights.secrecy(ticket)
    return not secret or ticket.owner == person.id or bool(READERS[secret] & person.roles)


@dataclass
class Views:
    """Compares what everybody is shown with the requests as they are kept."""

    console: Console
    person: Person
    tickets: Mapping[int, Ticket]
    timelines: Mapping[int, list[Entry]]

    @classmethod
    async def of(cls, console: Console, person: Person) -> Views:
        store = console.stage.store
        tickets = {int(one.id): one for one in await store.tickets(include_resolved=True)}
        timelines = {number: list(await store.timeline(one.id)) for number, one in tickets.items()}
        return cls(console, person, tickets, timelines)

    def secrets(self) -> set[str]:
        """Marks that stand in requests which this person may not read, and in no other."""
        hidden = {number for number, ticket in self.tickets.items() if not reads(self.person, ticket)}
        theirs = set().union(*(self._marks(number) for number in hidden))
        return theirs.difference(*(self._marks(number) for number in self.tickets if number not in hidden))

    def _marks(self, number: int) -> set[str]:
        said = "\n".join(str(entry.message.text) for entry in self.timelines[number])
        return set(MARK.findall(f"{said}\n{self.tickets[number].question}\n{self.tickets[number].promise}"))

    async def agree(self) -> None:
        """Every page of this person."""
        await self.lists()
        for number in self.tickets:
            await self.thread(number)
        await self.sheet()
        await self.search()

    async def lists(self) -> None:
        shown = await self.console.look(self.person, "/desk/api/tickets?all=1")
        assert {row["id"] for row in shown} == set(self.tickets), f"{self.person.name} lacks a request in the list"
        for row in shown:
            self._row(row, self.tickets[row["id"]])
        self._no_word_of_restricted(shown, "in the list")
        still_open = await self.console.look(self.person, "/desk/api/tickets")
        assert {row["id"] for row in still_open} == {number for number, one in self.tickets.items() if one.open}

    def _row(self, row: Mapping[str, Any], ticket: Ticket) -> None:
        whose = f"#{ticket.id} as {self.person.name} reads it"
        kept = (
            ticket.version,
            ticket.state.value,
            ticket.priority.name.lower(),
            ticket.owner_name if ticket.open else "",
        )
        assert (row["version"], row["state"], row["priority"], row["owner"]) == kept, whose
        assert row["mine"] == (ticket.open and ticket.owner == self.person.id), whose
        assert row["restricted"] == rights.secrecy(ticket), whose
        assert row["sight"] == ("full" if reads(self.person, ticket) else "number"), whose
        assert row["withBot"] == ticket.with_bot, whose
        assert set(row["acts"]) <= set(VERBS), whose

    def _no_word_of_restricted(self, shown: object, where: str) -> None:
        """In lists, on sheets and in searches nobody reads a word of a restricted request, whoever they are."""
        hidden = {number for number, ticket in self.tickets.items() if rights.secrecy(ticket)}
        theirs = set().union(*(self._marks(number) for number in hidden))
        theirs.difference_update(*(self._marks(number) for number in self.tickets if number not in hidden))
        found = theirs & set(MARK.findall(json.dumps(shown, ensure_ascii=False)))
        assert not found, f"{self.person.name} reads of a restricted request {where}: {sorted(found)}"

    async def thread(self, number: int) -> None:
        """One request, with its timeline and the delegate's card."""
        ticket = self.tickets[number]
        shown = await self.console.look(self.person, "/desk/api/tickets", number=number)
        leaked = self.secrets() & set(MARK.findall(json.dumps(shown, ensure_ascii=False)))
        assert not leaked, f"{self.person.name} reads in #{number}: {sorted(leaked)}"
        if not reads(self.person, ticket):
            assert (shown["timeline"], shown["question"], shown["name"]) == ([], "", ""), f"#{number}"
            return
        event = self.console.room.snapshot().event
        lines = [staff_entry_json(entry, event.zone, self.person.language) for entry in self.timelines[number]]
        kept = lines[0].keys() if lines else ()
        # What the page adds to a line, such as a translation, is for the reader alone.
        told = [{key: one.get(key) for key in kept} for one in shown["timeline"]]
        assert told == json.loads(json.dumps(lines)), f"the timeline of #{number} for {self.person.name}"
        delegate = await self.console.stage.store.delegate(ticket.delegate)
        card = (ticket.question, ticket.delegate_name, delegate.language if delegate else ticket.language)
        assert (shown["question"], shown["name"], shown["reads"]) == card, f"the card of #{number}"
        theirs = [one for one in self.tickets.values() if one.delegate == ticket.delegate and one.id != number]
        others = [one.id for one in theirs if reads(self.person, one)]
        assert [one["id"] for one in shown["others"]] == others[-10:], f"the delegate's other requests in #{number}"

    async def sheet(self) -> None:
        shown = await self.console.look(self.person, "/desk/api/shift")
        listed = [one["id"] for owner in shown["owners"] for one in owner["tickets"]]
        assert sorted(listed) == sorted(number for number, one in self.tickets.items() if one.open and not one.drill)
        self._no_word_of_restricted(shown, "on the hand-over sheet")

    async def search(self) -> None:
        """The latest words of each request find it, unless it is restricted."""
        for number, ticket in list(self.tickets.items())[-2:]:
            said = "\n".join(str(entry.message.text) for entry in self.timelines[number])
            for mark in sorted(MARK.findall(said))[-1:]:
                shown = await self.console.look(self.person, "/desk/api/search", query=mark)
                self._no_word_of_restricted(shown, "in a search")
                assert (number in {row["id"] for row in shown}) == (not rights.secrecy(ticket)), f"{mark} of #{number}"

    def in_the_group(self) -> None:
        """The real card and title of each request: of a restricted one they hold no word."""
        stage = self.console.stage
        words = StaffWords(stage.speakers, stage.engine.snapshot)
        for number, ticket in self.tickets.items():
            shown = f"{card(ticket, words, group_sight(ticket), {})} {topic_name(ticket, words)}"
            found = set(MARK.findall(shown))
            assert not (rights.secrecy(ticket) and found), f"the group reads of #{number}: {sorted(found)}"
