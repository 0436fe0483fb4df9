"""The objects that calls carry: entities, keyboards, reply parameters, scopes, media."""

from .fields import (
    LANGUAGE_CODE,
    Check,
    array,
    boolean,
    chat_id,
    file,
    integer,
    octets,
    one_of,
    string,
    table,
    tagged,
)

_PLAIN = ("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
          "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
          "code")  # fmt: skip
_SPAN: dict[str, Check] = {"type": string(1), "offset": integer(0), "length": integer(1)}
user = table(
    {"id": integer(1), "is_bot": boolean, "first_name": string(1)},
    {"last_name": string(), "username": string(), "language_code": string(),
     "is_premium": boolean, "added_to_attachment_menu": boolean},
)  # fmt: skip
entity = tagged(
    "type",
    {name: table(_SPAN) for name in _PLAIN}
    | {
        "pre": table(_SPAN, {"language": string()}),
        "text_link": table({**_SPAN, "url": string(1, 2048)}),
        "text_mention": table({**_SPAN, "user": user}),
        "custom_emoji": table({**_SPAN, "custom_emoji_id": string(1)}),
        "date_time": table({**_SPAN, "unix_time": integer(0)}, {"date_time_format": string()}),
    },
)
parse_mode = one_of("HTML", "MarkdownV2")
link_preview_options = table(
    {},
    {"is_disabled": boolean, "url": string(), "prefer_small_media": boolean,
     "prefer_large_media": boolean, "show_above_text": boolean},
)  # fmt: skip
reply_parameters = table(
    {"message_id": integer(1)},
    {"chat_id": chat_id, "allow_sending_without_reply": boolean, "quote": string(0, 1024),
     "quote_parse_mode": parse_mode, "quote_entities": array(entity), "quote_position": integer(0)},
)  # fmt: skip

_STYLED: dict[str, Check] = {
    "style": one_of("primary", "success", "danger"),
    "icon_custom_emoji_id": string(),
}
_label = string(1)
_web_app = table({"url": string(1)})
inline_button = table(
    {"text": _label},
    {
        **_STYLED,
        "url": string(1, 2048),
        "callback_data": octets(1, 64),
        "web_app": _web_app,
        "login_url": table(
            {"url": string(1)},
            {"forward_text": string(), "bot_username": string(), "request_write_access": boolean},
        ),
        "switch_inline_query": string(0, 256),
        "switch_inline_query_current_chat": string(0, 256),
        "copy_text": table({"text": string(1, 256)}),
    },
)
_key = table(
    {"text": _label},
    {**_STYLED, "request_contact": boolean, "request_location": boolean, "web_app": _web_app,
     "request_poll": table({}, {"type": one_of("quiz", "regular")})},
)  # fmt: skip


def _key_or_text(value: object) -> object:
    return _key({"text": value} if isinstance(value, str) else value)


inline_markup = table({"inline_keyboard": array(array(inline_button, 0, 100), 0, 100)})
_field_hint = {"input_field_placeholder": string(1, 64), "selective": boolean}
_reply_markup = table(
    {"keyboard": array(array(_key_or_text, 1, 300), 1, 300)},
    {
        "is_persistent": boolean,
        "resize_keyboard": boolean,
        "one_time_keyboard": boolean,
        **_field_hint,
    },
)
_remove = table({"remove_keyboard": boolean}, {"selective": boolean})
_force = table({"force_reply": boolean}, _field_hint)


def markup(value: object) -> object:
    """Any keyboard; which one is told by its first field."""
    found = table({}, dict.fromkeys(_MARKUPS, _anything) | dict.fromkeys(_MARKUP_EXTRAS, _anything))(value)
    for name, check in _MARKUPS.items():
        if name in found:
            return check(found)
    raise ValueError("object expected as reply markup")


def _anything(value: object) -> object:
    return value


_MARKUPS: dict[str, Check] = {
    "inline_keyboard": inline_markup,
    "keyboard": _reply_markup,
    "remove_keyboard": _remove,
    "force_reply": _force,
}
_MARKUP_EXTRAS = ("is_persistent", "resize_keyboard", "one_time_keyboard", *_field_hint)

reaction = tagged(
    "type",
    {"emoji": table({"type": string(), "emoji": string(1)}),
     "custom_emoji": table({"type": string(), "custom_emoji_id": string(1)})},
)  # fmt: skip
command = table(
    {"command": string(1, 32, "[a-z0-9_]+"), "description": string(1, 256)},
    {"is_ephemeral": boolean},
)
_type = {"type": string()}
scope = tagged(
    "type",
    dict.fromkeys(("default", "all_private_chats", "all_group_chats", "all_chat_administrators"), table(_type))
    | dict.fromkeys(("chat", "chat_administrators"), table({**_type, "chat_id": chat_id}))
    | {"chat_member": table({**_type, "chat_id": chat_id, "user_id": integer(1)})},
)
menu_button = tagged(
    "type",
    {"commands": table(_type), "default": table(_type),
     "web_app": table({**_type, "text": string(1), "web_app": _web_app})},
)  # fmt: skip
language = string(0, 2, LANGUAGE_CODE.pattern)
_captioned: dict[str, Check] = {
    "caption": string(), "parse_mode": parse_mode, "caption_entities": array(entity, 0, 100),
}  # fmt: skip
_medium: dict[str, Check] = {**_type, "media": file}
input_media = tagged(
    "type",
    {"photo": table(_medium, {**_captioned, "show_caption_above_media": boolean, "has_spoiler": boolean}),
     "document": table(_medium, {**_captioned, "disable_content_type_detection": boolean}),
     "audio": table(_medium, {**_captioned, "duration": integer(0), "performer": string(),
                              "title": string()}),
     "video": table(_medium, {**_captioned, "width": integer(0), "height": integer(0), "duration": integer(0),
                              "supports_streaming": boolean, "has_spoiler": boolean})},
)  # fmt: skip
