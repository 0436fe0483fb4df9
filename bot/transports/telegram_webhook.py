"""Updates that Telegram posts to us: answered 200 once they are committed, never before."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from telegram.error import InvalidToken

from bot.model.errors import DeliveryDelayed, SettingsError, Undeliverable
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors
from bot.transports.telegram_updates import (
    UNREADABLE,
    WANTED,
    Arrived,
    Handle,
    Handling,
    Intake,
    chat_of,
    read_arrived,
    update_id,
)

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name of a header
BIGGEST: Final = 1024 * 1024  # bytes of an update; the longest text is 16 KiB
CONNECTIONS: Final = 40  # that Telegram may open at once
RETRY: Final = "2"  # seconds that Telegram waits before it posts again what could not be stored
PATIENCE: Final = 25.0  # seconds for one update; Telegram gives up after 60 and posts it again
ANSWER: Final = 8.0  # seconds for Telegram to say how it sees our webhook
LOOK: Final = 20.0  # seconds between two looks at how Telegram sees our webhook
LOOK_AGAIN: Final = 5.0  # seconds until the next look after one that failed
RECENT: Final = timedelta(seconds=90)  # an error of Telegram's with our address that still counts

log = structlog.get_logger("telegram")


class TelegramWebhook:
    """Receives for a connection instead of its polling loop.

    Args:
        connection: Whose updates these are.
        secret: Letters, digits, ``_`` and ``-``; Telegram sends it with each update.
        handle: What to do with an update.
        intake: What receiving needs of the house.
        path: Last part of the address; not a secret.
    """

    def __init__(
        self,
        connection: TelegramConnection,
        secret: str,
        handle: Handle,
        *,
        intake: Intake | None = None,
        path: str = "updates",
    ) -> None:
        self._connection = connection
        self._secret = secret
        self._intake = intake or Intake()
        self._handling = Handling(handle, connection.counted(self._intake), patience=PATIENCE / 2)
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}
        self.path = f"/telegram/{path}"

    @property
    def routes(self) -> list[web.RouteDef]:
        return [web.post(self.path, self.receive)]

    async def announce(self, public_url: str) -> None:
        """Tell Telegram where to post. Waiting updates are kept.

        Raises:
            SettingsError: Telegram does not accept the token.
            DeliveryDelayed: Telegram cannot be reached now; announce again later.
            Undeliverable: Telegram does not accept the address.
        """
        with delivery_errors():
            try:
                await self._connection.bot.set_webhook(
                    public_url.rstrip("/") + self.path,
                    secret_token=self._secret,
                    allowed_updates=list(WANTED),
                    max_connections=CONNECTIONS,
                    drop_pending_updates=False,
                )
            except InvalidToken:
                raise self._connection.refused() from None  # the cause may name the token
        self._connection.received()

    async def oversee(self, public_url: str, *, look: float = LOOK, look_again: float = LOOK_AGAIN) -> None:
        """See that Telegram posts to us, until cancelled; a webhook that is not ours (any more) is set again."""
        announced = False
        while True:
            self._intake.beat()
            try:
                announced = await self._look(public_url, announced=announced)
            except DeliveryDelayed:
                self._connection.unheard()
                await asyncio.sleep(look_again)
            except (SettingsError, Undeliverable) as error:
                log.error("telegram_webhook_refused", problem=str(error))  # noqa: TRY400 -- a sentence, not a trace
                self._connection.health.hook_trouble = True
                announced = False
                await self._rest(look)
            else:
                await self._rest(look)

    async def _look(self, public_url: str, *, announced: bool) -> bool:
        """Ask Telegram how it sees our webhook, and set it when it is not ours."""
        health = self._connection.health
        with delivery_errors():
            try:
                info = await self._connection.bot.get_webhook_info(read_timeout=ANSWER, connect_timeout=ANSWER)
            except InvalidToken:
                raise self._connection.refused() from None  # the cause may name the token
        ours = info.url == public_url.rstrip("/") + self.path
        if not ours or not announced:
            if announced:
                log.error("telegram_webhook_replaced")
            await self.announce(public_url)
        failed = info.last_error_date is not None and self._connection.now() - info.last_error_date < RECENT
        grows = info.pending_update_count > 0 and info.pending_update_count >= health.pending
        health.hook_trouble = announced and (not ours or (failed and grows))
        health.pending = info.pending_update_count
        self._connection.received()
        return True

    async def _rest(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self._intake.beat()
            await asyncio.sleep(min(left, 5.0))

    async def receive(self, request: web.Request) -> web.Response:
        """One update: 200 done, 400 no update at all, 403 not from Telegram, 413 too big, 503 try again."""
        given = request.headers.get(SECRET, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=403)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        try:
            raw = json.loads(body)
        except ValueError:
            return web.Response(status=400)
        self._connection.received()
        number = update_id(raw) or 0
        self._intake.count("received")
        update = read_arrived(raw, self._connection.bot, self._intake)
        # 200 for what was set aside: an error would make Telegram hold back everything behind it.
        done = await (self._aside(number, raw) if update is None else self._stored(update, raw))
        return web.Response() if done else _later()

    async def _aside(self, number: int, raw: object) -> bool:
        return await self._handling.aside(number, raw, UNREADABLE)

    async def _stored(self, update: Arrived, raw: object) -> bool:
        if self._intake.urgent(update):
            return await self._handling.handled(update, raw)
        try:
            async with asyncio.timeout(2 * PATIENCE), self._turn(chat_of(update)):
                return await self._handling.handled(update, raw)
        except TimeoutError:
            return False

    @asynccontextmanager
    async def _turn(self, chat: int) -> AsyncIterator[None]:
        """One update at a time per chat, whatever order the connections bring them in."""
        lock, users = self._locks.get(chat, (asyncio.Lock(), 0))
        self._locks[chat] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(chat)
            if users > 1:
                self._locks[chat] = (lock, users - 1)


async def _body(request: web.Request) -> bytes | None:
    """The body, or None when it is too big."""
    if (request.content_length or 0) > BIGGEST:
        return None
    body = bytearray()
    async for piece in request.content.iter_chunked(65_536):
        body += piece
        if len(body) > BIGGEST:
            return None
    return bytes(body)


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": RETRY})
