"""A service outside that a room asks over HTTP: its connections, and answers of a bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

_PIECE = 16 * 1024  # bytes read at once


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpService:
    """One service; a context manager that holds the connections.

    Args:
        url: Where it is.
        patience: Seconds for one answer.
        headers: Sent with every request.
    """

    def __init__(self, url: str, patience: float, headers: Mapping[str, str] | None = None) -> None:
        self.url = url
        self._patience = patience
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._patience),
            trust_env=self.url.startswith("https://"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def asked(self, method: str, address: str, body: Any, *, most: int) -> Answered:
        """What it answers to a body of JSON; no redirect is followed.

        Raises:
            OSError: No answer in time, or one of more than ``most`` bytes; neither address nor body are in the message.
        """
        if self._session is None:
            raise OSError("not open")
        try:
            async with self._session.request(method, address, json=body, allow_redirects=False) as answer:
                read = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    read += piece
                    if len(read) > most:
                        raise OSError("too long an answer")
                return Answered(answer.status, answer.headers, bytes(read))
        except (aiohttp.ClientError, ValueError) as error:
            raise OSError(type(error).__name__) from None  # the cause may name the address
