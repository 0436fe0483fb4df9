"""Sets of phrases as the content writes them, found in a message's words without regard to case and marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.answers.normal import fold, normalise, words
from bot.model.content import Words


class PhraseSet:
    """Phrases of all languages at once: people mix them."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {" ".join(shaped) for phrase in phrases if (shaped := shape(phrase))}
        self._longest = max((len(phrase.split()) for phrase in self._phrases), default=0)

    @classmethod
    def of(cls, said: Words) -> PhraseSet:
        return cls(phrase for phrases in said.values() for phrase in phrases)

    def at(self, tokens: Sequence[str], position: int) -> int:
        """How many words the longest phrase has that begins there; 0 for none."""
        for length in range(min(self._longest, len(tokens) - position), 0, -1):
            if " ".join(tokens[position : position + length]) in self._phrases:
                return length
        return 0

    def ends(self, tokens: Sequence[str]) -> bool:
        """Whether the words end with one of the phrases."""
        return any(
            " ".join(tokens[-length:]) in self._phrases for length in range(1, min(self._longest, len(tokens)) + 1)
        )

    def within(self, tokens: Sequence[str]) -> bool:
        return any(self.at(tokens, position) for position in range(len(tokens)))


def shape(text: str) -> list[str]:
    """The words of a text as phrases are compared."""
    return words(fold(normalise(text)))
