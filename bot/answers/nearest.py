"""How near a message is to the nearest phrases of the topics that lead: the best sign of whether it is known there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.answers.classifier import Floats, Rows
from bot.answers.features import Indices, Weights


@dataclass(frozen=True, slots=True)
class Phrases:
    """The vectors of all phrases, those of a topic one after another."""

    positions: Indices
    heights: npt.NDArray[np.float16]
    """Each phrase's weights, brought to length 1."""
    begin: npt.NDArray[np.int64]
    """Where each phrase begins in the flat arrays; one more at the end."""
    topic_begin: npt.NDArray[np.int64]
    """The first phrase of each topic; one more at the end."""
    features: int

    @property
    def topics(self) -> int:
        return len(self.topic_begin) - 1

    def nearest(self, vector: tuple[Indices, Weights], topics: Sequence[int]) -> list[float]:
        """For each topic the cosine of a message with its nearest phrase."""
        positions, heights = vector
        length = float(np.sqrt(heights @ heights))
        if not length:
            return [0.0] * len(topics)
        message = np.zeros(self.features, np.float32)
        message[positions] = heights / np.float32(length)
        return [self._nearest(message, topic) for topic in topics]

    def _nearest(self, message: Floats, topic: int) -> float:
        first, last = int(self.topic_begin[topic]), int(self.topic_begin[topic + 1])
        if first == last:
            return 0.0
        part = slice(int(self.begin[first]), int(self.begin[last]))
        products = message[self.positions[part]] * self.heights[part]
        sums = np.add.reduceat(products, self.begin[first:last] - self.begin[first])
        return float(sums.max())


def phrases(rows: Rows, labels: npt.NDArray[np.int64], topics: int, features: int) -> Phrases:
    """Empty phrases are left out."""
    filled = np.diff(rows.begin) > 0
    order = np.argsort(labels, kind="stable")
    order = order[filled[order]]
    sorted_rows = rows.select(order)
    row_of = np.repeat(np.arange(len(sorted_rows)), np.diff(sorted_rows.begin))
    lengths = np.sqrt(np.bincount(row_of, sorted_rows.weights**2, minlength=len(sorted_rows)))
    heights = (sorted_rows.weights / lengths[row_of]).astype(np.float16)
    topic_begin = np.searchsorted(labels[order], np.arange(topics + 1))
    return Phrases(sorted_rows.positions, heights, sorted_rows.begin, topic_begin, features)
