"""Rows of words that are looked for in a message: written cues, compiled, and found in one walk.

A cue is a row of words; ``a|b`` are alternatives, ``word*`` a beginning, ``_`` at most one word, ``..`` at most four
words, ``^…$`` the whole message. Every cue carries a tag, and one walk over the message finds the cues of all tags;
there is no pattern that could run away on a long message.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.answers.normal import fold, normalise, words

_GAP: Final = 4  # words that ``..`` may stand for
_LONG: Final = 300  # words from which a message is looked at for what it repeats


@dataclass(frozen=True, slots=True)
class _Slot:
    """One word of a cue, or a gap of at most ``gap`` words before the next."""

    exact: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    gap: int = 0

    def fits(self, word: str) -> bool:
        return word in self.exact or (bool(self.begins) and word.startswith(self.begins))


@dataclass(frozen=True, slots=True)
class _Cue:
    tag: str
    slots: tuple[_Slot, ...]
    whole: bool = False
    marked: tuple[_Slot, ...] | None = None
    """The cue with its Vietnamese marks: what a message that has marks must match."""
    only_marked: bool = False
    needs: tuple[frozenset[str], ...] = ()
    """After the first word: words of which each group must be somewhere in the message; beginnings are not looked up."""

    def may_match(self, present: frozenset[str]) -> bool:
        for need in self.needs:  # noqa: SIM110 -- asked a hundred times per message; a generator would double its cost
            if need.isdisjoint(present):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Found:
    """A cue that matched, and the positions of its words without what stands in its gaps."""

    tag: str
    place: tuple[int, ...]


class Cuebook:
    """Compiled cues, found by the first word they can begin with."""

    def __init__(self, tagged: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._by_word: dict[str, list[_Cue]] = defaultdict(list)
        self._by_beginning: dict[str, list[_Cue]] = defaultdict(list)
        shared: dict[_Slot, _Slot] = {}  # the same words stand in thousands of cues; kept once, they are 50 MB less
        for tag, cues in tagged:
            for written in cues:
                for cue in _compile(tag, written, shared):
                    for word in cue.slots[0].exact:
                        self._by_word[word].append(cue)
                    for beginning in cue.slots[0].begins:
                        self._by_beginning[beginning].append(cue)
        self._lengths = tuple(sorted({len(beginning) for beginning in self._by_beginning}))
        every = (cue for found in (*self._by_word.values(), *self._by_beginning.values()) for cue in found)
        self._reach = max((sum(slot.gap or 1 for slot in cue.slots) for cue in every), default=0)

    def vocabulary(self, tags: Iterable[str]) -> set[str]:
        """The plain words that the cues of some tags are made of."""
        wanted = set(tags)
        cues = [cue for found in self._by_word.values() for cue in found if cue.tag in wanted]
        return {word for cue in cues for slot in cue.slots for word in slot.exact}

    def find(self, folded: list[str], marked: list[str], *, with_marks: bool) -> Iterator[Found]:
        """Where cues match, from the first word to the last."""
        present = frozenset(folded)
        text = marked if with_marks else folded
        candidates: dict[str, list[_Cue]] = {}
        # What begins at a word hangs on the next words alone; a message of thousands of words repeats itself.
        windows: dict[tuple[str, ...], list[Found]] | None = {} if len(folded) > _LONG else None
        for start, word in enumerate(folded):
            cues = candidates.get(word)
            if cues is None:  # looked up once per word: a long message repeats most of its words
                cues = [cue for cue in self._beginning_with(word) if cue.may_match(present)]
                candidates[word] = cues
            if not cues:
                continue
            if windows is None or start == 0:  # only here may a cue be the whole message
                yield from _matches(cues, folded, marked, start, with_marks=with_marks)
                continue
            window = (word, *text[start : start + self._reach])
            known = windows.get(window)
            if known is None:
                known = list(_matches(cues, folded, marked, start, with_marks=with_marks))
                windows[window] = [Found(found.tag, tuple(at - start for at in found.place)) for found in known]
                yield from known
            else:
                for found in known:
                    yield Found(found.tag, tuple(at + start for at in found.place))

    def _beginning_with(self, word: str) -> Iterator[_Cue]:
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._by_beginning.get(word[:length], ())


def _compile(tag: str, written: str, shared: dict[_Slot, _Slot]) -> list[_Cue]:
    text = written.strip()
    only_marked = text.startswith("=")
    text = text.removeprefix("=")
    whole = text.startswith("^") and text.endswith("$")
    text = text.removeprefix("^").removesuffix("$")
    marked = tuple(shared.setdefault(slot, slot) for slot in _slots(text))
    slots = tuple(shared.setdefault(slot, slot) for slot in _slots(text, folding=True))
    if not slots or slots[0].gap:
        return []
    needs = tuple(slot.exact for slot in slots[1:] if slot.exact and not slot.begins)
    return [_Cue(tag, slots, whole, marked if marked != slots else None, only_marked, needs)]


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
            shaped = sys.intern("".join(words(fold(shaped) if folding else shaped)))
            if not shaped:
                continue
            if option.endswith("*"):
                begins.append(shaped)
            else:
                exact.add(shaped)
        if exact or begins:
            slots.append(_Slot(frozenset(exact), tuple(begins)))
    return tuple(slots)


def _matches(
    cues: list[_Cue], folded: list[str], marked: list[str], start: int, *, with_marks: bool
) -> Iterator[Found]:
    for cue in cues:
        place = _match(cue, folded, marked, start, with_marks=with_marks)
        if place is not None:
            yield Found(cue.tag, place)


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
