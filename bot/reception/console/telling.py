"""The page of announcements: one message to many delegates, shown, counted and confirmed before anything goes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web

from bot.i18n.translator import Speaker, mark
from bot.model.language import LANGUAGES
from bot.model.remark import Remark
from bot.reception.console.backroom import Backroom
from bot.reception.console.inner import Inner, answering
from bot.transports.web_body import NOT_UNDERSTOOD, Body, text_in
from bot.transports.web_errors import Told

TITLE: Final = mark("Announcements")
MOST_SHOWN: Final = 20
DOORS: Final = ("telegram", "webchat")
NAMES: Final = {"en": mark("English"), "ar": mark("Arabic"), "vi": mark("Vietnamese")}

Told_ = Mapping[str, Any]


class Announcer(Protocol):
    """Keeps, counts and sends announcements; each of its methods raises Refused with a sentence."""

    def look_over(self, texts: Mapping[str, str]) -> tuple[Sequence[Remark], Sequence[Remark]]: ...

    async def preview(self, asked: Told_) -> Told_: ...

    async def confirm(self, asked: Told_) -> Told_: ...

    async def undo(self, asked: Told_) -> Told_: ...

    async def pause(self, asked: Told_) -> Told_: ...

    async def resume(self, asked: Told_) -> Told_: ...

    def overview(self, asked: Told_) -> AsyncIterator[Told_]: ...


@dataclass(frozen=True)
class Telling:
    room: Backroom
    announcer: Announcer

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "announce", "/desk/announcements", TITLE, "announce.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/announcements", self._list),
            web.post("/desk/api/announcements/preview", self._preview),
            web.post("/desk/api/announcements/confirm", self._confirm),
            web.post("/desk/api/announcements/{act:undo|pause|resume}", self._act),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        session = await self.inner.session(request)
        language, shown = self.room.reader(request, session), []
        async for one in self.announcer.overview({}):
            shown.append({**one, "state": one["state"].replace(" ", "-"), "begins": one["beginnings"][language]})
            if len(shown) >= MOST_SHOWN:
                break
        return web.json_response(shown)

    async def _preview(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        speaker = self.room.speaker(request, session)
        texts = _texts(body)
        problems, doubts = self.announcer.look_over(texts)
        if problems:
            raise Told(
                400, mark("This cannot be sent yet."), more={"problems": [_sentence(one, speaker) for one in problems]}
            )
        asked = {"texts": texts, "languages": _some(body, "languages", LANGUAGES), "doors": _some(body, "doors", DOORS)}
        with answering():
            shown = await self.announcer.preview(asked)
        return web.json_response({**shown, "doubts": [_sentence(one, speaker) for one in doubts]})

    async def _confirm(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        key, count = text_in(body, "id")[:20], body.get("count")
        if type(count) is not int:
            raise Told(400, NOT_UNDERSTOOD)
        await self.inner.on_record(session, "announce.confirm", about=f"{key}: {count}")
        with answering():
            return web.json_response(dict(await self.announcer.confirm({"id": key, "count": count})))

    async def _act(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        act, key = request.match_info["act"], text_in(body, "id")[:20]
        await self.inner.on_record(session, f"announce.{act}", about=key)
        acts = {"undo": self.announcer.undo, "pause": self.announcer.pause, "resume": self.announcer.resume}
        with answering():
            return web.json_response(dict(await acts[act]({"id": key})))


def _texts(body: Body) -> dict[str, str]:
    given = body.get("texts")
    if not isinstance(given, dict):
        raise Told(400, NOT_UNDERSTOOD)
    return {name: text_in(given, name) for name in LANGUAGES}


def _some(body: Body, key: str, known: Iterable[str]) -> list[str]:
    """The chosen ones; none means all."""
    given = body.get(key) or []
    if not isinstance(given, list):
        raise Told(400, NOT_UNDERSTOOD)
    return [one for one in known if one in given]


def _sentence(remark: Remark, speaker: Speaker) -> str:
    return speaker.text(remark.message, **{name: _named(value, speaker) for name, value in remark.fields.items()})


def _named(value: str, speaker: Speaker) -> str:
    """Codes of languages as people call them."""
    codes = value.split(", ")
    return ", ".join(speaker.text(NAMES[code]) for code in codes) if set(codes) <= NAMES.keys() else value
