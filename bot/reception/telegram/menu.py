"""The commands that Telegram offers staff in their group, and to nobody else; whether they are allowed is asked anew each time."""

from __future__ import annotations

from typing import Final

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.i18n.translator import Speakers, mark
from bot.model.language import Language

COMMANDS: Final = (
    ("claim", mark("I help with this request")),
    ("resolve", mark("This request is resolved")),
    ("reopen", mark("Open this request again")),
    ("note", mark("A note that only staff read")),
    ("ask", mark("Ask the delegate and wait for the answer")),
    ("assign", mark("Give this request to somebody or a team")),
    ("snooze", mark("Put this request aside: 15m, 1h, morning, 18:00")),
    ("promise", mark("Promise the delegate an answer by a time")),
    ("urgent", mark("This request is urgent")),
    ("emergency", mark("This is an emergency: call everybody on duty")),
    ("calm", mark("This request is less urgent than it says")),
    ("release", mark("Give this request back")),
    ("bot", mark("Let the bot answer again in this chat")),
    ("on", mark("I am on duty")),
    ("away", mark("I am away")),
    ("who", mark("Who is on duty")),
    ("cases", mark("Which requests are open")),
    ("help", mark("What staff can do here")),
)
QUICK: Final = 10.0  # seconds
LONGEST: Final = 256  # characters of a description

log = structlog.get_logger("reception.telegram")


async def offer_commands(bot: Bot, chat: int, speakers: Speakers, languages: tuple[Language, ...]) -> None:
    """Bring the commands of a group up to date; the desk works without them.

    Args:
        bot: Whose commands they are.
        chat: The staff group of today.
        speakers: Say what each is for.
        languages: Of the group: the first for everybody whose app speaks none of them.
    """
    scope = BotCommandScopeChat(chat)
    for code, language in (("", languages[0]), *((one, one) for one in languages)):
        speaker = speakers[language]
        wanted = [BotCommand(name, speaker.text(said)[:LONGEST]) for name, said in COMMANDS]
        try:
            known = await bot.get_my_commands(scope=scope, language_code=code, read_timeout=QUICK)
            if list(known) != wanted:
                await bot.set_my_commands(wanted, scope=scope, language_code=code, read_timeout=QUICK)
        except TelegramError as error:
            log.warning("staff_commands_not_offered", code=code, error=type(error).__name__)
