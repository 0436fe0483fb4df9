"""Reception under load: one clerk at the console, one in the Telegram group; both look, take, answer and close."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.load.desk.house import House, cookie_of
from tests.load.desk.said import Said

LOOK_EVERY: Final = 0.7  # seconds
GROUP_EVERY: Final = 2.5
AGAIN: Final = 0.4
SIGNED_IN_WITHIN: Final = 180.0  # seconds, while processes are killed and learn


@dataclass
class Reception:
    house: House
    chance: random.Random
    said: list[Said] = field(default_factory=list)
    cookie: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _replied: dict[int, Said] = field(default_factory=dict)
    """Replies in the group by their message."""
    waiting: dict[int, Said] = field(default_factory=dict)
    """The same by update, until Telegram's copy is let go."""

    async def signs_in(self) -> None:
        """With the link that the process printed, which is good once; a clock that is an hour wrong signs people out."""
        async with asyncio.timeout(SIGNED_IN_WITHIN):
            while True:
                if await self._enters():
                    return
                await asyncio.sleep(AGAIN)

    async def _enters(self) -> bool:
        """False while there is no process, or only the link of one that was killed."""
        token = self.house.console_token
        answer = await self.house.post("/desk/enter", {"token": token}, "") if token else "out of reach"
        if answer == "out of reach" or answer[0] != 200:
            return False
        cookie = cookie_of(answer[2])
        me = await self.house.get("/desk/api/me", cookie)
        if me is None:
            return False
        self.cookie, self.house.proof = cookie, {"X-Desk-Proof": me["proof"]}
        return True

    # ---------------------------------------------------------------- at the console

    async def at_console(self, stop: Callable[[], bool]) -> None:
        while not stop():
            await asyncio.sleep(LOOK_EVERY)
            tickets = await self.tickets()
            unseen = [ticket["id"] for ticket in tickets if not ticket["seen"]]
            if unseen:
                await self.house.post("/desk/api/seen", {"tickets": unseen[:50]}, self.cookie)
            open_ones = [ticket["id"] for ticket in tickets if ticket["state"] != "resolved"]
            if open_ones and self.chance.random() < 0.5:
                await self._act(self.chance.choice(open_ones))

    async def _act(self, ticket: int) -> None:
        verb = self.chance.choices(["reply", "claim", "resolve", "note"], [5, 1, 3, 1])[0]
        body = {"id": str(uuid.uuid4())}
        reply: Said | None = None
        if verb in ("reply", "note"):
            reply = Said(f"C{next(self._numbers):04d}R", ticket, "console", time.time())
            body["text"] = f"We are coming {reply.id}"
        if verb == "reply" and reply is not None:
            self.said.append(reply)
        status = await self._until_answered(f"/desk/api/tickets/{ticket}/{verb}", body)
        if reply is not None and status == 200:
            reply.confirmed = time.time()
        elif reply is not None:
            reply.refused = f"status {status}"

    async def _until_answered(self, path: str, body: dict[str, str]) -> int:
        while True:
            answer = await self.house.post(path, body, self.cookie)
            if answer != "out of reach" and answer[0] == 401:
                await self.signs_in()
            elif answer != "out of reach" and answer[0] not in (429, 503):
                return answer[0]
            await asyncio.sleep(AGAIN)

    async def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._read("/desk/api/tickets?all=1")
        return found

    async def timeline(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = await self._read(f"/desk/api/tickets/{number}")
        return found

    async def _read(self, path: str) -> Any:
        found = await self.house.get(path, self.cookie)
        if found is None and await self.house.get("/desk/api/me", self.cookie) is None:
            await self.signs_in()
            found = await self.house.get(path, self.cookie)
        return found

    # ---------------------------------------------------------------- in the group

    async def in_group(self, stop: Callable[[], bool]) -> None:
        clerk = self.house.group["Lan"]
        while not stop():
            await asyncio.sleep(GROUP_EVERY)
            topics = [topic for topic in self.house.group.topics if re.match(r"#\d+ ", topic.name)]
            if not topics:
                continue
            topic = self.chance.choice(topics)
            ticket = int(topic.name[1:].split()[0])
            update = self.house.tg.next_update_id
            if self.chance.random() < 0.75:
                reply = Said(f"G{next(self._numbers):04d}R", ticket, "telegram", time.time())
                message = await clerk.says(f"Please wait for us {reply.id}", topic=topic)
                self.said.append(reply)
                self._replied[message.id] = reply
                self.waiting[update] = reply
            else:
                cards = [m for m in clerk.inbox if m.topic is topic and m.buttons]
                if cards:
                    button = self.chance.choice([b for row in cards[-1].buttons for b in row if b.data])
                    self.house.tg.world.press(cards[-1], clerk.account, button.data)

    def note_outcomes(self) -> None:
        """What the group was told: a hint below a reply says that it was not taken."""
        pending = {update["update_id"] for update in self.house.tg.pending}
        for update in [number for number in self.waiting if number not in pending]:
            self.waiting.pop(update).confirmed = time.time()
        for message in self.house.group["Lan"].inbox:
            if message.reply_to is not None and message.reply_to.id in self._replied:
                if message.text.startswith("Passed on"):  # with the advice to go on in a chat of one's own
                    continue
                self._replied[message.reply_to.id].refused = message.text[:80]
