"""The booster as the desk sees it: how near a message is to each topic, in time or not at all."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import structlog

from bot.booster.phrases import PhraseVectors, Vectors, from_bytes, normed, phrases_of, text_key, to_bytes
from bot.content.source import write_cache
from bot.model.content import Library, Snapshot

log = structlog.get_logger("booster")

WAIT: Final = 0.3  # seconds that a delegate's message waits for its vector
_BATCH: Final = 32  # phrases asked for at once
_LOOK: Final = 5.0  # seconds between looks whether the content changed
_KEPT: Final = 2_000  # messages whose vectors are remembered
_FAILURES: Final = 3  # in a row open the circuit
_REST: Final = 30.0  # seconds it then rests; doubled with each further failure
_LONGEST_REST: Final = 300.0
_LONGEST_TEXT: Final = 1_000  # characters of a message that are embedded


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Tells models apart: vectors of one mean nothing to another."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 per text. Raises OSError, TimeoutError or ValueError."""


@dataclass
class Meaning:
    """Implements ``ports.Booster``.

    Args:
        embedder: The model.
        snapshot: The content that is live.
        cache: Where the vectors of phrases are kept, each by the hash of its text and the model.
        ticks: Seconds that only go forward.
    """

    embedder: Embedder
    snapshot: Callable[[], Snapshot]
    cache: Path | None
    ticks: Callable[[], float]
    wait: float = WAIT
    beat: Callable[[], None] = lambda: None
    _phrases: PhraseVectors | None = None
    _learnt: str = ""
    _known: OrderedDict[str, Vectors] = field(default_factory=OrderedDict)
    _failed: int = 0
    _rests_until: float = 0.0

    async def nearness(self, text: str) -> Mapping[str, float]:
        """See ``ports.Booster``."""
        phrases = self._phrases
        if phrases is None or not text.strip():
            return {}
        key = text_key(self.embedder.name, text[:_LONGEST_TEXT])
        vector = self._known.get(key)
        if vector is None:
            vector = await self._vector(text[:_LONGEST_TEXT])
            if vector is None:
                return {}
            self._known[key] = vector
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return phrases.nearness(vector)

    async def _vector(self, text: str) -> Vectors | None:
        if self.ticks() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(self.wait):
                rows = await self.embedder.embed([text])
        except (OSError, TimeoutError, ValueError) as error:
            self._fails(error)
            return None
        self._failed = 0
        found: Vectors = rows[0]
        return found

    def _fails(self, error: BaseException) -> None:
        """After some failures in a row nobody waits for it any more for a while."""
        self._failed += 1
        if self._failed >= _FAILURES:
            rest = min(_REST * 2 ** (self._failed - _FAILURES), _LONGEST_REST)
            self._rests_until = self.ticks() + rest
            log.warning("booster_rests", seconds=rest, failures=self._failed, error=type(error).__name__)

    async def run(self) -> None:
        """Keep the vectors of the phrases current; until they are there, the booster says nothing."""
        while True:
            self.beat()
            snapshot = self.snapshot()
            if snapshot.version != self._learnt:
                try:
                    self._phrases = await self._learn(snapshot.library)
                    self._learnt = snapshot.version
                except (OSError, TimeoutError, ValueError) as error:
                    self._phrases = None
                    log.warning("booster_not_learnt", error=type(error).__name__)
                    await asyncio.sleep(_REST)
            await asyncio.sleep(_LOOK)

    async def _learn(self, library: Library) -> PhraseVectors | None:
        phrases = phrases_of(library)
        if not phrases:
            return None
        keys = [text_key(self.embedder.name, line) for _, line in phrases]
        known = await asyncio.to_thread(self._kept)
        lines = dict(zip(keys, (line for _, line in phrases), strict=True))
        missing = [key for key in lines if key not in known]
        for start in range(0, len(missing), _BATCH):
            self.beat()
            batch = missing[start : start + _BATCH]
            rows = normed(await self.embedder.embed([lines[key] for key in batch]))
            known.update(zip(batch, rows.astype(np.float16), strict=True))
        if missing and self.cache is not None:
            used = {key: known[key] for key in lines}
            await asyncio.to_thread(write_cache, self.cache, self._file, to_bytes(used), kind="booster-")
        if missing:
            log.info("booster_learnt", phrases=len(lines), fresh=len(missing))
        return PhraseVectors(tuple(topic for topic, _ in phrases), np.stack([known[key] for key in keys]))

    @property
    def _file(self) -> str:
        return f"booster-{text_key(self.embedder.name, '')}.npz"

    def _kept(self) -> dict[str, npt.NDArray[np.float16]]:
        if self.cache is None:
            return {}
        try:
            return from_bytes((self.cache / self._file).read_bytes())
        except (OSError, ValueError, KeyError, EOFError):
            return {}
