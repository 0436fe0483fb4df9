"""Which topic a message is about: multinomial logistic regression over sparse vectors, with numpy alone.

Trained by mini-batches with a step size per feature (AdaGrad); a batch's few thousand features are brought together into a
dense block, so that the work is matrix products. Several questions about the same phrases (which topic, which danger)
are learnt in one pass. Small batches: half the features of a batch stand in one phrase only, so a batch four times as large
is three times as much work a phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.rows import Indices, Rows, Vector, Weights

Floats = npt.NDArray[np.float32]
_BATCH: Final = 64  # phrases
_STEP: Final = 0.3
_EPOCHS: Final = 3
_FEWEST_STEPS: Final = 240  # a store of a few hundred phrases needs more rounds than a large one
_SEED: Final = 11  # of the order of batches; fixed, so that the same content gives the same answers
UNLABELLED: Final = -1
_MOST_OF_A_BYTE: Final = 127


@dataclass(frozen=True, slots=True)
class Linear:
    """A weight per feature and class, and one per class."""

    weights: Floats
    bias: Floats

    def logits(self, vector: Vector) -> Floats:
        positions, heights = vector
        scores: Floats = heights @ self.weights[positions] + self.bias
        return scores

    def all_logits(self, rows: Rows) -> Floats:
        """One row of scores per row."""
        return np.concatenate([batch.dense() @ self.weights[batch.features] + self.bias for batch in _batches(rows)])


@dataclass(frozen=True, slots=True)
class Packed:
    """A model in a quarter of the memory: a byte per weight and a scale per feature. Scores stay within a few thousandths."""

    weights: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float16]
    bias: Floats

    def logits(self, vector: Vector) -> Floats:
        positions, heights = vector
        scaled = heights * self.scales[positions].astype(np.float32)
        scores: Floats = scaled @ self.weights[positions].astype(np.float32) + self.bias
        return scores


def packed(model: Linear) -> Packed:
    largest = np.abs(model.weights).max(axis=1, initial=0.0)
    scales = np.maximum(largest / _MOST_OF_A_BYTE, 1e-5).astype(np.float16)
    weights = np.clip(np.rint(model.weights / scales.astype(np.float32)[:, None]), -_MOST_OF_A_BYTE, _MOST_OF_A_BYTE)
    return Packed(weights.astype(np.int8), scales, model.bias)


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question about every row: the class it belongs to, or ``UNLABELLED``."""

    labels: npt.NDArray[np.int64]
    classes: int
    doubt: float = 0.0
    """Share of a label that goes to all classes alike: where two people would not agree about every phrase."""


def train(rows: Rows, lessons: Sequence[Lesson], features: int) -> list[Linear]:
    """A model for each lesson."""
    order = np.random.default_rng(_SEED)
    shuffled = order.permutation(len(rows))
    batches = list(_batches(rows, shuffled))
    states = [_State.fresh(lesson, features) for lesson in lessons]
    for _ in range(max(_EPOCHS, _FEWEST_STEPS // max(len(batches), 1))):
        for index in order.permutation(len(batches)):
            batch = batches[index]
            dense = batch.dense()
            for state in states:
                state.learn(batch, dense)
    return [Linear(state.weights, state.bias) for state in states]


@dataclass(slots=True)
class _State:
    """A model on its way, and how far each weight has been moved."""

    lesson: Lesson
    weights: Floats
    bias: Floats
    travelled: Floats
    bias_travelled: Floats

    @classmethod
    def fresh(cls, lesson: Lesson, features: int) -> _State:
        return cls(
            lesson,
            np.zeros((features, lesson.classes), np.float32),
            np.zeros(lesson.classes, np.float32),
            np.full((features, 1), 1e-3, np.float32),
            np.full(lesson.classes, 1e-3, np.float32),
        )

    def learn(self, batch: _Batch, dense: Floats) -> None:
        """One step downhill on one batch."""
        here = self.weights[batch.features]
        errors = softmax(dense @ here + self.bias)
        labels = self.lesson.labels[batch.chosen]
        errors -= np.float32(self.lesson.doubt / self.lesson.classes)
        errors[np.arange(len(labels)), labels] -= np.float32(1.0 - self.lesson.doubt)
        errors[labels == UNLABELLED] = 0.0
        slope = dense.T @ errors
        travelled = self.travelled[batch.features] + np.square(slope).mean(axis=1, keepdims=True)
        self.travelled[batch.features] = travelled
        here -= slope * (_STEP / np.sqrt(travelled))
        self.weights[batch.features] = here
        bias_slope = errors.sum(axis=0)
        self.bias_travelled += bias_slope * bias_slope
        self.bias -= 0.1 * _STEP * bias_slope / np.sqrt(self.bias_travelled)


@dataclass(frozen=True, slots=True)
class _Batch:
    chosen: npt.NDArray[np.int64]
    """The rows it is made of."""
    features: Indices
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    heights: Weights

    def dense(self) -> Floats:
        block = np.zeros((len(self.chosen), len(self.features)), np.float32)
        block[self.rows, self.columns] = self.heights
        return block


def _batches(rows: Rows, order: npt.NDArray[np.int64] | None = None) -> Iterator[_Batch]:
    order = np.arange(len(rows)) if order is None else order
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        part = rows.select(chosen)
        features, columns = np.unique(part.positions, return_inverse=True)
        row_of = np.repeat(np.arange(len(part)), np.diff(part.begin))
        yield _Batch(chosen, features, row_of, columns, part.weights)
