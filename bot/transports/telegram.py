"""One Bot API connection: the bot to send with, and the loop that receives.

The library's own ``Updater`` confirms updates before anything is stored (a kill lost 376 of 480), so this loop
is ours: an update is confirmed by the next fetch only when its handler has returned, or, when more wait than one
answer holds, when it lies in the inbox on disk: an emergency may be the last of two thousand.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.model.errors import Fault, SettingsError, StoreUnavailable
from bot.transports.telegram_calls import Calls
from bot.transports.telegram_errors import delivery_errors, waiting
from bot.transports.telegram_lanes import Item, Lanes
from bot.transports.telegram_request import AiohttpRequest
from bot.transports.telegram_updates import WANTED, Handle, Handling, Intake, Window, read_arrived, update_id

TELEGRAM: Final = "https://api.telegram.org"
MOST_UPDATES: Final = 100  # in one answer, and so also the most that are under way at once
MOST_WAITING: Final = 5_000  # updates taken into the inbox before some of them are handled
CHECK: Final = 4.0  # seconds for each step of the call at start
DEAF_AFTER: Final = 30.0  # seconds without an answer; a long poll takes twenty
_BEAT: Final = 5.0  # seconds between beats while the loop only waits

State = Literal["starting", "standby", "receiving", "conflict", "unreachable", "bad-token", "stopped"]

log = structlog.get_logger("telegram")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the receiving loop waits, in seconds; pairs are the first wait and the longest."""

    long_poll: float = 50.0
    network: tuple[float, float] = (1.0, 30.0)
    conflict: tuple[float, float] = (5.0, 60.0)
    token: float = 60.0
    store: float = 1.0
    """Until an update is tried again that the store could not take."""
    slow: float = 1.0
    """Until others are fetched while one chat is still busy."""


@dataclass(slots=True)
class Health:
    state: State
    last_ok: datetime
    """When Telegram last answered; the opening of the connection before that."""
    heard: float
    """The same in seconds that only go forward."""
    poisoned: int = 0
    """Updates that were set aside because they could not be handled."""
    pending: int = 0
    """Updates that wait at Telegram for our webhook."""
    hook_trouble: bool = False
    """Telegram cannot deliver to our webhook."""


class TelegramConnection:
    """Opens and closes with the house.

    Args:
        token: From BotFather.
        now: The real present, aware (not a demo clock: health is about the real network).
        api_url: Base address; ``/bot<token>`` and ``/file/bot<token>`` are appended.
        patience: How long to wait for what.
        tick: Seconds that only go forward.
    """

    def __init__(
        self,
        token: str,
        *,
        now: Callable[[], datetime],
        api_url: str = TELEGRAM,
        patience: Patience | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        base = (api_url or TELEGRAM).rstrip("/")
        self.now = now
        self._tick = tick
        self._patience = patience or Patience()
        # The proxies of the environment are for the way out, not for a server on this machine.
        self._request = AiohttpRequest(trust_env=base.startswith("https://"), tick=tick)
        self._faulty = _token_fault(token)
        self.bot = Bot(
            token or "missing",
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self.calls = Calls(self._request, self.bot.base_url)
        self.health = Health("starting", now(), tick())
        self._failures = 0

    async def __aenter__(self) -> Self:
        # Not the bot's own initialize: it asks Telegram, and the house must open without it.
        await self._request.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.health.state = "stopped"
        await self._request.shutdown()

    async def check(self) -> str:
        """The bot's user name.

        Raises:
            SettingsError: Telegram does not accept the token.
            DeliveryDelayed: Telegram cannot be reached now; receiving starts all the same and goes on trying.
        """
        if self._faulty:
            raise self.refused()
        with delivery_errors():
            try:
                me = await self.bot.get_me(connect_timeout=CHECK, read_timeout=CHECK, write_timeout=CHECK)
            except InvalidToken:
                raise self.refused() from None  # the cause may name the token
        self._note_answer()
        return me.username or str(me.id)

    def refused(self) -> SettingsError:
        self.health.state = "bad-token"
        return SettingsError([_BAD_TOKEN])

    # ---------------------------------------------------------------- receiving

    @property
    def silent(self) -> float:
        """Seconds since Telegram last answered."""
        return self._tick() - self.health.heard

    def stands_by(self) -> None:
        """Another process of this desk receives."""
        self.health.state = "standby"

    async def receive(self, handle: Handle, intake: Intake | None = None) -> None:
        """Fetch updates and have them handled, until cancelled."""
        given = intake or Intake()
        window = Window()
        if self.health.state in ("standby", "stopped"):
            self.health.state = "starting"
            self.health.heard = self._tick()
        try:
            async with asyncio.TaskGroup() as group:
                lanes = Lanes(group, Handling(handle, self.counted(given)), self._patience.store)
                await self._left_over(lanes, given)
                while True:
                    given.beat()
                    await self._fetch(window, lanes, given)
        finally:
            self.health.state = "stopped"

    async def catch_up(self, handle: Handle, intake: Intake) -> None:
        """Have what was left over handled, and no more: where a webhook receives, nobody else looks into the inbox."""
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, Handling(handle, self.counted(intake)), self._patience.store)
            await self._left_over(lanes, intake)

    async def _left_over(self, lanes: Lanes, intake: Intake) -> None:
        """What was confirmed and not handled before the last end comes first."""
        while intake.inbox is not None:
            try:
                waiting = await intake.inbox.waiting()
            except StoreUnavailable:
                await self._pause(self._patience.store, intake)
                continue
            for raw in waiting:
                if (number := update_id(raw)) is not None:
                    lanes.put(self._item(intake, raw, number, _dropping(intake, number), kept=True))
            return

    async def _fetch(self, window: Window, lanes: Lanes, intake: Intake) -> None:
        try:
            found = await self._updates(window)
        except TelegramError as error:
            lanes.all_came()
            await self._pause(self._trouble(error), intake)
            return
        self.received()
        numbers = [number for raw in found if (number := update_id(raw)) is not None]
        fresh = set(window.fetched(numbers))
        # The last of two with one number, if a server should ever send such.
        new = {number: raw for raw in found if (number := update_id(raw)) in fresh and number is not None}
        for _ in new:
            intake.count("received")
        await self._take(new, window, lanes, intake, many=len(found) >= MOST_UPDATES)
        await window.settled(self._patience.slow)
        if found and not numbers:  # nothing that could ever be confirmed: do not spin
            await self._pause(self._patience.slow, intake)

    async def _take(
        self, new: Mapping[int, object], window: Window, lanes: Lanes, intake: Intake, *, many: bool
    ) -> None:
        kept = many and lanes.count < MOST_WAITING and await _kept(new, intake)
        (lanes.more_comes if kept else lanes.all_came)()
        for number, raw in new.items():
            if kept:
                lanes.put(self._item(intake, raw, number, _dropping(intake, number), kept=True))
                window.done(number)
            else:
                lanes.put(self._item(intake, raw, number, _confirming(window, number)))

    def _item(
        self, intake: Intake, raw: object, number: int, done: Callable[[], Awaitable[None]], *, kept: bool = False
    ) -> Item:
        return Item(number, raw, read_arrived(raw, self.bot, intake), done, kept=kept)

    async def _pause(self, seconds: float, intake: Intake) -> None:
        """Wait, and show meanwhile that the loop lives."""
        ends = self._tick() + seconds
        while (left := ends - self._tick()) > 0:
            intake.beat()
            await asyncio.sleep(min(left, _BEAT))

    async def _updates(self, window: Window) -> Sequence[object]:
        """The raw answer: one malformed update must not take the others with it."""
        if self._faulty:
            raise InvalidToken
        patience = 0 if window.busy else int(self._patience.long_poll)
        asked: dict[str, Any] = {
            "timeout": patience,
            "limit": MOST_UPDATES,
            "allowed_updates": list(WANTED),
        }
        if window.offset is not None:
            asked["offset"] = window.offset
        answer_within = patience + (self._request.read_timeout or 0.0)
        found = await self.calls.call("getUpdates", asked, read_timeout=answer_within)
        return found if isinstance(found, list) else []

    def counted(self, intake: Intake) -> Intake:
        """The same, with what is set aside noted in the health of the connection."""

        async def set_aside(number: int, raw: object, problem: str) -> None:
            await intake.set_aside(number, raw, problem)
            self.health.poisoned += 1

        return replace(intake, set_aside=set_aside)

    def received(self) -> None:
        """Telegram was heard of."""
        if self.health.state != "receiving":
            log.info("telegram_receiving")
        self.health.state = "receiving"
        self._note_answer()
        self._failures = 0

    def unheard(self) -> None:
        """Telegram did not answer somebody else's question."""
        self._enter("unreachable")

    def _note_answer(self) -> None:
        self.health.last_ok = self.now()
        self.health.heard = self._tick()

    def _trouble(self, error: TelegramError) -> float:
        """Note what is wrong; returns the seconds to wait."""
        self._failures += 1
        if isinstance(error, RetryAfter):
            return waiting(error).total_seconds()
        if isinstance(error, InvalidToken):
            self._enter("bad-token")
            return self._patience.token
        if isinstance(error, Conflict):
            self._enter("conflict")
            return backoff(self._failures, self._patience.conflict)
        self._enter("unreachable")
        return backoff(self._failures, self._patience.network)

    def _enter(self, state: State) -> None:
        if self.health.state != state:  # once per episode
            (log.warning if state == "unreachable" else log.error)("telegram_not_receiving", state=state)
            self._failures = 1
        self.health.state = state


async def _kept(new: Mapping[int, object], intake: Intake) -> bool:
    """Whether they all lie in the inbox now."""
    if intake.inbox is None or not new:
        return False
    try:
        await intake.inbox.keep(new)
    except StoreUnavailable:
        return False  # each is then tried by itself, and its sender told
    return True


def _confirming(window: Window, number: int) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        window.done(number)

    return done


def _dropping(intake: Intake, number: int) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        if intake.inbox is not None:
            with suppress(StoreUnavailable):  # handled again after the next start, where it is known then
                await intake.inbox.drop(number)

    return done


def backoff(failures: int, waits: tuple[float, float], jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row: doubling, and never two processes in step."""
    first, longest = waits
    return min(longest, first * 2.0 ** min(failures - 1, 30)) * (0.5 + jitter() / 2)


_BAD_TOKEN: Final = Fault(
    file="settings",
    line=0,
    field="TELEGRAM_TOKEN",
    problem="Telegram does not accept this token; copy it again from BotFather",
)


def _token_fault(token: str) -> bool:
    """A token that could not even stand in an address."""
    return re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token) is None
