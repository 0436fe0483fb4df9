"""What happens at the fake Telegram: who was sent which words, and staff who act in their group; for ``bench.reception``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench._reception_watch import Bell, Lane, Line, Watch
from tests.fakes.telegram import FakeTelegram, Group, Message, Person

SPEAKS = ("sendMessage", "editMessageText")
LOOK_EVERY = 0.1  # seconds; what is measured is the time of the call itself
ANSWERED_WITHIN = 20.0


@dataclass
class Card:
    """A request as it stands in the group."""

    line: Line
    message: Message


@dataclass
class Telegram:
    """Reads every call of the bot, in order, and tells whoever waits for it."""

    tg: FakeTelegram
    group: Group
    watch: Watch
    delegates: dict[int, int] = field(default_factory=dict)
    """Which delegate each chat is."""
    staff: set[int] = field(default_factory=set)
    medics: set[int] = field(default_factory=set)
    """Of the staff, those who may read medical cases, in their own chats."""
    answers: dict[int, Bell] = field(default_factory=dict)
    """By chat: rung by the next message to it."""
    cards: list[Card] = field(default_factory=list)
    """Requests in the group that none of its people has taken up yet."""
    replies: dict[int, Line] = field(default_factory=dict)
    """Replies of staff by their message."""
    _read: int = 0
    _open: list[int] = field(default_factory=list)

    async def follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look()

    def look(self) -> None:
        calls = self.tg.calls
        fresh = [*self._open, *range(self._read, len(calls))]
        self._read, self._open = len(calls), []
        for number in fresh:
            call = calls[number]
            if call.method not in SPEAKS:
                self.watch.counts[f"429 to {call.method}"] += call.status == 429
            elif call.status == 200:
                self._said(int(call.fields["chat_id"]), str(call.fields["text"]), call.at, call.result)
            elif not call.status:
                self._open.append(number)
            else:
                what = f"429 to {call.method}" if call.status == 429 else "refused by Telegram"
                self.watch.counts[what] += 1

    def _said(self, chat: int, text: str, at: float, result: object) -> None:
        if chat in self.delegates:
            self.watch.delegate_read(text, self.delegates[chat], at)
            if bell := self.answers.pop(chat, None):
                self.watch.answered(bell, at)
            return
        lane: Lane = "group" if chat == self.group.id else "direct"
        self.watch.counts[f"messages to the {lane} lane"] += 1
        self.watch.staff_read(text, lane, at, may_read_private=lane == "direct" and chat in self.medics)
        if lane == "group" and isinstance(result, dict):
            self._in_group(text, result)

    def _in_group(self, text: str, result: dict[str, object]) -> None:
        message = self.group.chat.messages[int(str(result["message_id"]))]
        answered = message.reply_to.id if message.reply_to is not None else 0
        if answered in self.replies and not text.startswith("Passed on"):
            self.replies.pop(answered).accepted = None
            self.watch.counts["replies stopped with a question"] += 1
        if message.buttons and message.topic is not None:
            known = {card.line.mark for card in self.cards}
            for line in self._requests_in(text):
                if line.mark not in known and "reply" not in line.seen:
                    self.cards.append(Card(line, message))

    def _requests_in(self, text: str) -> Iterator[Line]:
        return (line for mark, line in self.watch.requests.items() if mark in text)


@dataclass
class Clerk:
    """Somebody of reception in the group."""

    telegram: Telegram
    person: Person
    watch: Watch

    async def serve(self, card: Card, words: str, *, claims: bool) -> bool:
        """Claim, answer and close a request; whether it was theirs to close."""
        line, message = card.line, card.message
        if claims and not await self._claim(line, message):
            return False
        reply = self.watch.reply(line, time.time())
        said = await self.person.says(f"{words} {reply.mark}", topic=message.topic)
        reply.accepted = reply.sent  # Telegram has it; from here on the desk must not lose it
        line.seen.setdefault("reply", reply.sent)
        self.telegram.replies[said.id] = reply
        await self.person.says("/resolve", topic=message.topic)
        return True

    async def _claim(self, line: Line, message: Message) -> bool:
        found = [button for row in message.buttons for button in row if ":claim" in button.data]
        if not found:
            return False
        press = self.telegram.tg.world.press(message, self.person.account, found[0].data)
        before = time.time()
        try:
            await press.answered(ANSWERED_WITHIN)
        except AssertionError:
            self.watch.counts["presses without an answer"] += 1
            return False
        self.watch.took("a button in the group", time.time() - before)
        if press.alert:
            self.watch.counts["claims refused"] += 1
            return False
        self.watch.winners.setdefault(line.mark, set()).add(self.person.name)
        return True
