"""New messages of the bot."""

import itertools
from typing import Any

from tests.fakes.telegram.errors import wrong
from tests.fakes.telegram.keyboards import check_markup
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.model import Chat, Message, Topic
from tests.fakes.telegram.request import Request, handles
from tests.fakes.telegram.text import CAPTION_LIMIT, formatted

from .media import medium

_POINT = ("latitude", "longitude", "horizontal_accuracy", "live_period", "heading",
          "proximity_alert_radius")  # fmt: skip
_CONTACT = ("phone_number", "first_name", "last_name", "vcard")
_VENUE = ("title", "address", "foursquare_id", "foursquare_type", "google_place_id",
          "google_place_type")  # fmt: skip
_albums = itertools.count(1)
_MEDIA = ("photo", "document", "voice", "video", "audio", "animation", "sticker")


def room(request: Request) -> tuple[Chat, Topic | None]:
    """Where a message goes; a closed topic takes only those who manage topics."""
    chat = request.chat()
    topic = request.topic(chat)
    if topic is not None and topic.closed and not chat.members[request.bot.id].may("can_manage_topics"):
        raise wrong("TOPIC_CLOSED")
    return chat, topic


def deliver(request: Request, content: Json, *, extra: Json | None = None) -> Message:
    """Puts a message of the bot into the chat of the call."""
    chat, topic = room(request)
    fields = request.fields
    markup = check_markup(fields.get("reply_markup", {}), chat)
    reply = request.reply_to(chat)
    shown = dict(extra or {})
    if fields.get("protect_content"):
        shown["has_protected_content"] = True
    if fields.get("link_preview_options"):
        shown["link_preview_options"] = fields["link_preview_options"]
    return request.world.post(
        chat, request.bot, content, method=request.method, topic=topic, reply_to=reply,
        markup=markup, extra=shown, silent=fields.get("disable_notification", False),
    )  # fmt: skip


@handles("sendMessage")
def send_message(request: Request) -> Json:
    room(request)  # Telegram looks at the chat first
    return deliver(request, formatted(request.fields)).as_dict()


@handles("sendLocation", "sendVenue", "sendContact")
def send_facts(request: Request) -> Json:
    fields = request.fields
    point = _picked(fields, _POINT)
    if request.method == "sendLocation":
        return deliver(request, {"location": point}).as_dict()
    if request.method == "sendContact":
        return deliver(request, {"contact": _picked(fields, _CONTACT)}).as_dict()
    venue = {"location": point, **_picked(fields, _VENUE)}
    return deliver(request, {"venue": venue, "location": point}).as_dict()


def _picked(fields: Json, names: tuple[str, ...]) -> Json:
    return {name: fields[name] for name in names if name in fields}


@handles(
    "sendPhoto",
    "sendDocument",
    "sendVoice",
    "sendVideo",
    "sendAudio",
    "sendAnimation",
    "sendSticker",
)
def send_medium(request: Request) -> Json:
    room(request)
    kind = next(name for name in _MEDIA if name in request.fields)
    content = {kind: medium(request, kind, request.fields[kind], request.fields)}
    content |= formatted(request.fields, "caption", CAPTION_LIMIT)
    return deliver(request, content).as_dict()


@handles("sendMediaGroup")
def send_album(request: Request) -> list[Any]:
    room(request)
    items = request.fields["media"]
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and kinds & {"document", "audio"}:
        raise wrong("documents and audio can't be mixed with other media types")
    contents = [
        {item["type"]: medium(request, item["type"], item["media"], item)} | formatted(item, "caption", CAPTION_LIMIT)
        for item in items
    ]
    album = {"media_group_id": f"{next(_albums):017d}"}
    return [deliver(request, content, extra=album).as_dict() for content in contents]


@handles("sendChatAction")
def send_chat_action(request: Request) -> bool:
    chat, _ = room(request)
    chat.actions.append(request.fields["action"])
    chat.bell.ring()
    return True
