"""The console's door: its pages, and the rooms behind them, each with its own addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from bot.clock import real_now
from bot.health.alarms import Alarms
from bot.i18n.translator import Speakers, mark
from bot.model.content import Snapshot
from bot.model.errors import DeskError
from bot.model.language import closest
from bot.ports import Act, Clock, Store, Translator
from bot.reception.console.answering import Answering
from bot.reception.console.backroom import Backroom, Room, nobody
from bot.reception.console.entrance import NO_SESSION, Entrance
from bot.reception.console.following import Following
from bot.reception.console.here import Here
from bot.reception.console.inner import InnerRoom
from bot.reception.console.looking import Looking
from bot.reception.console.sharing import Sharing
from bot.reception.console.strings import console_strings
from bot.staff.credentials import Credentials
from bot.staff.list import StaffList
from bot.tickets.roster import OnDuty
from bot.transports.web_body import read_json, text_in
from bot.transports.web_errors import NOT_FOUND, Told
from bot.transports.web_feed import Feed
from bot.transports.web_language import reader
from bot.transports.web_sse import HEARTBEAT
from bot.transports.web_static import SHARED, Static

_HERE = Path(str(files(__package__)))


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
        on_duty: Callable[[], Awaitable[Sequence[OnDuty]]] = nobody,
        translator: Translator | None = None,
    ) -> None:
        self._entrance = Entrance(store, clock, real_now, lambda: snapshot().event.short, public_url)
        self._static = Static("/desk/static", _HERE / "page", _HERE / "vendor", SHARED)
        self.backroom = Backroom(
            store,
            act,
            feed,
            speakers,
            snapshot,
            clock,
            self._entrance,
            self._static,
            on_duty,
            alarms,
            demo,
            translator,
        )
        here = Here()
        self.sharing = Sharing(store, here, clock.now)
        """Its ``run`` is for a house of several processes."""
        self._rooms: list[Room] = [
            Looking(self.backroom),
            Answering(self.backroom),
            Following(self.backroom, here, heartbeat),
        ]

    def admit(self, room: InnerRoom) -> None:
        """Open a further page of the console, before ``routes`` is asked."""
        room.inner.open()
        self._rooms += [room.inner, room]

    def join(self, room: Room) -> None:
        """Open further addresses without a page of their own, before ``routes`` is asked."""
        self._rooms.append(room)

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
            web.post("/desk/api/language", self._language),
            *(route for room in self._rooms for route in room.routes()),
            *self._static.routes(),
        ]

    # ---------------------------------------------------------------- pages

    async def _to_the_page(self, _request: web.Request) -> web.Response:
        raise web.HTTPFound("/desk/")

    async def _page(self, request: web.Request) -> web.Response:
        session = await self._entrance.sessions.find(request)
        if session is None:
            speaker = self.backroom.speakers[reader(request)]
            return self.backroom.written("enter", speaker.language, speaker.text(NO_SESSION), status=401)
        speaker = self.backroom.speaker(request, session)
        return self.backroom.drawn(speaker.language, speaker.text(mark("Reception console")), "desk.js")

    async def _enter_page(self, request: web.Request) -> web.Response:
        # Only the button uses the link up: programs that look at links in messages press no buttons.
        speaker = self.backroom.speakers[reader(request)]
        title = speaker.text(mark("Sign in to the reception console"))
        return self.backroom.written("enter", speaker.language, title)

    async def _account(self, request: web.Request) -> web.Response:
        """One's own sessions; without one, the way in."""
        session = await self._entrance.sessions.find(request)
        if session is None:
            raise web.HTTPFound("/desk/")
        speaker = self.backroom.speaker(request, session)
        return self.backroom.written("account", speaker.language, speaker.text(mark("Your sessions")))

    # ---------------------------------------------------------------- what every page asks first

    async def _strings(self, request: web.Request) -> web.Response:
        language = closest(request.match_info["language"])
        if language is None:
            raise web.HTTPNotFound
        return web.json_response(console_strings(self.backroom.speakers[language]))

    async def _me(self, request: web.Request) -> web.Response:
        room = self.backroom
        session = await room.session(request)
        speaker, event = room.speaker(request, session), room.snapshot().event
        now = room.clock.now().astimezone(event.zone)
        return web.json_response(
            {
                "id": session.person.id,
                "name": session.name,
                "proof": session.proof,
                "roles": sorted(session.person.roles),
                "language": speaker.language,
                "event": event.short,
                "demo": room.demo,
                "now": now.isoformat(),
                "zone": event.zone.key,
                "teams": [{"id": team.id, "name": team.name.in_(speaker.language)} for team in event.teams.values()],
                "pages": [
                    {"path": page.path, "label": speaker.text(page.label)} for page in room.pages if page.may(session)
                ],
            }
        )

    async def _language(self, request: web.Request) -> web.Response:
        """The language in which this person reads the desk, here and in every other lane."""
        session = await self.backroom.session(request)
        language = closest(text_in(await read_json(request), "language"))
        if language is None:
            raise Told(400, NOT_FOUND)
        staff = StaffList(self.backroom.store, self.backroom.clock)
        if language != session.person.language:
            try:
                await staff.change(session.name, by=session.person.id, language=language)
            except DeskError as error:  # removed a moment ago
                raise Told(401, NO_SESSION) from error
        return web.json_response({"ok": True})
