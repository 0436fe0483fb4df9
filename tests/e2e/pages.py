"""People at browsers: a delegate on the chat page and a clerk at the console, speaking the pages' own HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout, CookieJar

from tests.e2e.process import ANSWER_WITHIN

Json = dict[str, Any]


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[ClientSession]:
    """One browser with its cookies."""
    jar, patience = CookieJar(unsafe=True), ClientTimeout(total=60)
    async with ClientSession(url, headers={"Origin": url}, cookie_jar=jar, timeout=patience) as opened:
        yield opened


class Page:
    """A delegate on the chat page."""

    def __init__(self, http: ClientSession) -> None:
        self.http = http
        self.about: Json = {}
        self._read = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, language: str) -> AsyncIterator[Self]:
        async with browser(url) as http:
            page = cls(http)
            async with http.post("/chat/session", json={"language": language}) as answer:
                assert answer.status == 200, await answer.text()
                page.about = await answer.json()
            yield page

    async def posts(self, **body: str) -> tuple[int, Json]:
        async with self.http.post("/chat/messages", json={"id": str(uuid.uuid4()), **body}) as answer:
            return answer.status, await answer.json()

    async def says(self, text: str) -> None:
        status, told = await self.posts(text=text)
        assert status == 200, told

    async def presses(self, action: str) -> None:
        status, told = await self.posts(press=action)
        assert status == 200, told

    async def history(self) -> list[Json]:
        async with self.http.get("/chat/messages", params={"after": 0}) as answer:
            assert answer.status == 200, await answer.text()
            entries: list[Json] = (await answer.json())["entries"]
            return entries

    async def reads(self, contains: str = "", *, author: str = "desk") -> Json:
        """The next line of that author with these words, as the page's stream brings it."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN), self.stream(after=self._read) as events:
                async for event, entry in events:
                    self._read = entry["seq"]
                    if event == "entry" and entry["author"] == author and contains in words(entry):
                        return entry
        except TimeoutError:
            pass
        raise AssertionError(f"no {contains!r} by {author}: {[words(entry) for entry in await self.history()]}")

    @asynccontextmanager
    async def stream(self, after: int = 0) -> AsyncIterator[AsyncIterator[tuple[str, Json]]]:
        async with self.http.get("/chat/events", params={"after": after}, timeout=ClientTimeout()) as answer:
            assert answer.status == 200, await answer.text()
            yield _events(answer.content)


async def _events(lines: asyncio.StreamReader | Any) -> AsyncIterator[tuple[str, Json]]:
    name = ""
    async for line in lines:
        said = line.decode().rstrip("\n")
        if said.startswith("event: "):
            name = said.removeprefix("event: ")
        elif said.startswith("data: "):
            yield name, json.loads(said.removeprefix("data: "))


def words(entry: Json) -> str:
    return "".join(span["text"] for span in entry["spans"])


class Clerk:
    """Somebody of the staff at the console."""

    def __init__(self, http: ClientSession) -> None:
        self.http = http

    @classmethod
    @asynccontextmanager
    async def sign_in(cls, url: str, link: str) -> AsyncIterator[Self]:
        """By the printed link: look at the page, press its button."""
        async with browser(url) as http:
            for look in range(2):  # looking does not use it up
                async with http.get(link) as page:
                    assert page.status == 200, look
            status = await enter(http, link)
            assert status == 200, status
            async with http.get("/desk/api/me") as me:
                http.headers["X-Desk-Proof"] = (await me.json())["proof"]
            yield cls(http)

    async def tickets(self, name: str = "") -> list[Json]:
        """All that are there, also resolved ones; with a name, those of one delegate."""
        async with self.http.get("/desk/api/tickets", params={"all": "1"}) as answer:
            assert answer.status == 200, await answer.text()
            return [ticket for ticket in await answer.json() if not name or ticket["name"] == name]

    async def ticket(self, number: int) -> Json:
        async with self.http.get(f"/desk/api/tickets/{number}") as answer:
            found: Json = await answer.json()
            return found

    async def does(self, verb: str, number: int, text: str = "") -> Json:
        body = {"id": str(uuid.uuid4()), "text": text}
        async with self.http.post(f"/desk/api/tickets/{number}/{verb}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            found: Json = (await answer.json())["ticket"]
            return found

    async def sees(self, number: int) -> None:
        async with self.http.post("/desk/api/seen", json={"tickets": [number]}) as answer:
            assert answer.status == 200, await answer.text()


async def enter(http: ClientSession, link: str) -> int:
    found = re.search(r"token=([\w-]+)", link)
    assert found, link
    async with http.post("/desk/enter", json={"token": found[1]}) as answer:
        return answer.status
