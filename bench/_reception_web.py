"""Delegates and staff in browsers, each with connections of their own; for ``bench.reception``."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

OUT_OF_REACH: Final = (ClientError, OSError, TimeoutError)
AGAIN: Final = 2.0  # seconds until a browser opens its stream again
WITHIN: Final = 20.0  # seconds for an answer; a page gives up then and says so


@dataclass
class Browser:
    """One browser: its cookie, and what proves that a post comes from the console's page."""

    url: str
    http: ClientSession
    cookie: str = ""
    proof: str = ""
    broken: Counter[str] = field(default_factory=Counter)
    """Why its stream had to be opened again."""

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        """The status and the answer; status 0 when there was none."""
        headers = {"Cookie": self.cookie, "Origin": self.url, "X-Desk-Proof": self.proof}
        try:
            async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as answer:
                if cookie := answer.headers.get("Set-Cookie"):
                    self.cookie = self.cookie or cookie.partition(";")[0]
                return answer.status, await answer.json(content_type=None)
        except OUT_OF_REACH:
            return 0, {}

    async def get(self, path: str) -> Any:
        """What a page reads; None when it could not."""
        try:
            async with self.http.get(f"{self.url}{path}", headers={"Cookie": self.cookie}) as answer:
                return await answer.json(content_type=None) if answer.status == 200 else None
        except OUT_OF_REACH:
            return None

    async def events(self, path: str) -> AsyncIterator[tuple[str, Any, float]]:
        """Name, content and time of each event; the stream is opened again when it breaks, as browsers do."""
        last = ""
        while True:
            try:
                headers = {"Cookie": self.cookie, "Accept": "text/event-stream"}
                headers |= {"Last-Event-ID": last} if last else {}
                patience = ClientTimeout(total=None, sock_connect=WITHIN, sock_read=60)
                async with self.http.get(f"{self.url}{path}", headers=headers, timeout=patience) as answer:
                    name = ""
                    async for raw in answer.content:
                        field, _, said = raw.decode().rstrip("\n").partition(": ")
                        if field == "event":
                            name = said
                        elif field == "id":
                            last = said
                        elif field == "data":
                            yield name, json.loads(said), time.time()
            except OUT_OF_REACH as error:
                self.broken[type(error).__name__] += 1
            else:
                self.broken[f"status {answer.status}"] += 1
            await asyncio.sleep(AGAIN)


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[Browser]:
    connections = TCPConnector(limit=0)
    async with ClientSession(
        connector=connections, cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=WITHIN)
    ) as http:
        yield Browser(url, http)


def new_id() -> str:
    return str(uuid.uuid4())
