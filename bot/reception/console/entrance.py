"""The console's front door: links, passwords and codes, and one's own sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import segno
import structlog
from aiohttp import web

from bot.i18n.translator import mark
from bot.model.errors import Refused, StoreUnavailable
from bot.ports import Clock, Store
from bot.reception.console.sessions import PROOF_HEADER, StaffSession, StaffSessions
from bot.staff.credentials import Credentials
from bot.staff.links import use_link
from bot.staff.list import StaffList, staff_event
from bot.staff.people import Person
from bot.staff.second import app_address
from bot.transports.web_body import read_json, text_in
from bot.transports.web_errors import NOT_NOW, Told
from bot.transports.web_guard import own_origin

log = structlog.get_logger("console")

NO_SESSION: Final = mark("You are not signed in. Please ask for a new sign-in link.")
LINK_SPENT: Final = mark("This sign-in link was used already or is too old. Please ask for a new one.")
HAS_PASSWORD: Final = mark("You have a password: please sign in with it and a code of your app.")
NOT_FROM_HERE: Final = mark("This did not come from the open console page. Please load the page again.")
_SAME_SITE: Final = frozenset({"same-origin", "none"})


class Entrance:
    """Signs people in and out, and tells the rest of the console who somebody is."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        real_now: Callable[[], datetime],
        short: Callable[[], str],
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._short = short
        self._public_url = public_url
        self.sessions = StaffSessions(store, clock, public_url)
        self._staff = StaffList(store, clock)
        self.credentials = Credentials(self._staff, real_now)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/desk/enter", self._enter),
            web.post("/desk/setup", self._set_up),
            web.post("/desk/signin", self._sign_in),
            web.post("/desk/leave", self._leave),
            web.get("/desk/api/sessions", self._list),
            web.post("/desk/api/sessions/end", self._end),
        ]

    # ---------------------------------------------------------------- who is it?

    async def session(self, request: web.Request) -> StaffSession:
        """The session of a request, which must come from our own page.

        Raises:
            Told: 401 without a session; 403 for what another page sent.
        """
        self._from_our_page(request)
        session = await self.sessions.find(request)
        if session is None:
            raise Told(401, NO_SESSION)
        if request.method != "GET" and not session.proved(request.headers.get(PROOF_HEADER, "")):
            raise Told(403, NOT_FROM_HERE)
        return session

    def _from_our_page(self, request: web.Request) -> None:
        """Browsers say where a request comes from; here a missing word is no excuse either."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site not in _SAME_SITE:
            raise Told(403, NOT_FROM_HERE)
        origin = request.headers.get("Origin")
        if (origin is not None or request.method != "GET") and not own_origin(origin, request.host, self._public_url):
            raise Told(403, NOT_FROM_HERE)

    # ---------------------------------------------------------------- coming

    async def _enter(self, request: web.Request) -> web.Response:
        """By a link: in at once, or for administrators to the setting up of password and codes."""
        self._from_our_page(request)
        person = await use_link(self._staff, text_in(await read_json(request), "token"))
        if person is None:
            raise Told(403, LINK_SPENT)
        if not person.administrator:
            await self._store.audit(staff_event(self._clock.now(), person.id, "staff.signed-in", person, "console"))
            return await self._in(request, person)
        if await self.credentials.has(person):
            raise Told(403, HAS_PASSWORD)
        setup = await self.credentials.begin(person)
        address = app_address(setup.secret, person.name, f"Delegate Desk {self._short()}")
        picture = segno.make(address, error="m").svg_data_uri(scale=4, border=3, light="#fff", dark="#000")
        return web.json_response({"setup": setup.token, "secret": setup.secret, "picture": picture})

    async def _set_up(self, request: web.Request) -> web.Response:
        self._from_our_page(request)
        body = await read_json(request)
        given = (text_in(body, "setup"), text_in(body, "password"), text_in(body, "code"))
        try:
            person, codes = await self.credentials.finish(*given, self._short())
        except Refused as refused:
            raise Told(400, refused.message, fields=refused.fields) from refused
        except StoreUnavailable as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error
        return await self._in(request, person, {"codes": codes}, known=True)

    async def _sign_in(self, request: web.Request) -> web.Response:
        self._from_our_page(request)
        body = await read_json(request)
        given = (text_in(body, "name"), text_in(body, "password"), text_in(body, "code"))
        device = self.sessions.device.read(request) or ""
        try:
            person = await self.credentials.check(*given, device)
        except Refused as refused:
            raise Told(403, refused.message) from refused
        except StoreUnavailable as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error
        return await self._in(request, person, known=True)

    async def _in(
        self, request: web.Request, person: Person, more: dict[str, Any] | None = None, *, known: bool = False
    ) -> web.Response:
        """A fresh session, never the one that the browser may have brought along."""
        before = await self.sessions.find(request)
        if before is not None:
            await self.sessions.end(before)
        session = await self.sessions.begin(person, request.headers.get("User-Agent", ""))
        log.info("staff signed in", staff=person.id)
        response = web.json_response({"ok": True, **(more or {})})
        self.sessions.cookie.set(response, session.token)
        if known:
            self.sessions.device.set(response, await self.credentials.remember_device(person))
        return response

    # ---------------------------------------------------------------- going

    async def _leave(self, request: web.Request) -> web.Response:
        """Here, or with ``everywhere`` in every browser."""
        session = await self.session(request)
        everywhere = (await read_json(request)).get("everywhere") is True
        what = "staff.signed-out-everywhere" if everywhere else "staff.signed-out"
        if everywhere:
            await self._staff.end_everything_of(session.person.id, by=session.person.id, what=what)
        else:
            await self._store.audit(staff_event(self._clock.now(), session.person.id, what, session.person, "console"))
        await self.sessions.end(session)
        response = web.json_response({"ok": True})
        self.sessions.cookie.clear(response)
        return response

    async def _list(self, request: web.Request) -> web.Response:
        """One's own sessions, and no others."""
        here = await self.session(request)
        mine = await self.sessions.of(here.person)
        return web.json_response([_json(session, here) for session in mine])

    async def _end(self, request: web.Request) -> web.Response:
        here = await self.session(request)
        wanted = text_in(await read_json(request), "key")
        for session in await self.sessions.of(here.person):
            if session.key == wanted:
                await self.sessions.end(session)
        return web.json_response({"ok": True})


def _json(session: StaffSession, here: StaffSession) -> dict[str, Any]:
    return {
        "key": session.key,
        "since": session.since.isoformat(),
        "last": session.last.isoformat(),
        "browser": session.agent,
        "here": session.place == here.place,
    }
