"""The page on which staff teach the desk: new ways of asking, or a new topic, in all three languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web

from bot.i18n.translator import mark
from bot.model.language import LANGUAGES
from bot.model.lessons import Suggestion, TaughtLesson
from bot.model.messages import TicketId
from bot.model.people import Staff
from bot.model.tickets import Ticket
from bot.reception.console.backroom import Backroom
from bot.reception.console.inner import Inner, answering
from bot.reception.console.looking import NOT_YOURS
from bot.reception.console.showing import View
from bot.tickets import offices
from bot.transports.web_body import NOT_UNDERSTOOD, Body, read_json, text_in
from bot.transports.web_errors import Told

TITLE: Final = mark("Teach the bot")
LONGEST: Final = 3_500
MOST_LINES: Final = 20
MOST_SHOWN: Final = 50


class Asked(Protocol):
    """Something that could not be answered, masked."""

    @property
    def text(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def candidates(self) -> Sequence[str]: ...

    @property
    def count(self) -> int: ...


class Teacher(Protocol):
    async def all(self) -> Sequence[TaughtLesson]: ...

    async def draft(self, lesson: TaughtLesson, by: Staff) -> TaughtLesson: ...

    async def approve(self, key: str, by: Staff) -> TaughtLesson: ...

    async def withdraw(self, key: str, by: Staff) -> TaughtLesson: ...


Suggest = Callable[[Ticket, int], Awaitable[Suggestion]]


@dataclass(frozen=True)
class TeachRoom:
    room: Backroom
    teacher: Teacher
    asked: Callable[[], Awaitable[Sequence[Asked]]]
    suggest: Suggest
    """What a reply of staff would teach; raises Refused."""

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "teach", "/desk/teach", TITLE, "teach.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/teach", self._list),
            web.get(r"/desk/api/teach/from/{ticket:\d{1,9}}/{line:\d{1,9}}", self._from),
            web.post("/desk/api/teach", self._draft),
            web.post("/desk/api/teach/{act:approve|withdraw}", self._decide),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        session = await self.inner.session(request)
        view = await self.room.view(request, session)
        topics = sorted(view.snapshot.library.topics.values(), key=lambda topic: topic.id)
        language = view.speaker.language
        return web.json_response(
            {
                "topics": [{"id": one.id, "title": one.title.in_(language)} for one in topics],
                "asked": [_asked(one) for one in (await self.asked())[:MOST_SHOWN]],
                "lessons": [self._shown(one, view) for one in (await self.teacher.all())[:MOST_SHOWN]],
            }
        )

    async def _from(self, request: web.Request) -> web.Response:
        """A draft from a ticket's line, for whoever may read that ticket."""
        session = await self.inner.session(request)
        ticket = await self.room.ticket(TicketId(int(request.match_info["ticket"])))
        view = await self.room.view(request, session)
        if not view.sees(ticket):
            raise Told(403, NOT_YOURS, fields={"number": str(ticket.id)})
        with answering(404):
            found = await self.suggest(ticket, int(request.match_info["line"]))
        return web.json_response(
            {
                "fresh": not found.topic,
                "topic": found.topic,
                "team": found.team,
                "asking": {language: "\n".join(found.asking.get(language, ())) for language in LANGUAGES},
                "answer": {language: found.answer.get(language, "") for language in LANGUAGES},
            }
        )

    def _shown(self, lesson: TaughtLesson, view: View) -> dict[str, Any]:
        mine, decides = lesson.by == view.staff.id, offices.may(view.staff, "approve")
        return {
            "id": lesson.id,
            "topic": lesson.topic,
            "title": dict(lesson.title),
            "answer": dict(lesson.answer),
            "asking": {language: list(lines) for language, lines in lesson.asking.items()},
            "state": lesson.state,
            "by": lesson.by_name,
            "at": view.when(lesson.at),
            "approved": lesson.approved_name,
            "mayApprove": lesson.state == "draft" and decides and not mine,
            "mayWithdraw": lesson.state != "withdrawn" and (decides or (mine and lesson.state == "draft")),
        }

    async def _draft(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        now = self.room.clock.now()
        fresh = body.get("fresh") is True
        lesson = TaughtLesson(
            "",
            text_in(body, "topic")[:80],
            _lines(body),
            session.person.id,
            session.name,
            now,
            _texts(body, "title") if fresh else {},
            _texts(body, "answer") if fresh else {},
            text_in(body, "team")[:40],
        )
        with answering(400):
            kept = await self.teacher.draft(lesson, session.staff)
        return web.json_response({"id": kept.id})

    async def _decide(self, request: web.Request) -> web.Response:
        """Approving is for those in charge; one's own draft may be withdrawn by oneself."""
        session = await self.inner.session(request)
        key, act = text_in(await read_json(request), "id")[:40], request.match_info["act"]
        mine = [one for one in await self.teacher.all() if one.id == key and one.by == session.person.id]
        if act == "approve" or not mine or mine[0].state != "draft":
            await self.inner.session(request, "approve")
        with answering():
            await (self.teacher.approve if act == "approve" else self.teacher.withdraw)(key, session.staff)
        return web.json_response({"ok": True})


def _asked(one: Asked) -> dict[str, Any]:
    return {"text": one.text, "language": one.language, "topics": list(one.candidates), "count": one.count}


def _texts(body: Body, key: str) -> dict[str, str]:
    given = body.get(key)
    if not isinstance(given, dict):
        raise Told(400, NOT_UNDERSTOOD)
    return {language: text_in(given, language).strip()[:LONGEST] for language in LANGUAGES}


def _lines(body: Body) -> dict[str, tuple[str, ...]]:
    """A line each; all three languages are needed."""
    found = {}
    for language, text in _texts(body, "asking").items():
        lines = dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip())
        if not lines:
            raise Told(400, mark("All three languages are needed."))
        found[language] = tuple(lines)[:MOST_LINES]
    return found
