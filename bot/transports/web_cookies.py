"""Session cookies: random tokens of which the store keeps only a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the store knows of a token; of 256 random bits a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


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
