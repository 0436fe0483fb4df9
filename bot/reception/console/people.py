"""The staff page of administrators: who is on the list, with which roles, who is there now, and where they are signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import segno
from aiohttp import web

from bot.i18n.translator import mark
from bot.model.errors import DeskError, Refused
from bot.model.language import closest
from bot.model.people import Role, StaffId
from bot.reception.console.backroom import Backroom
from bot.reception.console.duty import Presence, SayPresence
from bot.reception.console.inner import Inner, said
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import View
from bot.staff.links import new_link
from bot.staff.list import StaffList
from bot.staff.people import Person
from bot.transports.web_body import NOT_UNDERSTOOD, Body, text_in
from bot.transports.web_errors import NOT_NOW, Told

TITLE: Final = mark("Staff")
NOT_YOURSELF: Final = mark("Another administrator has to do this: nobody shuts themselves out.")
HAS_PASSWORD: Final = mark("This person has a password; reset it, and they set up a new one.")
GONE: Final = mark("There is nobody of that name at the desk any more.")


@dataclass(frozen=True)
class People:
    room: Backroom
    say: SayPresence
    """Notes that somebody is on duty or away."""
    url: Callable[[], str]
    """Where the desk's pages are, for sign-in links."""

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "staff", "/desk/staff", TITLE, "staff.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/staff", self._list),
            web.post("/desk/api/staff", self._add),
            web.post("/desk/api/staff/{act:change|remove|link|reset|presence|sign-out}", self._act),
        ]

    @property
    def staff(self) -> StaffList:
        return StaffList(self.room.store, self.room.clock)

    # ---------------------------------------------------------------- the list

    async def _list(self, request: web.Request) -> web.Response:
        session = await self.inner.session(request)
        view = await self.room.view(request, session)
        here = {one.name: one.here for one in await self.room.on_duty()}
        people = [one for one in await self.staff.everybody() if one.active]
        shown = [await self._shown(one, view, session, here) for one in people]
        return web.json_response(
            {"people": sorted(shown, key=lambda one: one["name"].casefold()), "roles": [role.value for role in Role]}
        )

    async def _shown(
        self, person: Person, view: View, session: StaffSession, here: Mapping[str, bool]
    ) -> dict[str, Any]:
        sessions = await self.room.entrance.sessions.of(person)
        return {
            "id": person.id,
            "name": person.name,
            "me": person.id == session.person.id,
            "roles": sorted(person.roles),
            "language": person.language,
            "telegram": person.telegram is not None,
            "password": await self.room.entrance.credentials.has(person),
            "added": view.when(person.added),
            "on": person.name in here,
            "here": here.get(person.name, False),
            "sessions": [{"browser": one.agent, "last": view.when(one.last)} for one in sessions],
        }

    # ---------------------------------------------------------------- changes

    async def _add(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        language = closest(text_in(body, "language")) or "en"
        try:
            person = await self.staff.add(
                text_in(body, "name"), by=session.person.id, roles=_roles(body), language=language
            )
        except DeskError as error:
            raise _told(error) from error
        return web.json_response(await self._with_link(person))

    async def _act(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        person = await self.staff.person(StaffId(text_in(body, "id")))
        if person is None:
            raise Told(409, GONE)
        acts = {
            "change": self._change,
            "remove": self._remove,
            "link": self._link,
            "reset": self._reset,
            "presence": self._presence,
            "sign-out": self._sign_out,
        }
        try:
            return web.json_response(await acts[request.match_info["act"]](person, body, session))
        except DeskError as error:
            raise _told(error) from error

    async def _change(self, person: Person, body: Body, session: StaffSession) -> dict[str, Any]:
        roles = _roles(body) or list(person.roles)
        if person.id == session.person.id and Role.ADMIN not in roles:
            raise Told(409, NOT_YOURSELF)
        language = closest(text_in(body, "language")) or person.language
        await self.staff.change(person.name, by=session.person.id, roles=roles, language=language)
        return {"ok": True}

    async def _remove(self, person: Person, _body: Body, session: StaffSession) -> dict[str, Any]:
        if person.id == session.person.id:
            raise Told(409, NOT_YOURSELF)
        await self.staff.remove(person.name, by=session.person.id)
        return {"ok": True}

    async def _link(self, person: Person, _body: Body, session: StaffSession) -> dict[str, Any]:
        if await self.room.entrance.credentials.has(person):
            raise Told(409, HAS_PASSWORD)
        await self.inner.on_record(session, "staff.link-made", about=person.name)
        return await self._with_link(person)

    async def _reset(self, person: Person, _body: Body, session: StaffSession) -> dict[str, Any]:
        if person.id == session.person.id:
            raise Told(409, NOT_YOURSELF)
        fresh = await self.room.entrance.credentials.reset(person.name, by=session.person.id)
        return await self._with_link(fresh)

    async def _presence(self, person: Person, body: Body, session: StaffSession) -> dict[str, Any]:
        presence: Presence = "on" if body.get("on") is True else "away"
        await self.inner.on_record(session, f"staff.{presence}", about=person.name)
        await self.say(person.name, presence)
        return {"ok": True}

    async def _sign_out(self, person: Person, _body: Body, session: StaffSession) -> dict[str, Any]:
        await self.staff.end_everything_of(person.id, by=session.person.id, what="staff.signed-out-everywhere")
        return {"ok": True}

    async def _with_link(self, person: Person) -> dict[str, Any]:
        """A way in, shown once: it is kept as a hash only."""
        token = await new_link(self.room.store, person, self.room.clock.now())
        link = f"{self.url()}/desk/enter?token={token}"
        picture = segno.make(link, error="m").svg_data_uri(scale=4, border=3, light="#fff", dark="#000")
        return {"name": person.name, "link": link, "picture": picture}


def _roles(body: Body) -> list[Role]:
    given = body.get("roles") or []
    known = {role.value: role for role in Role}
    if not isinstance(given, list) or not all(isinstance(one, str) and one in known for one in given):
        raise Told(400, NOT_UNDERSTOOD)
    return [known[one] for one in given]


def _told(error: DeskError) -> Told:
    return said(error) if isinstance(error, Refused) else Told(409, NOT_NOW)
