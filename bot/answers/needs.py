"""Divides a message where a second need begins. Only where: whether the parts are needs is decided by what they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.answers.normal import fold, normalise
from bot.answers.phrases import PhraseSet
from bot.model.content import Library

MOST_NEEDS: Final = 3
_LONGEST: Final = 300  # characters; a longer message is a story, of which people read the whole
_SHORTEST_WITH_AND: Final = 3  # letters of an Arabic word with "and" written onto it
_WORD: Final = re.compile(r"[^\W_]+|&")
_END: Final = re.compile(r"[?!؟;؛\n]|\.(?!\w)")
_PAUSE: Final = re.compile(r"[,،]")
_STOP: Final = re.compile(r"[,،?!؟;؛\n]|\.(?!\w)")
_SHORTEST_PART: Final = 2  # words of what may be a need that merely tells
_MOST_DIVISIONS: Final = 3
_STORY: Final = 160  # characters from which only words that add something divide


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    asks: bool
    """It holds a word that asks, or ends with a question mark."""
    own: bool = False
    """It is a question with a mark of its own."""


@dataclass(frozen=True, slots=True)
class Division:
    """A place where a message may turn to something else."""

    before: str
    after: str
    also: bool
    """A word that adds something new stands between them."""


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    begin: int
    end: int


class Needs:
    """Divides by the words of one library."""

    def __init__(self, library: Library) -> None:
        said = library.dialog
        self._joints = PhraseSet.of(said.joints)
        self._also = PhraseSet.of(said.also)
        self._asking = PhraseSet.of(said.asking)
        self._asking_first = PhraseSet.of(said.asking_first)
        self._light = frozenset(
            word for words in said.follow_up.values() for phrase in words for word in fold(normalise(phrase)).split()
        )

    def clauses(self, text: str) -> tuple[Clause, ...]:
        """The parts that may be needs of their own, in order; one or none when the message asks for one thing."""
        source, _ = _readings(text)
        if len(source) > _LONGEST:
            return ()
        parts: list[Clause] = []
        for sentence, asked in sentences(source):
            parts += self._divided(sentence, asked=asked)
        kept = self._joined(parts)
        return tuple(kept) if 1 < len(kept) <= MOST_NEEDS else ()

    def divisions(self, text: str) -> tuple[Division, ...]:
        """Where a message may turn to a second need that merely tells ("also my room is cold"), the likeliest places first."""
        source, folded = _readings(text)
        if len(source) > _LONGEST:
            return ()
        tokens = [_Token(found[0], found.start(), found.end()) for found in _WORD.finditer(folded)]
        words = [token.word for token in tokens]
        found, resumed = [], 0
        for position, resumes in self._gaps(source, tokens):
            if position < resumed:  # inside a joint of several words
                continue
            resumed = resumes
            if min(position, len(tokens) - resumes) >= _SHORTEST_PART:
                before, after = source[: tokens[position - 1].end], source[tokens[resumes].begin :]
                found.append(Division(before, after.rstrip(" .!?؟"), self._also.at(words, position) > 0))
        added = [division for division in found if division.also]
        return tuple(added or (found if len(source) <= _STORY else ()))[:_MOST_DIVISIONS]

    def _divided(self, sentence: str, *, asked: bool) -> list[Clause]:
        """A sentence by its joints and pauses, as long as both sides ask something."""
        tokens = [_Token(found[0], found.start(), found.end()) for found in _WORD.finditer(fold(sentence))]
        begin, parts = 0, []
        for position, resumes in self._gaps(sentence, tokens):
            left, right = sentence[tokens[begin].begin : tokens[position].begin], sentence[tokens[resumes].begin :]
            if begin < position and self._asks(left) and (asked or self._asks(right)) and self._says_more(right):
                parts.append(Clause(left.strip(" ,،"), asks=True))
                begin = resumes
        if tokens:
            rest = sentence[tokens[begin].begin :].strip(" ,،")
            parts.append(Clause(rest, asks=asked or self._asks(rest), own=asked and begin == 0))
        return parts

    def _gaps(self, sentence: str, tokens: Sequence[_Token]) -> list[tuple[int, int]]:
        """Where a part may end (a word's number) and the next begin: around a joint, after a pause, at an Arabic "and"."""
        words = [token.word for token in tokens]
        gaps: list[tuple[int, int]] = []
        for position in range(1, len(tokens)):
            length = self._joints.at(words, position)
            if length and position + length < len(tokens):
                gaps.append((position, position + length))
            elif _STOP.search(sentence, tokens[position - 1].end, tokens[position].begin) or (
                self._with_and(words, position)
            ):
                gaps.append((position, position))
        return gaps

    def _with_and(self, words: Sequence[str], position: int) -> bool:
        """Whether an Arabic word may have an "and" written onto it."""
        word = words[position]
        return word[0] == "و" and (len(word) >= _SHORTEST_WITH_AND or self._asking.at(words, position) > 0)

    def _asks(self, text: str) -> bool:
        words = _words(text)
        if not words:
            return False
        head = self._joints.at(words, 0)
        return self._asking.within(words) or self._asking_first.at(words, head) > 0

    def _says_more(self, text: str) -> bool:
        """Whether what follows up to its next pause holds more than light words: "and when?" is no need of its own."""
        return any(word not in self._light for word in _words(_PAUSE.split(text.lstrip(" ,،"))[0]))

    def _joined(self, parts: Sequence[Clause]) -> list[Clause]:
        """A part of light words alone ("and when?") belongs to the one before it."""
        kept: list[Clause] = []
        for part in parts:
            if not part.text:
                continue
            if kept and all(word in self._light for word in _words(part.text)):
                kept[-1] = Clause(f"{kept[-1].text} {part.text}", asks=True, own=kept[-1].own or part.own)
            else:
                kept.append(part)
        return kept


def _readings(text: str) -> tuple[str, str]:
    """A text with its marks and without, letter for letter at the same places; without in both where that cannot be."""
    source = normalise(text)
    folded = fold(source)
    return (source if len(folded) == len(source) else folded), folded


def sentences(source: str) -> list[tuple[str, bool]]:
    """Sentences, each with whether it ends with a question mark."""
    found: list[tuple[str, bool]] = []
    begin = 0
    for end in _END.finditer(source):
        found.append((source[begin : end.start()], end[0] in "?؟"))
        begin = end.end()
    found.append((source[begin:], False))
    return [(sentence, asked) for sentence, asked in found if sentence.strip()]


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))
