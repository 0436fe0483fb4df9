"""A busy reception: hundreds of delegates and thirty staff at the real process, over its web doors.

    python -m bench.reception --minutes 10

Delegates write, some of them to a person; staff watch the live feed of the console, claim and answer. Told: from sending a
request to the first console that shows it; from a reply to the delegate's page; and how many lines reached somebody else.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bench import machine
from bot.clock import RealClock
from bot.staff.links import new_link
from bot.staff.list import StaffList
from storage import open_store
from tests.e2e.process import Process, settings_of

LANGUAGES: Final = ("en", "ar", "vi")
ASKS: Final = {"en": "Where is the prayer room?", "ar": "أين غرفة الصلاة؟", "vi": "Phòng cầu nguyện ở đâu?"}
NEEDS_PEOPLE: Final = 0.15  # share of the messages that go to a person
_MARK: Final = re.compile(r"[QR]\d{5}x")


@dataclass
class Watch:
    """What was sent when, and what was read when; seconds of the monotonic clock."""

    asked: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    replied: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    owner: dict[str, int] = field(default_factory=dict)
    """The delegate to whom each mark belongs."""
    wrong: int = 0
    refused: int = 0
    messages: int = 0

    def mark(self, kind: str, delegate: int) -> str:
        mark = f"{kind}{len(self.owner):05d}x"
        self.owner[mark] = delegate
        return mark


@dataclass
class Visit:
    """One browser: its cookie, and the proof of a signed-in one."""

    url: str
    http: ClientSession
    cookie: str = ""
    proof: str = ""

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        headers = {"Cookie": self.cookie, "Origin": self.url, "X-Desk-Proof": self.proof}
        async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as answer:
            if cookie := answer.headers.get("Set-Cookie"):
                self.cookie = self.cookie or cookie.partition(";")[0]
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.url}{path}", headers={"Cookie": self.cookie}) as answer:
            return await answer.json(content_type=None)

    async def lines(self, path: str) -> AsyncIterator[str]:
        headers = {"Cookie": self.cookie, "Accept": "text/event-stream"}
        async with self.http.get(f"{self.url}{path}", headers=headers, timeout=ClientTimeout(None)) as answer:
            async for line in answer.content:
                yield line.decode()


@dataclass
class Bench:
    process: Process
    http: ClientSession
    watch: Watch
    until: float
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- chance, not secrets
    waiting: dict[int, str] = field(default_factory=dict)
    """Requests that nobody has answered, with the mark of their question."""

    async def staff(self, token: str) -> None:
        """Watch the feed; every now and then answer the oldest that nobody has."""
        visit = Visit(self.process.url, self.http)
        status, _ = await visit.post("/desk/enter", {"token": token})
        assert status == 200, status
        visit.proof = (await visit.get("/desk/api/me"))["proof"]
        async with asyncio.TaskGroup() as group:
            feed = group.create_task(self._follow(visit))
            while time.monotonic() < self.until:
                await asyncio.sleep(self.chance.uniform(2, 8))
                if self.waiting:
                    number = next(iter(self.waiting))
                    await self._answer(visit, number, self.waiting.pop(number))
            feed.cancel()

    async def _follow(self, visit: Visit) -> None:
        with suppress(ClientError, TimeoutError):
            async for line in visit.lines("/desk/events"):
                now = time.monotonic()
                for mark in _MARK.findall(line):
                    if mark not in self.watch.seen and mark in self.watch.asked:
                        self.watch.seen[mark] = now
                        if found := re.search(r'"id": ?(\d+)', line):
                            self.waiting.setdefault(int(found[1]), mark)

    async def _answer(self, visit: Visit, number: int, question: str) -> None:
        delegate = self.watch.owner[question]
        mark = self.watch.mark("R", delegate)
        self.watch.replied[mark] = time.monotonic()
        path = f"/desk/api/tickets/{number}"
        status, _ = await visit.post(f"{path}/reply", {"id": str(uuid.uuid4()), "text": mark})
        if status != 200:
            del self.watch.replied[mark]
            self.watch.refused += 1
            return
        await visit.post(f"{path}/resolve", {"id": str(uuid.uuid4())})

    async def delegate(self, number: int, every: float) -> None:
        visit, language = Visit(self.process.url, self.http), LANGUAGES[number % 3]
        await visit.post("/chat/session", {"language": language})
        async with asyncio.TaskGroup() as group:
            feed = group.create_task(self._read(visit, number))
            await asyncio.sleep(self.chance.uniform(0, every))
            while time.monotonic() < self.until - 5:  # the last ones have time to arrive
                text = ASKS[language]
                if self.chance.random() < NEEDS_PEOPLE:
                    mark = self.watch.mark("Q", number)
                    text = f"/human {mark} {mark}"
                    self.watch.asked[mark] = time.monotonic()
                status, _ = await visit.post("/chat/messages", {"id": str(uuid.uuid4()), "text": text})
                self.watch.messages += 1
                self.watch.refused += status != 200
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * every)
            await asyncio.sleep(max(0.0, self.until - time.monotonic()))
            feed.cancel()

    async def _read(self, visit: Visit, number: int) -> None:
        with suppress(ClientError, TimeoutError):
            async for line in visit.lines("/chat/events"):
                for mark in _MARK.findall(line):
                    self.watch.wrong += self.watch.owner[mark] != number
                    self.watch.arrived.setdefault(mark, time.monotonic())


async def tokens(data: Path, count: int) -> list[str]:
    """Staff on the list, each with a link that signs in once."""
    clock = RealClock(ZoneInfo("Asia/Ho_Chi_Minh"))
    async with open_store(f"tinydb:{data}") as store:
        people = StaffList(store, clock)
        added = [await people.add(f"Desk {number}", by="bench") for number in range(count)]
        return [await new_link(store, one, clock.now(), timedelta(hours=1)) for one in added]


@asynccontextmanager
async def opened(count: int) -> AsyncIterator[tuple[Process, list[str]]]:
    cache = Path(os.environ.get("DESK_CACHE_DIR") or tempfile.gettempdir())
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        links = await tokens(data, count)
        settings = settings_of(data, cache) | {"DESK_DATABASE_URL": f"tinydb:{data}", "DESK_LOG_LEVEL": "ERROR"}
        del settings["DESK_CLOCK"]
        async with Process.running(settings) as process:
            await process.opened()
            yield process, links


def row(name: str, begun: dict[str, float], ended: dict[str, float]) -> str:
    took = [ended[mark] - at for mark, at in begun.items() if mark in ended]
    shares = [f"{1000 * machine.quantile(took, share):.0f}" for share in (0.5, 0.95, 0.99)] if took else ["–"] * 3
    return "| " + " | ".join([name, str(len(begun)), str(len(begun) - len(took)), *shares]) + " |"


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--delegates", type=int, default=600)
    asked.add_argument("--staff", type=int, default=30)
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--rate", type=float, default=5, help="messages a second, all delegates together")
    chosen = asked.parse_args()
    watch = Watch()
    async with opened(chosen.staff) as (process, links):
        connector = TCPConnector(limit=0)
        async with ClientSession(
            connector=connector, cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=60)
        ) as http:
            bench = Bench(process, http, watch, time.monotonic() + 60 * chosen.minutes)
            before = machine.cpu_seconds(process.child.pid)
            everybody = [bench.staff(token) for token in links]
            everybody += [bench.delegate(number, chosen.delegates / chosen.rate) for number in range(chosen.delegates)]
            with suppress(TimeoutError):
                async with asyncio.timeout(60 * chosen.minutes + 30), asyncio.TaskGroup() as group:
                    for one in everybody:
                        group.create_task(one)
            busy = (machine.cpu_seconds(process.child.pid) - before) / (60 * chosen.minutes)
            memory = machine.resident_mib(process.child.pid)
    print(machine.line() + "\n")
    print(f"{chosen.delegates} delegates, {chosen.staff} staff, {chosen.minutes:g} min, {watch.messages} messages,")
    print(f"{watch.wrong} misdelivered, {watch.refused} refused; {busy:.2f} of a core, {memory:.0f} MiB\n")
    print("| way | sent | not yet there | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|---|")
    print(row("request → first console", watch.asked, watch.seen))
    print(row("reply → delegate's page", watch.replied, watch.arrived))


if __name__ == "__main__":
    asyncio.run(main())
