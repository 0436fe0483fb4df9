"""Forwarding and copying what is in another chat, or in this one."""

from tests.fakes.telegram.errors import wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.model import Chat, Message
from tests.fakes.telegram.request import Request, handles
from tests.fakes.telegram.text import CAPTION_LIMIT, formatted

from .sending import deliver, room


def _source(request: Request, message_id: int, what: str) -> Message:
    chat: Chat = request.chat("from_chat_id", writing=False)
    message = request.message(chat, f"message to {what}", message_id)
    if message.service or message.extra.get("has_protected_content"):
        raise wrong(f"the message can't be {'forwarded' if what == 'forward' else 'copied'}")
    return message


def _forward(request: Request, message_id: int) -> Message:
    source = _source(request, message_id, "forward")
    origin = {"type": "user", "sender_user": source.sender.as_dict(), "date": source.date}
    album = {k: v for k, v in source.extra.items() if k == "media_group_id"}
    return deliver(request, dict(source.content), extra={"forward_origin": origin, **album})


def _copy(request: Request, message_id: int) -> Message:
    source = _source(request, message_id, "copy")
    content = dict(source.content)
    if "caption" in request.fields:
        content = {k: v for k, v in content.items() if not k.startswith("caption")}
        content |= formatted(request.fields, "caption", CAPTION_LIMIT)
    return deliver(request, content)


@handles("forwardMessage")
def forward(request: Request) -> Json:
    room(request)
    return _forward(request, request.fields["message_id"]).as_dict()


@handles("copyMessage")
def copy(request: Request) -> Json:
    room(request)
    return {"message_id": _copy(request, request.fields["message_id"]).id}


@handles("forwardMessages", "copyMessages")
def several(request: Request) -> list[Json]:
    """Those that are gone are skipped, as Telegram does."""
    room(request)
    source = request.chat("from_chat_id", writing=False)
    numbers = request.fields["message_ids"]
    if sorted(set(numbers)) != numbers:
        raise wrong("message identifiers must be in strictly increasing order")
    found = [n for n in numbers if n in source.messages and not source.messages[n].deleted]
    if not found:
        raise wrong("there are no messages to forward")
    one = _forward if request.method == "forwardMessages" else _copy
    return [{"message_id": one(request, number).id} for number in found]
