"""Asks an OpenAI-compatible ``/v1/embeddings`` endpoint for the vectors of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

_PATIENCE: Final = 30.0  # seconds for a batch of phrases; a message's own limit is much shorter
_MOST: Final = 64 * 1024 * 1024  # bytes of an answer


@dataclass
class EmbeddingsEndpoint:
    """One endpoint and one model; a context manager that holds the connection."""

    url: str
    """Its base, with or without ``/v1``, or the whole address."""
    model: str
    key: str = ""
    """Sent as a bearer token."""
    _session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        patience = aiohttp.ClientTimeout(total=_PATIENCE)
        self._session = aiohttp.ClientSession(
            headers=headers, timeout=patience, trust_env=self.url.startswith("https://")
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, in their order.

        Raises:
            OSError: No answer, or not one that can be read; the address and the texts are in no message.
            TimeoutError: None in time.
        """
        if self._session is None:
            raise OSError("not open")
        try:
            async with self._session.post(
                _address(self.url), json={"model": self.model, "input": list(texts)}, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise OSError(f"status {answer.status}")
                if (answer.content_length or 0) > _MOST:
                    raise OSError("too long an answer")
                return _vectors(await answer.json(content_type=None), len(texts))
        except (aiohttp.ClientError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise OSError(type(error).__name__) from None  # the cause may name the address


def _address(url: str) -> str:
    base = url.rstrip("/")
    if base.endswith("/embeddings"):
        return base
    return f"{base}/embeddings" if base.endswith("/v1") else f"{base}/v1/embeddings"


def _vectors(answer: Any, expected: int) -> list[list[float]]:
    rows = sorted(answer["data"], key=lambda row: int(row["index"]))
    if [int(row["index"]) for row in rows] != list(range(expected)):
        raise ValueError("not one vector per text")
    return [[float(value) for value in row["embedding"]] for row in rows]
