"""What a delegate sent on Telegram, as the desk understands it; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType, MessageType

from bot.model.language import closest
from bot.model.messages import LONGEST_TEXT, Attachment, Inbound, InboundId, Sender
from bot.model.people import Address
from bot.transports.telegram_names import clean_name
from bot.transports.telegram_words import Words

NAME: Final = "telegram"
EXCERPT: Final = 500  # characters kept of a text that is too long

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


def to_inbound(update: Update, now: datetime, real: datetime | None = None) -> Inbound | None:
    """What to hand to the desk; None for what no delegate said: groups, channels, service messages, bots.

    Args:
        update: As Telegram sent it.
        now: The present of the house.
        real: The present that Telegram's dates are compared with, when the house has a clock of its own.
    """
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query, now)
    message = update.message or update.edited_message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return None
    person = message.from_user
    if person is None or person.is_bot:
        return None
    base = Inbound(
        id=InboundId(f"{NAME}:{update.update_id}"),
        sender=sender(person, message.chat.id),
        received_at=now,
        edited=update.edited_message is not None,
        group=message.media_group_id or "",
        waited=max(timedelta(), (real or now) - (message.edit_date or message.date)),
    )
    return _with_content(base, message)


def inbound_of_words(words: Words, now: datetime, real: datetime | None = None) -> Inbound:
    """The same for a text in a private chat."""
    base = Inbound(
        id=InboundId(f"{NAME}:{words.update_id}"),
        sender=Sender(Address(NAME, str(words.chat)), clean_name(words.name), closest(words.language_code)),
        received_at=now,
        text=words.text,
        waited=max(timedelta(), (real or now) - words.date),
    )
    return _with_text(base, words.text) or base


def sender(person: User, chat: int) -> Sender:
    return Sender(Address(NAME, str(chat)), clean_name(person.full_name), closest(person.language_code))


def _pressed(number: int, query: CallbackQuery, now: datetime) -> Inbound | None:
    if query.message is None or query.message.chat.type != ChatType.PRIVATE or not query.data:
        return None
    return Inbound(
        id=InboundId(f"{NAME}:{number}"),
        sender=sender(query.from_user, query.message.chat.id),
        received_at=now,
        press=query.data,
    )


def _with_content(base: Inbound, message: Message) -> Inbound | None:
    text = message.text or message.caption or ""
    if (special := _with_text(base, text, command=bool(message.text))) is not None:
        return special
    attachments = attachments_of(message)
    if text.strip() or attachments:
        return replace(base, text=text or _address(message), attachments=attachments)
    return None if _service(message) else replace(base, refused="unreadable")


def _with_text(base: Inbound, text: str, *, command: bool = True) -> Inbound | None:
    """A text that is too long, or (where there may be one) a command; None for any other."""
    if len(text) > LONGEST_TEXT:
        return replace(base, text=text[:EXCERPT], refused="too-long")
    if command and text.startswith("/") and (found := _COMMAND.fullmatch(text)):
        return replace(base, command=found[1].lower(), text=(found[2] or "").strip())
    return None


# ---------------------------------------------------------------- what came with it


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """The file, picture, place or contact of a message; animations are documents too, and venues locations."""
    for kind, ref in _KINDS.items():
        if getattr(message, kind, None):
            return (Attachment(kind, ref(message)),)
    return ()


def _file(kind: str) -> Callable[[Message], str]:
    def ref(message: Message) -> str:
        return str(getattr(getattr(message, kind), "file_id", ""))

    return ref


def _photo(message: Message) -> str:
    return message.photo[-1].file_id  # the largest


def _place(message: Message) -> str:
    where = message.venue.location if message.venue is not None else message.location
    return f"{where.latitude:.6f},{where.longitude:.6f}" if where is not None else ""


def _phone(message: Message) -> str:
    return message.contact.phone_number if message.contact is not None else ""


def _nothing(_: Message) -> str:
    return ""


_KINDS: Final[dict[str, Callable[[Message], str]]] = {
    "animation": _file("animation"),
    "live_photo": _file("live_photo"),
    "photo": _photo,
    "document": _file("document"),
    "voice": _file("voice"),
    "video": _file("video"),
    "video_note": _file("video_note"),
    "audio": _file("audio"),
    "sticker": _file("sticker"),
    "venue": _place,
    "location": _place,
    "contact": _phone,
    "poll": _nothing,
    "dice": _nothing,
}


def _address(message: Message) -> str:
    return f"{message.venue.title}, {message.venue.address}" if message.venue is not None else ""


# Said by a person, but nothing we can read.
_SAID: Final = frozenset(
    {
        "checklist",
        "game",
        "giveaway",
        "giveaway_winners",
        "invoice",
        "paid_media",
        "passport_data",
        "story",
        "web_app_data",
    }
)
# Stands beside the content of a message and is none itself.
_BESIDES: Final = frozenset({"text", "effect_id", "business_connection_id", "reply_to_story", "sender_boost_count"})
# Everything else that Telegram knows is about the chat itself, such as pins and timers.
_SERVICE: Final = tuple(kind for kind in MessageType if kind not in _SAID | _BESIDES | _KINDS.keys())


def _service(message: Message) -> bool:
    if any(getattr(message, kind, None) for kind in _SAID):
        return False
    return any(getattr(message, kind, None) for kind in _SERVICE)
