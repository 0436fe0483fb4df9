"""Who a browser is: a random cookie that leads to a session key, and nothing else does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.model.people import Address
from bot.ports import Store
from bot.transports.web_cookies import SessionCookie, hashed, new_token

LIFETIME: Final = timedelta(days=30)
CHANNEL: Final = "webchat"
_PLACE: Final = "webchat:session:"


@dataclass(frozen=True, slots=True)
class ChatSession:
    key: str
    token: str

    @property
    def address(self) -> Address:
        return Address(CHANNEL, self.key)


class ChatSessions:
    def __init__(self, store: Store, public_url: str | None) -> None:
        self._store = store
        self.cookie = SessionCookie.for_url("desk-chat", public_url, LIFETIME)

    async def find(self, request: web.Request) -> ChatSession | None:
        token = self.cookie.read(request)
        key = await self._store.recall(_place(token)) if token else None
        return ChatSession(key, token) if key and token else None

    async def begin(self, now: datetime) -> ChatSession:
        """A new session; its key is not its token, because keys stand in tickets and logs."""
        session = ChatSession(secrets.token_hex(12), new_token())
        await self.keep(session, now)
        return session

    async def keep(self, session: ChatSession, now: datetime) -> None:
        """It lives from now on as long as its cookie, and ends when its delegate is erased."""
        who = session.address.delegate
        await self._store.remember(_place(session.token), session.key, until=now + LIFETIME, who=who)
        await self._store.remember(_living(session.key), "", until=now + LIFETIME, who=who)

    async def lives(self, key: str) -> bool:
        """Whether anybody can come back to this chat; being away is no end."""
        if await self._store.recall(_living(key)) is not None:
            return True
        # Begun before this was kept, or broken off between the two.
        return key in (await self._store.recall_all(_PLACE)).values()

    async def stands(self, session: ChatSession) -> bool:
        return await self._store.recall(_place(session.token)) is not None

    async def end(self, session: ChatSession) -> None:
        await self._store.forget(_place(session.token))
        await self._store.forget(_living(session.key))


def _place(token: str) -> str:
    return f"{_PLACE}{hashed(token)}"


def _living(key: str) -> str:
    return f"webchat:living:{key}"
