"""Changing and deleting messages."""

from tests.fakes.telegram.errors import wrong
from tests.fakes.telegram.keyboards import check_markup
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.model import Message
from tests.fakes.telegram.request import Request, handles
from tests.fakes.telegram.text import CAPTION_LIMIT, formatted

from .reactions import REACTIONS

DELETABLE = 48 * 3600  # seconds
_CAPTIONED = {"photo", "document", "voice", "video", "audio", "animation"}


def _target(request: Request) -> Message:
    if "inline_message_id" in request.fields or "chat_id" not in request.fields:
        raise wrong("message identifier is not specified")
    message = request.message(request.chat(), "message to edit")
    if message.sender is not request.bot or message.service or "forward_origin" in message.extra:
        raise wrong("message can't be edited")
    if message.markup and "inline_keyboard" not in message.markup:
        raise wrong("message can't be edited")  # a reply keyboard, its removal or a forced reply
    return message


def _edited(request: Request, message: Message, content: Json) -> Json:
    markup = check_markup(request.fields.get("reply_markup", {}), message.chat)
    if markup.get("inline_keyboard") == []:
        markup = {}
    if (content, markup.get("inline_keyboard")) == (
        message.content,
        message.markup.get("inline_keyboard"),
    ):
        raise wrong(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    request.world.edit(message, content, markup)
    return message.as_dict()


@handles("editMessageText")
def edit_text(request: Request) -> Json:
    message = _target(request)
    if "text" not in message.content:
        raise wrong("there is no text in the message to edit")
    return _edited(request, message, formatted(request.fields))


@handles("editMessageCaption")
def edit_caption(request: Request) -> Json:
    message = _target(request)
    if not message.content.keys() & _CAPTIONED:
        raise wrong("there is no caption in the message to edit")
    kept = {k: v for k, v in message.content.items() if not k.startswith("caption")}
    return _edited(request, message, kept | formatted(request.fields, "caption", CAPTION_LIMIT))


@handles("editMessageReplyMarkup")
def edit_markup(request: Request) -> Json:
    message = _target(request)
    return _edited(request, message, message.content)


@handles("deleteMessage")
def delete(request: Request) -> bool:
    chat = request.chat()
    _delete(request, request.message(chat, "message to delete"))
    return True


@handles("deleteMessages")
def delete_several(request: Request) -> bool:
    chat = request.chat()
    for message_id in request.fields["message_ids"]:
        found = chat.messages.get(message_id)
        if found is not None and not found.deleted:
            _delete(request, found)
    return True


def _delete(request: Request, message: Message) -> None:
    if request.world.now() - message.date >= DELETABLE:
        raise wrong("message can't be deleted for everyone")
    if message.topic is not None and message.topic.id == message.id:
        raise wrong("message can't be deleted")
    if message.sender is not request.bot and not message.chat.private:
        request.require(message.chat, "can_delete_messages", "delete messages")
    request.world.delete(message)


@handles("setMessageReaction")
def react(request: Request) -> bool:
    message = request.message(request.chat(), "message to react")
    given = request.fields.get("reaction", [])
    if len(given) > 1 or message.service:
        raise wrong("REACTIONS_TOO_MANY" if len(given) > 1 else "MESSAGE_ID_INVALID")
    for reaction in given:
        if reaction.get("emoji") not in REACTIONS:
            raise wrong("REACTION_INVALID")
    message.reactions = [reaction["emoji"] for reaction in given]
    message.chat.bell.ring()
    return True


@handles("pinChatMessage", "unpinChatMessage")
def pin(request: Request) -> bool:
    chat = request.chat()
    request.require(chat, "can_pin_messages", "manage pinned messages in the chat")
    if request.method == "pinChatMessage":
        message = request.message(chat, "message to pin")
        chat.pinned = [n for n in chat.pinned if n != message.id] + [message.id]
    elif not chat.pinned:
        raise wrong("message to unpin not found")
    else:
        number = request.fields.get("message_id", chat.pinned[-1])
        chat.pinned = [n for n in chat.pinned if n != number]
    chat.bell.ring()
    return True
