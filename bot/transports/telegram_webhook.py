"""Updates that Telegram posts to us: answered 200 once they are committed, never before."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from aiohttp import web
from telegram import Update
from telegram.error import InvalidToken

from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_errors import delivery_errors
from bot.transports.telegram_updates import WANTED, Handle, chat_of, handled, read_update

SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name of a header
BIGGEST: Final = 1024 * 1024  # bytes of an update; the longest text is 16 KiB
CONNECTIONS: Final = 40  # that Telegram may open at once
RETRY: Final = "2"  # seconds that Telegram waits before it posts again what could not be stored
PATIENCE: Final = 25.0  # seconds for one update; Telegram gives up after 60 and posts it again

log = structlog.get_logger("telegram")


class TelegramWebhook:
    """Receives for a connection instead of its polling loop.

    Args:
        connection: Whose updates these are.
        secret: Letters, digits, ``_`` and ``-``; Telegram sends it with each update.
        handle: What to do with an update.
        path: Last part of the address; not a secret.
    """

    def __init__(self, connection: TelegramConnection, secret: str, handle: Handle, *, path: str = "updates") -> None:
        self._connection = connection
        self._secret = secret
        self._handle = handle
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
        update = read_update(raw, self._connection.bot)
        if update is None:
            # 200 all the same: an error would make Telegram hold back everything behind it.
            self._connection.passed_over()
            return web.Response()
        return web.Response() if await self._stored(update) else _later()

    async def _stored(self, update: Update) -> bool:
        try:
            async with asyncio.timeout(PATIENCE), self._turn(chat_of(update)):
                return await handled(update, self._handle, self._connection.passed_over)
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
