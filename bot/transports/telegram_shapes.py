"""Our texts, buttons and keyboards as objects of the Bot API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
)

from bot.model.messages import Button
from bot.transports.telegram_text import Shown, units

LONGEST_ACTION: Final = 64  # bytes of callback_data
LONGEST_COPY: Final = 256  # characters
MOST_IN_ROW: Final = 8
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


def entities(part: Shown) -> list[MessageEntity]:
    return [
        MessageEntity(
            mark.kind,
            offset=units(part.text[: mark.start]),
            length=units(part.text[mark.start : mark.end]),
            url=mark.url or None,
        )
        for mark in part.marks
    ]


def inline_keyboard(rows: Iterable[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """The buttons below a message; None when there are none.

    Raises:
        ValueError: An action is longer than Telegram carries: a mistake in the program.
    """
    shaped = [[key for button in row if (key := _inline(button)) is not None] for row in rows]
    kept = [part for row in shaped for part in _chunks(row)]
    return InlineKeyboardMarkup(kept) if kept else None


def _inline(button: Button) -> InlineKeyboardButton | None:
    """None for a button that Telegram would refuse, and with it the whole message."""
    label, style = button.label.strip(), button.style or None
    if not label:
        return None
    if button.action:
        if len(button.action.encode()) > LONGEST_ACTION:
            raise ValueError(f"the action of a button is longer than {LONGEST_ACTION} bytes: {button.action!r}")
        return InlineKeyboardButton(label, callback_data=button.action, style=style)
    # Telegram opens no tel: links from buttons; a number that can be copied is the nearest thing.
    copied = button.copy or (button.url.removeprefix("tel:") if button.url.startswith("tel:") else "")
    if copied:
        fits = len(copied) <= LONGEST_COPY
        return InlineKeyboardButton(label, copy_text=CopyTextButton(copied), style=style) if fits else None
    if button.url.startswith(("https://", "http://", "tg://")):
        return InlineKeyboardButton(label, url=button.url, style=style)
    return None


def _chunks(row: Sequence[InlineKeyboardButton]) -> Iterator[Sequence[InlineKeyboardButton]]:
    for start in range(0, len(row), MOST_IN_ROW):
        yield row[start : start + MOST_IN_ROW]


def reply_keyboard(rows: Sequence[Sequence[str]]) -> ReplyKeyboardMarkup:
    """The words below the input field; they stay until others come."""
    return ReplyKeyboardMarkup([list(row) for row in rows], resize_keyboard=True, is_persistent=True)
