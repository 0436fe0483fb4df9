"""The live side of the console: one stream per open page, and who of the colleagues is where."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.reception.console.backroom import Backroom
from bot.reception.console.here import Here
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import View, ticket_json
from bot.transports.web_body import read_json, text_in
from bot.transports.web_feed import Wake
from bot.transports.web_sse import HEARTBEAT, LEFT, Stream

LOOK: Final = timedelta(seconds=3)  # between looks whether who follows is still on the staff list


@dataclass(frozen=True)
class Following:
    """A page that comes back loads the list first and then follows: the stream itself remembers nothing."""

    room: Backroom
    here: Here
    heartbeat: timedelta = HEARTBEAT

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/events", self._events),
            web.post("/desk/api/here", self._looks),
        ]

    async def _looks(self, request: web.Request) -> web.Response:
        """A page says which ticket stands open in it, and whether somebody writes there."""
        session = await self.room.session(request)
        body = await read_json(request)
        number = body.get("ticket")
        ticket = TicketId(number) if type(number) is int else None
        self.here.looks(session, text_in(body, "page"), ticket, types=body.get("types") is True)
        return web.json_response({"ok": True})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        session = await self.room.session(request)
        language, page = self.room.reader(request, session), request.query.get("page", "")
        with self.room.feed.watch_tickets() as wake, self.here.page(session, page, wake):
            stream = await Stream.open(request)
            with suppress(*LEFT):  # the page comes back and loads the list again
                await self._follow(stream, wake, session, language)
        return stream.response

    async def _follow(self, stream: Stream, wake: Wake, session: StaffSession, language: Language) -> None:
        told = time.monotonic()
        present: list[dict[str, Any]] = []
        while not wake.closed and not gone(stream):
            await wake.wait(min(self.heartbeat, LOOK))
            if time.monotonic() - told >= self.heartbeat.total_seconds():
                told = time.monotonic()
                await stream.beat()
            # Looked up each time: who was removed or timed out sees nothing more. It also keeps the session.
            current = await self.room.entrance.sessions.refresh(session.token, by_itself=True)
            if current is None:
                await stream.send("leave", {})
                return
            tickets, everything = wake.take()
            if everything:
                await stream.send("reload", {})
            await self._tell(stream, current, language, sorted(tickets))
            if (now := self.here.others(current)) != present:
                present = now
                await stream.send("present", {"people": present})

    async def _tell(self, stream: Stream, session: StaffSession, language: Language, tickets: list[TicketId]) -> None:
        if not tickets:
            return
        room = self.room
        view = View(room.snapshot(), room.speakers[language], await room.duties(session), room.clock.now())
        for number in tickets:
            ticket = await room.store.ticket(number)
            if ticket is None:
                await stream.send("gone", {"id": number})
            else:
                await stream.send("ticket", ticket_json(ticket, view))


def gone(stream: Stream) -> bool:
    """Whether the page was closed: colleagues should not see it in front of a ticket until the next heartbeat."""
    transport = stream.request.transport
    return transport is None or transport.is_closing()
