"""Concepts of a conference in the words of three languages: "wifi", "mạng" and "نت" become the same sign.

With them a phrase in one language teaches the other two, and two people who share no word may still share a concept.
A term is one or more words as people type them; ``word*`` is a beginning. All is folded, so marks and case do not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.answers.normal import fold, normalise, words

_LONGEST: Final = 6  # words of a term
_SHORTEST_STEM: Final = 3  # letters that must be left of an Arabic word without its particles
_PARTICLES: Final = ("وال", "بال", "فال", "كال", "عال", "هال", "لل", "ال", "و", "ب", "ل", "ف", "ه", "ع", "ك", "ش")
"""What Arabic writes together with the next word: the, and, with, for, like, this, on; the longest first."""
_ENDINGS: Final = ("كم", "هم", "ها", "نا", "ني", "ي", "ك", "ه")
"""My, your, his, our …, written together with the word."""


@dataclass(frozen=True, slots=True)
class _Term:
    words: tuple[str, ...]
    """All but the first; one that ends in ``*`` is a beginning."""
    concept: str


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a word may open."""

    alone: tuple[str, ...]
    """The concepts that it names by itself."""
    longer: Mapping[str, Sequence[_Term]]
    """Terms of more words, by their second."""
    beginnings: Sequence[_Term]
    """Those of which the second is a beginning."""


class Lexicon:
    """Finds concepts in folded words."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self._terms: dict[str, list[_Term]] = defaultdict(list)
        self._beginnings: dict[str, list[_Term]] = defaultdict(list)
        for concept, terms in concepts.items():
            for term in terms:
                parts = _parts(term)
                if not parts or len(parts) > _LONGEST:
                    continue
                rest = _Term(parts[1:], concept)
                if parts[0].endswith("*"):
                    self._beginnings[parts[0][:-1]].append(rest)
                else:
                    self._terms[parts[0]].append(rest)
        self._lengths = tuple(sorted({len(beginning) for beginning in self._beginnings}))
        self._opening = lru_cache(maxsize=8192)(self._opened_by)

    def __bool__(self) -> bool:
        return bool(self._terms or self._beginnings)

    def concepts(self, folded: Sequence[str]) -> list[str]:
        """The concepts that a message names, each once, in the order of their first words."""
        found: dict[str, None] = {}
        seen: set[tuple[str, ...]] = set()
        for start, word in enumerate(folded):
            opening = self._opening(word)
            if opening is None:
                continue
            # What begins here hangs on these words alone; a long message repeats itself.
            window = tuple(folded[start : start + _LONGEST])
            if window in seen:
                continue
            seen.add(window)
            found.update(dict.fromkeys(opening.alone))
            following = [forms(word) for word in window[1:]]
            for term in _continued(opening, following[0]) if following else ():
                if term.concept not in found and _follows(term.words, following):
                    found[term.concept] = None
        return list(found)

    def _opened_by(self, word: str) -> _Opening | None:
        """What a word opens, whatever is written onto it; None for most."""
        terms = dict.fromkeys(term for form in forms(word) for term in self._beginning_with(form))
        alone = [term.concept for term in terms if not term.words]
        longer: dict[str, list[_Term]] = defaultdict(list)
        beginnings = []
        for term in terms:
            if term.words and term.words[0].endswith("*"):
                beginnings.append(term)
            elif term.words:
                longer[term.words[0]].append(term)
        return _Opening(tuple(dict.fromkeys(alone)), dict(longer), beginnings) if terms else None

    def _beginning_with(self, word: str) -> Iterator[_Term]:
        yield from self._terms.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._beginnings.get(word[:length], ())


def _continued(opening: _Opening, second: tuple[str, ...]) -> Iterator[_Term]:
    """The terms that the next word, in any of its forms, may go on with."""
    for form in second if opening.longer else ():
        yield from opening.longer.get(form, ())
    yield from opening.beginnings


def _parts(term: str) -> tuple[str, ...]:
    parts = []
    for written in term.split():
        shaped = words(fold(normalise(written.removesuffix("*"))))
        if written.endswith("*") and shaped:
            shaped[-1] += "*"
        parts += shaped
    return tuple(parts)


def _follows(rest: tuple[str, ...], shapes: Sequence[tuple[str, ...]]) -> bool:
    """Whether a message goes on with these words; ``shapes`` are the forms of each of its next."""
    if len(rest) > len(shapes):
        return False
    # Written out: this is asked often.
    for word, here in zip(rest, shapes, strict=False):
        if word[-1] != "*":
            if word not in here:
                return False
        elif not any(form.startswith(word[:-1]) for form in here):
            return False
    return True


@lru_cache(maxsize=8192)
def forms(word: str) -> tuple[str, ...]:
    """A word and what it may be without what its language writes onto it."""
    if word.isascii():
        return _latin(word)
    if not "\u0600" <= word[0] <= "\u06ff":
        return (word,)
    bare = {word: None}
    for particle in _PARTICLES:
        if word.startswith(particle) and len(word) - len(particle) >= _SHORTEST_STEM:
            bare[word[len(particle) :]] = None
    for form in tuple(bare):
        for ending in _ENDINGS:
            if form.endswith(ending) and len(form) - len(ending) >= _SHORTEST_STEM:
                stem = form[: -len(ending)]
                bare[stem] = None
                if stem.endswith("ت"):  # a feminine word shows its t again before an ending
                    bare[stem[:-1] + "ه"] = None
    return tuple(bare)


def _latin(word: str) -> tuple[str, ...]:
    """English plurals; other forms are written out in the lexicon."""
    if len(word) > 4 and word.endswith("ies"):
        return word, word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word, word[:-1], word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word, word[:-1]
    return (word,)
