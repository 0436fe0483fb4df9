"""What nearly every update is, a text in a private chat, read without the library's objects.

Only what has exactly the expected shape is taken for one; everything else is for the library to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_MESSAGE: Final = frozenset({"message_id", "from", "chat", "date", "text"})
_BESIDES: Final = frozenset({"entities", "link_preview_options"})  # say nothing that the desk would look at
_UPDATE: Final = frozenset({"update_id", "message"})


@dataclass(frozen=True, slots=True)
class Words:
    """A text that a person wrote to the bot; at least one letter is in it."""

    update_id: int
    chat: int
    text: str
    date: datetime
    """Aware."""
    name: str
    """As the person wrote it."""
    language_code: str | None


def read_words(raw: object) -> Words | None:
    """None when it is anything else, or not shaped as it should be."""
    if type(raw) is not dict or raw.keys() != _UPDATE:
        return None
    message = raw["message"]
    if type(message) is not dict or not _MESSAGE <= message.keys() <= _MESSAGE | _BESIDES:
        return None
    chat, person, text, date = message["chat"], message["from"], message["text"], message["date"]
    number = raw["update_id"]
    if type(chat) is not dict or chat.get("type") != "private" or type(person) is not dict:
        return None
    if person.get("is_bot") is not False or type(text) is not str or not text.strip():
        return None
    name, code = _name(person), person.get("language_code")
    if name is None or not (code is None or type(code) is str) or not _numbers(number, chat.get("id"), date):
        return None
    return Words(number, chat["id"], text, datetime.fromtimestamp(date, UTC), name, code)


def _name(person: Mapping[str, Any]) -> str | None:
    first, last = person.get("first_name"), person.get("last_name")
    if type(first) is not str or not (last is None or type(last) is str):
        return None
    return f"{first} {last}" if last else first


def _numbers(number: object, chat: object, date: object) -> bool:
    return type(number) is int and type(chat) is int and type(date) is int and 0 <= date < 1 << 36
