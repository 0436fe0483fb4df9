"""Announcements on their way: what organisers ask for, and the loop that puts one row per recipient into the outbox.

Wishes stand in the store under ``announce:ID`` and are changed by commands only (but for what a withdrawal removed
after the command was answered); how far it is stands under
``announced:ID`` and is changed by the one process that does the work. So any replica takes commands, and a kill at
any moment loses nothing: what was done is known per recipient.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from pydantic import TypeAdapter

from bot.desk import announce
from bot.desk.announce import Announcement, Audience, Progress
from bot.i18n.translator import Speakers, mark
from bot.model.errors import Refused, StoreUnavailable
from bot.model.language import LANGUAGES
from bot.model.messages import Entry, InboundId, Lane, Outbound, OutboundId
from bot.model.people import Delegate
from bot.model.remark import Remark
from bot.model.rich import letters
from bot.ports import Clock, Store

log = structlog.get_logger("announcements")

_WISH, _DONE = "announce:", "announced:"
_PAGE: Final = "webchat"
_KEPT: Final = timedelta(days=90)
_DRAFT_KEPT: Final = timedelta(days=1)
_LOOK_EVERY: Final = 1.0  # seconds, while an announcement of the last hour may be under way
_LOOK_IDLE: Final = 5.0  # seconds otherwise; a command to this process is seen at once
_BUSY: Final = timedelta(hours=1)
_AT_ONCE: Final = 8  # recipients in one go: their commits share one sync, and then others have their turn
_HEED_EVERY: Final = 200  # recipients between two looks at what organisers want through other replicas
_LINES: Final = 50  # of a history, in which the line of an announcement that just went out is looked for

_ANNOUNCEMENT: Final = TypeAdapter(Announcement)
_PROGRESS: Final = TypeAdapter(Progress)

Json = Mapping[str, Any]


@dataclass
class Announcements:
    """Give ``run`` to the house, ``paused`` and ``withdrawn`` to the dispatcher, the commands to the admin door.

    ``leads`` says whether this process does the work; every process follows what organisers want.
    """

    store: Store
    speakers: Speakers
    clock: Clock
    leads: Callable[[], bool] = lambda: True
    _known: dict[str, Announcement] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _queueing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a few recipients get their rows: what is counted is in, and what is in is counted."""

    def paused(self) -> Collection[str]:
        """Not those that were withdrawn as well: what is left of them has to be taken up to be given up."""
        return {key for key, wish in self._known.items() if wish.paused and wish.withdrawn_at is None}

    def withdrawn(self) -> Collection[str]:
        return {key for key, wish in self._known.items() if wish.withdrawn_at is not None}

    # ---------------------------------------------------------------- commands

    def look_over(self, texts: Mapping[str, str]) -> tuple[Sequence[Remark], Sequence[Remark]]:
        """Why texts cannot be sent, and what somebody should look at twice."""
        return announce.problems(texts), announce.look_again(texts)

    async def preview(self, asked: Json) -> Json:
        """Check and keep a draft: ``texts`` per language, ``languages`` and ``doors`` of the audience."""
        texts = {str(name): str(text) for name, text in dict(asked.get("texts") or {}).items()}
        languages, doors = [*map(str, asked.get("languages") or ())], [*map(str, asked.get("doors") or ())]
        if found := announce.faults(texts) + announce.unknown_audience(languages, doors):
            raise Refused("\n".join(found))
        now = self.clock.now()
        audience = Audience(tuple(name for name in LANGUAGES if name in languages), tuple(doors))
        draft = Announcement(secrets.token_hex(3), {name: texts[name].strip() for name in LANGUAGES}, audience, now)
        people = await self._recipients(draft, now)
        await self._keep(draft, now + _DRAFT_KEPT)
        return {
            "id": draft.id,
            "count": len(people),
            "languages": Counter(person.language for person in people),
            "doors": Counter(person.address.channel for person in people),
            "blocked": sum(
                person.blocked and person.address.channel not in announce.NOBODY_THERE
                for person in await self.store.delegates()
            ),
            "previews": {
                name: letters(announce.message(draft.texts[name], self.speakers[name]).text, isolate=False)
                for name in LANGUAGES
            },
            "doubts": announce.doubts(texts),
        }

    async def confirm(self, asked: Json) -> Json:
        """Send it after ten seconds: ``id``, and the ``count`` that was shown."""
        async with self._writing:
            wish, now = await self._find(asked), self.clock.now()
            if wish.confirmed_at is not None or wish.withdrawn_at is not None:
                raise Refused(mark("This announcement was confirmed or withdrawn already."))
            count = len(await self._recipients(wish, now))
            if asked.get("count") != count:
                said = mark("The number of people it would reach is {count}, not the one you typed. Nothing is sent.")
                raise Refused(said, count=str(count))
            if not count:
                raise Refused(mark("It would reach nobody."))
            await self._keep(replace(wish, confirmed_at=now, count=count), now + _KEPT)
        log.info("announcement_confirmed", announcement=wish.id, count=count)
        return {"id": wish.id, "count": count, "starts_in": announce.UNDO.total_seconds()}

    async def undo(self, asked: Json) -> Json:
        """Withdraw it: nothing more goes out. What was sent cannot be called back; it is told how much that is."""
        async with self._writing:
            wish, now = await self._find(asked), self.clock.now()
            if wish.withdrawn_at is None:
                await self._keep(replace(wish, withdrawn_at=now), now + _KEPT)
            async with self._queueing:
                wish = await self._remove(wish.id)
        log.info("announcement_withdrawn", announcement=wish.id, removed=wish.removed)
        progress = await self._progress(wish.id)
        return {"id": wish.id, "sent": progress.sent_of(wish, await self.store.waiting(broadcast=wish.id))}

    async def _remove(self, key: str) -> Announcement:
        """Take what nobody has in hand out of the outbox, and count it; only while we are the one who writes."""
        removed, wish = await self.store.withdraw(key), await self._find({"id": key})
        if removed:
            wish = replace(wish, removed=wish.removed + removed)
            await self._keep(wish, self.clock.now() + _KEPT)
        return wish

    async def pause(self, asked: Json) -> Json:
        return await self._set_paused(asked, paused=True)

    async def resume(self, asked: Json) -> Json:
        return await self._set_paused(asked, paused=False)

    async def _set_paused(self, asked: Json, *, paused: bool) -> Json:
        async with self._writing:
            wish = await self._find(asked)
            await self._keep(replace(wish, paused=paused), self.clock.now() + _KEPT)
        log.info("announcement_paused" if paused else "announcement_resumed", announcement=wish.id)
        return await self._told(wish.id)

    async def overview(self, _asked: Json) -> AsyncIterator[Json]:
        """Every announcement that was confirmed, newest first."""
        wishes = [wish for wish in (await self._wishes()).values() if wish.confirmed_at is not None]
        for wish in sorted(wishes, key=lambda wish: wish.made_at, reverse=True):
            yield await self._told(wish.id)

    async def _told(self, key: str) -> Json:
        wish, progress = (await self._wishes())[key], await self._progress(key)
        waiting = await self.store.waiting(broadcast=key)
        return {
            "id": key,
            "state": self._state(wish, progress, waiting),
            "count": wish.count,
            "sent": progress.sent_of(wish, waiting),
            "unreachable": progress.unreachable,
            "begins": wish.texts["en"][:60],
            "beginnings": {name: text[:60] for name, text in wish.texts.items()},
        }

    def _state(self, wish: Announcement, progress: Progress, waiting: int) -> str:
        if wish.withdrawn_at is not None:
            return "withdrawn"
        if wish.paused:
            return "paused"
        if not wish.due(self.clock.now()):
            return "about to start" if wish.confirmed_at is not None else "draft"
        return "sent" if progress.complete and not waiting else "being sent"

    # ---------------------------------------------------------------- the work

    async def run(self) -> None:
        """Follow what organisers want, and do it where the role is ours."""
        while True:
            self._changed.clear()
            try:
                self._known = await self._wishes()
                if self.leads():
                    for wish in list(self._known.values()):
                        await self._advance(wish)
            except StoreUnavailable:
                log.warning("announcements_postponed")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY if self._busy() else _LOOK_IDLE):
                    await self._changed.wait()

    def _busy(self) -> bool:
        now = self.clock.now()
        return any(wish.confirmed_at is not None and now - wish.confirmed_at < _BUSY for wish in self._known.values())

    async def _advance(self, wish: Announcement) -> None:
        progress = await self._progress(wish.id)
        if wish.withdrawn_at is not None:
            if await self.store.waiting(broadcast=wish.id):
                async with self._writing:
                    await self._remove(wish.id)
            elif progress.queued and progress.sent is None:
                await self._keep_progress(wish.id, replace(progress, sent=await self._arrived(wish)))
        elif not progress.complete and wish.due(self.clock.now()):
            await self._expand(wish)
        elif progress.complete and progress.unreachable is None and not await self.store.waiting(broadcast=wish.id):
            await self._keep_progress(wish.id, replace(progress, unreachable=await self._unreached(wish)))

    async def _expand(self, wish: Announcement) -> None:
        """A row per recipient, and a line of history. Interrupted, it begins again: who has it is passed over."""
        people = await self._recipients(wish, wish.confirmed_at or self.clock.now())
        before = (await self._progress(wish.id)).queued
        for start in range(0, len(people), _AT_ONCE):
            async with self._queueing:
                if not self._wanted(wish.id):
                    return
                some = people[start : start + _AT_ONCE]
                await self._tell_some(wish, some, Progress(max(before, start + len(some))))
            if start % _HEED_EVERY == 0:
                self._known = await self._wishes()  # paused or withdrawn through another replica
            await asyncio.sleep(0)
        await self._keep_progress(wish.id, Progress(len(people), complete=True))
        log.info("announcement_queued", announcement=wish.id, count=len(people))

    async def _tell_some(self, wish: Announcement, people: Sequence[Delegate], progress: Progress) -> None:
        """All at once, and how far that is: these commits share a sync."""
        told = (self._tell(wish, person) for person in people)
        for outcome in await asyncio.gather(*told, self._keep_progress(wish.id, progress), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _wanted(self, key: str) -> bool:
        wish = self._known.get(key)
        return wish is not None and wish.due(self.clock.now()) and self.leads()

    async def _tell(self, wish: Announcement, person: Delegate) -> None:
        now, cause = self.clock.now(), f"{_WISH}{wish.id}:{person.id}"
        async with self.store.transaction(person.id) as tx:
            if await tx.known(InboundId(cause), now=now, until=now + _KEPT):
                return
            fresh = await tx.delegate()
            if fresh is None:  # erased meanwhile
                return
            said = announce.message(wish.texts[fresh.language], self.speakers[fresh.language])
            row = Outbound(OutboundId(cause), fresh.address, Lane.BROADCAST, said, now, now)
            row = replace(row, delegate=fresh.id, broadcast=wish.id)
            # A page shows its history, so there the door adds the line when it is this row's turn.
            if fresh.address.channel != _PAGE:
                line = await tx.append(Entry(0, fresh.id, now, "desk", said, inbound=InboundId(cause)))
                row = replace(row, entry=line.seq)
            await tx.enqueue(row)

    async def _unreached(self, wish: Announcement) -> int:
        """How many lines have a reason instead of a time."""
        return sum([bool(line.undeliverable) async for line in self._lines_of(wish)])

    async def _arrived(self, wish: Announcement) -> int:
        return sum([line.delivered_at is not None async for line in self._lines_of(wish)])

    async def _lines_of(self, wish: Announcement) -> AsyncIterator[Entry]:
        """Its line in each history that has one."""
        for number, person in enumerate(await self.store.delegates()):
            cause = f"{_WISH}{wish.id}:{person.id}"
            for line in await self.store.entries(person.id, limit=_LINES):
                if line.inbound == cause:
                    yield line
                    break
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    # ---------------------------------------------------------------- what is kept

    async def _recipients(self, wish: Announcement, before: datetime) -> Sequence[Delegate]:
        return announce.recipients(await self.store.delegates(), wish, before=before)

    async def _find(self, asked: Json) -> Announcement:
        kept = await self.store.recall(f"{_WISH}{asked.get('id')}")
        if kept is None:
            raise Refused(mark("There is no such announcement; a draft is kept for a day."))
        return _ANNOUNCEMENT.validate_json(kept)

    async def _wishes(self) -> dict[str, Announcement]:
        found = await self.store.recall_all(_WISH)
        return {key.removeprefix(_WISH): _ANNOUNCEMENT.validate_json(kept) for key, kept in found.items()}

    async def _keep(self, wish: Announcement, until: datetime) -> None:
        await self.store.remember(f"{_WISH}{wish.id}", _ANNOUNCEMENT.dump_json(wish).decode(), until=until)
        self._known[wish.id] = wish
        self._changed.set()

    async def _progress(self, key: str) -> Progress:
        kept = await self.store.recall(f"{_DONE}{key}")
        return Progress() if kept is None else _PROGRESS.validate_json(kept)

    async def _keep_progress(self, key: str, progress: Progress) -> None:
        until = self.clock.now() + _KEPT
        await self.store.remember(f"{_DONE}{key}", _PROGRESS.dump_json(progress).decode(), until=until)
