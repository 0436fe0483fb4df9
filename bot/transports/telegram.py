"""One Bot API connection: the bot to send with, and the loop that receives.

The library's own ``Updater`` confirms updates before anything is stored (a kill lost 376 of 480), so this loop
is ours: an update is confirmed by the next fetch only when its handler has returned.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.model.errors import Fault, SettingsError
from bot.transports.telegram_errors import delivery_errors, waiting
from bot.transports.telegram_request import AiohttpRequest
from bot.transports.telegram_updates import WANTED, Handle, Lanes, Window, read_update, update_id

TELEGRAM: Final = "https://api.telegram.org"
MOST_UPDATES: Final = 100  # in one answer, and so also the most that are under way at once
CHECK: Final = 4.0  # seconds for each step of the call at start

State = Literal["starting", "receiving", "conflict", "unreachable", "bad-token", "stopped"]

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
    poisoned: int = 0
    """Updates that were passed over because they could not be handled."""


class TelegramConnection:
    """Opens and closes with the house.

    Args:
        token: From BotFather.
        now: The real present, aware (not a demo clock: health is about the real network).
        api_url: Base address; ``/bot<token>`` and ``/file/bot<token>`` are appended.
        patience: How long to wait for what.
    """

    def __init__(
        self,
        token: str,
        *,
        now: Callable[[], datetime],
        api_url: str = TELEGRAM,
        patience: Patience | None = None,
    ) -> None:
        base = (api_url or TELEGRAM).rstrip("/")
        self._now = now
        self._patience = patience or Patience()
        # The proxies of the environment are for the way out, not for a server on this machine.
        self._request = AiohttpRequest(trust_env=base.startswith("https://"))
        self._faulty = _token_fault(token)
        self.bot = Bot(
            token or "missing",
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self.health = Health("starting", now())
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
        self.health.last_ok = self._now()
        return me.username or str(me.id)

    def refused(self) -> SettingsError:
        self.health.state = "bad-token"
        return SettingsError([_BAD_TOKEN])

    # ---------------------------------------------------------------- receiving

    async def receive(self, handle: Handle) -> None:
        """Fetch updates and have them handled, until cancelled."""
        window = Window()
        try:
            async with asyncio.TaskGroup() as group:
                lanes = Lanes(group, handle, self._patience.store, self.passed_over)
                while True:
                    await self._fetch(window, lanes)
        finally:
            self.health.state = "stopped"

    async def _fetch(self, window: Window, lanes: Lanes) -> None:
        try:
            found = await self._updates(window)
        except TelegramError as error:
            await asyncio.sleep(self._trouble(error))
            return
        self.received()
        numbers = [number for raw in found if (number := update_id(raw)) is not None]
        fresh = set(window.fetched(numbers))
        for raw in found:
            number = update_id(raw)
            if number is None or number not in fresh:
                continue
            fresh.discard(number)
            self._hand_on(raw, number, window, lanes)
        await window.settled(self._patience.slow)
        if found and not numbers:  # nothing that could ever be confirmed: do not spin
            await asyncio.sleep(self._patience.slow)

    def _hand_on(self, raw: object, number: int, window: Window, lanes: Lanes) -> None:
        update = read_update(raw, self.bot)
        if update is None:
            self.passed_over()
            window.done(number)
        else:
            lanes.put(update, lambda: window.done(number))

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
        found = await self._request.post(
            f"{self.bot.base_url}/getUpdates",
            RequestData([RequestParameter.from_input(name, value) for name, value in asked.items()]),
            read_timeout=patience + (self._request.read_timeout or 0.0),
        )
        return found if isinstance(found, list) else []

    def passed_over(self) -> None:
        self.health.poisoned += 1

    def received(self) -> None:
        """Telegram was heard of."""
        if self.health.state != "receiving":
            log.info("telegram_receiving")
        self.health.state = "receiving"
        self.health.last_ok = self._now()
        self._failures = 0

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
        if self.health.state != state:
            log.warning("telegram_not_receiving", state=state)
            self._failures = 1
        self.health.state = state


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
