"""A message as a sparse vector: words, word pairs, runs of letters inside words, concepts, and pairs of concepts.

Weights are sublinear TF-IDF, each block brought to a fixed length, so that a long message is not louder than a short one.
Source of the choice: measured beside words alone, stems and segmenters; runs of letters do a stemmer's work in all three languages.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.arabic import arabizi, shapes, skeleton
from bot.answers.keys import Keys, KeySet, key
from bot.answers.lexicon import Lexicon
from bot.answers.normal import fold, normalise, words
from bot.answers.rows import Indices, Rows, Vector, Weights

BLOCKS: Final = ("words", "word pairs", "runs of letters", "concepts", "concept pairs")
_BLOCK_WEIGHTS: Final = np.asarray((0.5, 0.3, 1.0, 0.35, 0.2), np.float32)
_FEWEST: Final = np.asarray((1, 2, 2, 1, 2))  # phrases a feature must stand in to be kept
_KEY_BITS: Final = np.uint64(32)
_RUNS: Final = (2, 3, 4)  # letters
_MOST_CONCEPTS: Final = 12  # of a message of which pairs are made
_MOST_WORDS: Final = 400  # of a message; the need of a longer one is not found by reading all of it


def blocks(text: str, lexicon: Lexicon) -> tuple[list[str], ...]:
    """The features of a text by kind, as words: for explanations. Each begins with a sign of its kind."""
    marked = words(normalise(text))[:_MOST_WORDS]
    folded = [fold(word) for word in marked]
    single = folded + ["^" + word for word, plain in zip(marked, folded, strict=True) if word != plain]
    single += [shape for word in folded for shape in shapes(word)]
    pairs = [f"{first} {second}" for first, second in pairwise(folded)]
    runs = [run for word in folded for run in _runs(word)] + _skeletons(folded)
    concepts = lexicon.concepts(folded)
    return single, pairs, runs, ["@" + concept for concept in concepts], _together(concepts)


def _runs(folded: str) -> list[str]:
    padded = f"_{folded}_"
    runs: list[str] = []
    for length in _RUNS:
        if length >= len(padded):
            runs.append("#" + padded)
            break
        runs += ["#" + padded[start : start + length] for start in range(len(padded) - length + 1)]
    return runs


def _skeletons(folded: Sequence[str]) -> list[str]:
    latin = arabizi(folded, certainly=False)
    found = (skeleton(word) for word in folded if latin or not word.isascii())
    return [bones for bones in found if bones is not None]


def _together(concepts: Sequence[str]) -> list[str]:
    return [f"@{first}&{second}" for first, second in combinations(sorted(concepts[:_MOST_CONCEPTS]), 2)]


@lru_cache(maxsize=16384)
def _of_word(marked: str) -> tuple[str, array[int], array[int]]:
    """A word without marks, its keys in the first block, and those of its runs of letters."""
    folded = fold(marked)
    single = [key(folded)] if folded == marked else [key(folded), key("^" + marked)]
    single += map(key, shapes(folded))
    return folded, array("I", single), array("I", map(key, _runs(folded)))


def _keys(text: str, lexicon: Lexicon) -> tuple[array[int], ...]:
    """The keys of the features of each block of a text, in the order of ``BLOCKS``."""
    single, runs = array("I"), array("I")
    folded: list[str] = []
    for word in words(normalise(text))[:_MOST_WORDS]:
        plain, own, of_letters = _of_word(word)
        folded.append(plain)
        single.extend(own)
        runs.extend(of_letters)
    runs.extend(map(key, _skeletons(folded)))
    pairs = array("I", [key(f"{first} {second}") for first, second in pairwise(folded)])
    concepts = lexicon.concepts(folded)
    named = array("I", [key("@" + concept) for concept in concepts])
    return single, pairs, runs, named, array("I", map(key, _together(concepts)))


@dataclass(frozen=True, slots=True)
class Vectoriser:
    """Features that occur in the store, with their weights."""

    keys: KeySet
    places: Indices
    """The position of each key's feature."""
    rarity: Weights
    """By position."""
    begin: npt.NDArray[np.int64]
    """The first position of each block; one more at the end."""
    lexicon: Lexicon

    def __len__(self) -> int:
        return len(self.rarity)

    def vector(self, text: str) -> Vector:
        """Positions and weights of a text's known features."""
        found = array("I")
        for block in _keys(text, self.lexicon):
            found.extend(block)
        met, counts = np.unique(np.frombuffer(found, np.uint32), return_counts=True)
        positions, known = self._positions(met)
        return positions, self._heights(positions, counts[known])

    def place(self, feature: str) -> int | None:
        """The position of one feature, as ``blocks`` writes it."""
        positions, _ = self._positions(np.asarray([key(feature)], np.uint32))
        return int(positions[0]) if len(positions) else None

    def _positions(self, wanted: Keys) -> tuple[Indices, npt.NDArray[np.bool_]]:
        at, known = self.keys.find(wanted)
        return self.places[at[known]], known

    def _heights(self, positions: Indices, counts: npt.NDArray[np.int64]) -> Weights:
        block = np.searchsorted(self.begin[1:-1], positions, side="right")
        heights = (1.0 + np.log(counts)) * self.rarity[positions]
        lengths = np.sqrt(np.bincount(block, heights * heights, len(BLOCKS)))
        return (heights * _BLOCK_WEIGHTS[block] / lengths[block]).astype(np.float32)


def learn_features(texts: Sequence[str], lexicon: Lexicon) -> tuple[Vectoriser, Rows]:
    """The vectoriser of a store, and the vectors of its texts: every text is read once."""
    row, block, met = _long_table(texts, lexicon)
    # One number for a feature and its block, so that one sort finds all; the block stands above the key.
    names, of_entry = np.unique(block.astype(np.uint64) << _KEY_BITS | met, return_inverse=True)
    cell, counts = np.unique(row * len(names) + of_entry, return_counts=True)
    row, of_entry = np.divmod(cell, len(names))
    spread = np.bincount(of_entry, minlength=len(names))
    of_block = (names >> _KEY_BITS).astype(np.int64)
    kept = np.flatnonzero(spread >= _FEWEST[of_block])
    # Within a block the common ones first: a message then touches few pages of a file that is mapped into memory.
    kept = kept[np.lexsort((names[kept], -spread[kept], of_block[kept]))]
    rarity = (np.log((1 + len(texts)) / (1 + spread[kept])) + 1.0).astype(np.float32)
    begin = np.searchsorted(of_block[kept], np.arange(len(BLOCKS) + 1))
    # Of two features with one number the first is found.
    sorted_keys, order = np.unique(names[kept].astype(np.uint32), return_index=True)
    position = np.full(len(names), -1, np.int64)
    position[kept] = np.arange(len(kept))
    known = position[of_entry] >= 0
    rows = _rows(row[known], position[of_entry[known]], counts[known], rarity, begin, len(texts))
    return Vectoriser(KeySet(sorted_keys), order.astype(np.int32), rarity, begin, lexicon), rows


def _long_table(texts: Sequence[str], lexicon: Lexicon) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Keys]:
    """Row, block and key of every feature of every text, one entry each time it occurs."""
    found, lengths = array("I"), array("q")
    for text in texts:
        for block in _keys(text, lexicon):
            found.extend(block)
            lengths.append(len(block))
    each = np.frombuffer(lengths, np.int64)
    owner = np.repeat(np.arange(len(each)), each)
    return owner // len(BLOCKS), owner % len(BLOCKS), np.frombuffer(found, np.uint32)


def _rows(
    row: npt.NDArray[np.int64],
    position: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    rarity: Weights,
    begin: npt.NDArray[np.int64],
    number: int,
) -> Rows:
    block = np.searchsorted(begin[1:-1], position, side="right")
    heights = (1.0 + np.log(counts)) * rarity[position]
    part = row * len(BLOCKS) + block
    lengths = np.sqrt(np.bincount(part, heights * heights, number * len(BLOCKS)))
    weights = (heights * _BLOCK_WEIGHTS[block] / lengths[part]).astype(np.float32)
    begins = np.searchsorted(row, np.arange(number + 1))
    return Rows(position.astype(np.int32), weights, begins)
