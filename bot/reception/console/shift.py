"""The hand-over sheet between shifts, and the notes that one shift leaves for the next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from bot.i18n.translator import mark
from bot.reception.console.backroom import Backroom
from bot.reception.console.handover_sheet import sheet
from bot.reception.console.inner import Inner
from bot.reception.console.showing import View
from bot.transports.web_body import text_in, uuid_in
from bot.transports.web_errors import Told

TITLE: Final = mark("Hand-over")
NOTES: Final = "shift:note:"
KEPT: Final = timedelta(days=7)
LONGEST_NOTE: Final = 1_000
MOST_NOTES: Final = 50
HOURS: Final = (4, 8, 12, 24)
USUAL: Final = 8


@dataclass(frozen=True)
class Shift:
    room: Backroom

    @property
    def inner(self) -> Inner:
        return Inner(self.room, "shift", "/desk/shift", TITLE, "shift.js")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/desk/api/shift", self._sheet),
            web.post("/desk/api/shift/notes", self._write),
            web.post("/desk/api/shift/notes/done", self._done),
        ]

    async def _sheet(self, request: web.Request) -> web.Response:
        session = await self.inner.session(request)
        view = await self.room.view(request, session)
        asked = request.query.get("hours", "")
        hours = int(asked) if asked in map(str, HOURS) else USUAL
        tickets = await self.room.store.tickets(include_resolved=True)
        shown = sheet(tickets, view, view.now - timedelta(hours=hours))
        return web.json_response({**shown, "hours": hours, "notes": await self._notes(view)})

    async def _notes(self, view: View) -> list[dict[str, Any]]:
        kept = (await self.room.store.recall_all(NOTES)).items()
        notes = [(key.removeprefix(NOTES), json.loads(text)) for key, text in kept]
        notes.sort(key=lambda one: one[1]["at"], reverse=True)
        return [
            {
                "id": key,
                "text": note["text"],
                "name": note["name"],
                "at": view.when(datetime.fromisoformat(note["at"])),
                "done": note.get("done", ""),
            }
            for key, note in notes[:MOST_NOTES]
        ]

    async def _write(self, request: web.Request) -> web.Response:
        session, body = await self.inner.posted(request)
        text = text_in(body).strip()
        if not text:
            raise Told(400, mark("The message is empty."))
        if len(text) > LONGEST_NOTE:
            raise Told(400, mark("This text is too long. Please send it in parts."))
        now = self.room.clock.now()
        # The page's own id: a repeat after a lost answer writes the same note.
        key = f"{NOTES}{session.key}-{uuid_in(body)}"
        kept = json.dumps({"text": text, "name": session.name, "at": now.isoformat()}, ensure_ascii=False)
        await self.inner.on_record(session, "shift.note")
        await self.room.store.remember(key, kept, until=now + KEPT)
        return web.json_response({"ok": True})

    async def _done(self, request: web.Request) -> web.Response:
        """Somebody of the next shift has seen to it; the note stays, struck through, until its time is over."""
        session, body = await self.inner.posted(request)
        key = f"{NOTES}{text_in(body, 'id')[:80]}"
        kept = await self.room.store.recall(key)
        if kept is None:
            raise Told(404, mark("This note is no longer there."))
        note = json.loads(kept)
        # The wanted state, not its opposite: two who press at the same time mean the same.
        wanted = body.get("done") is not False
        note["done"] = (note.get("done") or session.name) if wanted else ""
        until = datetime.fromisoformat(note["at"]) + KEPT
        await self.inner.on_record(session, "shift.note-done")
        await self.room.store.remember(key, json.dumps(note, ensure_ascii=False), until=until)
        return web.json_response({"ok": True})
