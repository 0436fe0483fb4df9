"""Ranks topics for a message and says how likely the first is right, and how likely one of the first three."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.answers.alarm import AlarmModel
from bot.answers.classifier import Floats, Packed, softmax
from bot.answers.features import Vectoriser
from bot.answers.keys import KeySet
from bot.answers.lexicon import Lexicon
from bot.answers.normal import fold, normalise, words
from bot.answers.rows import Vector
from bot.answers.shelf import Buffer, names_as_array, names_of, shelve, unshelve
from bot.answers.trust import OFFERED, Line, Trust

_FORMAT: Final = 12  # of a saved matcher; raise it when the arrays or how they are learnt change
OFFTOPIC: Final = "~offtopic"
SMALL_TALK: Final = "~small-talk."
_SMALL_TALK_FROM: Final = 0.8
"""Share of a kind of small talk from which a message is taken for it."""
_LIKELY_SMALL_TALK: Final = 0.5
"""The same for a message without any word of the lexicon: "it is freezing" is a need, however it sighs."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Topics with their shares, the likeliest first."""

    topics: tuple[tuple[str, float], ...]
    trust: float
    """How likely the first is right."""
    small_talk: str = ""
    """The kind of small talk that the whole message most likely is."""
    offered: float = 0.0
    """How likely the right one is among the first three."""


@dataclass(frozen=True, slots=True)
class Matcher:
    topics: tuple[str, ...]
    """Classes of the model; those that begin with ``~`` are about no topic."""
    vectoriser: Vectoriser
    model: Packed
    known: Container[str]
    """Folded words of the ways of asking: they are right as they stand."""
    trust: Trust
    alarm: AlarmModel | None = None
    """None without examples of danger; then the word cues decide alone."""

    def shares(self, vector: Vector) -> Floats:
        """The share of each class; of nothing known there are none."""
        if not len(vector[0]):
            return np.zeros(len(self.topics), np.float32)
        return softmax(self.model.logits(vector))

    def rank(self, text: str, *, shares: Floats | None = None, without: Container[str] = (), most: int = 5) -> Ranked:
        """Topics by their shares.

        Args:
            text: What is asked.
            shares: Of all classes, where they are at hand.
            without: Topics that are known not to be meant; the others share what was theirs.
            most: Topics in the answer.
        """
        shares = self.shares(self.vectoriser.vector(text)) if shares is None else shares
        left = shares * np.asarray([topic not in without for topic in self.topics])
        left = left / max(float(left.sum()), 1e-9)
        order = [int(index) for index in np.argsort(-left)]
        first = self.topics[order[0]]
        talk = first.removeprefix(SMALL_TALK) if first.startswith(SMALL_TALK) else ""
        leading = [index for index in order if not self.topics[index].startswith("~") and left[index] > 0.0][:most]
        topics = tuple((self.topics[index], float(left[index])) for index in leading)
        return Ranked(
            topics,
            self.trust.first.probability(topics[0][1]) if topics else 0.0,
            talk if talk and self._only_talk(text, float(left[order[0]])) else "",
            self.trust.offered.probability(sum(share for _, share in topics[:OFFERED])) if topics else 0.0,
        )

    def _only_talk(self, text: str, share: float) -> bool:
        if share >= _SMALL_TALK_FROM or share < _LIKELY_SMALL_TALK:
            return share >= _SMALL_TALK_FROM
        return not self.vectoriser.lexicon.concepts(words(fold(normalise(text))))

    def to_bytes(self) -> bytes:
        """The matcher as one file, for a cache; its lexicon is not in it."""
        alarm = self.alarm
        known = self.known.sorted if isinstance(self.known, KeySet) else np.zeros(0, np.uint32)
        lines = (self.trust.first, self.trust.offered)
        return shelve(
            {
                "format": np.asarray([_FORMAT]),
                "topics": names_as_array(self.topics),
                "keys": self.vectoriser.keys.sorted,
                "places": self.vectoriser.places,
                "rarity": self.vectoriser.rarity,
                "begin": self.vectoriser.begin,
                "known": known,
                "trust": np.asarray([(line.slope, line.height) for line in lines]),
                **_shelved("", self.model),
                "kinds": names_as_array(alarm.kinds if alarm else ()),
                **(_shelved("alarm_", alarm.model) if alarm else {}),
            }
        )


def _shelved(prefix: str, model: Packed) -> dict[str, np.ndarray]:
    return {prefix + "weights": model.weights, prefix + "scales": model.scales, prefix + "bias": model.bias}


def from_bytes(saved: Buffer, lexicon: Lexicon) -> Matcher | None:
    """A saved matcher, with the lexicon it was learnt with; None if another version saved it.

    The arrays stay where they are: ``saved`` may be a file mapped into memory.

    Raises:
        ValueError: This is no whole matcher.
        KeyError: Arrays are missing.
    """
    arrays = unshelve(saved)
    if int(arrays["format"][0]) != _FORMAT:
        return None
    kinds = names_of(arrays["kinds"])

    def model(prefix: str) -> Packed:
        return Packed(arrays[prefix + "weights"], arrays[prefix + "scales"], arrays[prefix + "bias"])

    first, offered = (Line(float(slope), float(height)) for slope, height in arrays["trust"])
    return Matcher(
        topics=names_of(arrays["topics"]),
        vectoriser=Vectoriser(KeySet(arrays["keys"]), arrays["places"], arrays["rarity"], arrays["begin"], lexicon),
        model=model(""),
        known=KeySet(arrays["known"]),
        trust=Trust(first, offered),
        alarm=AlarmModel(kinds, model("alarm_")) if kinds else None,
    )
