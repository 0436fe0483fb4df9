"""Who of the staff a browser is, and for how long."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.model.people import Staff, StaffId
from bot.ports import Clock, Store
from bot.reception.console.links import out_place, staff_key
from bot.transports.web_cookies import SessionCookie, hashed, new_token

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
NOTED_EVERY: Final = timedelta(minutes=1)  # a session in use is not written at every look
BACKWARDS: Final = timedelta(hours=2)  # how far a clock may have been set back before a session is no longer believed


@dataclass(frozen=True, slots=True)
class StaffSession:
    token: str
    name: str
    id: str
    since: datetime
    last: datetime

    @property
    def staff(self) -> Staff:
        return Staff(StaffId(f"console:{self.id}"), self.name, "console")

    @property
    def key(self) -> str:
        """Names the session in ids of actions; it leads back to nothing."""
        return hashed(f"key:{self.token}")[:16]

    def ended(self, now: datetime) -> bool:
        return now - self.since >= ABSOLUTE or now - self.last >= IDLE or self.last - now > BACKWARDS


class StaffSessions:
    def __init__(self, store: Store, clock: Clock, public_url: str | None) -> None:
        self._store = store
        self._clock = clock
        self.cookie = SessionCookie.for_url("desk-staff", public_url, ABSOLUTE)

    async def begin(self, name: str) -> StaffSession:
        now = self._clock.now()
        session = StaffSession(new_token(), name, staff_key(name), now, now)
        await self._write(session)
        return session

    async def find(self, request: web.Request) -> StaffSession | None:
        """The session of this browser, kept alive by being used."""
        token = self.cookie.read(request)
        return await self.refresh(token) if token else None

    async def refresh(self, token: str) -> StaffSession | None:
        kept = await self._store.recall(_place(token))
        if kept is None:
            return None
        session = _read(token, kept)
        now = self._clock.now()
        if session.ended(now) or await self._was_shut_out(session):
            await self._store.forget(_place(token))
            return None
        if abs(now - session.last) < NOTED_EVERY:
            return session
        used = replace(session, last=now)
        await self._write(used)
        return used

    async def end(self, token: str) -> None:
        await self._store.forget(_place(token))

    async def _was_shut_out(self, session: StaffSession) -> bool:
        out = await self._store.recall(out_place(session.id))
        return out is not None and session.since <= datetime.fromisoformat(out)

    async def _write(self, session: StaffSession) -> None:
        kept = {
            "name": session.name,
            "id": session.id,
            "since": session.since.isoformat(),
            "last": session.last.isoformat(),
        }
        until = session.since + ABSOLUTE
        await self._store.remember(_place(session.token), json.dumps(kept, ensure_ascii=False), until=until)


def _read(token: str, kept: str) -> StaffSession:
    read = json.loads(kept)
    since, last = datetime.fromisoformat(read["since"]), datetime.fromisoformat(read["last"])
    return StaffSession(token, read["name"], read["id"], since, last)


def _place(token: str) -> str:
    return f"console:session:{hashed(token)}"
