"""Which of the three languages a message is written in: script, then letters, then short runs of letters.

Detection libraries fail on short chat and on Vietnamese typed without marks, so the runs are learnt from the store's
own ways of asking. A language is only changed when this is sure; else the chat's language stays.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.answers.normal import fold, normalise, words
from bot.model.language import LANGUAGES, Language

_SURE: Final = 10.0  # difference of log probabilities from which a guess counts: "wifi", "ok" and "taxi" stay below
_FRAME: Final = 0.25  # share of a message's words that must be Arabic for it to be in Arabic
_FEWEST_ARABIZI: Final = 3  # words
_LONGEST: Final = 60  # words looked at


@dataclass(frozen=True, slots=True)
class Guess:
    language: Language
    sure: bool


class LanguageGuesser:
    """Naive Bayes over words and runs of one to four letters."""

    def __init__(self, weights: Mapping[str, tuple[float, ...]]) -> None:
        self._weights = weights

    @classmethod
    def learn(cls, samples: Mapping[Language, Iterable[str]]) -> LanguageGuesser:
        """From lines known to be in each language."""
        counts: dict[Language, Counter[str]] = {language: Counter() for language in LANGUAGES}
        for language, lines in samples.items():
            for line in lines:
                normal = normalise(line)
                tokens = [token for token in words(normal) if not _arabic(token)]
                counts[language].update(run for token in tokens for run in _runs(token))
                if language == "vi":
                    counts[language].update(run for token in tokens for run in _runs(fold(token)))
        # A run seen once tells little and would be most of the table.
        total = sum(counts.values(), Counter())
        known = {run for run, number in total.items() if number > 1}
        weights: dict[str, tuple[float, ...]] = {}
        totals = {language: sum(counts[language].values()) + 0.5 * len(known) for language in LANGUAGES}
        for run in known:
            weights[run] = tuple(math.log((counts[language][run] + 0.5) / totals[language]) for language in LANGUAGES)
        return cls(weights)

    @property
    def weights(self) -> Mapping[str, tuple[float, ...]]:
        """Per run of letters its log probability in each language, in the order of ``LANGUAGES``."""
        return self._weights

    def guess(self, text: str, chat: Language) -> Guess:
        """The language of a message in a chat that was held in ``chat`` so far."""
        # Rooms, flights and codes ("1204", "VN255", "T2") are of no language.
        tokens = [token for token in words(normalise(text))[:_LONGEST] if token.isalpha() or _arabizi(token)]
        if not tokens:
            return Guess(chat, sure=False)
        latin = [token for token in tokens if not _arabic(token)]
        if len(latin) < len(tokens):
            # A few Latin names in an Arabic sentence are usual; one Arabic word in a Latin one is a quotation.
            if len(latin) <= 1 or len(tokens) - len(latin) >= len(tokens) * _FRAME:
                return Guess("ar", sure=True)
            tokens = latin
        scores = self._scores(tokens)
        best = max(range(len(LANGUAGES)), key=lambda index: scores[index])
        margin = scores[best] - max(score for index, score in enumerate(scores) if index != best)
        if LANGUAGES[best] == "ar" and len(tokens) < _FEWEST_ARABIZI:
            # One or two Latin words are more often borrowed ("gym", "shuttle") than Arabic without its letters.
            return Guess(chat, sure=False)
        # Letters without a single known word ("zzz www") resemble some language only by chance.
        sure = margin >= _SURE and any(f" {token} " in self._weights for token in tokens)
        return Guess(LANGUAGES[best], sure=True) if sure else Guess(chat, sure=False)

    def _scores(self, tokens: list[str]) -> list[float]:
        scores = [0.0] * len(LANGUAGES)
        for token in tokens:
            for run in _runs(token):
                weights = self._weights.get(run)
                if weights is not None:
                    for index, weight in enumerate(weights):
                        scores[index] += weight
        return scores


def _runs(token: str) -> Iterable[str]:
    padded = f" {token} "
    yield padded
    for length in (2, 3, 4):
        for start in range(len(padded) - length + 1):
            yield padded[start : start + length]


def _arabic_letter(letter: str) -> bool:
    return "\u0600" <= letter <= "\u06ff"


def _arabizi(token: str) -> bool:
    """Arabic in Latin letters writes some sounds as digits between letters: "3ayez", "sa7", "dilwa2ti"."""
    return (
        all(letter.isalpha() or letter in "235679" for letter in token)
        and sum(map(str.isalpha, token)) > len(token) / 2
    )


def _arabic(token: str) -> bool:
    return any(map(_arabic_letter, token))
