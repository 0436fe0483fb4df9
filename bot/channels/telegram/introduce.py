"""How the bot presents itself: commands, name, descriptions; in each language, changed only when different."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, MenuButtonCommands
from telegram.error import TelegramError

from bot.i18n.translator import Speaker, Speakers, mark
from bot.model.content import Event
from bot.model.language import Language

COMMANDS: Final = (
    ("start", mark("Start again and show the menu")),
    ("help", mark("What you can ask here")),
    ("today", mark("Today's programme")),
    ("now", mark("What is on now")),
    ("next", mark("What comes next")),
    ("human", mark("Talk to a person at reception")),
    ("requests", mark("What became of my requests")),
    ("lang", mark("Change the language")),
    ("privacy", mark("What happens with your data")),
)
_NAME: Final = mark("{event} information desk")
_SHORT: Final = mark("Answers for delegates of {event}, day and night. A person at reception helps with the rest.")
_LONG: Final = mark(
    "Ask anything about {event}: the programme, your hotel, coaches, visas, meals or the city. "
    "Write in English, Arabic or Vietnamese. What I cannot answer goes to reception, and they reply here."
)
# The language without a code is for everybody whose phone speaks another one.
_CODES: Final[tuple[tuple[str, Language], ...]] = (("", "en"), ("ar", "ar"), ("vi", "vi"))
_NAME_LIMIT, _SHORT_LIMIT, _LONG_LIMIT, _COMMAND_LIMIT = 64, 120, 512, 256  # characters, by the Bot API

log = structlog.get_logger("telegram")


async def introduce(bot: Bot, speakers: Speakers, event: Event) -> None:
    """Bring what Telegram shows about the bot up to date. What fails is logged: the desk works without it."""
    for code, language in _CODES:
        speaker = speakers[language]
        # Each on its own: Telegram limits changes of the name to a few a day, and the rest should not wait for it.
        await _attempt("commands", code, _commands(bot, code, speaker))
        for what, wanted in _texts(speaker, event):
            await _attempt(what, code, _text(bot, what, code, wanted))
    await _attempt("menu button", "", _menu_button(bot))


async def _attempt(what: str, code: str, change: Awaitable[None]) -> None:
    try:
        await change
    except TelegramError as error:
        after = getattr(error, "retry_after", None)
        seconds = int(after.total_seconds()) if isinstance(after, timedelta) else None
        log.warning("introduction_failed", what=what, code=code, error=type(error).__name__, retry_after=seconds)


async def _commands(bot: Bot, code: str, speaker: Speaker) -> None:
    scope = BotCommandScopeAllPrivateChats()
    wanted = [BotCommand(name, cut(speaker.text(said), _COMMAND_LIMIT)) for name, said in COMMANDS]
    if list(await bot.get_my_commands(scope=scope, language_code=code)) != wanted:
        await bot.set_my_commands(wanted, scope=scope, language_code=code)


def _texts(speaker: Speaker, event: Event) -> Sequence[tuple[str, str]]:
    return (
        ("name", cut(speaker.text(_NAME, event=event.short), _NAME_LIMIT)),
        ("short_description", cut(speaker.text(_SHORT, event=event.short), _SHORT_LIMIT)),
        ("description", cut(speaker.text(_LONG, event=event.name.in_(speaker.language)), _LONG_LIMIT)),
    )


async def _text(bot: Bot, what: str, code: str, wanted: str) -> None:
    get: Callable[..., Awaitable[object]] = getattr(bot, f"get_my_{what}")
    change: Callable[..., Awaitable[bool]] = getattr(bot, f"set_my_{what}")
    if getattr(await get(language_code=code), what) != wanted:
        await change(wanted, language_code=code)


async def _menu_button(bot: Bot) -> None:
    wanted = MenuButtonCommands()
    if await bot.get_chat_menu_button() != wanted:
        await bot.set_chat_menu_button(menu_button=wanted)


def cut(text: str, longest: int) -> str:
    """At most so many characters, at a word's end where there is one."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:") + "…"
