"""People in danger, each of whom writes once: when did each get the telephone number?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.load.desk.delegates import AGAIN, Crowd, page_id
from tests.load.desk.said import EMERGENCIES, Chat, Sent

PATIENCE: Final = 60.0  # seconds until a number that did not come counts as missing
NUMBER_SIGN: Final = "☎"


@dataclass(frozen=True, slots=True)
class Call:
    sent: Sent
    took: float
    """Seconds until the number stood in the chat, or was in the answer to the page."""


@dataclass
class Callers:
    """They come before anything happens; the crowd's oracle judges what became of their messages."""

    crowd: Crowd
    calls: list[Call] = field(default_factory=list)
    _waiting: list[Chat] = field(default_factory=list)

    async def come(self, number: int) -> None:
        known = len(self.crowd.chats)
        await self.crowd.comes(number)
        self._waiting = self.crowd.chats[known:]
        for chat in self._waiting:
            chat.role, chat.busy = "needs people", True  # busy: the crowd writes nothing in their name

    async def call(self, every: float, stop: Callable[[], bool]) -> None:
        """One after another, at Telegram and on the page in turn, until told to stop; returns when all got through."""
        async with asyncio.TaskGroup() as group:
            while not stop() and self._waiting:
                chat = self._waiting.pop(0)
                group.create_task(self._telegram(chat) if chat.door == "telegram" else self._page(chat))
                await asyncio.sleep(every)

    def _note(self, sent: Sent, began: float) -> None:
        self.calls.append(Call(sent, time.monotonic() - began))

    def _sent(self, chat: Chat) -> Sent:
        sent = Sent(f"E{len(self.crowd.sent):05d}X", chat.key, chat.door, "emergency", "", time.time())
        chat.sent.append(sent)
        self.crowd.sent.append(sent)
        return sent

    async def _telegram(self, chat: Chat) -> None:
        person, tg = self.crowd.people[chat.key], self.crowd.house.tg
        sent, began = self._sent(chat), time.monotonic()
        self.crowd.updates[tg.next_update_id] = sent
        await person.says(EMERGENCIES[chat.language].format(token=sent.id))
        await person.reads(where=lambda message: message.text.startswith(NUMBER_SIGN), timeout=PATIENCE)
        self._note(sent, began)

    async def _page(self, chat: Chat) -> None:
        sent, began, told = self._sent(chat), time.monotonic(), False
        body = {"id": page_id(sent), "text": EMERGENCIES[chat.language].format(token=sent.id)}
        while True:  # as the page does: what was not taken is posted again
            answer = await self.crowd.house.post("/chat/messages", body, self.crowd.cookies[chat.key])
            if answer != "out of reach" and not told and _has_number(answer[0], answer[1]):
                told = True
                self._note(sent, began)
            if answer != "out of reach" and answer[0] == 200:
                sent.confirmed = time.time()
                return
            await asyncio.sleep(AGAIN)


def _has_number(status: int, said: dict[str, Any]) -> bool:
    """A message that was taken is answered in the history; one that was not, with the numbers at once."""
    return status == 200 or bool(said.get("phone"))
