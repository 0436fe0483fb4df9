"""Delegates who write through two doors, as fast as they are told to."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.model.language import LANGUAGES
from tests.fakes.telegram import Person
from tests.load.desk.house import House, cookie_of
from tests.load.desk.said import CASES, EMERGENCIES, PRESSES, QUESTIONS, Chat, Kind, Sent

AGAIN: Final = 0.4  # seconds until a page tries again what did not get through
IN_NEED: Final = 0.12  # share of the delegates whose messages need people
REPEATED: Final = 0.08  # share of the messages that come more than once
MEDIA: Final = ("photo", "voice", "sticker", "document", "video")


@dataclass
class Crowd:
    """Everybody who writes, and what they wrote."""

    house: House
    chance: random.Random
    chats: list[Chat] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    updates: dict[int, Sent] = field(default_factory=dict)
    """Telegram's updates that were not let go yet."""
    refused: list[tuple[Sent, int]] = field(default_factory=list)
    """What the page was told will never be taken."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def comes(self, number: int) -> None:
        """Half of them at Telegram, half at the page, in three languages; a few of each need people."""
        first = len(self.chats)
        for index in range(first, first + number):
            language = LANGUAGES[index % len(LANGUAGES)]
            role = "needs people" if (index // 2) % round(1 / IN_NEED) == 0 else "asks"
            if index % 2:
                person = self.house.tg.user(f"Guest {index}", language_code=language)
                person.chat.started = True
                self.people[str(person.id)] = person
                self.chats.append(Chat(str(person.id), "telegram", language, role))  # type: ignore[arg-type]
            else:
                key = f"page {index}"
                self.cookies[key] = await self._session(language)
                self.chats.append(Chat(key, "webchat", language, role))  # type: ignore[arg-type]

    async def _session(self, language: str) -> str:
        while True:
            answer = await self.house.post("/chat/session", {"language": language}, "")
            if answer != "out of reach" and answer[0] == 200:
                return cookie_of(answer[2])
            await asyncio.sleep(AGAIN)

    # ---------------------------------------------------------------- writing

    async def write(self, rate: float, stop: Callable[[], bool]) -> None:
        """So many messages a second, now and then a burst, until told to stop and all got through."""
        began, number = time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            while not stop():
                number += 1
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                chat = self._somebody()
                if chat is None:
                    continue
                chat.last = time.time()
                sent = self._next(chat)
                if chat.door == "telegram":
                    await self._telegram(chat, sent)
                else:
                    chat.busy = True
                    group.create_task(self._page(chat, sent))

    def _somebody(self) -> Chat | None:
        """Of a few, whoever was silent longest: Telegram lets a bot say one thing a second in a chat."""
        free = [chat for chat in self.chance.sample(self.chats, min(8, len(self.chats))) if not chat.busy]
        found = min(free, key=lambda chat: chat.last, default=None)
        return found if found is not None and time.time() - found.last > 2.5 else None

    def _next(self, chat: Chat) -> Sent:
        kind, mark = self._wish(chat)
        number = f"{'T' if chat.door == 'telegram' else 'W'}{next(self._numbers):05d}X"
        sent = Sent(number, chat.key, chat.door, kind, mark, time.time())
        chat.sent.append(sent)
        self.sent.append(sent)
        return sent

    def _wish(self, chat: Chat) -> tuple[Kind, str]:
        if chat.role == "needs people":
            return ("emergency", "") if self.chance.random() < 0.25 else ("case", "")
        draw = self.chance.random()
        if draw < 0.1:
            return "press", "today"
        if draw < 0.2 and chat.door == "telegram":
            return "media", "media"
        return "question", self.chance.choice(list(QUESTIONS))

    def _words(self, chat: Chat, sent: Sent) -> str:
        if sent.kind == "question":
            return QUESTIONS[sent.mark][chat.language]
        return (CASES if sent.kind == "case" else EMERGENCIES)[chat.language].format(token=sent.id)

    # ---------------------------------------------------------------- at Telegram

    async def _telegram(self, chat: Chat, sent: Sent) -> None:
        tg, person = self.house.tg, self.people[chat.key]
        number = tg.next_update_id
        if sent.kind == "media":
            await person.sends(self.chance.choice(MEDIA))
        elif sent.kind == "press" and person.inbox:
            tg.world.press(self.chance.choice(person.inbox), person.account, PRESSES[sent.mark])
        elif sent.kind == "press":
            await person.says(f"/{sent.mark}")
        else:
            await person.says(self._words(chat, sent))
        self.updates[number] = sent
        if self.chance.random() < REPEATED:
            sent.offered += 1
            tg.push(tg.pending[-1])

    async def watch_updates(self) -> None:
        """Note when Telegram's copies are let go, for the report."""
        bell = self.house.tg.world.queue.bell
        while True:
            waiting = {update["update_id"] for update in self.house.tg.pending}
            for number in [number for number in self.updates if number not in waiting]:
                self.updates.pop(number).confirmed = time.time()
            await bell.until(lambda: None, 0.2)

    # ---------------------------------------------------------------- on the page

    async def _page(self, chat: Chat, sent: Sent) -> None:
        body = {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, sent.id))}
        body |= {"press": PRESSES[sent.mark]} if sent.kind == "press" else {"text": self._words(chat, sent)}
        try:
            await self._until_taken(chat, sent, body)
            if sent.confirmed is not None and self.chance.random() < REPEATED:
                sent.offered += 1
                await self.house.post("/chat/messages", body, self.cookies[chat.key])
        finally:
            chat.busy = False

    async def _until_taken(self, chat: Chat, sent: Sent, body: dict[str, str]) -> None:
        while True:
            answer = await self.house.post("/chat/messages", body, self.cookies[chat.key])
            if answer != "out of reach":
                status = answer[0]
                if status == 200:
                    sent.confirmed = time.time()
                    return
                if status not in (429, 503):
                    self.refused.append((sent, status))
                    return
            await asyncio.sleep(AGAIN)


def page_id(sent: Sent) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, sent.id))
