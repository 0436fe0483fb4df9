"""A desk with its Telegram, its web page and a console, which lives through many processes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from tests.e2e.houses import WEBHOOK_SECRET, Way
from tests.e2e.process import MORNING, free_port
from tests.fakes.telegram import FakeTelegram, Group, Limits
from tests.load.desk.child import PLAIN, Child
from tests.load.desk.wire import Wire

Json = dict[str, Any]
OPEN_WITHIN: Final = 180.0  # seconds; the first start may learn the content
_LINK: Final = re.compile(r"^Console .*token=([\w-]+)", re.MULTILINE)
_CLIENT: Final = {"X-Desk-Client": "load"}


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that may have cut a delivery from its record."""

    began: float
    ended: float
    kind: str


@dataclass(slots=True)
class Back:
    """How long a process took to be at work again, in seconds from its start."""

    polls: float | None = None
    answers: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a house is set up."""

    data: Path
    cache: Path
    way: Way = "polling"
    store_url: str = ""
    command: Sequence[str] = PLAIN
    more: Mapping[str, str] = field(default_factory=dict)
    limits: Limits | None = field(default_factory=Limits)


@dataclass
class House:
    plan: Plan
    tg: FakeTelegram
    group: Group
    wire: Wire
    http: ClientSession
    url: str
    child: Child
    settings: dict[str, str]
    opened: float
    interruptions: list[Interruption] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)
    proof: dict[str, str] = field(default_factory=dict)
    """What the console's page sends with every post."""
    heard: str = ""
    """What earlier processes printed."""
    shift: timedelta = timedelta(0)
    """By how much the clock of the next process is wrong."""
    events: list[tuple[float, str]] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls, plan: Plan) -> AsyncIterator[House]:
        async with AsyncExitStack() as stack:
            tg = await stack.enter_async_context(FakeTelegram(limits=plan.limits))
            wire = await stack.enter_async_context(Wire(int(tg.url.rpartition(":")[2])))
            group = tg.forum("Reception", ["Lan", "Minh"])
            http = await stack.enter_async_context(
                ClientSession(
                    headers=_CLIENT,
                    cookie_jar=DummyCookieJar(),
                    connector=TCPConnector(limit=0),
                    timeout=ClientTimeout(total=15),
                )
            )
            # A process that has just begun does not know what the one before was told about waiting.
            tg.tolerate("ignored retry_after")
            # A card that was edited, and not recorded before the kill, is edited once more.
            tg.tolerate("message is not modified")
            # The same goes for a press that was answered, and not let go.
            tg.tolerate("answered a press twice")
            # A press that waited while no process lived carries no time: the next one cannot know that it is too old.
            tg.tolerate("answered a press too late")
            port = free_port()
            settings = _settings(plan, tg, group, wire, port)
            began = time.time()
            child = Child(settings | {"DESK_CLOCK": MORNING}, plan.command)
            house = cls(plan, tg, group, wire, http, f"http://127.0.0.1:{port}", child, settings, began)
            stack.callback(house._end)
            await house._until_open()
            yield house

    def _end(self) -> None:
        if self.child.alive:
            self.child.kill()

    async def _until_open(self) -> None:
        async with asyncio.timeout(OPEN_WITHIN):
            while "\nTelegram " not in self.child.output:
                if not self.child.alive:
                    raise AssertionError(f"it did not open: {self.child.output[-3000:]}")
                await asyncio.sleep(0.05)

    @property
    def console_token(self) -> str:
        """Of the link that the process printed; empty before that."""
        found = _LINK.search(self.child.output)
        return found[1] if found else ""

    # ---------------------------------------------------------------- its lives

    def note(self, what: str) -> None:
        self.events.append((time.time(), what))

    async def kill_and_start(self) -> None:
        """SIGKILL, and the next process at once."""
        killed = time.time()
        self.note("SIGKILL")
        self.heard += await asyncio.to_thread(self.child.kill)
        self.start(killed, "kill")

    def start(self, since: float, kind: str) -> None:
        # The event's clock goes on while nobody is there, as the real one would.
        now = datetime.fromisoformat(MORNING) + timedelta(seconds=time.time() - self.opened) + self.shift
        self.child = Child(self.settings | {"DESK_CLOCK": now.isoformat()}, self.plan.command)
        self.interruptions.append(Interruption(since, time.time(), kind))
        self.note("started")

    async def back(self, within: float) -> Back:
        """Wait until both doors work again; the times that it took."""
        since, back = time.time(), Back()
        while time.time() - since < within and (back.polls is None or back.answers is None):
            if not self.child.alive:
                self.note(f"ended by itself: {self.child.process.returncode}")
                raise AssertionError(f"it ended by itself: {self.child.output[-3000:]}")
            if back.answers is None and await self._answers():
                back.answers = time.time() - since
            if back.polls is None and self._polls(since):
                back.polls = time.time() - since
            await asyncio.sleep(0.02)
        self.backs.append(back)
        return back

    async def _answers(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/healthz", timeout=ClientTimeout(total=1)) as answer:
                return answer.status == 200
        except (ClientError, OSError, TimeoutError):
            return False

    def _polls(self, since: float) -> bool:
        if self.plan.way == "webhook":  # Telegram knows the address from before and posts to it
            return True
        for call in reversed(self.tg.calls):
            if call.at < since:
                return False
            if call.method == "getUpdates":
                return True
        return False

    async def stop(self) -> None:
        self.heard += await asyncio.to_thread(self.child.stop)

    # ---------------------------------------------------------------- its pages

    async def post(
        self, path: str, body: Json, cookie: str
    ) -> tuple[int, Json, Mapping[str, str]] | Literal["out of reach"]:
        try:
            headers = {"Cookie": cookie, **({"Origin": self.url, **self.proof} if path.startswith("/desk/") else {})}
            async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as answer:
                told = await answer.json(content_type=None)
                return answer.status, told, dict(answer.headers)
        except (ClientError, OSError, TimeoutError, ValueError):
            return "out of reach"

    async def get(self, path: str, cookie: str) -> Any:
        """What a page reads, once the desk is there; None when it is not found."""
        async with asyncio.timeout(60):
            while True:
                try:
                    async with self.http.get(f"{self.url}{path}", headers={"Cookie": cookie}) as answer:
                        if answer.status == 200:
                            return await answer.json(content_type=None)
                        if answer.status in (401, 404):
                            return None
                except (ClientError, OSError, TimeoutError, ValueError):
                    pass
                await asyncio.sleep(0.2)


def _settings(plan: Plan, tg: FakeTelegram, group: Group, wire: Wire, port: int) -> dict[str, str]:
    settings = {
        "DESK_HTTP": f"127.0.0.1:{port}",
        "DESK_DATA_DIR": str(plan.data),
        "DESK_CACHE_DIR": str(plan.cache),
        "DESK_TELEGRAM_TOKEN": tg.token,
        "DESK_TELEGRAM_API_URL": wire.url,
        "DESK_STAFF_CHAT": str(group.id),
        "DESK_LOG_LEVEL": "WARNING",
    }
    if plan.store_url:
        settings["DESK_DATABASE_URL"] = plan.store_url
    if plan.way == "webhook":
        settings |= {
            "DESK_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DESK_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    return settings | dict(plan.more)


def cookie_of(headers: Mapping[str, str]) -> str:
    return headers.get("Set-Cookie", "").partition(";")[0]
