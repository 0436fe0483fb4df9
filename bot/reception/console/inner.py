"""What the console's pages beside the queue have in common: their frame, and that only those see them whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from bot.model.audit import AuditEvent
from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.reception.console.backroom import Backroom, Page
from bot.reception.console.sessions import StaffSession
from bot.tickets import offices
from bot.tickets.offices import Office
from bot.transports.web_body import read_json
from bot.transports.web_errors import Told


@dataclass(frozen=True)
class Inner:
    """A page of the console and the office that it is for; every address behind it asks ``session`` here."""

    room: Backroom
    office: Office
    path: str
    title: str
    """A marked catalog message; the menu shows it too."""
    script: str

    def open(self) -> None:
        """Put the page into the menu of those whose it is."""
        self.room.pages.append(Page(self.path, self.title, lambda session: offices.may(session.staff, self.office)))

    def routes(self) -> list[web.RouteDef]:
        return [web.get(self.path, self.page)]

    async def page(self, request: web.Request) -> web.Response:
        session = await self.room.entrance.sessions.find(request)
        if session is None:
            raise web.HTTPFound("/desk/")
        self._refuse(session, self.office)
        speaker = self.room.speaker(request, session)
        return self.room.drawn(speaker.language, speaker.text(self.title), self.script, "inner.css")

    async def session(self, request: web.Request, office: Office | None = None) -> StaffSession:
        """Who asks; somebody whose office it is.

        Raises:
            Told: 401 without a session; 403 for another's page or somebody else.
        """
        session = await self.room.session(request)
        self._refuse(session, office or self.office)
        return session

    async def posted(self, request: web.Request) -> tuple[StaffSession, Mapping[str, Any]]:
        session = await self.session(request)
        return session, await read_json(request)

    def _refuse(self, session: StaffSession, office: Office) -> None:
        if (refused := offices.refusal(session.staff, office)) is not None:
            raise said(refused, 403)

    async def on_record(
        self, session: StaffSession, what: str, *, about: str = "", ticket: TicketId | None = None
    ) -> None:
        """Before it is done: who did what."""
        event = AuditEvent(
            self.room.clock.now(), session.person.id, what, session.name, "console", ticket, about=about[:120]
        )
        await self.room.store.audit(event)


class InnerRoom(Protocol):
    """A room of the console with a page of its own, and the addresses that the page asks."""

    @property
    def inner(self) -> Inner: ...

    def routes(self) -> list[web.RouteDef]: ...


@contextmanager
def answering(status: int = 409) -> Iterator[None]:
    """What another room refuses is told to the page, in the reader's language."""
    try:
        yield
    except Refused as refused:
        raise said(refused, status) from refused


def said(refused: Refused, status: int = 409) -> Told:
    """A refusal of another room, for the reader's language."""
    return Told(status, refused.message, fields=refused.fields)
