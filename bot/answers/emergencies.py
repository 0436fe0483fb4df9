"""Recognises emergencies with word cues alone: no content store, model, network or disk is needed.

A cue is a row of words; ``a|b`` are alternatives, ``word*`` a beginning, ``_`` at most one word, ``..`` at most four
words, ``^…$`` the whole message. Matching walks the message once per cue whose first word occurs in it; there is no
pattern that could run away on a long message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.answers.normal import fold, has_marks, normalise, words
from bot.model.content import Cues
from bot.model.decisions import Emergency
from bot.model.language import Language

TEAMS: Final = {
    "medical": "medical",
    "fire": "security",
    "attack": "security",
    "missing-person": "security",
    "harassment": "security",
    "border": "visa",
}
TOPICS: Final = {
    "medical": "medical.emergency",
    "fire": "safety.fire",
    "attack": "safety.theft",
    "missing-person": "safety.missing-person",
    "harassment": "safety.harassment",
    "border": "visa.entry-refused",
}
KINDS: Final = {topic: kind for kind, topic in TOPICS.items() if kind != "attack"}
"""The kind of emergency that a topic is about. Theft and attack share a topic, and most of it is no emergency."""
ORDER: Final = ("medical", "fire", "attack", "missing-person", "harassment", "border")  # the gravest kind wins
_TYPOS_IN: Final = 60  # words of a message in which typos are looked for
_SHORTEST_TYPO: Final = 5  # letters of a word that may hold one
_TWO_TYPOS: Final = 9  # letters of a word that may hold two
_GAP: Final = 4  # words that ``..`` may stand for


@dataclass(frozen=True, slots=True)
class _Slot:
    """One word of a cue, or a gap of at most ``gap`` words before the next."""

    exact: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    gap: int = 0

    def fits(self, word: str) -> bool:
        return word in self.exact or (bool(self.begins) and word.startswith(self.begins))

    def may_fit(self, present: frozenset[str]) -> bool:
        """Whether any word of a message could stand here; beginnings are not looked up."""
        return bool(self.gap or self.begins) or not self.exact.isdisjoint(present)


@dataclass(frozen=True, slots=True)
class _Cue:
    slots: tuple[_Slot, ...]
    whole: bool = False
    marked: tuple[_Slot, ...] | None = None
    """The cue with its Vietnamese marks: what a message that has marks must match."""
    only_marked: bool = False

    def may_match(self, present: frozenset[str]) -> bool:
        return all(slot.may_fit(present) for slot in self.slots)


class Cuebook:
    """Compiled cues, found by the first word they can begin with."""

    def __init__(self, cues: Iterable[str]) -> None:
        self._by_word: dict[str, list[_Cue]] = defaultdict(list)
        self._by_beginning: dict[str, list[tuple[tuple[str, ...], _Cue]]] = defaultdict(list)
        for written in cues:
            for cue in _compile(written):
                first = cue.slots[0]
                for word in first.exact:
                    self._by_word[word].append(cue)
                for letter in {beginning[0] for beginning in first.begins}:
                    self._by_beginning[letter].append((first.begins, cue))

    def vocabulary(self) -> set[str]:
        """The plain words that cues are made of."""
        cues = [cue for found in self._by_word.values() for cue in found]
        return {word for cue in cues for slot in cue.slots for word in slot.exact}

    def places(self, folded: list[str], marked: list[str], *, with_marks: bool) -> Iterator[tuple[int, ...]]:
        """Where cues match: the positions of their words, without what stands in their gaps."""
        present = frozenset(folded)
        candidates: dict[str, list[_Cue]] = {}
        for start, word in enumerate(folded):
            if word not in candidates:  # looked up once per word: a long message repeats most of its words
                candidates[word] = [cue for cue in self._beginning_with(word) if cue.may_match(present)]
            for cue in candidates[word]:
                place = _match(cue, folded, marked, start, with_marks=with_marks)
                if place is not None:
                    yield place

    def _beginning_with(self, word: str) -> list[_Cue]:
        begun = [cue for begins, cue in self._by_beginning.get(word[0], ()) if word.startswith(begins)]
        return self._by_word.get(word, []) + begun

    def anywhere(self, folded: list[str], marked: list[str], *, with_marks: bool, but: Container[int] = ()) -> bool:
        """Whether a cue matches with at least one word that is not set aside (``but``)."""
        places = self.places(folded, marked, with_marks=with_marks)
        return any(any(position not in but for position in place) for place in places)


def _compile(written: str) -> list[_Cue]:
    text = written.strip()
    only_marked = text.startswith("=")
    text = text.removeprefix("=")
    whole = text.startswith("^") and text.endswith("$")
    text = text.removeprefix("^").removesuffix("$")
    marked = _slots(text)
    slots = _slots(text, folding=True)
    if not slots or slots[0].gap:
        return []
    return [_Cue(slots, whole, marked if marked != slots else None, only_marked)]


def _slots(text: str, *, folding: bool = False) -> tuple[_Slot, ...]:
    slots: list[_Slot] = []
    for part in text.split():
        if part in ("..", "_"):
            gap = _GAP if part == ".." else 1
            if slots and slots[-1].gap:  # neighbouring gaps are one, or trying them would multiply
                gap += slots.pop().gap
            slots.append(_Slot(gap=gap))
            continue
        exact: set[str] = set()
        begins: list[str] = []
        for option in part.split("|"):
            shaped = normalise(option.removesuffix("*"))
            shaped = "".join(words(fold(shaped) if folding else shaped))
            if not shaped:
                continue
            if option.endswith("*"):
                begins.append(shaped)
            else:
                exact.add(shaped)
        if exact or begins:
            slots.append(_Slot(frozenset(exact), tuple(begins)))
    return tuple(slots)


def _match(cue: _Cue, folded: list[str], marked: list[str], start: int, *, with_marks: bool) -> tuple[int, ...] | None:
    # Whoever writes marks is believed: "mật" is then no Arabic "mat" of another language's cue either.
    text = marked if with_marks else folded
    slots = cue.marked if with_marks and cue.marked is not None else cue.slots
    if cue.only_marked and not with_marks:
        return None
    if cue.whole and start != 0:
        return None
    return _walk(slots, 0, text, start, whole=cue.whole)


def _walk(slots: tuple[_Slot, ...], at: int, text: list[str], position: int, *, whole: bool) -> tuple[int, ...] | None:
    """Where the words from slot ``at`` stand; gaps are tried shortest first; a whole cue ends with the text."""
    matched: list[int] = []
    while at < len(slots):
        slot = slots[at]
        if slot.gap:
            for skip in range(slot.gap + 1):
                rest = _walk(slots, at + 1, text, position + skip, whole=whole)
                if rest is not None:
                    return (*matched, *rest)
            return None
        if position >= len(text) or not slot.fits(text[position]):
            return None
        matched.append(position)
        at += 1
        position += 1
    return None if whole and position != len(text) else tuple(matched)


@dataclass(frozen=True, slots=True)
class _Kind:
    certain: Cuebook
    likely: Cuebook


class EmergencyMatcher:
    """All languages at once: people in danger mix them."""

    def __init__(
        self, emergencies: Mapping[Language, Mapping[str, Cues]], numbers_question: Mapping[Language, tuple[str, ...]]
    ) -> None:
        kinds: dict[str, tuple[list[str], list[str]]] = {}
        never: list[str] = []
        for by_kind in emergencies.values():
            for kind, cues in by_kind.items():
                certain, likely = kinds.setdefault(kind, ([], []))
                certain.extend(cues.certain)
                likely.extend(cues.likely)
                never.extend(cues.never)
        self._never = Cuebook(never)
        self._numbers = Cuebook(cue for cues in numbers_question.values() for cue in cues)
        self._kinds = {kind: _Kind(Cuebook(certain), Cuebook(likely)) for kind, (certain, likely) in kinds.items()}
        self._spellings = _spellings(kind.certain for kind in self._kinds.values())

    def find(self, text: str, known: Container[str] = ()) -> Emergency | None:
        """The emergency in a message; in doubt one to ask about with a tap.

        Args:
            text: The message.
            known: Folded words that are right as they stand; others may be misspelt words of cues.
        """
        normal = normalise(text)
        marked = words(normal)
        if not marked:
            return None
        with_marks = has_marks(normal)
        folded = [fold(word) for word in marked]
        harmless = {
            position for place in self._never.places(folded, marked, with_marks=with_marks) for position in place
        }
        question = self._numbers.anywhere(folded, marked, with_marks=with_marks)
        kinds = [kind for kind in (*ORDER, *sorted(self._kinds.keys() - set(ORDER))) if kind in self._kinds]
        if not question:
            for kind in kinds:
                if self._kinds[kind].certain.anywhere(folded, marked, with_marks=with_marks, but=harmless):
                    return emergency(kind, certain=True)
        for kind in kinds:
            cues = self._kinds[kind]
            near = cues.likely if not question else cues.certain
            if near.anywhere(folded, marked, with_marks=with_marks, but=harmless):
                return emergency(kind, certain=False)
        return None if question else self._misspelt(folded, kinds, known, harmless)

    def _misspelt(
        self, folded: list[str], kinds: list[str], known: Container[str], harmless: set[int]
    ) -> Emergency | None:
        """One typo destroys a cue: the words nobody knows are read as the nearest words of cues, and then a tap asks."""
        mended = [self._nearest(word, known) for word in folded[:_TYPOS_IN]]
        if mended == folded[:_TYPOS_IN]:
            return None
        for kind in kinds:
            if self._kinds[kind].certain.anywhere(mended, mended, with_marks=False, but=harmless):
                return emergency(kind, certain=False)
        return None

    def _nearest(self, word: str, known: Container[str]) -> str:
        if len(word) < _SHORTEST_TYPO or not word.isascii() or not word.isalpha() or word in known:
            return word
        # Cues hold a few misspellings themselves, so the word itself is no answer.
        near = [spelling for spelling in self._spellings.get(word[0], ()) if spelling != word]
        most = 1 if len(word) < _TWO_TYPOS else 2
        found = process.extractOne(word, near, scorer=DamerauLevenshtein.distance, score_cutoff=most)
        return str(found[0]) if found else word


def _spellings(books: Iterable[Cuebook]) -> dict[str, tuple[str, ...]]:
    """The plain words of all certain cues by their first letter, which people seldom miss."""
    found: dict[str, set[str]] = defaultdict(set)
    for book in books:
        for word in book.vocabulary():
            if word.isascii() and word.isalpha() and len(word) >= _SHORTEST_TYPO - 1:
                found[word[0]].add(word)
    return {letter: tuple(sorted(words_)) for letter, words_ in found.items()}


def emergency(kind: str, *, certain: bool) -> Emergency:
    return Emergency(kind, TOPICS.get(kind, "medical.emergency"), TEAMS.get(kind, "medical"), certain)
