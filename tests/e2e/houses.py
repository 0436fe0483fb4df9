"""A running desk with its Telegram: everything a story needs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from tests.e2e.process import ANSWER_WITHIN, Process, free_port, settings_of
from tests.fakes.telegram import FakeTelegram, Group, Limits, Message, Person
from tests.patience import Stopwatch

Way = Literal["polling", "webhook"]
WEBHOOK_SECRET: Final = "Wq7-bell-of-the-desk-93kd"
_ISOLATES: Final = re.compile(r"[\u2066-\u2069\u200f]")


@dataclass
class House:
    """One desk: its settings stay when the process comes and goes."""

    tg: FakeTelegram
    group: Group
    way: Way
    data: Path
    settings: dict[str, str]
    process: Process
    heard: str = ""
    """The output of the processes before this one."""
    _found: int = field(default=0)

    @classmethod
    @asynccontextmanager
    async def open(cls, way: Way, data: Path, cache: Path, *, limits: Limits | None = None) -> AsyncIterator[House]:
        async with FakeTelegram(limits=limits) as tg:
            group = tg.forum("Reception", ["Lan", "Minh"])
            settings = settings_of(data, cache) | telegram_settings(tg, group, way)
            process = Process(settings)
            house = cls(tg, group, way, data, settings, process)
            async with AsyncExitStack() as stack:
                stack.push_async_callback(house.close)
                await process.opened()
                yield house

    async def close(self) -> None:
        await self.process.clear_away()

    async def start(self) -> None:
        """The next process, with the same settings and data."""
        await self.process.clear_away()
        self.heard += self.process.output
        self.process = Process(self.settings)
        await self.process.opened()

    def stopwatch(self) -> Stopwatch:
        """Seconds of the desk's work, without those that other work on the machine took from it."""
        return Stopwatch(lambda: [self.process.child.pid])

    def delegate(self, name: str, language: str = "en") -> Person:
        """Somebody who has pressed Start some time ago."""
        person = self.tg.user(name, language_code=language)
        person.chat.started = True
        return person

    async def in_order(self) -> None:
        """Nothing is left undone, and nothing was done that a correct bot never does."""
        await self.tg.settled(ANSWER_WITHIN)
        found = self.tg.violations[self._found :]
        self._found += len(found)
        assert found == []
        assert "Traceback" not in self.heard + self.process.output


def telegram_settings(tg: FakeTelegram, group: Group, way: Way) -> dict[str, str]:
    settings = {
        "DESK_TELEGRAM_TOKEN": tg.token,
        "DESK_TELEGRAM_API_URL": tg.url,
        "DESK_STAFF_CHAT": str(group.id),
    }
    if way == "webhook":
        port = free_port()
        settings |= {
            "DESK_HTTP": f"127.0.0.1:{port}",
            "DESK_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DESK_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    return settings


async def reads(person: Person, contains: str = "", **more: object) -> Message:
    """What a person reads next, with the patience of a busy machine."""
    return await person.reads(contains=contains, timeout=ANSWER_WITHIN, **more)  # type: ignore[arg-type]


def bare(text: str) -> str:
    """Without the invisible letters that keep directions apart."""
    return _ISOLATES.sub("", text)


def number_in(text: str) -> int:
    """The number of the request that a sentence in any language tells of."""
    found = re.search(r"(?:#|رقم |số )(\d+)", bare(text))
    assert found, text
    return int(found[1])
