"""Recognises emergencies with word cues alone: no content store, model, network or disk is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.answers.cuebook import Cuebook
from bot.answers.normal import fold, has_marks, normalise, words
from bot.model.content import Cues
from bot.model.decisions import Emergency
from bot.model.language import Language

TEAMS: Final = {
    "self-harm": "medical",
    "medical": "medical",
    "fire": "security",
    "earthquake": "security",
    "attack": "security",
    "missing-person": "security",
    "harassment": "security",
    "border": "visa",
}
TOPICS: Final = {
    "self-harm": "medical.emergency",
    "medical": "medical.emergency",
    "fire": "safety.fire",
    "earthquake": "safety.fire",
    "attack": "safety.theft",
    "missing-person": "safety.missing-person",
    "harassment": "safety.harassment",
    "border": "visa.entry-refused",
}
_OF_NO_TOPIC: Final = ("attack", "self-harm", "earthquake")
KINDS: Final = {topic: kind for kind, topic in TOPICS.items() if kind not in _OF_NO_TOPIC}
"""The kind of emergency that a topic is about. Theft and attack share a topic, and most of it is no emergency."""
ORDER: Final = (
    "self-harm",
    "medical",
    "fire",
    "earthquake",
    "attack",
    "missing-person",
    "harassment",
    "border",
)  # the gravest kind wins
_READ: Final = (12_000, 4_000)  # characters at the head and the end of a message; no door lets longer ones in whole
_SIGNS: Final = {
    "🆘": "medical",
    "🚑": "medical",
    "🩸": "medical",
    "🔥": "fire",
    "🚒": "fire",
    "🔫": "attack",
    "🔪": "attack",
}
_LOUD_SIGNS: Final = ("🆘", "🚑")
_WORDS_OF_SIGNS: Final = 4  # words beside a sign; with more of them it is decoration
_TYPOS_IN: Final = 60  # words of a message in which typos are looked for
_SHORTEST_TYPO: Final = 5  # letters of a word that may hold one
_SHORTEST_ARABIC: Final = 4  # Arabic leaves most vowels out
_SHORTEST_JOINED: Final = 6  # letters of two words that a lost space made one
_TWO_TYPOS: Final = 9  # letters of a word that may hold two
_LONGEST_HARMLESS: Final = 12  # words; a longer message tells more than a phrase
_LONGEST_BEFOREHAND: Final = 30
_MOSTLY: Final = 0.6
_NEVER: Final = "~never"
_NUMBERS: Final = "~numbers"
_BEFOREHAND: Final = "~beforehand"
_HARMLESS_TAGS: Final = (_NEVER, _BEFOREHAND)
_LIKELY: Final = "?"


class EmergencyMatcher:
    """All languages at once: people in danger mix them."""

    def __init__(
        self,
        emergencies: Mapping[Language, Mapping[str, Cues]],
        numbers_question: Mapping[Language, tuple[str, ...]],
        precautions: Mapping[Language, tuple[str, ...]] | None = None,
    ) -> None:
        tagged: list[tuple[str, Iterable[str]]] = [(_NUMBERS, cues) for cues in numbers_question.values()]
        tagged += [(_BEFOREHAND, cues) for cues in (precautions or {}).values()]
        kinds: set[str] = set()
        for by_kind in emergencies.values():
            for kind, cues in by_kind.items():
                kinds.add(kind)
                tagged += [(_NEVER, cues.never), (kind, cues.certain), (_LIKELY + kind, cues.likely)]
        self._kinds = (*(kind for kind in ORDER if kind in kinds), *sorted(kinds - set(ORDER)))
        self._book = Cuebook(tagged)
        self._words = frozenset(self._book.vocabulary(self._kinds))
        self._spellings = _spellings(self._words)

    def find(self, text: str, known: Container[str] = ()) -> Emergency | None:
        """The emergency in a message; in doubt one to ask about with a tap.

        Args:
            text: The message.
            known: Folded words that are right as they stand; others may be misspelt words of cues.
        """
        if len(text) > sum(_READ):
            text = f"{text[: _READ[0]]} {text[-_READ[1] :]}"
        normal = normalise(text)
        marked = words(normal)
        if not marked:
            return _of_signs(text, alone=True)
        folded = [fold(word) for word in marked]
        found = list(self._book.find(folded, marked, with_marks=has_marks(normal)))
        harmless = {position for cue in found if cue.tag in _HARMLESS_TAGS for position in cue.place}
        # A match counts when at least one of its words is not part of a harmless phrase.
        tags = {cue.tag for cue in found if not harmless.issuperset(cue.place)}
        question = any(cue.tag == _NUMBERS for cue in found)
        certain = next((kind for kind in self._kinds if kind in tags), None)
        if certain is not None:
            return emergency(certain, certain=not question)
        if question:
            return None
        likely = next((kind for kind in self._kinds if _LIKELY + kind in tags), None)
        if likely is not None:
            return emergency(likely, certain=False)
        of_signs = _of_signs(text, alone=False) if len(marked) <= _WORDS_OF_SIGNS else None
        return of_signs or self._misspelt(folded, known)

    def harmless(self, text: str, known: Container[str] = ()) -> bool:
        """Whether most of a short message is made of phrases that only sound like danger, and nothing in it is a cue.

        Who wrote these phrases knew them; a model that suspects danger in the same words knows less.
        """
        normal = normalise(text)
        marked = words(normal)
        if not marked or len(marked) > _LONGEST_HARMLESS or self.find(text, known) is not None:
            return False
        found = self._book.find([fold(word) for word in marked], marked, with_marks=has_marks(normal))
        places = {position for cue in found if cue.tag == _NEVER for position in cue.place}
        return len(places) >= _MOSTLY * len(marked)

    def beforehand(self, text: str, known: Container[str] = ()) -> bool:
        """Whether a short message asks about exits, drills or what to do in case of danger, and nothing in it is a cue.

        Whoever has the danger before them tells it, at least in a word; then it is no question beforehand.
        """
        normal = normalise(text)
        marked = words(normal)
        if not marked or len(marked) > _LONGEST_BEFOREHAND or _of_signs(text, alone=False) is not None:
            return False
        found = self._book.find([fold(word) for word in marked], marked, with_marks=has_marks(normal))
        return any(cue.tag == _BEFOREHAND for cue in found) and self.find(text, known) is None

    def _misspelt(self, folded: list[str], known: Container[str]) -> Emergency | None:
        """One typo destroys a cue: the words nobody knows are read as the nearest words of cues, and then a tap asks."""
        mended = [part for word in folded[:_TYPOS_IN] for part in self._mended(word, known)]
        if mended == folded[:_TYPOS_IN]:
            return None
        found = list(self._book.find(mended, mended, with_marks=False))
        harmless = {position for cue in found if cue.tag == _NEVER for position in cue.place}
        tags = {cue.tag for cue in found if not harmless.issuperset(cue.place)}
        kind = next((kind for kind in self._kinds if kind in tags), None)
        return emergency(kind, certain=False) if kind is not None else None

    def _mended(self, word: str, known: Container[str]) -> tuple[str, ...]:
        """A word as it stands when it is known, else the nearest word of a cue, or the two that a lost space made one."""
        if not word.isalpha() or len(word) < _SHORTEST_ARABIC or word in known:
            return (word,)
        near = self._nearest(word)
        return (near,) if near != word else self._parted(word, known) or (word,)

    def _nearest(self, word: str) -> str:
        if len(word) < (_SHORTEST_TYPO if word.isascii() else _SHORTEST_ARABIC):
            return word
        # Cues hold a few misspellings themselves, so the word itself is no answer.
        near = [spelling for spelling in self._spellings.get(word[0], ()) if spelling != word]
        most = 1 if len(word) < _TWO_TYPOS else 2
        found = process.extractOne(word, near, scorer=DamerauLevenshtein.distance, score_cutoff=most)
        return str(found[0]) if found else word

    def _parted(self, word: str, known: Container[str]) -> tuple[str, ...]:
        """Two words without the space between them, of which one is a cue's; the most even parting, as short words are everywhere."""
        if len(word) < _SHORTEST_JOINED or word in self._words:
            return ()
        for at in sorted(range(2, len(word) - 1), key=lambda at: abs(2 * at - len(word))):
            left, right = word[:at], word[at:]
            if (left in self._words or right in self._words) and all(
                part in self._words or part in known for part in (left, right)
            ):
                return (left, right)
        return ()


def _of_signs(text: str, *, alone: bool) -> Emergency | None:
    """The emergency that a sign calls for: some people have one thumb free. Certain only where it stands alone and means nothing else."""
    found = [sign for sign in _SIGNS if sign in text]
    if not found:
        return None
    return emergency(_SIGNS[found[0]], certain=alone and found[0] in _LOUD_SIGNS)


def _spellings(vocabulary: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The plain words of all certain cues by their first letter, which people seldom miss."""
    found: dict[str, set[str]] = defaultdict(set)
    for word in vocabulary:
        if word.isalpha() and len(word) >= _SHORTEST_ARABIC:
            found[word[0]].add(word)
    return {letter: tuple(sorted(words_)) for letter, words_ in found.items()}


def emergency(kind: str, *, certain: bool) -> Emergency:
    return Emergency(kind, TOPICS.get(kind, "medical.emergency"), TEAMS.get(kind, "medical"), certain)
