"""Which of the three languages a message is written in: script, then letters, then short runs of letters.

Detection libraries fail on short chat and on Vietnamese typed without marks, so the runs are learnt from the store's
own ways of asking. A language is only changed when this is sure; else the chat's language stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.answers.arabic import arabizi
from bot.answers.classifier import Floats
from bot.answers.keys import KeySet, keys
from bot.answers.normal import fold, normalise, words
from bot.answers.shelf import Buffer, shelve, unshelve
from bot.model.language import LANGUAGES, Language

_SURE: Final = 10.0  # difference of log probabilities from which a guess counts: "wifi", "ok" and "taxi" stay below
_SURE_OF_ARABIZI: Final = 15.0  # the same for Arabic in Latin letters, which any tongue that nobody taught resembles
_SURE_OF_SPELT: Final = 5.0  # the same where a word is written as only Arabs do ("7abibi", "wein")
_KNOWN: Final = 0.5  # more than this share of the words must be known as Arabic where no word is so written
_KNOWN_OF_ITS_OWN: Final = 0.25  # share of the words that must be known as English or Vietnamese
_FRENCH: Final = frozenset(
    [
        "je",
        "une",
        "les",
        "des",
        "est",
        "pour",
        "avec",
        "dans",
        "vous",
        "nous",
        "mon",
        "ma",
        "votre",
        "sur",
        "pas",
        "quand",
        "combien",
    ]
)
_FRAME: Final = 0.25  # share of a message's words that must be Arabic for it to be in Arabic
_FEWEST_ARABIZI: Final = 3  # words
_LONGEST: Final = 60  # words looked at
_BORROWED: Final = 2  # a word is borrowed unless Arabic lines write it more than this many times as often as others
_ONLY_VIETNAMESE: Final = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹòì")
"""Letters that no other tongue around here writes; those of French, Spanish and Portuguese are left out."""


@dataclass(frozen=True, slots=True)
class Guess:
    language: Language
    sure: bool


class LanguageGuesser:
    """Naive Bayes over words and runs of one to four letters."""

    def __init__(self, known: KeySet, weights: Floats) -> None:
        """``weights``: per known run its log probability in each language, in the order of ``LANGUAGES``."""
        self._known = known
        self._weights = weights

    @classmethod
    def learn(cls, samples: Mapping[Language, Iterable[str]]) -> LanguageGuesser:
        """From lines known to be in each language."""
        counts: dict[Language, Counter[str]] = {language: Counter() for language in LANGUAGES}
        seen: dict[Language, Counter[str]] = {}
        for language, lines in samples.items():
            split = (words(normalise(line)) for line in lines)
            seen[language] = Counter(
                token for line in split if language != "ar" or not _french(line) for token in line if not _arabic(token)
            )
        _borrowed_forgotten(seen)
        for language, tokens in seen.items():
            for token, number in tokens.items():
                for shape in (token, fold(token)) if language == "vi" else (token,):
                    for run in _runs(shape):
                        counts[language][run] += number
        # A run seen once tells little and would be most of the table.
        total = sum(counts.values(), Counter())
        known = [run for run, number in total.items() if number > 1]
        table, order = np.unique(keys(known), return_index=True)
        often = np.asarray([[counts[language][known[index]] for language in LANGUAGES] for index in order])
        smoothed = often.reshape(-1, len(LANGUAGES)) + 0.5
        return cls(KeySet(table), np.log(smoothed / smoothed.sum(axis=0)).astype(np.float32))

    def to_bytes(self) -> bytes:
        return shelve({"known": self._known.sorted, "weights": self._weights})

    @classmethod
    def from_bytes(cls, saved: Buffer) -> LanguageGuesser:
        """Raises: ValueError, KeyError: This is no whole guesser."""
        arrays = unshelve(saved)
        return cls(KeySet(arrays["known"]), arrays["weights"])

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
        scores, met = self._scores(tokens)
        best = int(np.argmax(scores))
        language = LANGUAGES[best]
        margin = scores[best] - max(score for index, score in enumerate(scores) if index != best)
        marked = sum(not _ONLY_VIETNAMESE.isdisjoint(token) for token in tokens)
        # A Vietnamese name in an English sentence does not make it Vietnamese.
        if marked and (language == "vi" or marked * 2 >= len(tokens)):
            return Guess("vi", sure=True)
        if language == "ar":
            sure = (
                margin >= _SURE_OF_SPELT
                if arabizi(tokens)
                else margin >= _SURE_OF_ARABIZI and self._mostly_known(tokens)
            )
        else:
            # Letters without a known word ("zzz www") resemble some language only by chance; so does another tongue.
            sure = margin >= _SURE and met[best] >= len(tokens) * _KNOWN_OF_ITS_OWN
        return Guess(language, sure=True) if sure else Guess(chat, sure=False)

    def _mostly_known(self, tokens: Sequence[str]) -> bool:
        """Whether Latin letters without any sign of Arabic are Arabic words for the most part: resembling them is not enough."""
        # One or two Latin words are more often borrowed ("gym", "shuttle") than Arabic without its letters.
        if len(tokens) < _FEWEST_ARABIZI:
            return False
        distinct = list(dict.fromkeys(tokens))
        return self._met(distinct)[LANGUAGES.index("ar")] > len(distinct) * _KNOWN

    def why(self, text: str) -> str:
        """What speaks for the guess, to be read."""
        tokens = words(normalise(text))[:_LONGEST]
        arabic = sum(map(_arabic, tokens))
        scores, met = self._scores([token for token in tokens if not _arabic(token)])
        first, second = sorted(scores, reverse=True)[:2]
        return (
            f"{arabic} of {len(tokens)} words in Arabic letters; runs of letters say "
            f"{LANGUAGES[scores.index(first)]} by {first - second:.1f} (sure from {_SURE:.0f}), words {'' if any(met) else 'un'}known"
        )

    def _scores(self, tokens: list[str]) -> tuple[list[float], list[int]]:
        """Log probability in each language, and how many whole words are known as each one's."""
        runs = [run for token in tokens for run in _runs(token)]
        at, known = self._known.find(keys(runs))
        scores: list[float] = self._weights[at[known]].sum(axis=0, dtype=np.float64).tolist()
        return scores, self._met(tokens)

    def _met(self, tokens: Sequence[str]) -> list[int]:
        """How many whole words are known as each language's; one letter is of any."""
        at, known = self._known.find(keys([f" {token} " for token in tokens if len(token) > 1]))
        most = np.argmax(self._weights[at[known]], axis=1)
        return [int(number) for number in np.bincount(most, minlength=len(LANGUAGES))]


def _borrowed_forgotten(seen: Mapping[Language, Counter[str]]) -> None:
    """Latin words of Arabic lines teach Arabic only where the other two hardly write them: most are English ones."""
    foreign: Counter[str] = Counter()
    for language, tokens in seen.items():
        for token, number in tokens.items() if language != "ar" else ():
            foreign[token] += number
            if language == "vi" and token != fold(token):
                foreign[fold(token)] += number
    latin = seen.get("ar", Counter())
    for token in [token for token, number in latin.items() if foreign[token] * _BORROWED >= number]:
        del latin[token]


def _french(line: Sequence[str]) -> bool:
    """People of the Maghreb mix French in; what stands beside it is no Arabic either."""
    return not _FRENCH.isdisjoint(line)


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
