"""Words mistyped by one letter, read as the known words that they most likely are. Pure.

Known words are kept as check sums, so every word that one slip away is tried: some hundreds for each unknown word, and only
of messages that are not understood as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from bot.answers.features import Vectoriser
from bot.answers.keys import keys
from bot.answers.normal import fold, normalise, words

_SHORTEST: Final = 5  # letters of a word that may hold a slip
_LONGEST: Final = 20
_MOST: Final = 4  # words of a message that are mended
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_ARABIC: Final = "ابتثجحخدذرزسشصضطظعغفقكلمنهويء"


def mended(text: str, vectoriser: Vectoriser) -> str | None:
    """The text with unknown words read as known ones; None when there is nothing to mend."""
    found = [fold(word) for word in words(normalise(text))]
    changed = 0
    for at, word in enumerate(found):
        if changed == _MOST or not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
            continue
        if vectoriser.place(word) is None and (near := _nearest(word, vectoriser)) is not None:
            found[at] = near
            changed += 1
    return " ".join(found) if changed else None


def _nearest(word: str, vectoriser: Vectoriser) -> str | None:
    """The commonest known word that is one slip away."""
    tried = list(dict.fromkeys(_slips(word)))
    at, known = vectoriser.keys.find(keys(tried))
    places = np.where(known, vectoriser.places[at], len(vectoriser)) if len(vectoriser) else np.zeros(0)
    if (
        not len(places) or places.min() >= vectoriser.begin[1]
    ):  # words stand first, and the commonest of them before others
        return None
    return tried[int(places.argmin())]


def _slips(word: str) -> Iterator[str]:
    letters = _LATIN if word.isascii() else _ARABIC
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        for letter in letters:
            yield word[:at] + letter + word[at + 1 :]
            yield word[: at + 1] + letter + word[at + 1 :]
