"""What staff do to tickets: buttons, replies, approved answers, and that they have seen them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from bot.i18n.translator import mark
from bot.model.messages import TicketId
from bot.model.people import StaffId
from bot.model.tickets import StaffAction, Ticket
from bot.reception.console import picking
from bot.reception.console.acting import seen_action, staff_action, ticket_numbers, verb_of
from bot.reception.console.backroom import Backroom
from bot.reception.console.looking import NOT_YOURS
from bot.reception.console.showing import ticket_json
from bot.staff.list import StaffList
from bot.transports.web_body import Body, read_json, text_in
from bot.transports.web_errors import Told

REMEMBERED_ACTIONS: Final = 2_000
NOBODY_SO: Final = mark("There is nobody of that name at the desk any more.")


@dataclass(frozen=True)
class Answering:
    room: Backroom
    _done: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(r"/desk/api/tickets/{number:\d{1,9}}/answers", self._answers),
            web.post(r"/desk/api/tickets/{number:\d{1,9}}/preview", self._preview),
            web.post(r"/desk/api/tickets/{number:\d{1,9}}/{verb}", self._do),
            web.post("/desk/api/seen", self._seen),
        ]

    # ---------------------------------------------------------------- acting

    async def _do(self, request: web.Request) -> web.Response:
        room = self.room
        session = await room.session(request)
        verb = verb_of(request.match_info["verb"])
        if verb is None:
            raise web.HTTPNotFound
        ticket, body = await self._ticket(request), await read_json(request)
        now = room.clock.now()
        action = staff_action(verb, ticket.id, body, session, now, room.snapshot().event.zone)
        if action.id not in self._done:  # a repeat is answered like the first time, whatever the version is now
            action = await self._to_whom(action, body)
            ticket = await room.carry_out(action)
            self._note_done(action.id)
        return web.json_response({"ticket": ticket_json(ticket, await room.view(request, session))})

    async def _ticket(self, request: web.Request) -> Ticket:
        return await self.room.ticket(TicketId(int(request.match_info["number"])))

    async def _to_whom(self, action: StaffAction, body: Body) -> StaffAction:
        """With the colleague or team that a hand-over names, as they are now."""
        if action.verb != "assign":
            return action
        who = text_in(body, "to")
        if not who:
            if action.to_team and action.to_team not in self.room.snapshot().event.teams:
                raise Told(400, NOBODY_SO)
            return action
        person = await StaffList(self.room.store, self.room.clock).person(StaffId(who))
        if person is None:
            raise Told(409, NOBODY_SO)
        return replace(action, to_staff=person.id, to_name=person.name, to_team="")

    def _note_done(self, action: str) -> None:
        self._done[action] = None
        if len(self._done) > REMEMBERED_ACTIONS:
            self._done.popitem(last=False)

    async def _seen(self, request: web.Request) -> web.Response:
        session = await self.room.session(request)
        for number in ticket_numbers(await read_json(request)):
            ticket = await self.room.store.ticket(number)
            if ticket is not None and ticket.seen_at is None:
                await self.room.carry_out(seen_action(number, session, self.room.clock.now()))
        return web.json_response({"ok": True})

    # ---------------------------------------------------------------- approved answers

    async def _answers(self, request: web.Request) -> web.Response:
        session = await self.room.session(request)
        ticket, view = await self._ticket(request), await self.room.view(request, session)
        if not view.sees(ticket):
            raise Told(403, NOT_YOURS, fields={"number": str(ticket.id)})
        query = text_in(await read_json(request), "query")[:100]
        return web.json_response(picking.pick(query, view.snapshot, view.speaker.language, ticket.topic or ""))

    async def _preview(self, request: web.Request) -> web.Response:
        """An answer as the reader and as the delegate would read it."""
        session = await self.room.session(request)
        ticket, view = await self._ticket(request), await self.room.view(request, session)
        if not view.sees(ticket):
            raise Told(403, NOT_YOURS, fields={"number": str(ticket.id)})
        body = await read_json(request)
        answer, given = text_in(body, "answer"), body.get("fields")
        filled = {str(key): text_in(given, key) for key in given} if isinstance(given, dict) else {}
        delegate = await self.room.store.delegate(ticket.delegate)
        reads, compose = delegate.language if delegate else ticket.language, self.room.compose()
        mine, theirs = (
            picking.preview(answer, view.snapshot, language, filled, view.now, compose)
            for language in (view.speaker.language, reads)
        )
        return web.json_response(
            {"mine": mine, "theirs": theirs, "language": view.speaker.language, "reads": reads},
        )
