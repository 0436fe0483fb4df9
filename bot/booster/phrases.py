"""The ways of asking as vectors, kept beside the matcher, and how near a message is to those of each topic."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.model.content import Library
from bot.model.language import LANGUAGES

Vectors = npt.NDArray[np.float32]


def phrases_of(library: Library) -> list[tuple[str, str]]:
    """Topic and wording of every way of asking, in a steady order."""
    return [
        (topic.id, line)
        for topic in sorted(library.topics.values(), key=lambda topic: topic.id)
        for language in LANGUAGES
        for line in topic.asking.get(language, ())
    ]


def normed(rows: Sequence[Sequence[float]] | npt.NDArray[Any]) -> Vectors:
    """Vectors of length 1, one per row.

    Raises:
        ValueError: They are no table of finite numbers.
    """
    table = np.asarray(rows, np.float32)
    if table.ndim != 2 or not table.shape[1] or not np.isfinite(table).all():
        raise ValueError("vectors are a table of finite numbers")
    lengths = np.sqrt((table * table).sum(axis=1, keepdims=True))
    return np.asarray(table / np.maximum(lengths, np.float32(1e-9)), np.float32)


def text_key(model: str, text: str) -> str:
    return hashlib.sha256(f"{model}\0{text}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class PhraseVectors:
    topics: tuple[str, ...]
    """Of each row."""
    rows: npt.NDArray[np.float16]

    def nearness(self, vector: Vectors) -> dict[str, float]:
        """Per topic the cosine of its nearest way of asking."""
        if vector.shape != (self.rows.shape[1],):
            return {}
        cosines = self.rows.astype(np.float32) @ vector
        names, where = np.unique(np.asarray(self.topics), return_inverse=True)
        best = np.full(len(names), -1.0, np.float32)
        np.maximum.at(best, where, cosines)
        return {str(name): float(cosine) for name, cosine in zip(names, best, strict=True)}


def to_bytes(known: Mapping[str, npt.NDArray[np.float16]]) -> bytes:
    """Vectors by the keys of their texts, as one file."""
    file = io.BytesIO()
    np.savez(file, keys=np.asarray("\n".join(known)), rows=np.stack(list(known.values())))
    return file.getvalue()


def from_bytes(saved: bytes) -> dict[str, npt.NDArray[np.float16]]:
    with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
        return dict(zip(str(arrays["keys"]).split("\n"), arrays["rows"], strict=True))
