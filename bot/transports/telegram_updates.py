"""Updates on their way to the desk: read one by one, handled in order per chat, confirmed without gaps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog
from telegram import Bot, Update

from bot.model.errors import StoreUnavailable

Handle = Callable[[Update], Awaitable[None]]
"""Returns once what the update means is committed. Raises StoreUnavailable when it cannot be."""

WANTED: Final = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")

log = structlog.get_logger("telegram")


def update_id(raw: object) -> int | None:
    number = raw.get("update_id") if isinstance(raw, Mapping) else None
    return number if isinstance(number, int) else None


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


def chat_of(update: Update) -> int:
    """What decides about the order: updates of one chat follow each other."""
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


class Lanes:
    """Handles updates: one after another per chat, different chats side by side.

    Args:
        group: Holds the tasks; it ends with the loop that owns it.
        handle: What to do with an update.
        retry: Seconds until an update is tried again that could not be stored.
        poisoned: Called for each update that was passed over because handling it failed.
    """

    def __init__(self, group: asyncio.TaskGroup, handle: Handle, retry: float, poisoned: Callable[[], None]) -> None:
        self._group = group
        self._handle = handle
        self._retry = retry
        self._poisoned = poisoned
        self._waiting: dict[int, deque[tuple[Update, Callable[[], None]]]] = {}

    def put(self, update: Update, done: Callable[[], None]) -> None:
        chat = chat_of(update)
        if chat in self._waiting:
            self._waiting[chat].append((update, done))
            return
        self._waiting[chat] = deque([(update, done)])
        self._group.create_task(self._run(chat), name="telegram lane")

    async def _run(self, chat: int) -> None:
        lane = self._waiting[chat]
        while lane:
            update, done = lane[0]
            await self._until_stored(update)
            lane.popleft()
            done()
        del self._waiting[chat]

    async def _until_stored(self, update: Update) -> None:
        while True:
            if await handled(update, self._handle, self._poisoned):
                return
            await asyncio.sleep(self._retry)


async def handled(update: Update, handle: Handle, poisoned: Callable[[], None]) -> bool:
    """Handle one update; False when the store could not take it and it must be tried again."""
    try:
        await handle(update)
    except StoreUnavailable:
        return False
    except Exception as error:  # noqa: BLE001 -- a poisonous update must not silence its chat for a day
        poisoned()
        # The place and not the trace: what stands in an error may be a delegate's words.
        log.error("update_passed_over", update_id=update.update_id, error=_named(error))  # noqa: TRY400
    return True


def _named(error: BaseException) -> str:
    """What failed where, without the words of the error."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} in {place}"
