"""Asks an OpenAI-compatible ``/v1/embeddings`` endpoint for the vectors of texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.transports.http_service import HttpService

_PATIENCE: Final = 30.0  # seconds for a batch of phrases; a message's own limit is much shorter
_MOST: Final = 64 * 1024 * 1024  # bytes of an answer


class EmbeddingsEndpoint(HttpService):
    """One endpoint and one model.

    Args:
        url: Its base, with or without ``/v1``, or the whole address.
        model: Its name there.
        key: Sent as a bearer token.
    """

    def __init__(self, url: str, model: str, key: str = "") -> None:
        super().__init__(url, _PATIENCE, {"Authorization": f"Bearer {key}"} if key else None)
        self.model = model

    async def ask(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, in their order.

        Raises:
            OSError: No answer in time, or not one that can be read; the address and the texts are in no message.
        """
        body = {"model": self.model, "input": list(texts)}
        answer = await self.asked("POST", _address(self.url), body, most=_MOST)
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        try:
            return _vectors(json.loads(answer.body), len(texts))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise OSError(type(error).__name__) from None  # the cause may quote the answer


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
