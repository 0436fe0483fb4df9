"""Whether a message asks for anything, or only tells: where somebody is, how they are."""

from __future__ import annotations

from typing import Final

from bot.answers.normal import fold, has_marks, normalise, words
from bot.model.content import DialogWords

_LONGEST: Final = 300  # characters; a longer message is a story
_QUESTION_MARKS: Final = ("?", "؟")


class Asks:
    """Knows the words that ask. Marks that are written are believed: "thang máy" (lift) holds no "mấy" (how many)."""

    def __init__(self, said: DialogWords) -> None:
        written = {tuple(words(normalise(phrase))) for lines in said.asking.values() for phrase in lines} - {()}
        self._written = written
        self._folded = {tuple(map(fold, phrase)) for phrase in written}
        self._longest = max(map(len, written), default=0)

    def __call__(self, text: str) -> bool:
        """True for a question mark; for a word that asks only where no number stands, as a place has one."""
        if len(text) > _LONGEST:
            return False
        source = normalise(text)
        if any(mark in source for mark in _QUESTION_MARKS):
            return True
        if any(letter.isdigit() for letter in source):
            return False
        marked = has_marks(source)
        read = words(source if marked else fold(source))
        known = self._written if marked else self._folded
        return any(
            tuple(read[start : start + length]) in known
            for start in range(len(read))
            for length in range(1, self._longest + 1)
        )
