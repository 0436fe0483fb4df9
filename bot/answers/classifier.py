"""Which topic a message is about: multinomial logistic regression over sparse vectors, with numpy alone.

Trained by mini-batches with a step size per feature (AdaGrad); a batch's few thousand features are brought together into a
dense block, so that the work is matrix products. Ten thousand phrases take some four seconds on one ordinary core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.features import Indices, Vectoriser, Weights

Floats = npt.NDArray[np.float32]
_BATCH: Final = 256  # phrases
_STEP: Final = 0.3
_SEED: Final = 11  # of the order of batches; fixed, so that the same content gives the same answers


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse vectors one after another: row ``i`` is ``begin[i]:begin[i + 1]`` of the flat arrays."""

    positions: Indices
    weights: Weights
    begin: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begin) - 1

    def row(self, index: int) -> tuple[Indices, Weights]:
        part = slice(self.begin[index], self.begin[index + 1])
        return self.positions[part], self.weights[part]

    def select(self, chosen: npt.NDArray[np.int64]) -> Rows:
        return stack([self.row(int(index)) for index in chosen])


def joined(first: Rows, second: Rows) -> Rows:
    return Rows(
        np.concatenate([first.positions, second.positions]),
        np.concatenate([first.weights, second.weights]),
        np.concatenate([first.begin, second.begin[1:] + first.begin[-1]]),
    )


def stack(vectors: Sequence[tuple[Indices, Weights]]) -> Rows:
    begin = np.zeros(len(vectors) + 1, np.int64)
    np.cumsum([len(positions) for positions, _ in vectors], out=begin[1:])
    if not vectors:
        return Rows(np.zeros(0, np.int32), np.zeros(0, np.float32), begin)
    return Rows(np.concatenate([v[0] for v in vectors]), np.concatenate([v[1] for v in vectors]), begin)


@dataclass(frozen=True, slots=True)
class Linear:
    """The trained model: a weight per feature and topic, and one per topic."""

    weights: npt.NDArray[np.float16] | Floats
    bias: Floats

    def logits(self, vector: tuple[Indices, Weights]) -> Floats:
        positions, heights = vector
        scores: Floats = heights @ self.weights[positions].astype(np.float32) + self.bias
        return scores


def halved(model: Linear) -> Linear:
    """Half the memory; the answers stay the same to the third digit."""
    return Linear(model.weights.astype(np.float16), model.bias)


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def train(rows: Rows, labels: npt.NDArray[np.int64], classes: int, features: int, *, epochs: int) -> Linear:
    """Fit the model to phrases and the topics they belong to."""
    order = np.random.default_rng(_SEED)
    batches = _batches(rows, labels, order)
    weights = np.zeros((features, classes), np.float32)
    bias = np.zeros(classes, np.float32)
    travelled = np.full((features, 1), 1e-3, np.float32)
    bias_travelled = np.full(classes, 1e-3, np.float32)
    for _ in range(epochs):
        for index in order.permutation(len(batches)):
            batch = batches[index]
            dense = batch.dense()
            here = weights[batch.features]
            errors = softmax(dense @ here + bias)
            errors[np.arange(len(batch.labels)), batch.labels] -= 1.0
            slope = dense.T @ errors
            travelled[batch.features] += (slope * slope).mean(axis=1, keepdims=True)
            weights[batch.features] = here - _STEP * slope / np.sqrt(travelled[batch.features])
            bias_slope = errors.sum(axis=0)
            bias_travelled += bias_slope * bias_slope
            bias -= 0.1 * _STEP * bias_slope / np.sqrt(bias_travelled)
    return Linear(weights, bias)


@dataclass(frozen=True, slots=True)
class _Batch:
    features: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    heights: Weights
    labels: npt.NDArray[np.int64]

    def dense(self) -> Floats:
        block = np.zeros((len(self.labels), len(self.features)), np.float32)
        block[self.rows, self.columns] = self.heights
        return block


def _batches(rows: Rows, labels: npt.NDArray[np.int64], order: np.random.Generator) -> list[_Batch]:
    shuffled = order.permutation(len(rows))
    batches: list[_Batch] = []
    for start in range(0, len(rows), _BATCH):
        chosen = shuffled[start : start + _BATCH]
        part = rows.select(chosen)
        features, columns = np.unique(part.positions, return_inverse=True)
        row_of = np.repeat(np.arange(len(part)), np.diff(part.begin))
        batches.append(_Batch(features, row_of, columns, part.weights, labels[chosen]))
    return batches


def vectors(vectoriser: Vectoriser, texts: Sequence[str]) -> Rows:
    return stack([vectoriser.vector(text) for text in texts])
