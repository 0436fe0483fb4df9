"""A door on the terminal: the place to try a change first."""

from __future__ import annotations

import asyncio
import sys
import uuid
from contextlib import suppress
from typing import Final

from bot.model.language import Language
from bot.model.messages import LONGEST_TEXT, Button, Inbound, InboundId, Message, Outbound, Receipt, Sender
from bot.model.people import Address
from bot.model.rich import letters
from bot.ports import Accept, Clock, Store

_QUIET: Final = 0.05  # seconds without a waiting row after which the next line is asked for


class Terminal:
    """Lines from standard input are messages; numbers press the buttons shown last."""

    name = "terminal"

    def __init__(self, language: Language | None) -> None:
        self._language = language
        self._address = Address(self.name, "here")
        self._buttons: list[Button] = []
        self._delivered = asyncio.Event()

    async def listen(self, accept: Accept, clock: Clock, store: Store) -> None:
        """Read until the input ends."""
        sender = Sender(self._address, language_hint=self._language)
        reader = await _standard_input()
        await accept(Inbound(_new_id(), sender, clock.now(), command="start"))
        while True:
            await self._settled(store)
            print("\n> ", end="", flush=True)  # noqa: T201 -- the terminal is this door
            line = (await reader.readline()).decode("utf-8", "replace")
            text = line.strip()
            if not text:
                return
            inbound = Inbound(_new_id(), sender, clock.now(), text=text)
            if text.isdigit() and 0 < int(text) <= len(self._buttons):
                pressed = self._buttons[int(text) - 1]
                inbound = Inbound(_new_id(), sender, clock.now(), press=pressed.action)
            elif text.startswith("/"):
                command, _, rest = text[1:].partition(" ")
                inbound = Inbound(_new_id(), sender, clock.now(), command=command, text=rest)
            await accept(inbound)

    async def deliver(self, row: Outbound) -> Receipt:
        if isinstance(row.body, Message):
            self._show(row.body)
        self._delivered.set()
        return Receipt()

    async def _settled(self, store: Store) -> None:
        """Wait until everything that was said has been shown."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                while await store.waiting():  # noqa: ASYNC110 -- the store is asked; no event of ours tells it
                    await asyncio.sleep(_QUIET)

    def _show(self, message: Message) -> None:
        print("\n" + letters(message.text))  # noqa: T201
        if message.pin is not None:
            print(f"📍 {message.pin.name} ({message.pin.latitude}, {message.pin.longitude})")  # noqa: T201
        buttons = [button for row in message.buttons for button in row if button.action]
        if buttons:
            self._buttons = buttons
            print("  ".join(f"[{number}] {button.label}" for number, button in enumerate(buttons, 1)))  # noqa: T201


async def _standard_input() -> asyncio.StreamReader:
    """Standard input without a thread: a thread waiting for a line would hold up the end."""
    reader = asyncio.StreamReader(limit=2 * LONGEST_TEXT * 4)  # bytes; a longer line would end the talk
    loop = asyncio.get_running_loop()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (ValueError, OSError):  # a plain file: read it at once
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()
    return reader


def _new_id() -> InboundId:
    return InboundId(f"terminal:{uuid.uuid4()}")
