"""How likely a ranking is right, learnt from phrases that the ranking's model never saw.

The shares of a model that was trained on some people's phrases are too sure of other people's. So a part of the phrases is held
out, those that stand together in a file and so mostly come from one hand, and a line is laid through what came true.
Source of the choice: nearest phrases, known words, agreement of the two models, length and script were tried as further
signals and added nothing to the log odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.classifier import Floats

OFFERED: Final = 3  # topics of a clarifying question
_ROUNDS: Final = 200
_FAR: Final = 12.0  # log odds; beyond it nothing is more certain


@dataclass(frozen=True, slots=True)
class Line:
    """Log odds as the model sees them → as they come true."""

    slope: float
    height: float

    def probability(self, share: float) -> float:
        return float(1.0 / (1.0 + np.exp(-(self.slope * _log_odds(share) + self.height))))


@dataclass(frozen=True, slots=True)
class Trust:
    first: Line
    """That the first topic is right."""
    offered: Line
    """That the right one is among the first ``OFFERED``."""


def learn_trust(shares: Floats, labels: npt.NDArray[np.int64], real: int) -> Trust:
    """From the shares of held-out phrases over all classes, of which the first ``real`` are topics."""
    if not len(shares) or not real:
        return Trust(Line(1.0, 0.0), Line(1.0, 0.0))
    topics = shares[:, :real]
    leading = np.argsort(-topics, axis=1)[:, :OFFERED]
    found = leading == labels[:, None]
    leaders = np.take_along_axis(topics, leading, axis=1)
    return Trust(
        _line(np.asarray(_log_odds(leaders[:, 0])), found[:, 0]),
        _line(np.asarray(_log_odds(leaders.sum(axis=1))), found.any(axis=1)),
    )


def _log_odds(share: Floats | float) -> Floats | float:
    kept = np.clip(share, 1e-6, 1.0 - 1e-6)
    odds: Floats | float = np.clip(np.log(kept / (1.0 - kept)), -_FAR, _FAR)
    return odds


def _line(odds: Floats, right: npt.NDArray[np.bool_]) -> Line:
    """Logistic regression of one signal, by Newton steps; its slope is never negative."""
    signals = np.stack([odds.astype(np.float64), np.ones(len(odds))], axis=1)
    weights = np.zeros(2)
    for _ in range(_ROUNDS):
        guessed = 1.0 / (1.0 + np.exp(-(signals @ weights)))
        slope = signals.T @ (guessed - right) / len(right) + 1e-3 * weights
        curve = (signals.T * (guessed * (1.0 - guessed))) @ signals / len(right) + 1e-3 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights -= step
        weights[0] = max(weights[0], 0.0)
        if np.abs(step).max() < 1e-6:
            break
    return Line(float(weights[0]), float(weights[1]))
