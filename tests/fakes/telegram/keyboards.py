"""The rules for buttons that go beyond their shape."""

from .errors import wrong
from .ledger import Json
from .model import Chat
from .text import valid_url

MOST_BUTTONS = 100
MOST_IN_ROW = 8
_ACTIONS = ("url", "callback_data", "web_app", "login_url", "switch_inline_query",
            "switch_inline_query_current_chat", "copy_text")  # fmt: skip
_PRIVATE_KEYS = ("request_contact", "request_location", "request_poll", "web_app")


def check_markup(markup: Json, chat: Chat) -> Json:
    """The keyboard of a call, checked.

    Raises:
        Refusal: Too many buttons, or one that does nothing, leads nowhere or is not allowed here.
    """
    rows: list[list[Json]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if any(len(row) > MOST_IN_ROW for row in rows):
        raise wrong(f"too many buttons in a row; at most {MOST_IN_ROW}")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise wrong(f"too many buttons; at most {MOST_BUTTONS}")
    for row in rows:
        for button in row:
            if not button["text"].strip():
                raise wrong("text buttons must have a non-empty text")
            check = _check_inline if "inline_keyboard" in markup else _check_key
            check(button, chat)
    return markup


def _check_inline(button: Json, chat: Chat) -> None:
    actions = [name for name in _ACTIONS if name in button]
    if len(actions) != 1:
        raise wrong(f"inline keyboard button {button['text']!r} must have exactly one action")
    if "web_app" in button and not chat.private:
        raise wrong("BUTTON_TYPE_INVALID")
    url = button.get("url")
    if url is not None and not valid_url(url):
        raise wrong(f"inline keyboard button URL '{url}' is invalid: wrong HTTP URL")
    for name in ("web_app", "login_url"):
        target = button.get(name, {}).get("url")
        if target is not None and not (target.startswith("https://") and valid_url(target)):
            raise wrong(f"inline keyboard button {name} URL '{target}' is invalid: only HTTPS links are allowed")


def _check_key(button: Json, chat: Chat) -> None:
    wishes = [name for name in _PRIVATE_KEYS if button.get(name)]
    if len(wishes) > 1:
        raise wrong(f"keyboard button {button['text']!r} asks for more than one thing")
    if wishes and not chat.private:
        raise wrong(f"{wishes[0]} can be used in private chats only")
