"""What delegates and staff do all day, on every door; for ``bench.reception``."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from bench._reception_telegram import Card, Clerk, Telegram
from bench._reception_watch import MARK, Bell, Line, Watch
from bench._reception_web import Browser, browser, new_id
from bot.model.language import LANGUAGES, Language
from tests.fakes.telegram import Person
from tests.load.desk.said import CASES, EMERGENCIES, QUESTIONS

WORDS: Final[dict[Language, str]] = {
    "en": "Thank you for writing. A colleague is on the way to you",
    "ar": "شكرًا على رسالتك. زميلنا في الطريق إليك",
    "vi": "Cảm ơn quý vị đã nhắn. Đồng nghiệp của chúng tôi đang đến",
}
SETTLES: Final = 90.0  # seconds for what is still on its way at the end; the group takes twenty messages a minute
QUIET: Final = 5  # seconds without anything owed after which it is over
ANSWERED_WITHIN: Final = 30.0


@dataclass(frozen=True)
class Plan:
    delegates: int
    staff: int
    minutes: float
    rate: float
    """Messages a second, all delegates together."""
    needs: float
    """Share of the messages that go to a person."""
    medical: float
    """Share of those that are medical emergencies."""

    @property
    def every(self) -> float:
        """Seconds between two messages of one delegate."""
        return self.delegates / self.rate


@dataclass
class Bench:
    plan: Plan
    url: str
    telegram: Telegram
    watch: Watch
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- chance, not secrets
    until: float = 0.0
    waiting: list[tuple[int, Line]] = field(default_factory=list)
    """Requests that the console shows and none of its people has taken up yet."""
    listed: set[str] = field(default_factory=set)
    """Marks of those that were ever among them."""
    busy: dict[int, Line] = field(default_factory=dict)
    """Delegates who wait for a person, and write nothing meanwhile."""
    late: list[float] = field(default_factory=list)
    """By how much this program itself was late, which every figure contains."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        return time.time() >= self.until

    async def pause(self, least: float, most: float) -> None:
        """Never beyond the end."""
        await asyncio.sleep(min(self.chance.uniform(least, most), max(0.0, self.until - time.time())))

    async def looks_at_itself(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            self.late.append(max(0.0, time.monotonic() - before - 0.05))

    async def settles(self) -> None:
        """The end: nothing is on its way any more, or it takes too long."""
        await asyncio.sleep(max(0.0, self.until - time.time()))
        quiet = 0
        while quiet < QUIET and time.time() < self.until + SETTLES:
            await asyncio.sleep(1)
            quiet = 0 if self.watch.lost or self.waiting else quiet + 1
        self.settled.set()

    # ---------------------------------------------------------------- delegates

    async def lives(self, number: int, says: Callable[[str], Awaitable[bool]], hears: Callable[[], Bell]) -> None:
        """A delegate's conference: questions, now and then a request; ``says`` tells whether it was accepted."""
        language, every = LANGUAGES[number % 3], self.plan.every
        await self.pause(0, every)
        while not self.over:
            if number not in self.busy:
                if self.chance.random() < self.plan.needs:
                    await self._requests(number, language, says)
                else:
                    await self._asks(language, says, hears)
            await self.pause(0.5 * every, 1.5 * every)

    async def _requests(self, number: int, language: Language, says: Callable[[str], Awaitable[bool]]) -> None:
        private = self.chance.random() < self.plan.medical
        line = self.watch.request(number, time.time(), private=private)
        self.busy[number] = line
        if await says((EMERGENCIES if private else CASES)[language].format(token=line.mark)):
            line.accepted = time.time()
        else:
            self.watch.counts["not accepted"] += 1
            self.busy.pop(number)

    async def _asks(
        self, language: Language, says: Callable[[str], Awaitable[bool]], hears: Callable[[], Bell]
    ) -> None:
        question = QUESTIONS[self.chance.choice(list(QUESTIONS))][language]
        bell = hears()
        self.watch.counts["questions"] += 1
        if not await says(question):
            self.watch.counts["not accepted"] += 1
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWERED_WITHIN):
                await bell.wait()
                return
        self.watch.counts["questions without an answer"] += 1

    async def on_the_page(self, number: int) -> None:
        async with browser(self.url) as page:
            bells: dict[str, Bell] = {}
            status, _ = await page.post("/chat/session", language=LANGUAGES[number % 3])
            assert status == 200, status

            async def says(text: str) -> bool:
                began = time.time()
                status, _ = await page.post("/chat/messages", id=new_id(), text=text)
                self.watch.took("the page's tick", time.time() - began)
                return status == 200

            def hears() -> Bell:
                return bells.setdefault("next", Bell())

            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._reads(page, number, bells))
                await self.lives(number, says, hears)
                await self.settled.wait()
                reading.cancel()
            self.watch.broken.update(page.broken)

    async def _reads(self, page: Browser, number: int, bells: dict[str, Bell]) -> None:
        async for name, content, at in page.events("/chat/events"):
            if name != "entry":
                continue
            said = "".join(span["text"] for span in content["spans"])
            self.watch.delegate_read(said, number, at)
            if content["author"] == "desk" and (bell := bells.pop("next", None)):
                self.watch.answered(bell, at)

    async def at_telegram(self, number: int) -> None:
        person = self.telegram.tg.user(f"Guest {number}", language_code=LANGUAGES[number % 3])
        person.chat.started = True
        self.telegram.delegates[person.chat.id] = number

        async def says(text: str) -> bool:
            await person.says(text)
            return True  # kept by Telegram until the desk lets go of it

        def hears() -> Bell:
            bell = Bell()
            self.telegram.answers[person.chat.id] = bell
            return bell

        await self.lives(number, says, hears)

    # ---------------------------------------------------------------- staff

    async def at_console(self, token: str, name: str, *, medic: bool) -> None:
        async with browser(self.url) as page:
            status, _ = await page.post("/desk/enter", token=token)
            assert status == 200, status
            page.proof = (await page.get("/desk/api/me"))["proof"]
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._follows(page, medic=medic))
                while not self.settled.is_set():
                    await asyncio.sleep(self.chance.uniform(2, 8))
                    found = next((one for one in self.waiting if medic or not one[1].private), None)
                    if found is None:
                        await self._timed(page, "the queue as JSON", "/desk/api/tickets")
                        continue
                    if self.chance.random() > 0.1:  # now and then two begin at once
                        self.waiting.remove(found)
                    await self._serve(page, name, *found)
                watching.cancel()
            self.watch.broken.update(page.broken)

    async def _follows(self, page: Browser, *, medic: bool) -> None:
        opened: set[tuple[int, int]] = set()
        async for name, content, at in page.events("/desk/events"):
            if name != "ticket":
                continue
            text, number = str(content["question"]), int(content["id"])
            # A further line of an open request, and words of a medical case, stand in the request itself.
            further = content["waiting"] and not self._unseen(text)
            if further and medic and content["sight"] == "full" and (number, content["version"]) not in opened:
                opened.add((number, content["version"]))
                thread = await page.get(f"/desk/api/tickets/{number}")
                text = json.dumps([thread["question"], thread["timeline"]]) if thread else ""
            self.watch.staff_read(text, "console", at, may_read_private=medic)
            for mark in MARK.findall(text):
                line = self.watch.requests.get(mark)
                if line is not None and mark not in self.listed:
                    self.listed.add(mark)
                    self.waiting.append((number, line))

    def _unseen(self, text: str) -> bool:
        """Whether a request stands in it that the console had not shown yet."""
        marks = set(MARK.findall(text))
        return any("console" not in line.seen for mark in marks if (line := self.watch.requests.get(mark)))

    async def _serve(self, page: Browser, name: str, number: int, line: Line) -> None:
        path = f"/desk/api/tickets/{number}"
        thread = await self._timed(page, "a ticket as JSON", path)
        if thread is None or "reply" in line.seen:
            return
        await page.post("/desk/api/seen", tickets=[number])
        began = time.time()
        status, _ = await page.post(f"{path}/claim", id=new_id())
        self.watch.took("a button of the console", time.time() - began)
        if status != 200:
            self.watch.counts["claims refused" if status == 409 else "failed posts"] += 1
            return
        self.watch.winners.setdefault(line.mark, set()).add(name)
        reply = self.watch.reply(line, time.time())
        line.seen.setdefault("reply", reply.sent)
        words = f"{WORDS[LANGUAGES[line.owner % 3]]} {reply.mark}"
        status, _ = await page.post(f"{path}/reply", id=new_id(), text=words, confirmed=True)
        if status == 200:
            reply.accepted = time.time()
        self.watch.counts["replies stopped" if status == 409 else "failed posts"] += status != 200
        await page.post(f"{path}/resolve", id=new_id())
        self.busy.pop(line.owner, None)

    async def _timed(self, page: Browser, what: str, path: str) -> Any:
        began = time.time()
        found = await page.get(path)
        self.watch.took(what, time.time() - began)
        return found

    async def in_the_group(self, person: Person, *, asks_for_all: bool) -> None:
        clerk = Clerk(self.telegram, person, self.watch)
        if asks_for_all:
            await person.in_private().start()
        while not self.over:
            await asyncio.sleep(self.chance.uniform(4, 12))
            card = self._card()
            if card is None:
                continue
            language = LANGUAGES[card.line.owner % 3]
            if await clerk.serve(card, WORDS[language], claims=self.chance.random() < 0.7):
                self.busy.pop(card.line.owner, None)

    def _card(self) -> Card | None:
        while self.telegram.cards:
            card = self.telegram.cards.pop(0)
            if "reply" not in card.line.seen and not card.line.private:
                return card
        return None
