"""Session cookies: random tokens of which the store keeps only a hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.model.tokens import hashed, new_token

__all__ = ["SessionCookie", "hashed", "new_token"]


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """A cookie that scripts and other sites cannot read; bound to this host where that is possible."""

    name: str
    secure: bool
    lifetime: timedelta

    @classmethod
    def for_url(cls, name: str, public_url: str | None, lifetime: timedelta) -> SessionCookie:
        secure = (public_url or "").startswith("https://")
        return cls(f"__Host-{name}" if secure else name, secure, lifetime)

    def read(self, request: web.Request) -> str | None:
        return request.cookies.get(self.name)

    def set(self, response: web.StreamResponse, value: str) -> None:
        seconds = int(self.lifetime.total_seconds())
        response.set_cookie(
            self.name, value, max_age=seconds, path="/", httponly=True, samesite="Strict", secure=self.secure
        )

    def clear(self, response: web.StreamResponse) -> None:
        response.del_cookie(self.name, path="/", httponly=True, samesite="Strict", secure=self.secure)
