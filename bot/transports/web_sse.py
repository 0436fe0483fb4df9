"""Server-sent events: what is written on the wire, and how a stream ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

HEARTBEAT: Final = timedelta(seconds=15)
WRITE_WITHIN: Final = timedelta(seconds=20)  # a page that takes nothing for so long has gone
RETRY: Final = 2_000  # milliseconds after which a browser connects again


class Stream:
    """An open stream to one page."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self.request = request
        self._response = response

    @classmethod
    async def open(cls, request: web.Request) -> Stream:
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",  # a proxy must not collect what should arrive now
            }
        )
        await response.prepare(request)
        stream = cls(request, response)
        await stream._write(f"retry: {RETRY}\n\n")
        return stream

    @property
    def response(self) -> web.StreamResponse:
        return self._response

    async def send(self, event: str, content: Mapping[str, Any], number: int | None = None) -> None:
        # JSON holds no bare line ends, so one data line carries it all.
        said = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        head = "" if number is None else f"id: {number}\n"
        await self._write(f"event: {event}\n{head}data: {said}\n\n")

    async def beat(self) -> None:
        await self._write(":\n\n")

    async def _write(self, text: str) -> None:
        async with asyncio.timeout(WRITE_WITHIN.total_seconds()):
            await self._response.write(text.encode())


LEFT: Final = (ConnectionError, TimeoutError)
"""How a stream tells that its page has gone."""
