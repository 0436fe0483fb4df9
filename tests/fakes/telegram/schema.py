"""Which fields each method takes. ``!`` marks required ones; ``name=kind`` a check other than the name's."""

from typing import Any

from . import shapes
from .errors import wrong
from .fields import (
    Check,
    Upload,
    array,
    boolean,
    chat_id,
    checked,
    file,
    integer,
    number,
    octets,
    one_of,
    string,
)
from .updates import KINDS

_CHECKS: dict[str, Check] = {
    "chat_id": chat_id, "from_chat_id": chat_id, "user_id": integer(1),
    "message_id": integer(1), "message_ids": array(integer(1), 1, 100),
    "message_thread_id": integer(1), "inline_message_id": string(1), "business_connection_id": string(),
    "text": string(), "caption": string(), "parse_mode": shapes.parse_mode,
    "entities": array(shapes.entity, 0, 100), "caption_entities": array(shapes.entity, 0, 100),
    "link_preview_options": shapes.link_preview_options, "reply_parameters": shapes.reply_parameters,
    "reply_markup": shapes.markup, "inline_markup": shapes.inline_markup,
    "disable_notification": boolean, "protect_content": boolean, "allow_paid_broadcast": boolean,
    "message_effect_id": string(), "show_caption_above_media": boolean, "has_spoiler": boolean,
    "photo": file, "document": file, "voice": file, "video": file, "audio": file, "sticker": file,
    "animation": file, "thumbnail": file, "certificate": file, "disable_content_type_detection": boolean,
    "duration": integer(0), "width": integer(0), "height": integer(0), "supports_streaming": boolean,
    "performer": string(), "title": string(), "emoji": string(),
    "media": array(shapes.input_media, 2, 10),
    "latitude": number(-90, 90), "longitude": number(-180, 180), "horizontal_accuracy": number(0, 1500),
    "live_period": integer(60, 2**31 - 1), "heading": integer(1, 360),
    "proximity_alert_radius": integer(1, 100_000),
    "venue_title": string(1), "address": string(1), "foursquare_id": string(), "foursquare_type": string(),
    "google_place_id": string(), "google_place_type": string(),
    "phone_number": string(1), "first_name": string(1), "last_name": string(), "vcard": octets(0, 2048),
    "offset": integer(), "limit": integer(1, 100), "timeout": integer(0, 50),
    "allowed_updates": array(one_of(*sorted(KINDS))), "url": string(0, 2048), "ip_address": string(),
    "max_connections": integer(1, 100), "drop_pending_updates": boolean,
    "secret_token": string(1, 256, "[A-Za-z0-9_-]*"),
    "callback_query_id": string(1), "answer_text": string(0, 200), "show_alert": boolean,
    "cache_time": integer(0),
    "action": one_of("typing", "upload_photo", "record_video", "upload_video", "record_voice",
                     "upload_voice", "upload_document", "choose_sticker", "find_location",
                     "record_video_note", "upload_video_note"),
    "reaction": array(shapes.reaction), "is_big": boolean, "return_bots": boolean,
    "topic_name": string(1, 128), "new_topic_name": string(0, 128), "icon_custom_emoji_id": string(),
    "icon_color": integer(0), "file_id": string(1),
    "commands": array(shapes.command, 0, 100), "scope": shapes.scope, "language_code": shapes.language,
    "name": string(0, 64), "description": string(0, 512), "short_description": string(0, 120),
    "menu_button": shapes.menu_button, "private_chat_id": integer(1),
}  # fmt: skip

_HOW = ("message_thread_id disable_notification protect_content allow_paid_broadcast "
        "message_effect_id business_connection_id reply_parameters reply_markup")  # fmt: skip
_TO = f"chat_id! {_HOW}"
_CAPTION = "caption parse_mode caption_entities"
_PRESENT = "message_thread_id disable_notification protect_content message_effect_id"
_EDIT = "chat_id message_id inline_message_id business_connection_id reply_markup=inline_markup"
_MESSAGE = "chat_id! message_id!"
_TOPIC = "chat_id! message_thread_id!"

_METHODS: dict[str, str] = {
    "getMe": "", "logOut": "", "close": "", "getWebhookInfo": "",
    "getUpdates": "offset limit timeout allowed_updates",
    "setWebhook": "url! certificate ip_address max_connections allowed_updates "
        "drop_pending_updates secret_token",
    "deleteWebhook": "drop_pending_updates",
    "sendMessage": f"{_TO} text! parse_mode entities link_preview_options",
    "sendPhoto": f"{_TO} photo! {_CAPTION} show_caption_above_media has_spoiler",
    "sendDocument": f"{_TO} document! thumbnail {_CAPTION} disable_content_type_detection",
    "sendVoice": f"{_TO} voice! {_CAPTION} duration",
    "sendVideo": f"{_TO} video! thumbnail {_CAPTION} duration width height supports_streaming "
                 "has_spoiler show_caption_above_media",
    "sendAudio": f"{_TO} audio! thumbnail {_CAPTION} duration performer title",
    "sendAnimation": f"{_TO} animation! thumbnail {_CAPTION} duration width height has_spoiler "
                     "show_caption_above_media",
    "sendSticker": f"{_TO} sticker! emoji",
    "sendMediaGroup": f"chat_id! media! allow_paid_broadcast reply_parameters "
        f"business_connection_id {_PRESENT}",
    "sendLocation": f"{_TO} latitude! longitude! horizontal_accuracy live_period heading "
        "proximity_alert_radius",
    "sendVenue": f"{_TO} latitude! longitude! title=venue_title! address! foursquare_id foursquare_type "
                 "google_place_id google_place_type",
    "sendContact": f"{_TO} phone_number! first_name! last_name vcard",
    "sendChatAction": "chat_id! action! message_thread_id business_connection_id",
    "forwardMessage": f"{_MESSAGE} from_chat_id! {_PRESENT}",
    "forwardMessages": "chat_id! message_ids! from_chat_id! message_thread_id "
        "disable_notification protect_content",
    "copyMessage": f"{_TO} message_id! from_chat_id! {_CAPTION} show_caption_above_media",
    "copyMessages": "chat_id! message_ids! from_chat_id! message_thread_id "
        "disable_notification protect_content",
    "editMessageText": f"{_EDIT} text! parse_mode entities link_preview_options",
    "editMessageCaption": f"{_EDIT} {_CAPTION} show_caption_above_media",
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": _MESSAGE, "deleteMessages": "chat_id! message_ids!",
    "answerCallbackQuery": "callback_query_id! text=answer_text show_alert url cache_time",
    "setMessageReaction": f"{_MESSAGE} reaction is_big",
    "createForumTopic": "chat_id! name=topic_name! icon_color icon_custom_emoji_id",
    "editForumTopic": f"{_TOPIC} name=new_topic_name icon_custom_emoji_id",
    "closeForumTopic": _TOPIC, "reopenForumTopic": _TOPIC, "deleteForumTopic": _TOPIC,
    "getChat": "chat_id!", "getChatMember": "chat_id! user_id!", "leaveChat": "chat_id!",
    "getChatAdministrators": "chat_id! return_bots", "getChatMemberCount": "chat_id!",
    "pinChatMessage": f"{_MESSAGE} disable_notification business_connection_id",
    "unpinChatMessage": "chat_id! message_id business_connection_id",
    "setMyCommands": "commands! scope language_code",
    "getMyCommands": "scope language_code", "deleteMyCommands": "scope language_code",
    "setMyName": "name language_code", "getMyName": "language_code",
    "setMyDescription": "description language_code", "getMyDescription": "language_code",
    "setMyShortDescription": "short_description language_code", "getMyShortDescription": "language_code",
    "setChatMenuButton": "chat_id=private_chat_id menu_button",
    "getChatMenuButton": "chat_id=private_chat_id",
    "getFile": "file_id!",
}  # fmt: skip


def _parsed(notation: str) -> dict[str, tuple[Check, bool]]:
    known: dict[str, tuple[Check, bool]] = {}
    for word in notation.split():
        name, _, kind = word.rstrip("!").partition("=")
        known[name] = (_CHECKS[kind or name], word.endswith("!"))
    return known


METHODS = {method: _parsed(notation) for method, notation in _METHODS.items()}
_NAMES = {method.lower(): method for method in METHODS}


def method_called(name: str) -> str | None:
    """The proper spelling of a method; upper and lower case do not matter to Telegram."""
    return _NAMES.get(name.lower())


def validated(method: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The fields with their types.

    Args:
        method: As spelled in ``METHODS``.
        raw: Fields as they came: text from forms and queries, anything from JSON.

    Raises:
        Refusal: A field is unknown, missing or wrong.
    """
    known = METHODS[method]
    for name, (_, required) in known.items():
        if required and raw.get(name) in (None, "") and (method, name) != ("setWebhook", "url"):
            raise wrong("message text is empty" if name == "text" else f"{name} is empty")
    try:
        return {
            name: checked(name, known[name][0] if name in known else None, value)
            for name, value in raw.items()
            if name in known or not isinstance(value, Upload)  # others serve ``attach://``
        }
    except ValueError as error:
        raise wrong(str(error)) from None
