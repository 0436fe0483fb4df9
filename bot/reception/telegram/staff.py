"""What staff write and press in the group, as actions on tickets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from telegram import Bot, Message, User
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.i18n.translator import mark
from bot.model.errors import StoreUnavailable
from bot.model.messages import TicketId
from bot.model.people import Staff, StaffId
from bot.model.tickets import Priority, Verb
from bot.staff.list import StaffList
from bot.staff.names import folded
from bot.transports.telegram_names import clean_name

FRESH: Final = 60.0  # seconds that an answer about membership is good for
QUICK: Final = 5.0  # seconds to ask for it

HINT_ANONYMOUS: Final = mark(
    "This was not passed on: I cannot see who wrote it. Please switch off anonymous posting and write again."
)
HINT_COMMAND: Final = mark("I do not know this command, and nothing was passed on. /help tells what I know.")
HINT_EDITED: Final = mark("The delegate keeps the first version. Please send the correction as a new message.")
HINT_EMPTY_NOTE: Final = mark("Please write the note after the command: /note the words")
HINT_FORWARDED: Final = mark("Forwarded messages are not passed on. Please write the answer yourself.")
HINT_NO_FILES: Final = mark("Files are not passed on to delegates. Please write it in words.")
HINT_TEXT_ONLY: Final = mark("Only the words were passed on, not the file.")

HINT_EMPTY: Final = mark("Please write the words after the command, such as /{command} the words")

HINT_TIME: Final = mark("Please say until when: 15m, 1h, morning or 18:00.")
HINT_WHOM: Final = mark("Please say to whom: the name of a colleague or a team, such as /assign Lan")
_HINTS: Final = {"note": HINT_EMPTY_NOTE, "snooze": HINT_TIME, "promise": HINT_TIME, "assign": HINT_WHOM}

Duty = Literal["", "on", "away", "who", "cases", "help"]
DUTIES: Final[tuple[Duty, ...]] = ("on", "away", "who", "cases", "help")

_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_NUMBER = re.compile(r"#([0-9]{1,9})(?:\s+|$)")
_BARE_NUMBER = re.compile(r"([0-9]{1,9})$")
_VERBS: Final[dict[str, Verb]] = {
    "claim": "claim",
    "resolve": "resolve",
    "reopen": "reopen",
    "release": "release",
    "wake": "wake",
    "bot": "hand-back",
    "note": "note",
    "ask": "ask",
    "snooze": "snooze",
    "promise": "promise",
    "assign": "assign",
    "urgent": "raise",
    "emergency": "raise",
    "calm": "lower",
}
COMMAND_NAMES: Final = frozenset(_VERBS)
LEVELS: Final[dict[str, Priority]] = {"urgent": Priority.HIGH, "emergency": Priority.EMERGENCY}
"""How far a command raises a ticket; a button too."""
_WORDY: Final[frozenset[Verb]] = frozenset({"note", "ask", "snooze", "promise", "assign"})
"""Verbs that need words after the command."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks for; ``hint`` is said to the writer, with or without an action."""

    verb: Verb | None = None
    text: str = ""
    hint: str = ""
    bot: str = ""
    """The bot that a command names."""
    number: TicketId | None = None
    """The ticket that a command names: ``/claim #12``."""
    duty: Duty = ""
    """What somebody says of themselves, or asks about all: of no ticket."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of the hint."""
    level: Priority | None = None
    """How far to raise it."""


def read_wish(message: Message) -> Wish | None:
    """What a message in a ticket's thread asks for; None for what is none, such as service messages."""
    text = (message.text or message.caption or "").strip()
    if message.forward_origin is not None:
        return Wish(hint=HINT_FORWARDED)
    if not text:
        return Wish(hint=HINT_NO_FILES) if message.effective_attachment is not None else None
    if text.startswith(("//", ". ")):
        return _note(text[2:].strip())
    if found := _COMMAND.fullmatch(text):
        return _command(found[1].lower(), found[2] or "", (found[3] or "").strip())
    return Wish("reply", text, HINT_TEXT_ONLY if message.caption else "")


def known_command(wish: Wish) -> bool:
    """Whether it may stand anywhere in the group: about oneself, or with the number of a ticket."""
    return bool(wish.duty) or wish.number is not None


def _command(name: str, bot: str, text: str) -> Wish:
    if name in DUTIES:
        return Wish(bot=bot, duty=next(duty for duty in DUTIES if duty == name))
    verb = _VERBS.get(name)
    if verb is None:
        return Wish(hint=HINT_COMMAND, bot=bot)
    number: TicketId | None = None
    if found := _NUMBER.match(text) or (_BARE_NUMBER.match(text) if verb not in _WORDY else None):
        number, text = TicketId(int(found[1])), text[found.end() :].strip()
    if verb in _WORDY and not text:
        return Wish(hint=_HINTS.get(name, HINT_EMPTY), bot=bot, number=number, fields={"command": name})
    return Wish(verb, text if verb in _WORDY else "", bot=bot, number=number, level=LEVELS.get(name))


def _note(text: str) -> Wish:
    return Wish("note", text) if text else Wish(hint=HINT_EMPTY_NOTE)


@dataclass(frozen=True)
class Rights:
    """Who of the group may act, and as whom.

    Args:
        staff: The staff list.
        others: Members who are not on it act too, for the desk and under their own names.
    """

    staff: StaffList
    others: bool = True

    async def of(self, person: User) -> Staff | None:
        """As whom a member of the group acts now; None for one who may not."""
        listed = await self.staff.on_telegram(person.id)
        if listed is not None:  # removed people stay known by their account: the group may not have noticed yet
            return listed.acting("telegram") if listed.active else None
        if not self.others:
            return None
        name = clean_name(person.full_name) or str(person.id)
        taken = {folded(one.name) for one in await self.staff.everybody() if one.active}
        shown = f"{name} (Telegram)" if folded(name) in taken else name
        return Staff(StaffId(f"telegram:{person.id}"), shown, "telegram")


class Members:
    """Who is in the group now; asks Telegram at most once a minute per person."""

    def __init__(self, bot: Bot, tick: Callable[[], float], rights: Rights) -> None:
        self._bot = bot
        self._tick = tick
        self._rights = rights
        self._known: dict[tuple[int, int], tuple[bool, float]] = {}

    def forget(self, person: int) -> None:
        """Somebody came or left: ask again."""
        self._known = {key: answer for key, answer in self._known.items() if key[1] != person}

    async def acting(self, chat: int, person: User) -> Staff | None:
        """As whom somebody acts now: a member of the group whom the staff list does not keep out.

        Raises:
            StoreUnavailable: Telegram or the store does not say now; bring the update again.
        """
        return await self._rights.of(person) if await self.has(chat, person.id) else None

    async def has(self, chat: int, person: int) -> bool:
        """Whether a person is a member now.

        Raises:
            StoreUnavailable: Telegram does not say now; bring the update again.
        """
        answer, since = self._known.get((chat, person), (False, 0.0))
        if since and self._tick() - since < FRESH:
            return answer
        answer = await self._ask(chat, person)
        self._known[chat, person] = (answer, self._tick())
        return answer

    async def _ask(self, chat: int, person: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat, person, read_timeout=QUICK, connect_timeout=QUICK)
        except (BadRequest, Forbidden):
            return False
        except TelegramError as error:
            # As when the store is away: a reply of staff may wait, but it must not get lost.
            raise StoreUnavailable("Telegram does not say now who is in the staff group") from error
        if member.status == ChatMemberStatus.RESTRICTED:
            return bool(getattr(member, "is_member", False))
        return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER)
