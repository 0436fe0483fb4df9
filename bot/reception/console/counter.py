"""The walk-in log: a request taken at the counter, for somebody who has no chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.i18n.translator import mark
from bot.model.errors import StoreUnavailable
from bot.model.language import closest
from bot.model.tickets import Priority, Ticket
from bot.model.walkin import WalkIn
from bot.reception.console.acting import LONGEST_REPLY, PRIORITIES
from bot.reception.console.backroom import Backroom
from bot.reception.console.inner import Inner, answering
from bot.reception.console.showing import ticket_json
from bot.tickets import rights
from bot.transports.web_body import Body, text_in, uuid_in
from bot.transports.web_errors import NOT_NOW, Told

TITLE: Final = mark("At the counter")
MOST_SHOWN: Final = 20
LONGEST_DETAIL: Final = 60
DOOR: Final = "counter"

Take = Callable[[WalkIn], Awaitable[Ticket]]


@dataclass(frozen=True)
class Counter:
    room: Backroom
    take: Take

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "walk-in", "/desk/counter", TITLE, "counter.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/counter", self._latest),
            web.post("/desk/api/counter", self._take),
        ]

    async def _take(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        text = text_in(body).strip()
        if not text:
            raise Told(400, mark("The message is empty."))
        if len(text) > LONGEST_REPLY:
            raise Told(400, mark("This text is too long. Please send it in parts."))
        written = WalkIn(
            f"console:{session.key}:{uuid_in(body)}",
            session.staff,
            self.room.clock.now(),
            text,
            closest(text_in(body, "language")) or session.person.language,
            text_in(body, "team"),
            PRIORITIES.get(text_in(body, "priority"), Priority.NORMAL),
            *(_detail(body, key) for key in ("name", "room", "badge")),
        )
        try:
            with answering():
                ticket = await self.take(written)
        except StoreUnavailable as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error
        view = await self.room.view(request, session)
        return web.json_response({"ticket": ticket_json(ticket, view)})

    async def _latest(self, request: web.Request) -> web.Response:
        """What was taken at the counter lately, newest first; restricted ones by number only, as in every list."""
        session = await self.inner.session(request)
        view = await self.room.view(request, session)
        taken = [one for one in await self.room.store.tickets(include_resolved=True) if one.address.channel == DOOR]
        taken.sort(key=lambda one: -one.id)
        shown = [ticket_json(one, view) for one in taken[:MOST_SHOWN]]
        for row, one in zip(shown, taken, strict=False):
            row["at"] = view.when(one.opened_at)
            row["hidden"] = bool(rights.secrecy(one))
        return web.json_response(shown)


def _detail(body: Body, key: str) -> str:
    """On one line, and short: it stands in cards and lists."""
    return " ".join(text_in(body, key).split())[:LONGEST_DETAIL]
