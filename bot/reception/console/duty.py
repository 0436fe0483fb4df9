"""One's own switch in the head of every page: on duty, or away; the same deed as ``/on`` and ``/away`` on Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.model.audit import AuditEvent
from bot.model.errors import StoreUnavailable
from bot.reception.console.backroom import Backroom
from bot.reception.console.sessions import StaffSession
from bot.transports.web_body import NOT_UNDERSTOOD, read_json
from bot.transports.web_errors import NOT_NOW, Told

Presence = Literal["on", "away"]
SayPresence = Callable[[str, Presence], Awaitable[None]]


@dataclass(frozen=True)
class DutySwitch:
    room: Backroom
    say: SayPresence
    """Notes that somebody is on duty or away."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/duty", self._look),
            web.post("/desk/api/duty", self._turn),
        ]

    async def _look(self, request: web.Request) -> web.Response:
        """How the desk counts this person now: by the roster, by what they said, and by their deeds."""
        return await self._told(await self.room.session(request))

    async def _turn(self, request: web.Request) -> web.Response:
        session = await self.room.session(request)
        wanted = (await read_json(request)).get("on")
        if type(wanted) is not bool:
            raise Told(400, NOT_UNDERSTOOD)
        said: Presence = "on" if wanted else "away"
        event = AuditEvent(
            self.room.clock.now(), session.person.id, f"staff.{said}", session.name, "console", about=session.name
        )
        try:
            await self.room.store.audit(event)
            await self.say(session.name, said)
        except StoreUnavailable as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error
        return await self._told(session)

    async def _told(self, session: StaffSession) -> web.Response:
        return web.json_response({"on": session.name in {one.name for one in await self.room.on_duty()}})
