"""Opens the booster that the settings name."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.booster.meaning import Embedder, Meaning
from bot.booster.onnx import open_onnx
from bot.booster.phrases import Vectors, normed
from bot.model.content import Snapshot
from bot.settings import Settings
from bot.transports.embeddings import EmbeddingsEndpoint


@dataclass(frozen=True)
class _FromEndpoint:
    endpoint: EmbeddingsEndpoint

    @property
    def name(self) -> str:
        return f"endpoint:{self.endpoint.model}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return normed(await self.endpoint.ask(texts))


async def open_booster(
    stack: AsyncExitStack, settings: Settings, snapshot: Callable[[], Snapshot], beat: Callable[[], None]
) -> Meaning | None:
    """The booster, or None when none is configured.

    Raises:
        SettingsError: It is configured, and cannot be loaded.
    """
    embedder: Embedder
    if settings.booster_folder is not None:
        embedder = open_onnx(settings.booster_folder)
    elif settings.booster_url:
        endpoint = EmbeddingsEndpoint(settings.booster_url, settings.booster_model, settings.booster_key)
        embedder = _FromEndpoint(await stack.enter_async_context(endpoint))
    else:
        return None
    return Meaning(embedder, snapshot, settings.cache, time.monotonic, settings.booster_wait, beat)
