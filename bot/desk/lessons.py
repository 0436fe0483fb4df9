"""Teaching the desk during the event: drafted by one, approved by another, live in a moment, and withdrawn as fast.

The store says what was approved; each process lays it over its content as files of the same shape as all content.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import TypeAdapter

from bot.desk.live import LiveContent
from bot.i18n.translator import mark
from bot.model.audit import AuditEvent
from bot.model.errors import Refused, StoreUnavailable
from bot.model.language import LANGUAGES
from bot.model.lessons import TaughtLesson
from bot.model.people import DelegateId, Staff
from bot.ports import Clock, Store

log = structlog.get_logger("content")

PREFIX: Final = "lesson:"
TURN: Final = DelegateId("lesson:list")
KEPT: Final = timedelta(days=365)
LOOK_EVERY: Final = 2.0  # seconds; what another process approved is live well within the ten promised
MOST: Final = 300
_LESSON: Final = TypeAdapter(TaughtLesson)
GONE: Final = mark("This draft is no longer there.")


@dataclass
class Lessons:
    store: Store
    clock: Clock
    content: LiveContent
    folder: Path
    """Where approved lessons are written, in the data folder."""
    _live: str = ""
    _laying: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self) -> Sequence[TaughtLesson]:
        """The newest first."""
        kept = (await self.store.recall_all(PREFIX)).values()
        return sorted(map(_LESSON.validate_json, kept), key=lambda lesson: lesson.at, reverse=True)

    async def draft(self, lesson: TaughtLesson, by: Staff) -> TaughtLesson:
        """Keep a draft that is without faults beside what is live. Raises Refused."""
        lessons = await self.all()
        if len(lessons) >= MOST:
            raise Refused(mark("There are too many drafts; withdraw some first."))
        kept = replace(lesson, id=secrets.token_hex(6), by=by.id, by_name=by.name, at=self.clock.now())
        await self._check([*_approved(lessons), kept])
        await self._keep(kept, by, "teach.draft")
        return kept

    async def approve(self, key: str, by: Staff) -> TaughtLesson:
        """Make it live. Raises Refused: by its own author, for one that is no draft, and with faults."""
        lesson = await self._find(key)
        if lesson.by == by.id:
            raise Refused(mark("A second person has to approve it: this is your own draft."))
        if lesson.state != "draft":
            raise Refused(mark("This was approved or withdrawn already."))
        await self._check([*_approved(await self.all()), lesson])
        kept = replace(lesson, state="live", approved_name=by.name)
        await self._keep(kept, by, "teach.approve")
        await self.lay()
        return kept

    async def withdraw(self, key: str, by: Staff) -> TaughtLesson:
        """Take it away again, also a draft."""
        kept = replace(await self._find(key), state="withdrawn")
        await self._keep(kept, by, "teach.withdraw")
        await self.lay()
        return kept

    async def run(self) -> None:
        """Follow what was approved and withdrawn through other processes."""
        while True:
            try:
                await self.lay()
            except StoreUnavailable:
                log.warning("lessons_not_read")
            await asyncio.sleep(LOOK_EVERY)

    async def lay(self) -> None:
        """Write what is approved, where it changed, and lay it over the content."""
        async with self._laying:
            files = written(_approved(await self.all()))
            now = json.dumps(files, ensure_ascii=False, sort_keys=True)
            if now == self._live or (not files and not self._live):
                return
            await asyncio.to_thread(write, self.folder, files)
            await self.content.teach(self.folder)
            self._live = now

    async def _find(self, key: str) -> TaughtLesson:
        kept = await self.store.recall(f"{PREFIX}{key}")
        if kept is None:
            raise Refused(GONE)
        return _LESSON.validate_json(kept)

    async def _keep(self, lesson: TaughtLesson, by: Staff, what: str) -> None:
        now = self.clock.now()
        async with self.store.transaction(TURN) as turn:
            await turn.remember(f"{PREFIX}{lesson.id}", _LESSON.dump_json(lesson).decode(), until=now + KEPT)
            await turn.audit(AuditEvent(now, by.id, what, by.name, by.lane, about=f"{lesson.id} {lesson.topic}"[:120]))

    async def _check(self, lessons: Iterable[TaughtLesson]) -> None:
        with tempfile.TemporaryDirectory(prefix="desk-taught-") as name:
            folder = Path(name) / "taught"
            await asyncio.to_thread(write, folder, written(lessons))
            faults = await self.content.tried(folder)
        if faults:
            problems = "; ".join(f"{fault.field}: {fault.problem}" for fault in faults[:5])
            raise Refused(mark("This cannot go live: {problems}"), problems=problems)


def _approved(lessons: Iterable[TaughtLesson]) -> list[TaughtLesson]:
    return sorted((lesson for lesson in lessons if lesson.state == "live"), key=lambda lesson: lesson.at)


def written(lessons: Iterable[TaughtLesson]) -> Mapping[str, Mapping[str, Any]]:
    """The files of these lessons by name; each language's file is there when it holds anything."""
    topics: dict[str, Any] = {}
    asking: dict[str, dict[str, list[str]]] = {language: {} for language in LANGUAGES}
    for lesson in lessons:
        if lesson.fresh:
            topics[lesson.topic] = {
                "team": lesson.team,
                "urgency": "normal",
                "needs": "none",
                "title": dict(lesson.title),
                "answer": dict(lesson.answer),
            }
        for language in LANGUAGES:
            if lines := lesson.asking.get(language, ()):
                asking[language].setdefault(lesson.topic, []).extend(lines)
    files: dict[str, Mapping[str, Any]] = {"taught.yaml": topics} if topics else {}
    return files | {f"asking/{language}/taught.yaml": found for language, found in asking.items() if found}


def write(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Exactly these files, as YAML in its JSON form: no text can become anything else in it."""
    fresh = folder.with_name(f"{folder.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    fresh.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)
