"""Which topic a message is about: multinomial logistic regression over sparse vectors, with numpy alone.

Trained by mini-batches with a step size per feature (AdaGrad); a batch's few thousand features are brought together into a
dense block, so that the work is matrix products. Several questions about the same phrases (which topic, which danger)
are learnt in one pass. Small batches, each of one language: half the features of a batch stand in one phrase only, so a batch
four times as large is three times as much work a phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.rows import Indices, Rows, Vector, Weights

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
"""A number per row."""
_BATCH: Final = 32  # phrases
_STEP: Final = 0.3
_FEWEST_READ: Final = 8_000  # phrases; a smaller store is read more often
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

    labels: Labels
    classes: int
    doubt: float = 0.0
    """Share of a label that goes to all classes alike: where two people would not agree about every phrase."""

    def part(self, chosen: npt.NDArray[np.int64]) -> Lesson:
        return replace(self, labels=self.labels[chosen])


class Learner:
    """A model for each lesson, on its way: what was read stays learnt, and more may be read later."""

    def __init__(self, lessons: Sequence[Lesson], features: int) -> None:
        self._order = np.random.default_rng(_SEED)
        self._states = [_State.fresh(lesson.classes, features) for lesson in lessons]

    def read(self, rows: Rows, languages: Labels, lessons: Sequence[Lesson], times: int = 1) -> None:
        """Learn from rows, of a small store more often; the lessons are of the same classes as at first."""
        order = self._order.permutation(len(rows))
        batches = list(_batches(rows, order[np.argsort(languages[order], kind="stable")]))
        for _ in range(max(times, _FEWEST_READ // max(len(rows), 1))):
            for at in self._order.permutation(len(batches)):
                batch = batches[at]
                dense = batch.dense()
                for state, lesson in zip(self._states, lessons, strict=True):
                    state.learn(batch, dense, lesson)

    def models(self) -> list[Linear]:
        """As they are now; reading on changes them."""
        return [Linear(state.weights, state.bias) for state in self._states]


@dataclass(slots=True)
class _State:
    """A model on its way, and how far each weight has been moved."""

    weights: Floats
    bias: Floats
    travelled: Floats
    bias_travelled: Floats

    @classmethod
    def fresh(cls, classes: int, features: int) -> _State:
        return cls(
            np.zeros((features, classes), np.float32),
            np.zeros(classes, np.float32),
            np.full((features, 1), 1e-3, np.float32),
            np.full(classes, 1e-3, np.float32),
        )

    def learn(self, batch: _Batch, dense: Floats, lesson: Lesson) -> None:
        """One step downhill on one batch."""
        here = self.weights[batch.features]
        errors = softmax(dense @ here + self.bias)
        labels = lesson.labels[batch.chosen]
        errors -= np.float32(lesson.doubt / lesson.classes)
        errors[np.arange(len(labels)), labels] -= np.float32(1.0 - lesson.doubt)
        errors[labels == UNLABELLED] = 0.0
        slope = dense.T @ errors
        travelled = self.travelled[batch.features] + np.einsum("ij,ij->i", slope, slope)[:, None] / lesson.classes
        self.travelled[batch.features] = travelled
        slope *= _STEP / np.sqrt(travelled)
        here -= slope
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
