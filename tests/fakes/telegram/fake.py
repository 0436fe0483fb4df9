"""The fake Telegram as tests use it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from .bell import PATIENCE
from .courier import Courier
from .faults import Faults
from .flood import Flood, Limits
from .groups import Group
from .ledger import Call, Json, Violation
from .methods.presses import PRESS_LIVES
from .model import ALL_RIGHTS, Account
from .people import Person
from .press import Press
from .server import Server
from .world import World

BACKOFF = (0.05, 0.1, 0.2, 0.5)


class FakeTelegram:
    """A Bot API server on this machine, with one bot and as many people as needed.

    Args:
        limits: Flood limits; none unless given.
        clock: Seconds since 1970, for dates, limits and expiry.
        backoff: Seconds between attempts to reach a webhook.
        hook_timeout: Seconds a webhook has for one update.
        username: Of the bot.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        backoff: Sequence[float] = BACKOFF,
        hook_timeout: float = 10.0,
        username: str = "desk_bot",
    ) -> None:
        self.world = World(clock, username)
        self.token = f"{self.world.bot.id}:" + "FAKE-" * 7
        self.url = ""
        self.faults = Faults()
        self.fail = self.faults.fail
        self.garble = self.faults.garble
        self.drop = self.faults.drop
        self.hang = self.faults.hang
        self.delay = self.faults.delay
        self._flood = Flood(limits)
        self._server = Server(self.world, self.token, self.faults, self._flood)
        self._courier = Courier(self.world, backoff, hook_timeout)
        self._task: asyncio.Task[None] | None = None
        self._owed: set[str] = set()  # presses that settled() gave up on

    async def __aenter__(self) -> Self:
        self.url = f"http://127.0.0.1:{await self._server.open()}"
        self._task = asyncio.create_task(self._courier.run(), name="fake telegram webhook")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._server.close()

    # addresses

    @property
    def base_url(self) -> str:
        """For ``telegram.Bot(base_url=…)``, which adds the token."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    @property
    def bot(self) -> Account:
        return self.world.bot

    # the cast

    def user(self, name: str, **details: str) -> Person:
        """Somebody new, who has not pressed Start yet.

        Args:
            name: The first name.
            details: ``last_name``, ``username``, ``language_code``.
        """
        account = self.world.account(name, **details)
        return Person(self.world, account, self.world.private_chat(account))

    def forum(
        self,
        title: str,
        staff: Sequence[str | Person] = ("Clerk",),
        *,
        rights: frozenset[str] = ALL_RIGHTS,
    ) -> Group:
        """A supergroup with topics. Without rights the bot is no administrator."""
        return self.group(title, staff, rights=rights, forum=True)

    def group(
        self, title: str, staff: Sequence[str | Person] = ("Clerk",), *,
        rights: frozenset[str] = ALL_RIGHTS, forum: bool = False, supergroup: bool = False,
    ) -> Group:  # fmt: skip
        """A small group, which may be upgraded. The first of the staff is its creator."""
        chat = self.world.group(title, forum=forum, supergroup=supergroup, rights=rights)
        accounts = [p.account if isinstance(p, Person) else self.world.account(p) for p in staff]
        return Group(self.world, chat, accounts)

    # updates

    def push(self, update: Json) -> int:
        """Queues any JSON as an update, whatever ``allowed_updates`` says; returns its id."""
        number: int = self.world.queue.push_raw(update, _chat_of(update))["update_id"]
        return number

    @property
    def next_update_id(self) -> int:
        """Settable: Telegram starts again at random after a quiet week."""
        return self.world.queue.next_id

    @next_update_id.setter
    def next_update_id(self, number: int) -> None:
        self.world.queue.next_id = number

    @property
    def pending(self) -> list[Json]:
        """Updates that the bot has not confirmed."""
        return [update for _, update in self.world.queue.pending]

    # what the bot did

    @property
    def calls(self) -> list[Call]:
        return self.world.ledger.calls

    def calls_of(self, method: str, **fields: Any) -> list[Call]:
        """Calls of one method whose fields have these values."""
        return [
            call for call in self.calls
            if call.method == method and all(call.fields.get(k) == v for k, v in fields.items())
        ]  # fmt: skip

    async def called(self, method: str, times: int = 1, timeout: float = PATIENCE, **fields: Any) -> Call:  # noqa: ASYNC109
        """Waits until a method has been called so often; returns the last of these calls.

        Raises:
            AssertionError: It was not in time.
        """

        def look() -> Call | None:
            found = self.calls_of(method, **fields)
            return found[times - 1] if len(found) >= times else None

        call = await self.world.ledger.bell.until(look, timeout)
        if call is None:
            raise AssertionError(f"{method} {fields} not called {times} times in {timeout} s")
        return call

    async def heard(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Waits until the bot has read of every wait that it was told.

        Raises:
            AssertionError: It has not in time.
        """
        if not await self.world.ledger.bell.until(lambda: self._flood.heard or None, timeout):
            raise AssertionError(f"a 429 not read in {timeout} s")

    @property
    def violations(self) -> list[Violation]:
        """What a correct bot never does; presses count when overdue or after ``settled``."""
        late = self.world.clock() - PRESS_LIVES
        owed = [press for press in self._unanswered() if press.id in self._owed or press.at < late]
        texts = (f"callback never answered: {press.data}" for press in owed)
        missing = [Violation(text) for text in texts if not self._tolerates(text)]
        return self.world.ledger.violations + missing

    def tolerate(self, text: str) -> None:
        """From now on a violation with this text counts no more (after a lost answer, say)."""
        self.world.ledger.tolerated.append(text)

    def _tolerates(self, text: str) -> bool:
        return any(part in text for part in self.world.ledger.tolerated)

    def _unanswered(self) -> list[Press]:
        return [press for press in self.world.presses.values() if press.answer is None]

    async def settled(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109 -- the test says how patient it is
        """Waits until every update is confirmed and every press answered.

        Raises:
            AssertionError: Updates were left; presses left become violations instead.
        """
        bell = self.world.queue.bell
        await bell.until(lambda: None if self.pending or self._unanswered() else True, timeout)
        self._owed |= {press.id for press in self._unanswered()}
        if self.pending:
            raise AssertionError(f"not confirmed in {timeout} s: {self.pending}")


def _chat_of(update: Json) -> int:
    """The chat that an update belongs to, for the order of webhooks; 0 when there is none."""
    for part in update.values():
        if isinstance(part, dict):
            place = part.get("message", part) if "chat" not in part else part
            chat_id = place.get("chat", {}).get("id", 0)
            return chat_id if isinstance(chat_id, int) else 0
    return 0
