"""Carries out what has to go, every hour and when somebody asks; several processes share the duty."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.model.content import Event
from bot.model.errors import Fault, SettingsError, StoreUnavailable
from bot.model.people import DelegateId
from bot.ports import Clock, Store
from bot.privacy.erasing import Eraser
from bot.privacy.retention import Erase, Redact, Step, chats_end, due

log = structlog.get_logger("privacy")

EVERY: Final = timedelta(hours=1)
ROLE: Final = "retention"
_LEASE: Final = timedelta(minutes=10)
_FIRST_AFTER: Final = 20.0  # seconds after a start, when everything else is open
_LOOK: Final = 60.0  # seconds between looks at the clock, which may be moved
_AT_ONCE: Final = 50  # people who are erased together: they share the rewriting of the files
_PAUSE_AFTER: Final = 100  # people looked at before others have their turn in the event loop
_WITH_WORDS: Final = ("aside:", "teach:")  # small things of the rooms that hold what somebody wrote
AUDIT_KEPT: Final = timedelta(days=90)  # the record of what staff did, which holds no words
_NOBODY: Final = DelegateId("retention:nobody")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Purged:
    """What was done, or would be."""

    people: int = 0
    requests: int = 0
    small: int = 0
    """Handled ids and small things whose time was over."""


@dataclass
class Keeping:
    """See ``bot.privacy.retention`` for the rules."""

    store: Store
    event: Callable[[], Event]
    clock: Clock
    eraser: Eraser
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _last: datetime | None = None

    async def run(self) -> None:
        await asyncio.sleep(_FIRST_AFTER)
        while True:
            now = self.clock.now()
            if self._last is None or abs(now - self._last) >= EVERY:
                try:
                    if await self.store.lead(ROLE, self.holder, _LEASE):
                        await self.purge(now)
                    self._last = now
                except StoreUnavailable:
                    log.warning("retention_postponed")
                except Exception:  # what has to go still goes with the next look; the desk must not stop for it
                    log.exception("retention_failed")
            await asyncio.sleep(_LOOK)

    async def resign(self) -> None:
        """At the end: another process need not wait for the lease. Raises StoreUnavailable."""
        await self.store.resign(ROLE, self.holder)

    async def plan(self, now: datetime) -> list[Step]:
        people = await self.store.delegates()
        event = self.event()
        last_lines: dict[DelegateId, datetime] = {}
        if now >= chats_end(event):  # before, nobody needs to look through all histories
            for number, delegate in enumerate(people):
                if number % _PAUSE_AFTER == 0:
                    await asyncio.sleep(0)
                for entry in await self.store.entries(delegate.id, limit=1):
                    last_lines[delegate.id] = entry.at
        return due(now, event, people, last_lines, await self.store.tickets(include_resolved=True))

    async def purge(self, now: datetime) -> Purged:
        """Do it all.

        Raises:
            StoreUnavailable: Some of it is done; the rest is still due.
        """
        steps = await self.plan(now)
        for start in range(0, len(steps), _AT_ONCE):
            await self.store.lead(ROLE, self.holder, _LEASE)
            await _all(self._carry_out(step) for step in steps[start : start + _AT_ONCE])
        await self.store.prune_audit(_day(now - AUDIT_KEPT), now)
        held = await self._held()
        swept = await self.store.sweep(now)
        if await self._held() < held:
            await self.store.erase(_NOBODY)  # erases nothing, but makes sure that the files no longer hold it either
        done = _counted(steps, swept)
        if steps or swept:
            log.info("retention_done", people=done.people, requests=done.requests, small=done.small)
        return done

    async def _held(self) -> int:
        return sum([len(await self.store.recall_all(prefix)) for prefix in _WITH_WORDS])

    async def _carry_out(self, step: Step) -> None:
        match step:
            case Erase(who):
                await self.eraser.erase(who)
            case Redact(ticket):
                await self.eraser.redact(ticket)

    async def asked(self, asked: Json) -> Json:
        """``purge`` over the admin door: ``{"dry": bool, "now": ISO time or ""}``.

        Raises:
            SettingsError: The time cannot be read.
        """
        now = moment(str(asked["now"])) if asked.get("now") else self.clock.now()
        done = _counted(await self.plan(now), 0) if asked.get("dry") else await self.purge(now)
        return {"people": done.people, "requests": done.requests, "small": done.small, "now": now.isoformat()}


def _day(moment: datetime) -> datetime:
    """The beginning of its day: what is removed leaves a line each time, and one a day is enough."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _counted(steps: Sequence[Step], swept: int) -> Purged:
    people = sum(isinstance(step, Erase) for step in steps)
    return Purged(people, len(steps) - people, swept)


async def _all(doing: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All of them, and the first error only when all have ended: none is left running behind our back."""
    results = await asyncio.gather(*doing, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def moment(written: str) -> datetime:
    """A time that somebody wrote; aware.

    Raises:
        SettingsError: It cannot be read, or has no offset.
    """
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise SettingsError([Fault("--now", 1, "", "not a time", written[:40], "2023-12-24T12:00:00+07:00")])
    return read
