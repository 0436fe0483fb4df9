"""Words and runs of letters known by the check sums of their letters.

A hundred thousand of them as strings are forty times as large, and take a noticeable part of a second to read from a file. Two
that share a number are too rare to be felt: an unknown one is taken for a known one once in thirty thousand times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint32]


def key(feature: str) -> int:
    return crc32(feature.encode())


def keys(features: Iterable[str]) -> Keys:
    return np.fromiter(map(key, features), np.uint32)


@dataclass(frozen=True, slots=True)
class KeySet:
    """A set of words that takes four bytes a word."""

    sorted: Keys

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and bool(self.find(keys([word]))[1][0])

    def __len__(self) -> int:
        return len(self.sorted)

    def find(self, wanted: Keys) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Where each wanted key stands, and whether it is there at all."""
        if not len(self.sorted):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
        at = np.minimum(np.searchsorted(self.sorted, wanted), len(self.sorted) - 1)
        return at, self.sorted[at] == wanted


def key_set(words: Iterable[str]) -> KeySet:
    return KeySet(np.unique(keys(words)))
