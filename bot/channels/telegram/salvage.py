"""What can be saved of an update that cannot be read or handled: who sent it, and perhaps the words; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.channels.telegram.inbound import NAME
from bot.model.language import closest
from bot.model.messages import LONGEST_TEXT, Inbound, InboundId, Sender
from bot.model.people import Address
from bot.transports.telegram_names import clean_name
from bot.transports.telegram_updates import Arrived
from bot.transports.telegram_words import Words

_SAID: Final = ("message", "edited_message")


def salvaged(number: int, raw: object, now: datetime) -> Inbound | None:
    """The message of a delegate as far as it can be told; None when no delegate wrote it, or nobody can say who."""
    message, person = _message(raw), _sender(raw)
    chat = _object(message.get("chat"))
    key = chat.get("id") if chat else person.get("id")
    private = chat.get("type", "private") == "private" and type(key) is int and key > 0
    if not private or person.get("is_bot"):
        return None
    name = " ".join(str(person.get(part) or "") for part in ("first_name", "last_name")).strip()
    hint = person.get("language_code")
    sender = Sender(Address(NAME, str(key)), clean_name(name), closest(hint if isinstance(hint, str) else None))
    text = message.get("text") or message.get("caption")
    words = text[:LONGEST_TEXT] if isinstance(text, str) else ""
    return Inbound(InboundId(f"{NAME}:{number}"), sender, now, words, refused="" if words else "unreadable")


def urgent_words(update: Arrived) -> str:
    """What the emergency matcher looks at before anything else; a pressed emergency button is told by its action."""
    if isinstance(update, Words):
        return update.text
    message = update.message or update.edited_message
    if message is not None:
        return message.text or message.caption or ""
    return ""


def pressed_emergency(update: Arrived) -> bool:
    query = None if isinstance(update, Words) else update.callback_query
    return query is not None and (query.data or "").startswith("emergency")


def _message(raw: object) -> Mapping[str, Any]:
    update = _object(raw)
    for kind in _SAID:
        if kind in update:
            return _object(update[kind])
    return _object(_object(update.get("callback_query")).get("message"))


def _sender(raw: object) -> Mapping[str, Any]:
    update = _object(raw)
    if "callback_query" in update:
        return _object(_object(update["callback_query"]).get("from"))
    return _object(_message(raw).get("from"))


def _object(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
