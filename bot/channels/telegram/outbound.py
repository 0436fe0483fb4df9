"""One message to a delegate: its parts, in order, each sent once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from telegram.error import BadRequest

from bot.i18n.translator import Speaker, mark
from bot.model.errors import Undeliverable
from bot.model.messages import Message, Pin
from bot.transports.telegram_calls import Calls
from bot.transports.telegram_errors import cannot_edit, not_modified
from bot.transports.telegram_shapes import (
    NO_PREVIEW_FIELDS,
    Fields,
    entity_fields,
    inline_keyboard_fields,
    reply_keyboard_fields,
)
from bot.transports.telegram_text import Shown, clean, parts, shown

CHOOSE: Final = mark("Choose one:")

Step = Callable[[], Awaitable[str]]
"""Sends one part; returns the id of the message."""


class Sending:
    """Knows the parts of a message and sends those that have not arrived yet.

    Args:
        calls: Send.
        chat: To whom.
        message: What.
        speaker: For the words above buttons that stand alone.
        replaces: The id of the message that the first part takes the place of.
    """

    def __init__(self, calls: Calls, chat: int, message: Message, speaker: Speaker, replaces: str = "") -> None:
        self._calls = calls
        self._chat = chat
        self._replaces = replaces
        buttons = inline_keyboard_fields(message.buttons)
        keyboard = reply_keyboard_fields(message.keyboard) if message.keyboard else None
        texts = parts(shown(message.text, message.language))
        last = len(texts) - 1
        # A message carries either a keyboard or buttons: with both, the buttons follow under words of their own.
        self._steps: list[Step] = [
            partial(self._text, text, (keyboard or buttons) if number == last else None)
            for number, text in enumerate(texts)
        ]
        if buttons is not None and (keyboard is not None or not texts):
            self._steps.append(partial(self._text, Shown(speaker.text(CHOOSE)), buttons))
        if message.pin is not None:
            self._steps.append(partial(self._pin, message.pin))
        if replaces and self._steps and texts and keyboard is None:
            self._steps[0] = partial(self._edit, texts[0], buttons if len(texts) == 1 else None)
        if not self._steps:
            raise Undeliverable("there is nothing in this message that can be shown")

    async def run(self, arrived: list[str]) -> None:
        """Send what is missing; ``arrived`` grows with every part, so that an interrupted row can go on."""
        while len(arrived) < len(self._steps):
            arrived.append(await self._steps[len(arrived)]())

    async def _text(self, text: Shown, markup: Fields | None) -> str:
        return await self._calls.send("sendMessage", {"chat_id": self._chat, **_shown(text, markup)})

    async def _edit(self, text: Shown, markup: Fields | None) -> str:
        edited = {"chat_id": self._chat, "message_id": int(self._replaces), **_shown(text, markup)}
        try:
            await self._calls.call("editMessageText", edited)
        except BadRequest as error:
            if cannot_edit(error):
                return await self._text(text, markup)
            if not not_modified(error):
                raise
        return self._replaces

    async def _pin(self, pin: Pin) -> str:
        name = clean(pin.name)
        address = clean(pin.address).strip() or name
        place = {"latitude": pin.latitude, "longitude": pin.longitude, "title": name, "address": address}
        return await self._calls.send("sendVenue", {"chat_id": self._chat, **place})


def _shown(text: Shown, markup: Fields | None) -> Fields:
    fields: Fields = {"text": text.text, "link_preview_options": NO_PREVIEW_FIELDS}
    if text.marks:
        fields["entities"] = entity_fields(text)
    if markup is not None:
        fields["reply_markup"] = markup
    return fields
