"""The console's door: the queue and its threads for signed-in staff, and what they do to them."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import web

from bot.clock import real_now
from bot.health.alarms import Alarms
from bot.i18n.translator import Speakers
from bot.model.content import Snapshot
from bot.model.errors import Refused, StaleWrite, StoreUnavailable
from bot.model.language import Language, closest
from bot.model.messages import TicketId
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Act, Clock, Store
from bot.reception.console.acting import (
    CHANGED,
    VERBS,
    check_version,
    seen_action,
    staff_action,
    ticket_numbers,
)
from bot.reception.console.entrance import NO_SESSION, Entrance
from bot.reception.console.entrance_page import entrance_words
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import ticket_json
from bot.reception.console.strings import console_strings
from bot.staff.credentials import Credentials
from bot.transports.web_body import read_json
from bot.transports.web_entries import staff_entry_json
from bot.transports.web_errors import NOT_FOUND, NOT_NOW, Told
from bot.transports.web_feed import Feed, Wake
from bot.transports.web_language import reader
from bot.transports.web_page import direction, fill_page
from bot.transports.web_sse import HEARTBEAT, LEFT, Stream
from bot.transports.web_static import SHARED, Static

log = structlog.get_logger("console")

ACT_WITHIN: Final = timedelta(seconds=8)
REMEMBERED_ACTIONS: Final = 2_000
LOOK: Final = timedelta(seconds=3)  # between looks whether who follows is still on the staff list


class Console:
    """Give ``routes()`` to the web server; the feed's ``run`` and ``close`` belong to the app."""

    def __init__(
        self,
        *,
        store: Store,
        act: Act,
        feed: Feed,
        speakers: Speakers,
        snapshot: Callable[[], Snapshot],
        clock: Clock,
        public_url: str | None = None,
        demo: bool = False,
        heartbeat: timedelta = HEARTBEAT,
        alarms: Alarms | None = None,
        real_now: Callable[[], datetime] = real_now,
    ) -> None:
        self._store = store
        self._act = act
        self._feed = feed
        self._speakers = speakers
        self._snapshot = snapshot
        self._clock = clock
        self._demo = demo
        self._heartbeat = heartbeat
        self._alarms = alarms
        self._entrance = Entrance(store, clock, real_now, lambda: snapshot().event.short, public_url)
        self._sessions = self._entrance.sessions
        self._static = Static("/desk/static", Path(str(files(__package__))) / "page", SHARED)
        self._done: OrderedDict[str, None] = OrderedDict()

    @property
    def credentials(self) -> Credentials:
        return self._entrance.credentials

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk", self._to_the_page),
            web.get("/desk/", self._page),
            web.get("/desk/enter", self._enter_page),
            web.get("/desk/account", self._account),
            *self._entrance.routes(),
            web.get("/desk/strings/{language}.json", self._strings),
            web.get("/desk/api/me", self._me),
            web.get("/desk/api/alarms", self._what_is_wrong),
            web.get("/desk/api/tickets", self._tickets),
            web.get(r"/desk/api/tickets/{number:\d{1,9}}", self._ticket),
            web.post(r"/desk/api/tickets/{number:\d{1,9}}/{verb}", self._do),
            web.post("/desk/api/seen", self._seen),
            web.get("/desk/events", self._events),
            *self._static.routes(),
        ]

    # ---------------------------------------------------------------- coming and going

    async def _to_the_page(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound("/desk/")

    async def _page(self, request: web.Request) -> web.Response:
        speaker = self._speakers[reader(request)]
        if await self._sessions.find(request) is None:
            return self._filled("enter.html", speaker.language, speaker.text(NO_SESSION), status=401)
        return self._filled("index.html", speaker.language, speaker.text("Reception console"))

    async def _enter_page(self, request: web.Request) -> web.Response:
        # Only the button uses the link up: programs that look at links in messages press no buttons.
        language = reader(request)
        return self._filled("enter.html", language, self._speakers[language].text("Sign in to the reception console"))

    async def _account(self, request: web.Request) -> web.Response:
        """One's own sessions; without one, the way in."""
        if await self._sessions.find(request) is None:
            raise web.HTTPFound("/desk/")
        language = reader(request)
        return self._filled("account.html", language, self._speakers[language].text("Your sessions"))

    def _filled(self, template: str, language: Language, title: str, *, status: int = 200) -> web.Response:
        values = {
            "language": language,
            "direction": direction(language),
            "title": title,
            "short": self._snapshot().event.short,
            "static": self._static.base,
            **entrance_words(self._speakers[language]),
        }
        page = fill_page(self._static.text(template), values)
        return web.Response(text=page, content_type="text/html", status=status)

    async def _session(self, request: web.Request) -> StaffSession:
        return await self._entrance.session(request)

    # ---------------------------------------------------------------- looking

    async def _strings(self, request: web.Request) -> web.Response:
        language = closest(request.match_info["language"])
        if language is None:
            raise web.HTTPNotFound
        return web.json_response(console_strings(self._speakers[language]))

    async def _me(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        event = self._snapshot().event
        now = self._clock.now().astimezone(event.zone)
        return web.json_response(
            {
                "name": session.name,
                "proof": session.proof,
                "roles": sorted(session.person.roles),
                "language": reader(request),
                "event": event.short,
                "demo": self._demo,
                "now": now.isoformat(),
                "zone": event.zone.key,
            }
        )

    async def _what_is_wrong(self, request: web.Request) -> web.Response:
        """The alarms of this desk, in the reader's language; no personal data."""
        await self._session(request)
        speaker, alarms = self._speakers[reader(request)], self._alarms.current if self._alarms else ()
        return web.json_response([{"key": alarm.key, "text": alarm.said(speaker)} for alarm in alarms])

    async def _tickets(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        tickets = await self._store.tickets(include_resolved=request.query.get("all") == "1")
        response = web.json_response([self._shown(ticket, session, reader(request)) for ticket in tickets])
        response.enable_compression()
        return response

    async def _ticket(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        ticket = await self._known(request)
        zone = self._snapshot().event.zone
        language = reader(request)
        timeline = [staff_entry_json(entry, zone, language) for entry in await self._store.timeline(ticket.id)]
        response = web.json_response({**self._shown(ticket, session, language), "timeline": timeline})
        response.enable_compression()
        return response

    async def _known(self, request: web.Request) -> Ticket:
        ticket = await self._store.ticket(TicketId(int(request.match_info["number"])))
        if ticket is None:
            raise Told(404, NOT_FOUND)
        return ticket

    def _shown(self, ticket: Ticket, session: StaffSession, language: Language) -> dict[str, Any]:
        return ticket_json(ticket, self._snapshot(), language, session.staff, self._clock.now())

    # ---------------------------------------------------------------- acting

    async def _do(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        verb = VERBS.get(request.match_info["verb"])
        if verb is None:
            raise web.HTTPNotFound
        ticket = await self._known(request)
        body = await read_json(request)
        action = staff_action(verb, ticket.id, body, session, self._clock.now())
        if action.id not in self._done:  # a repeat is answered like the first time, whatever the version is now
            check_version(body, ticket)
            ticket = await self._carry_out(action)
            self._note_done(action.id)
        return web.json_response({"ticket": self._shown(ticket, session, reader(request))})

    async def _carry_out(self, action: StaffAction) -> Ticket:
        try:
            async with asyncio.timeout(ACT_WITHIN.total_seconds()):
                return await self._act(action)
        except Refused as refused:
            raise Told(409, refused.message, fields=refused.fields) from refused
        except StaleWrite as stale:
            raise Told(409, CHANGED) from stale
        except (StoreUnavailable, TimeoutError) as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error

    def _note_done(self, action: str) -> None:
        self._done[action] = None
        if len(self._done) > REMEMBERED_ACTIONS:
            self._done.popitem(last=False)

    async def _seen(self, request: web.Request) -> web.Response:
        session = await self._session(request)
        for number in ticket_numbers(await read_json(request)):
            ticket = await self._store.ticket(number)
            if ticket is not None and ticket.seen_at is None:
                await self._carry_out(seen_action(number, session, self._clock.now()))
        return web.json_response({"ok": True})

    # ---------------------------------------------------------------- live

    async def _events(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        with self._feed.watch_tickets() as wake:
            stream = await Stream.open(request)
            with suppress(*LEFT):  # the page comes back and loads the list again
                await self._follow(stream, wake, session, reader(request))
        return stream.response

    async def _follow(self, stream: Stream, wake: Wake, session: StaffSession, language: Language) -> None:
        told = time.monotonic()
        while not wake.closed:
            await wake.wait(min(self._heartbeat, LOOK))
            if time.monotonic() - told >= self._heartbeat.total_seconds():
                told = time.monotonic()
                await stream.beat()
            # Looked up each time: who was removed or timed out sees nothing more. It also keeps the session.
            if await self._sessions.refresh(session.token, by_itself=True) is None:
                await stream.send("leave", {})
                return
            tickets, everything = wake.take()
            if everything:
                await stream.send("reload", {})
            for number in sorted(tickets):
                ticket = await self._store.ticket(number)
                if ticket is not None:
                    await stream.send("ticket", self._shown(ticket, session, language))
