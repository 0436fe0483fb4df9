"""What staff look at: the queue, a search in it, one ticket with everything of it, and what is wrong with the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiohttp import web

from bot.i18n.translator import mark
from bot.model.messages import TicketId
from bot.model.tickets import Ticket
from bot.reception.console import searching
from bot.reception.console.acting import view_action
from bot.reception.console.backroom import Backroom
from bot.reception.console.foreign import Foreign
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import View, thread_json, ticket_json
from bot.staff.before import conversation_before, one_person
from bot.staff.held import roles_held
from bot.staff.list import StaffList
from bot.tickets import glossing, rights, same
from bot.transports.web_body import read_json, text_in
from bot.transports.web_errors import Told

MOST_FOUND: Final = 50
MOST_LOOKED_INTO: Final = 600
"""So many tickets a search opens to read what was said in them, the latest first."""
MOST_OTHERS: Final = 10
_AT_ONCE: Final = 20  # tickets looked into before others get their turn
NOT_YOURS: Final = mark("Request #{number} is for those responsible for it only.")


@dataclass(frozen=True)
class Looking:
    room: Backroom

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/alarms", self._alarms),
            web.get("/desk/api/tickets", self._queue),
            web.post("/desk/api/search", self._search),
            web.get(r"/desk/api/tickets/{number:\d{1,9}}", self._thread),
            web.get(r"/desk/api/tickets/{number:\d{1,9}}/people", self._people),
        ]

    async def _alarms(self, request: web.Request) -> web.Response:
        """The alarms of this desk, in the reader's language; no personal data."""
        session = await self.room.session(request)
        speaker, alarms = self.room.speaker(request, session), self.room.alarms
        current = alarms.current if alarms else ()
        return web.json_response([{"key": alarm.key, "text": alarm.said(speaker)} for alarm in current])

    async def _queue(self, request: web.Request) -> web.Response:
        session = await self.room.session(request)
        view = await self.room.view(request, session)
        tickets = await self.room.store.tickets(include_resolved=request.query.get("all") == "1")
        return _packed([ticket_json(ticket, view) for ticket in tickets])

    # ---------------------------------------------------------------- searching

    async def _search(self, request: web.Request) -> web.Response:
        """Posted, so that names and rooms stand in no address."""
        session = await self.room.session(request)
        view = await self.room.view(request, session)
        found = await self._found(text_in(await read_json(request), "query"))
        return _packed([ticket_json(ticket, view) for ticket in found])

    async def _found(self, query: str) -> Sequence[Ticket]:
        tickets = await self.room.store.tickets(include_resolved=True)
        first = [ticket for ticket in tickets if searching.is_number(query, ticket)]
        looked_for = searching.wanted(query)
        rest = sorted(tickets, key=lambda ticket: -ticket.id)[:MOST_LOOKED_INTO] if looked_for else []
        for place, ticket in enumerate(rest):
            if place % _AT_ONCE == 0:
                await asyncio.sleep(0)  # a long search must not hold up an emergency
            if ticket not in first and await self._is_found(ticket, looked_for):
                first.append(ticket)
            if len(first) >= MOST_FOUND:
                break
        return first

    async def _is_found(self, ticket: Ticket, looked_for: Sequence[str]) -> bool:
        if not searching.may_be_found(ticket):
            return False
        if searching.found(looked_for, searching.texts_of(ticket)):
            return True
        said = searching.said_in(await self.room.store.timeline(ticket.id))
        return searching.found(looked_for, [*searching.texts_of(ticket), *said])

    # ---------------------------------------------------------------- one ticket

    async def _thread(self, request: web.Request) -> web.Response:
        session = await self.room.session(request)
        view = await self.room.view(request, session)
        ticket = await self.room.ticket(TicketId(int(request.match_info["number"])))
        if not view.sees(ticket):
            return _packed(thread_json(ticket, view))
        await self._on_record(ticket, session)
        return _packed(await self._everything(ticket, view))

    async def _on_record(self, ticket: Ticket, session: StaffSession) -> None:
        """Before it is shown: who opened a restricted ticket."""
        if rights.secrecy(ticket):
            await self.room.carry_out(view_action(ticket, session, self.room.clock.now()))

    async def _everything(self, ticket: Ticket, view: View) -> dict[str, Any]:
        store = self.room.store
        timeline = await store.timeline(ticket.id)
        before = await conversation_before(store, view.snapshot.event, ticket, one_person(view.staff, ticket))
        read = partial(
            glossing.glossed,
            snapshot=view.snapshot,
            reader=view.speaker.language,
            compose=self.room.compose(),
            speakers=self.room.speakers,
        )
        tickets = await store.tickets(include_resolved=True)
        # Beside somebody's name, that they have a medical case at all is for those who may read it.
        others = [one for one in tickets if one.delegate == ticket.delegate and one.id != ticket.id and view.sees(one)]
        together = same.others(ticket, tickets) if ticket.open else ()
        return thread_json(
            ticket,
            view,
            lines=read(timeline),
            before=read(before),
            delegate=await store.delegate(ticket.delegate),
            others=others[-MOST_OTHERS:],
            together=together,
            foreign=Foreign(self.room.translator, self.room.feed).lines(ticket, timeline, view.speaker.language),
        )

    async def _people(self, request: web.Request) -> web.Response:
        """To whom it may be given: colleagues who may read it, first those who are on duty now."""
        session = await self.room.session(request)
        ticket = await self.room.ticket(TicketId(int(request.match_info["number"])))
        if not (await self.room.view(request, session)).sees(ticket):
            raise Told(403, NOT_YOURS, fields={"number": str(ticket.id)})
        on_duty = {one.name: one for one in await self.room.on_duty()}
        held = await roles_held(self.room.store)
        found = []
        for person in await StaffList(self.room.store, self.room.clock).everybody():
            staff = rights.standing_in(person.acting("console"), held)
            if not person.active or person.id == ticket.owner or rights.visible(ticket, staff) == "number":
                continue
            duty = on_duty.get(person.name)
            found.append(
                {
                    "id": person.id,
                    "name": person.name,
                    "me": person.id == session.person.id,
                    "on": duty is not None,
                    "languages": list(duty.languages) if duty else [],
                }
            )
        found.sort(key=lambda one: (not one["on"], one["name"]))
        return web.json_response(found)


def _packed(shown: object) -> web.Response:
    response = web.json_response(shown)
    response.enable_compression()
    return response
