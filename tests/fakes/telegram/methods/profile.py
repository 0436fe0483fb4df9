"""How the bot presents itself: commands, names, descriptions, menu button."""

import json
from typing import Any

from tests.fakes.telegram.errors import wrong
from tests.fakes.telegram.ledger import Json
from tests.fakes.telegram.request import Request, handles


def _key(request: Request, what: str) -> tuple[str, str, str]:
    scope = request.fields.get("scope", {"type": "default"})
    if "chat_id" in scope:
        chat = Request(request.method, scope, {}, request.world).chat(writing=False)
        if chat.private and scope["type"] != "chat":
            raise wrong("can't change commands of administrators in a private chat")
    return what, json.dumps(scope, sort_keys=True), request.fields.get("language_code", "")


@handles("setMyCommands")
def set_commands(request: Request) -> bool:
    commands = request.fields["commands"]
    names = [command["command"] for command in commands]
    if len(set(names)) != len(names):
        raise wrong("BOT_COMMAND_DUPLICATE")
    request.world.profile[_key(request, "commands")] = commands
    return True


@handles("getMyCommands")
def get_commands(request: Request) -> Any:
    return request.world.profile.get(_key(request, "commands"), [])


@handles("deleteMyCommands")
def delete_commands(request: Request) -> bool:
    request.world.profile.pop(_key(request, "commands"), None)
    return True


_TEXTS = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}


@handles(*(f"setMy{part}" for part in _TEXTS))
def set_text(request: Request) -> bool:
    name = _TEXTS[request.method.removeprefix("setMy")]
    request.world.profile[_key(request, name)] = request.fields.get(name, "")
    return True


@handles(*(f"getMy{part}" for part in _TEXTS))
def get_text(request: Request) -> Json:
    """The text in a language, else the one for all languages."""
    name = _TEXTS[request.method.removeprefix("getMy")]
    profile = request.world.profile
    general = (name, _key(request, name)[1], "")
    default = request.bot.first_name if name == "name" else ""
    return {name: profile.get(_key(request, name)) or profile.get(general) or default}


@handles("setChatMenuButton", "getChatMenuButton")
def menu_button(request: Request) -> Any:
    world = request.world
    chat = request.chat() if "chat_id" in request.fields else None
    if request.method == "getChatMenuButton":
        return (chat.menu_button if chat else None) or world.menu_button
    wanted = request.fields.get("menu_button", {"type": "default"})
    if wanted["type"] == "web_app" and not wanted["web_app"]["url"].startswith("https://"):
        raise wrong("menu button Web App URL is invalid: only HTTPS links are allowed")
    if chat is None:
        world.menu_button = wanted
    else:
        chat.menu_button = wanted
    return True
