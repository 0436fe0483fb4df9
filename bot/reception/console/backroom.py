"""The room behind the counter: what every page of the console stands on, and how it knows who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from aiohttp import web

from bot.answers.compose import Composer
from bot.health.alarms import Alarms
from bot.i18n.translator import Speaker, Speakers
from bot.model.content import Snapshot
from bot.model.decisions import PLAINLY, Answer, Asked
from bot.model.errors import Outdated, Refused, StaleWrite, StoreUnavailable, Unsure
from bot.model.language import Language, closest
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.rich import Rich
from bot.model.tickets import StaffAction, Ticket
from bot.ports import Act, Clock, Store, Translator
from bot.reception.console.acting import CHANGED
from bot.reception.console.entrance import Entrance
from bot.reception.console.entrance_page import entrance_words
from bot.reception.console.sessions import StaffSession
from bot.reception.console.showing import View
from bot.staff.held import with_duties
from bot.tickets.glossing import Compose
from bot.tickets.roster import OnDuty
from bot.transports.web_errors import NOT_FOUND, NOT_NOW, Told
from bot.transports.web_feed import Feed
from bot.transports.web_page import Assets, full_page
from bot.transports.web_static import Static

ACT_WITHIN: Final = timedelta(seconds=8)
STYLES: Final = ("base.css", "theme.css", "desk.css")
EARLY: Final = ("theme.js",)

MayOpen = Callable[[StaffSession], bool]


async def nobody() -> Sequence[OnDuty]:
    """While nobody knows who is on duty."""
    return ()


def everybody(_session: StaffSession) -> bool:
    return True


@dataclass(frozen=True)
class Page:
    """A page of the console, as its menu names it."""

    path: str
    label: str
    """A marked catalog message."""
    may: MayOpen = everybody


class Room(Protocol):
    """A part of the console with addresses of its own."""

    def routes(self) -> list[web.RouteDef]: ...


@dataclass(frozen=True)
class Backroom:
    """Shared by all rooms of the console; each of them adds its own routes."""

    store: Store
    act: Act
    feed: Feed
    speakers: Speakers
    snapshot: Callable[[], Snapshot]
    clock: Clock
    entrance: Entrance
    static: Static
    on_duty: Callable[[], Awaitable[Sequence[OnDuty]]] = nobody
    alarms: Alarms | None = None
    demo: bool = False
    translator: Translator | None = None
    pages: list[Page] = field(default_factory=list)
    """What stands in the menu besides the queue; a room adds its own when it is opened."""

    # ---------------------------------------------------------------- who asks

    async def session(self, request: web.Request) -> StaffSession:
        """The session of a request from our own page.

        Raises:
            Told: 401 without a session; 403 for what another page sent.
        """
        return await self.entrance.session(request)

    async def duties(self, session: StaffSession) -> Staff:
        """Who asks, with the duties that fall to them now: what they may see and do is decided by these."""
        return await with_duties(self.store, session.staff)

    def reader(self, request: web.Request, session: StaffSession) -> Language:
        """The language of a page that says it, else the person's own."""
        return closest(request.query.get("lang")) or session.person.language

    def speaker(self, request: web.Request, session: StaffSession) -> Speaker:
        return self.speakers[self.reader(request, session)]

    async def view(self, request: web.Request, session: StaffSession) -> View:
        """How this person reads tickets now."""
        staff, speaker = await self.duties(session), self.speaker(request, session)
        return View(self.snapshot(), speaker, staff, self.clock.now())

    # ---------------------------------------------------------------- pages

    def drawn(self, language: Language, title: str, script: str, *styles: str) -> web.Response:
        """A page of the console that its script draws; ``title`` is in the language already."""
        assets = Assets(script, (*STYLES, *styles), EARLY, ("preact.js", "rich.js"))
        return _page(full_page(language, title, assets, self.static.base))

    def written(self, name: str, language: Language, title: str, *, status: int = 200) -> web.Response:
        """A page around signing in, from its template: what it says stands before any session."""
        values = {"short": self.snapshot().event.short, **entrance_words(self.speakers[language])}
        assets, template = Assets(f"{name}.js", (*STYLES, "enter.css"), EARLY), f"{name}.html"
        body = self.static.text(template)
        return _page(full_page(language, title, assets, self.static.base, body=body, values=values), status)

    # ---------------------------------------------------------------- tickets

    async def ticket(self, number: TicketId) -> Ticket:
        """Raises Told (404) when there is none."""
        ticket = await self.store.ticket(number)
        if ticket is None:
            raise Told(404, NOT_FOUND)
        return ticket

    async def carry_out(self, action: StaffAction) -> Ticket:
        """Raises Told with the sentence of the desk; its ``why`` says what the page can do about it."""
        try:
            async with asyncio.timeout(ACT_WITHIN.total_seconds()):
                return await self.act(action)
        except Refused as refused:
            why = "outdated" if isinstance(refused, Outdated) else "unsure" if isinstance(refused, Unsure) else ""
            machine = isinstance(refused, Unsure) and refused.machine
            raise Told(409, refused.message, fields=refused.fields, more={"why": why, "machine": machine}) from refused
        except StaleWrite as stale:
            raise Told(409, CHANGED, more={"why": "outdated"}) from stale
        except (StoreUnavailable, TimeoutError) as error:
            raise Told(503, NOT_NOW, headers={"Retry-After": "2"}) from error

    def compose(self) -> Compose:
        """Puts approved answers into words, for showing staff what is or was said."""
        snapshot = self.snapshot()

        def composed(topic: str, language: Language, at: datetime, asked: Asked = PLAINLY) -> Rich | None:
            if topic not in snapshot.library.topics:
                return None
            found = Composer(snapshot, self.speakers[language], at).answer(Answer(topic, asked, 1.0))
            return found.message.text if found is not None else None

        return composed


def _page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)
