"""Our texts, buttons and keyboards in the Bot API's form: as JSON, and as the library's objects for whoever uses those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from bot.model.messages import Button
from bot.transports.telegram_text import Shown, units

LONGEST_ACTION: Final = 64  # bytes of callback_data
LONGEST_COPY: Final = 256  # characters
MOST_IN_ROW: Final = 8
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
NO_PREVIEW_FIELDS: Final = {"is_disabled": True}

Fields = dict[str, Any]
"""A JSON object."""


def entity_fields(part: Shown) -> list[Fields]:
    return [
        {
            "type": mark.kind,
            "offset": units(part.text[: mark.start]),
            "length": units(part.text[mark.start : mark.end]),
            **({"url": mark.url} if mark.url else {}),
        }
        for mark in part.marks
    ]


def entities(part: Shown) -> list[MessageEntity]:
    return [MessageEntity(**fields) for fields in entity_fields(part)]


def inline_keyboard_fields(rows: Iterable[Sequence[Button]]) -> Fields | None:
    """The buttons below a message; None when there are none.

    Raises:
        ValueError: An action is longer than Telegram carries: a mistake in the program.
    """
    shaped = [[key for button in row if (key := _inline(button)) is not None] for row in rows]
    kept = [part for row in shaped for part in _chunks(row)]
    return {"inline_keyboard": kept} if kept else None


def inline_keyboard(rows: Iterable[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """The same as an object of the library."""
    fields = inline_keyboard_fields(rows)
    return None if fields is None else InlineKeyboardMarkup.de_json(fields)


def _inline(button: Button) -> Fields | None:
    """None for a button that Telegram would refuse, and with it the whole message."""
    label = button.label.strip()
    does = _does(button)
    if not label or does is None:
        return None
    return {"text": label, **does, **({"style": button.style} if button.style else {})}


def _does(button: Button) -> Fields | None:
    if button.action:
        if len(button.action.encode()) > LONGEST_ACTION:
            raise ValueError(f"the action of a button is longer than {LONGEST_ACTION} bytes: {button.action!r}")
        return {"callback_data": button.action}
    # Telegram opens no tel: links from buttons; a number that can be copied is the nearest thing.
    copied = button.copy or (button.url.removeprefix("tel:") if button.url.startswith("tel:") else "")
    if copied:
        return {"copy_text": {"text": copied}} if len(copied) <= LONGEST_COPY else None
    return {"url": button.url} if button.url.startswith(("https://", "http://", "tg://")) else None


def _chunks(row: Sequence[Fields]) -> Iterator[Sequence[Fields]]:
    for start in range(0, len(row), MOST_IN_ROW):
        yield row[start : start + MOST_IN_ROW]


def reply_keyboard_fields(rows: Sequence[Sequence[str]]) -> Fields:
    """The words below the input field; they stay until others come."""
    keys = [[{"text": word} for word in row] for row in rows]
    return {"keyboard": keys, "resize_keyboard": True, "is_persistent": True}
