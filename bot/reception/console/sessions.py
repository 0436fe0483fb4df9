"""Who of the staff a browser is, and for how long."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.model.people import DelegateId, Staff, StaffId
from bot.ports import Clock, Store
from bot.staff.list import StaffList
from bot.staff.people import Person
from bot.transports.web_cookies import SessionCookie, hashed, new_token

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
NOTED_EVERY: Final = timedelta(minutes=1)  # a session in use is not written at every look
BACKWARDS: Final = timedelta(hours=2)  # how far a clock may have been set back before a session is no longer believed
DEVICE_COOKIE: Final = timedelta(days=30)
PROOF_HEADER: Final = "X-Desk-Proof"
"""Carries the page's proof that it is ours; ``/desk/api/me`` tells it."""
_PLACE: Final = "console:session:"


@dataclass(frozen=True, slots=True)
class StaffSession:
    place: str
    """Where it is kept: a hash of its token."""
    token: str
    """Empty for a session that another browser has."""
    person: Person
    """As they are on the list now."""
    since: datetime
    last: datetime
    agent: str = ""
    """What the browser calls itself, so that people recognise their own sessions."""

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def staff(self) -> Staff:
        return self.person.acting("console")

    @property
    def key(self) -> str:
        """Names the session in ids of actions and in lists; it leads back to nothing."""
        return hashed(f"key:{self.place}")[:16]

    @property
    def proof(self) -> str:
        """What only a page of ours can read, and must send with everything it posts."""
        return hashed(f"proof:{self.token}")

    def proved(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.proof.encode())

    def ended(self, now: datetime) -> bool:
        return now - self.since >= ABSOLUTE or now - self.last >= IDLE or self.last - now > BACKWARDS


class StaffSessions:
    """Sessions live in the store; each look asks the staff list again, so that rights are those of now."""

    def __init__(self, store: Store, clock: Clock, public_url: str | None) -> None:
        self._store = store
        self._clock = clock
        self._staff = StaffList(store, clock)
        self.cookie = SessionCookie.for_url("desk-staff", public_url, ABSOLUTE)
        self.device = SessionCookie.for_url("desk-device", public_url, DEVICE_COOKIE)

    async def begin(self, person: Person, agent: str = "") -> StaffSession:
        now, token = self._clock.now(), new_token()
        session = StaffSession(_place(token), token, person, now, now, _short(agent))
        await self._store.remember(session.place, _dump(session), until=now + ABSOLUTE)
        return session

    async def find(self, request: web.Request) -> StaffSession | None:
        """The session of this browser, kept alive by being used."""
        token = self.cookie.read(request)
        # What a page asks by itself: it keeps the queue on reception's screen for a whole night, but not an
        # administrator's rights in a browser that nobody sits at.
        by_itself = request.method == "GET" and request.path.startswith(("/desk/api/", "/desk/events"))
        return await self.refresh(token, by_itself=by_itself) if token else None

    async def refresh(self, token: str, *, by_itself: bool = False) -> StaffSession | None:
        """The session as it is now, kept alive by being used."""
        session = await self._read(_place(token), await self._store.recall(_place(token)), token)
        if session is None:
            return None
        now = self._clock.now()
        if abs(now - session.last) < NOTED_EVERY or (by_itself and session.person.administrator):
            return session
        async with self._store.transaction(_turn(session)) as turn:
            if await self._store.recall(session.place) is None:  # signed out a moment ago: it must not come back
                return None
            session = replace(session, last=now)
            await turn.remember(session.place, _dump(session), until=session.since + ABSOLUTE)
        return session

    async def of(self, person: Person) -> Sequence[StaffSession]:
        """All sessions that this person has open, the newest first."""
        kept = await self._store.recall_all(_PLACE)
        mine = [await self._read(place, text) for place, text in kept.items() if person.id in text]
        found = [session for session in mine if session is not None and session.person.id == person.id]
        return sorted(found, key=lambda session: session.since, reverse=True)

    async def end(self, session: StaffSession) -> None:
        async with self._store.transaction(_turn(session)) as turn:
            await turn.forget(session.place)

    async def _read(self, place: str, kept: str | None, token: str = "") -> StaffSession | None:
        """A session that still holds; what does not is removed."""
        read = json.loads(kept) if kept else {}
        if "person" not in read:  # none, or one that an older desk began
            return None
        person = await self._staff.person(StaffId(read["person"]))
        if person is not None and person.epoch == read["epoch"]:
            since, last = datetime.fromisoformat(read["since"]), datetime.fromisoformat(read["last"])
            session = StaffSession(place, token, person, since, last, read.get("agent", ""))
            if not session.ended(self._clock.now()):
                return session
        await self._store.forget(place)
        return None


def _dump(session: StaffSession) -> str:
    kept = {
        "person": session.person.id,
        "epoch": session.person.epoch,
        "since": session.since.isoformat(),
        "last": session.last.isoformat(),
        "agent": session.agent,
    }
    return json.dumps(kept, ensure_ascii=False)


def _turn(session: StaffSession) -> DelegateId:
    return DelegateId(session.place)


def _short(agent: str) -> str:
    """Enough of it to tell a telephone from the screen at the desk."""
    known = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux")
    browsers = ("Edg", "Firefox", "Chrome", "Safari")
    system = next((name for name in known if name in agent), "")
    browser = next((name for name in browsers if name in agent), "")
    return " ".join(part for part in (browser.replace("Edg", "Edge"), system) if part)


def _place(token: str) -> str:
    return f"{_PLACE}{hashed(token)}"
