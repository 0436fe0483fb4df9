"""Sparse vectors, and many of them one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]
Vector = tuple[Indices, Weights]
"""Positions of features and their weights."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Row ``i`` is ``begin[i]:begin[i + 1]`` of the flat arrays."""

    positions: Indices
    weights: Weights
    begin: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begin) - 1

    def row(self, index: int) -> Vector:
        part = slice(self.begin[index], self.begin[index + 1])
        return self.positions[part], self.weights[part]

    def select(self, chosen: npt.NDArray[np.int64]) -> Rows:
        """The chosen rows in the chosen order."""
        lengths = np.diff(self.begin)[chosen]
        begin = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=begin[1:])
        taken = np.repeat(self.begin[:-1][chosen] - begin[:-1], lengths) + np.arange(begin[-1])
        return Rows(self.positions[taken], self.weights[taken], begin)
