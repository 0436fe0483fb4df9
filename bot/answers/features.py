"""A message as a sparse vector: words, word pairs, runs of letters inside words, concepts, and pairs of concepts.

Weights are sublinear TF-IDF, each block brought to a fixed length, so that a long message is not louder than a short one.
Source of the choice: measured beside words alone, stems and segmenters; runs of letters do a stemmer's work in all three languages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.lexicon import Lexicon
from bot.answers.normal import fold, normalise, words

Indices = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]
Vector = tuple[Indices, Weights]
"""Positions of features and their weights."""

_BLOCK_WEIGHTS: Final = (0.5, 0.3, 1.0, 0.35, 0.2)  # words, word pairs, runs of letters, concepts, their pairs
_FEWEST: Final = (1, 2, 2, 1, 2)  # phrases a feature must stand in to be kept
_RUNS: Final = (2, 3, 4)  # letters
_MOST_CONCEPTS: Final = 12  # of a message of which pairs are made
_MOST_WORDS: Final = 400  # of a message; the need of a longer one is not found by reading all of it


def blocks(text: str, lexicon: Lexicon) -> tuple[list[str], ...]:
    """The kinds of features of a text. Each begins with a sign of its kind, so that one table holds all."""
    marked = words(normalise(text))[:_MOST_WORDS]
    folded = [fold(word) for word in marked]
    single = folded + ["^" + word for word, plain in zip(marked, folded, strict=True) if word != plain]
    pairs = [f"{first} {second}" for first, second in pairwise(folded)]
    runs: list[str] = []
    for word in folded:
        padded = f"_{word}_"
        for length in _RUNS:
            if length >= len(padded):
                runs.append("#" + padded)
                break
            runs += ["#" + padded[start : start + length] for start in range(len(padded) - length + 1)]
    concepts = lexicon.concepts(folded)
    together = [f"@{first}&{second}" for first, second in combinations(sorted(concepts[:_MOST_CONCEPTS]), 2)]
    return single, pairs, runs, ["@" + concept for concept in concepts], together


@dataclass(frozen=True, slots=True)
class Vectoriser:
    """Features that occur in the store, with their weights."""

    positions: Mapping[str, int]
    rarity: Weights
    lexicon: Lexicon

    def vector(self, text: str) -> tuple[Indices, Weights]:
        """Positions and weights of a text's known features."""
        all_positions: list[int] = []
        all_weights: list[float] = []
        for block, weight in zip(blocks(text, self.lexicon), _BLOCK_WEIGHTS, strict=True):
            found: list[int] = []
            heights: list[float] = []
            for feature, count in Counter(block).items():
                position = self.positions.get(feature)
                if position is not None:
                    found.append(position)
                    heights.append((1.0 + math.log(count)) * float(self.rarity[position]))
            length = math.sqrt(sum(height * height for height in heights))
            all_positions += found
            all_weights += [height * weight / length for height in heights]
        return np.asarray(all_positions, np.int32), np.asarray(all_weights, np.float32)


def learn_features(texts: Sequence[str], lexicon: Lexicon) -> Vectoriser:
    """The vectoriser of a store. Features are sorted: the result must not depend on the order of a hash."""
    counts: tuple[Counter[str], ...] = tuple(Counter() for _ in _FEWEST)
    for text in texts:
        for count, block in zip(counts, blocks(text, lexicon), strict=True):
            count.update(set(block))
    kept: Iterable[tuple[str, int]] = (
        item
        for count, fewest in zip(counts, _FEWEST, strict=True)
        for item in sorted(count.items())
        if item[1] >= fewest
    )
    positions: dict[str, int] = {}
    rarity: list[float] = []
    for feature, number in kept:
        positions[feature] = len(rarity)
        rarity.append(math.log((1 + len(texts)) / (1 + number)) + 1.0)
    return Vectoriser(positions, np.asarray(rarity, np.float32), lexicon)
