"""A sentence of the catalog that somebody was told in one language, said again in another.

What the bot says of its own is catalog sentences, and a history keeps them as they were read. Staff who do not read that
language get the same sentence in theirs: it is found by its letters, with its fields in their places. A text may hold
several; what is no sentence of the catalog stays as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from bot.i18n.translator import Speaker
from bot.model.rich import Rich, Span, join, plain

_FIELD: Final = re.compile(r"\{\w+\}")
_SENTENCE: Final = 12  # letters beside its fields; less is a label, and a field could be anything
_START: Final = 4  # letters by which sentences are looked up
_BETWEEN: Final = ("\n\n", "\n")
_END: Final = re.compile(r"(?<=[.!?:؟。])\s+")
_SIGN: Final = re.compile(r"[^\w\s]+\s+")
_SPEAKERS: Final = 12  # whose sentences are remembered
_LONGEST: Final = 4_000  # characters of a text that is looked at

Renamed = Callable[[str], str]
"""Puts what stands in a field, such as the name of a team, into the reader's language."""


class Sentences:
    """The sentences of one language, found by their letters."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    @cached_property
    def _by_start(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        found: dict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
        for message, said in self._speaker.sentences.items():
            letters = _FIELD.sub("", said)
            if len(letters.strip()) >= _SENTENCE:
                start = said[: said.index("{")] if "{" in said else said
                found[start[:_START] if len(start) >= _START else ""].append((_pattern(said), message))
        return found

    def sentence(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The catalog message of one sentence, and what stood in its fields."""
        places = [*self._by_start.get(text[:_START], ()), *self._by_start.get("", ())]
        fits = [(hit, message) for pattern, message in places if (hit := pattern.fullmatch(text)) is not None]
        if not fits:
            return None
        hit, message = min(fits, key=lambda one: sum(map(len, one[0].groupdict().values())))
        return message, hit.groupdict()


_known: dict[int, tuple[Speaker, Sentences]] = {}


def sentences_of(speaker: Speaker) -> Sentences:
    """Those of a speaker, arranged once: a speaker lives as long as the process."""
    known = _known.get(id(speaker))
    if known is None or known[0] is not speaker:
        if len(_known) >= _SPEAKERS:
            _known.clear()
        known = _known[id(speaker)] = (speaker, Sentences(speaker))
    return known[1]


def _pattern(said: str) -> re.Pattern[str]:
    known: set[str] = set()
    parts, end = [], 0
    for found in _FIELD.finditer(said):
        name = found[0][1:-1]
        parts += [re.escape(said[end : found.start()]), f"(?P={name})" if name in known else f"(?P<{name}>.+?)"]
        known.add(name)
        end = found.end()
    return re.compile("".join([*parts, re.escape(said[end:])]), re.DOTALL)


def again(text: str, told: Sentences, speaker: Speaker, renamed: Renamed = str) -> Rich:
    """The same in another language; empty when nothing of it is a sentence of the catalog.

    Args:
        text: Its bare letters, as they were told.
        told: The sentences of the language in which it was told.
        speaker: Says them again.
        renamed: For what stands in their fields.
    """
    said, any_found = _again(text.strip()[:_LONGEST], _BETWEEN, told, speaker, renamed)
    return said if any_found else ()


def _again(text: str, between: Sequence[str], told: Sentences, speaker: Speaker, renamed: Renamed) -> tuple[Rich, bool]:
    if (known := told.sentence(text)) is not None:
        message, fields = known
        return speaker._(message, **{name: renamed(value) for name, value in fields.items()}), True
    if between:
        parts = [_again(part, between[1:], told, speaker, renamed) for part in text.split(between[0])]
        return join([said for said, _ in parts], between[0]), any(found for _, found in parts)
    if sign := _SIGN.match(text):
        rest, found = _again(text[sign.end() :], (), told, speaker, renamed)
        return (Span(sign[0]), *rest), found
    for end in _END.finditer(text):
        if told.sentence(text[: end.start()]) is not None:
            first, _ = _again(text[: end.start()], (), told, speaker, renamed)
            rest, _ = _again(text[end.end() :], (), told, speaker, renamed)
            return join([first, rest], " "), True
    return plain(text) if text else (), False
