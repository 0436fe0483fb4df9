"""Which topic a message is about, by counting alone: how much more often its words stand in a topic than in others.

Naive Bayes, as a second opinion beside the trained model. It learns from a word's first phrase on, where the trained model needs
several, and does not care how many phrases a topic has; the two err in different places, and both are linear, so their
sum costs nothing more to ask. Shares are counted within each kind of feature and language: a topic with many Vietnamese phrases
would else seem unlikely for every English message.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.classifier import Floats
from bot.answers.rows import Rows

_PSEUDO: Final = 0.005  # weight that every class is given of every feature


def counted(rows: Rows, labels: npt.NDArray[np.int64], classes: int, group: npt.NDArray[np.int64]) -> Floats:
    """Weights per feature and class; ``group`` is the group of each feature within which shares are counted."""
    weights = np.empty((classes, len(group)), np.float32)
    for label in range(classes):
        part = rows.select(np.flatnonzero(labels == label))
        mass = np.bincount(part.positions, part.weights, len(group)) + _PSEUDO
        weights[label] = np.log(mass / np.bincount(group, mass)[group])
    weights -= weights.mean(axis=0)
    return np.ascontiguousarray(weights.T)


def most_in(rows: Rows, language: npt.NDArray[np.int64], languages: int, features: int) -> npt.NDArray[np.int64]:
    """The language that each feature mostly stands in; rows of no language have a negative one."""
    mass = [
        np.bincount(part.positions, part.weights, features)
        for number in range(languages)
        for part in (rows.select(np.flatnonzero(language == number)),)
    ]
    most: npt.NDArray[np.int64] = np.stack(mass).argmax(axis=0)
    return most
