"""What every answer carries and every POST must prove: security headers, and an Origin that is our own."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

from bot.i18n.translator import mark
from bot.transports.web_errors import Told

CLIENT_HEADER: Final = "X-Desk-Client"
"""Set by scripts, which send no Origin; a page of another site cannot set it without asking us first."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "desk",  # the versions of our libraries are nobody's business
}


async def add_headers(_request: web.BaseRequest, response: web.StreamResponse) -> None:
    response.headers.update(CIMultiDict(_HEADERS))
    response.headers.setdefault("Cache-Control", "no-store")


def own_origin(origin: str | None, host: str, public_url: str | None) -> bool:
    """Whether an Origin header names this server: as it was addressed, or by its public address."""
    if not origin:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
        return False
    if public_url is not None:
        public = urlsplit(public_url)
        if (parts.scheme, parts.netloc.lower()) == (public.scheme, public.netloc.lower()):
            return True
    return parts.netloc.lower() == host.lower()


def origin_guard(public_url: str | None, machine_paths: tuple[str, ...]) -> Middleware:
    """Refuse what pages of other sites send; ``machine_paths`` prove themselves by a secret of their own."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method in _READING or request.path.startswith(machine_paths):
            return await handler(request)
        origin = request.headers.get("Origin")
        script = origin is None and CLIENT_HEADER in request.headers
        if not script and not own_origin(origin, request.host, public_url):
            raise Told(403, mark("This request did not come from our own page, so it was refused."))
        return await handler(request)

    return guard
