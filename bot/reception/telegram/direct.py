"""What staff write to the bot in a chat of their own: a code that links their account, the wish for the console, what they do with tickets.

Everybody else's messages pass by: a delegate who types the same words is a delegate. So do those of staff that are neither
a command for staff nor an answer to something about a ticket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import structlog
from telegram import Bot, Message, Update
from telegram.error import TelegramError

from bot.i18n.translator import Speakers, mark
from bot.model.language import Language, closest
from bot.reception.telegram.direct_desk import DirectDesk, by_a_person_alone
from bot.reception.telegram.staff import COMMAND_NAMES, DUTIES
from bot.staff.codes import LOOKS_LIKE, use_code
from bot.staff.links import BY_BOT, new_link
from bot.staff.list import StaffList, staff_event
from bot.transports.telegram_shapes import NO_PREVIEW

QUICK: Final = 5.0  # seconds for an answer
_COMMAND: Final = re.compile(r"/(link|console)(?:@\w+)?(?:\s+(\S+))?\s*", re.IGNORECASE)
FOR_STAFF: Final = re.compile(
    rf"\s*/({'|'.join(sorted({'link', 'console', 'start', 'stop', *DUTIES, *COMMAND_NAMES}))})\b",
    re.IGNORECASE,
)
"""Texts of which only the staff list tells whether they are a delegate's."""

LINKED: Final = mark("Linked. You now act here as {name}. /console brings you a sign-in link.")
NOT_LINKED: Final = mark("This code is not valid any more. Please ask an administrator for a new one.")
NO_CONSOLE: Final = mark("The console has no public address. Please ask an administrator for a sign-in link.")
CONSOLE: Final = mark("Your sign-in link, good once, for 15 minutes. Do not pass it on:")
HAS_PASSWORD: Final = mark("Please sign in with your password and a code of your app:")

log = structlog.get_logger("reception.telegram")


class Direct:
    """Give it every update before the delegates' door sees it.

    Args:
        bot: Answers.
        staff: Who there is.
        speakers: Everybody reads their own language.
        console: The address of the console, ending in ``/desk/``; empty when nobody outside can reach it.
        desk: What staff do with tickets in their own chats; None where they only link and sign in.
    """

    def __init__(
        self,
        bot: Bot,
        staff: StaffList,
        speakers: Speakers,
        console: Callable[[], str],
        desk: DirectDesk | None = None,
    ) -> None:
        self._bot = bot
        self._staff = staff
        self._speakers = speakers
        self._console = console
        self._desk = desk

    async def receive(self, update: Update) -> bool:
        """Deal with it; False when it is not for us.

        Raises:
            StoreUnavailable: Not committed; bring the update again.
        """
        if self._desk is not None and await self._desk.receive(update):
            return True
        message = update.message
        found = _COMMAND.fullmatch((message.text or "").strip()) if message is not None else None
        if message is None or found is None or not by_a_person_alone(message) or message.from_user is None:
            return False
        user, given = message.from_user.id, found[2] or ""
        if found[1].lower() == "link":
            if not LOOKS_LIKE.fullmatch(given):
                return False
            await self._link(message, user, given)
            return True
        return not given and await self._to_console(message, user)

    async def _link(self, message: Message, user: int, code: str) -> None:
        person = await use_code(self._staff, code, user)
        if person is None:
            known = closest(message.from_user.language_code if message.from_user else None)
            await self._say(message, known or "en", NOT_LINKED)
            return
        await self._say(message, person.language, LINKED, name=person.name)

    async def _to_console(self, message: Message, user: int) -> bool:
        person = await self._staff.on_telegram(user)
        if person is None or not person.active:
            return False  # as to anybody else
        address = self._console()
        if not address:
            await self._say(message, person.language, NO_CONSOLE)
        elif person.administrator:
            await self._say(message, person.language, HAS_PASSWORD, more=address)
        else:
            now = self._staff.clock.now()
            await self._staff.store.audit(staff_event(now, person.id, "staff.link-made", person, "telegram"))
            token = await new_link(self._staff.store, person, now, BY_BOT)
            await self._say(message, person.language, CONSOLE, more=f"{address}enter?token={token}")
        return True

    async def _say(self, message: Message, language: Language, said: str, *, more: str = "", **fields: str) -> None:
        text = self._speakers[language].text(said, **fields)
        try:
            await self._bot.send_message(
                message.chat.id,
                f"{text}\n{more}".rstrip(),
                link_preview_options=NO_PREVIEW,  # nobody else fetches the address
                protect_content=bool(more),
                read_timeout=QUICK,
                connect_timeout=QUICK,
            )
        except TelegramError as error:
            log.warning("direct_answer_not_sent", error=type(error).__name__)
