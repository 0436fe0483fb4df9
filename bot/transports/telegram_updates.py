"""Updates on their way to the desk: read one by one, handled in order per chat, confirmed without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from telegram import Bot, Update

from bot.health.naming import named
from bot.model.errors import StoreUnavailable
from bot.transports.telegram_words import Words, read_words

Arrived = Update | Words
Handle = Callable[[Update], Awaitable[None]]
"""Returns once what the update means is committed. Raises StoreUnavailable when it cannot be."""

SetAside = Callable[[int, object, str], Awaitable[None]]
"""Keeps an update (its number, the update as it came, what was wrong) that cannot be read or handled, and sees that
its sender is not left without a word. Raises StoreUnavailable: it must come again."""

WANTED: Final = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
TRIES: Final = 3  # before an update is set aside
PATIENCE: Final = 25.0  # seconds for one try; a webhook's caller gives up after 60
UNREADABLE: Final = "it cannot be read"
_AGAIN: Final = 0.2  # seconds until the second try; the third waits five times as long

log = structlog.get_logger("telegram")


class Inbox(Protocol):
    """Keeps updates that were confirmed before they were handled, when there are too many to look through."""

    async def keep(self, found: Mapping[int, object]) -> None:
        """Returns once all are on disk. Raises StoreUnavailable."""

    async def drop(self, number: int) -> None:
        """It was handled. Raises StoreUnavailable."""

    async def waiting(self) -> Sequence[object]:
        """Those of an earlier time, oldest first. Raises StoreUnavailable."""


async def _drop(number: int, raw: object, reason: str) -> None:
    """Where no shelf is given, what cannot be handled is only counted."""
    del number, raw, reason


@dataclass(frozen=True)
class Intake:
    """What receiving needs of the house."""

    set_aside: SetAside = _drop
    urgent: Callable[[Arrived], bool] = lambda _: False
    """Whether an update goes before all others."""
    inbox: Inbox | None = None
    beat: Callable[[], None] = lambda: None
    """Called with each round of the loop."""
    count: Callable[[str], None] = lambda _: None
    """Called with ``received``, ``handled`` or ``aside`` for each update."""
    words: Callable[[Words], Awaitable[None]] | None = None
    """Handles texts in private chats, as ``Handle`` does the rest; without it, that handles all."""
    whole: Callable[[str], bool] = lambda _: False
    """Texts in private chats that are for ``Handle`` all the same, such as commands of staff."""


def update_id(raw: object) -> int | None:
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    return number if isinstance(number, int) else None


def read_arrived(raw: object, bot: Bot, intake: Intake) -> Arrived | None:
    """One update, a text in a private chat without the library's objects; None when it is not shaped as one."""
    words = read_words(raw) if intake.words is not None else None
    return words if words is not None and not intake.whole(words.text) else read_update(raw, bot)


def read_update(raw: object, bot: Bot) -> Update | None:
    """One update; None when it is not shaped as one."""
    if not isinstance(raw, dict) or update_id(raw) is None:
        return None
    try:
        return Update.de_json(raw, bot)
    except Exception as error:  # noqa: BLE001 -- whatever is wrong in it, the updates behind it must get through
        # Not the text of the error: it may quote what a delegate wrote.
        log.warning("update_unreadable", update_id=update_id(raw), error=type(error).__name__)
        return None


def chat_of(update: Arrived) -> int:
    """What decides about the order: updates of one chat follow each other."""
    if isinstance(update, Words):
        return update.chat
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else 0


class Window:
    """Which of the fetched updates are done; the next fetch confirms all before the first that is not.

    Ids usually count up, but start again at random after a quiet week: the order is that of the server.
    """

    def __init__(self) -> None:
        self.offset: int | None = None
        self._fetched: list[int] = []
        self._under_way: set[int] = set()
        self._done: set[int] = set()
        self._changed = asyncio.Event()

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    def fetched(self, numbers: Sequence[int]) -> list[int]:
        """Note an answer of the server; returns those that were not seen before."""
        self._fetched = list(numbers)
        self._done &= set(numbers)
        fresh = [number for number in dict.fromkeys(numbers) if number not in self._done | self._under_way]
        self._under_way.update(fresh)
        return fresh

    def unfinished(self, number: int) -> bool:
        return number not in self._done

    def done(self, number: int) -> None:
        self._under_way.discard(number)
        self._done.add(number)
        self._move()
        self._changed.set()

    def _move(self) -> None:
        for number in self._fetched:
            if number not in self._done:
                self.offset = number
                return
        if self._fetched:
            self.offset = self._fetched[-1] + 1

    async def settled(self, patience: float) -> None:
        """Wait until nothing is under way, or ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                while self._under_way:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return


@dataclass(frozen=True)
class Handling:
    """Handles one update, come what may.

    Args:
        handle: What to do with it.
        intake: Where it goes when that fails.
        patience: Seconds for one try.
        again: Seconds until the second try.
    """

    handle: Handle
    intake: Intake
    patience: float = PATIENCE
    again: float = _AGAIN

    async def handled(self, update: Arrived, raw: object) -> bool:
        """True when it is done with, one way or the other; False when the store could not take it: try again."""
        problem = ""
        for number in range(TRIES):
            if number:
                await asyncio.sleep(self.again * 5.0 ** (number - 1))
            try:
                async with asyncio.timeout(self.patience):
                    await self._handle(update)
            except StoreUnavailable:
                return False
            except Exception as error:  # noqa: BLE001 -- a poisonous update must not silence its chat for a day
                # The place and not the trace: what stands in an error may be a delegate's words.
                problem = named(error)
                log.warning("update_failed", update_id=update.update_id, error=problem)
            else:
                self.intake.count("handled")
                return True
        return await self.aside(update.update_id, raw, problem)

    async def _handle(self, update: Arrived) -> None:
        if isinstance(update, Update):
            await self.handle(update)
        elif self.intake.words is not None:
            await self.intake.words(update)

    async def aside(self, number: int, raw: object, problem: str) -> bool:
        """Put it on the shelf; False when the store could not take it."""
        try:
            async with asyncio.timeout(2 * self.patience):
                await self.intake.set_aside(number, raw, problem)
        except (StoreUnavailable, TimeoutError):
            return False
        self.intake.count("aside")
        log.error("update_set_aside", update_id=number, error=problem)
        return True
