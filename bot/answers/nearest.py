"""How near a message is to the nearest phrase of the store: the best sign of whether it is known there at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.answers.classifier import Floats, Rows
from bot.answers.features import Indices, Weights


@dataclass(frozen=True, slots=True)
class Postings:
    """For each feature the phrases that have it."""

    begin: npt.NDArray[np.int64]
    phrases: npt.NDArray[np.int32]
    heights: npt.NDArray[np.float16]
    lengths: Floats
    labels: npt.NDArray[np.int64]

    def cosines(self, vector: tuple[Indices, Weights]) -> Floats:
        """The cosine of a message with every phrase."""
        positions, heights = vector
        scores = np.zeros(len(self.lengths), np.float32)
        length = float(np.sqrt(heights @ heights))
        if not length:
            return scores
        begins, ends = self.begin[positions], self.begin[positions + 1]
        parts = [slice(begin, end) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        phrases = np.concatenate([self.phrases[part] for part in parts])
        products = np.concatenate([self.heights[part] for part in parts]) * np.repeat(heights, ends - begins)
        scores = np.bincount(phrases, products, len(self.lengths)).astype(np.float32)
        return scores / (self.lengths * np.float32(length))


def postings(rows: Rows, labels: npt.NDArray[np.int64], features: int) -> Postings:
    phrase_of = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(rows.begin))
    order = np.argsort(rows.positions, kind="stable")
    begin = np.zeros(features + 1, np.int64)
    np.cumsum(np.bincount(rows.positions, minlength=features), out=begin[1:])
    lengths = np.sqrt(np.bincount(phrase_of, rows.weights * rows.weights, minlength=len(rows))).astype(np.float32)
    lengths[lengths == 0] = 1.0
    return Postings(begin, phrase_of[order], rows.weights[order].astype(np.float16), lengths, labels)
