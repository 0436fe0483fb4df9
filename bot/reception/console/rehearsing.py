"""The drill page: start a rehearsal and watch how long people take to see and to claim it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from aiohttp import web

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.tickets import Ticket
from bot.reception.console.backroom import Backroom
from bot.reception.console.inner import Inner, answering, said

TITLE: Final = mark("Drill")
MOST_SHOWN: Final = 10


class Rehearsals(Protocol):
    async def start(self, asked: Mapping[str, Any]) -> Mapping[str, Any]: ...

    async def report(self, asked: Mapping[str, Any]) -> Mapping[str, Any]: ...

    async def close(self, ticket: Ticket, now: datetime) -> None: ...


@dataclass(frozen=True)
class Rehearsing:
    room: Backroom
    drills: Rehearsals

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "drill", "/desk/drill", TITLE, "drill.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/drills", self._list),
            web.post("/desk/api/drills", self._start),
            web.post(r"/desk/api/drills/{number:\d{1,9}}/end", self._end),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        session = await self.inner.session(request)
        view = await self.room.view(request, session)
        found = [one for one in await self.room.store.tickets(include_resolved=True) if one.drill]
        found.sort(key=lambda one: -one.id)
        shown = []
        for ticket in found[:MOST_SHOWN]:
            report = dict(await self.drills.report({"ticket": ticket.id}))
            on_duty = [one.name for one in await self.room.on_duty()] if ticket.open else []
            people = report["people"]
            shown.append(
                report
                | {
                    "at": view.when(ticket.opened_at),
                    "open": ticket.open,
                    "since": round((view.now - ticket.opened_at).total_seconds(), 1),
                    "people": [{"name": name, "seen": people[name]} for name in sorted(people, key=people.__getitem__)],
                    "unseen": sorted(name for name in on_duty if name not in people),
                }
            )
        return web.json_response(shown)

    async def _start(self, request: web.Request) -> web.Response:
        session, _ = await self.inner.posted(request)
        await self.inner.on_record(session, "drill.start")
        with answering():
            return web.json_response(dict(await self.drills.start({})))

    async def _end(self, request: web.Request) -> web.Response:
        session, _ = await self.inner.posted(request)
        ticket = await self.room.ticket(TicketId(int(request.match_info["number"])))
        if not ticket.drill:
            raise said(Refused(mark("There is no request #{number}."), number=str(ticket.id)), 404)
        await self.inner.on_record(session, "drill.end", ticket=ticket.id)
        await self.drills.close(ticket, self.room.clock.now())
        return web.json_response({"ok": True})
