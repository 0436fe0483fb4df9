"""python-telegram-bot's HTTP client, on aiohttp: a tenth of the processor time of the one it brings.

Addresses of the Bot API hold the token, so nothing here logs an address or keeps an exception that may.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import aiohttp
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.transports.telegram_waits import Waits

# The library looks at it whenever a duration is read: timedelta, not a bare number with a warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# At DEBUG the library writes addresses with the token and the words of every message into the log.
logging.getLogger("telegram").setLevel(logging.WARNING)

CONNECTIONS: Final = 100  # at once; more wait for a free one
CONNECT: Final = 10.0  # seconds until a connection must stand, waiting for a free one included
READ: Final = 10.0  # seconds of silence after which an answer no longer comes
WRITE: Final = 30.0  # seconds that sending a request may take
_SUCCESS: Final = range(200, 300)
_TOO_MANY: Final = 429


class NotSent(NetworkError):
    """The request never left this machine; it is safe to send it again."""


class AnswerLost(TimedOut):
    """The request was sent and the answer did not come: it may have been carried out."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class Garbled(NetworkError):
    """Something answered that is not Telegram, such as the login page of a hotel's network."""


class AiohttpRequest(BaseRequest):
    """One session for all calls of one bot.

    Args:
        read_timeout: Seconds of silence after which an answer is given up, unless a call says otherwise.
        connect_timeout: Seconds until a connection must stand.
        trust_env: Whether the usual proxy variables of the environment count.
        tick: Seconds that only go forward.
    """

    __slots__ = ("_connect_timeout", "_read_timeout", "_session", "_tick", "_trust_env", "_waits")

    def __init__(
        self,
        *,
        read_timeout: float = READ,
        connect_timeout: float = CONNECT,
        trust_env: bool = False,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tick = tick
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._trust_env = trust_env
        self._session: aiohttp.ClientSession | None = None
        self._waits = Waits()

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._trust_env,
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 -- part of connect_timeout here
    ) -> tuple[int, bytes]:
        patience = _patience(
            read=_seconds(read_timeout, self._read_timeout),
            write=_seconds(write_timeout, WRITE),
            connect=_seconds(connect_timeout, self._connect_timeout),
        )
        called, chat = url.rpartition("/")[2], request_data.parameters.get("chat_id") if request_data else None
        if left := self._waits.left(called, chat, self._tick()):
            raise RetryAfter(timedelta(seconds=left))
        status, body = await self._exchange(url, method, request_data, patience)
        if status not in _SUCCESS:
            said = self.parse_json_payload(body)  # a login page must not be taken for a refusal of Telegram
            if status == _TOO_MANY:
                self._waits.told(called, chat, _retry_after(said), self._tick())
        elif method == "POST" and b'"result"' not in body:  # the library would stumble over its absence
            raise Garbled("something answered that is not Telegram")
        return status, body

    async def _exchange(
        self, url: str, method: str, request_data: RequestData | None, patience: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSent("the connection to Telegram is closed")
        # "from None" and bare names of errors: some of aiohttp's errors carry the address, and with it the token.
        try:
            async with self._session.request(
                method, url, timeout=patience, allow_redirects=False, **_body(request_data)
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSent(f"Telegram cannot be reached: {_name(error)}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AnswerLost(f"Telegram's answer did not come: {_name(error)}") from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's, but it never logs what came."""
        try:
            found = json.loads(payload)
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.keys().isdisjoint(("result", "error_code", "description")):
            raise Garbled("something answered that is not Telegram")
        return found


def _retry_after(said: dict[str, Any]) -> float:
    """Seconds; 0.0 from a server that does not say."""
    parameters = said.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else 0.0


def _body(request_data: RequestData | None) -> dict[str, Any]:
    if request_data is None:
        return {}
    if not request_data.contains_files:
        return {"json": request_data.parameters}
    form = aiohttp.FormData(request_data.json_parameters, quote_fields=False)  # names of files as they are
    for name, part in request_data.multipart_data.items():
        filename, content, kind = part
        form.add_field(name, content, filename=filename, content_type=kind)
    return {"data": form}


def _patience(*, read: float, write: float, connect: float) -> aiohttp.ClientTimeout:
    """``total`` ends answers that trickle in for ever, too."""
    return aiohttp.ClientTimeout(total=connect + write + read, connect=connect, sock_connect=connect, sock_read=read)


def _seconds(asked: object, usual: float) -> float:
    return float(asked) if isinstance(asked, int | float) else usual


def _name(error: BaseException) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__} ({reason})" if reason and "://" not in reason else type(error).__name__
