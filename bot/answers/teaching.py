"""Learns a store: every phrase of every topic, what is about no topic, small talk, and examples of danger.

Two models look at a phrase and their scores are added: one trained (``classifier``), one that counts (``counted``). Danger is a
second question about the same phrases, learnt in the same pass. First a quarter of the phrases is held out: a trial with it
teaches how far the ranking can be trusted. Then everything is read once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.alarm import HARMLESS, AlarmModel
from bot.answers.classifier import UNLABELLED, Floats, Learner, Lesson, Linear, packed, softmax
from bot.answers.counted import counted, most_in
from bot.answers.features import BLOCKS, Vectoriser, learn_features
from bot.answers.keys import KeySet, key_set
from bot.answers.lexicon import Lexicon
from bot.answers.matcher import OFFTOPIC, SMALL_TALK, Matcher
from bot.answers.normal import fold, normalise, words
from bot.answers.rows import Rows
from bot.answers.trust import Trust, learn_trust
from bot.model.language import LANGUAGES, Language

Phrases = Mapping[Language, Sequence[str]]
_Said = Sequence[tuple[Language | None, Sequence[str]]]

_COUNTED: Final = (0.5, 0.25, 0.0)
"""What the scores of the counting model may weigh beside those of the trained one; the trial chooses, the first of equals."""
_OUTSIDE: Final = 4.0
"""Added to the score of what is about no topic, the last class: its examples are few for all that it stands for."""
_DOUBT: Final = 0.1
"""How often another person would put a phrase elsewhere."""
_HELD_OUT: Final = 4  # one part in this many teaches the trust
_ROUNDS: Final = 2  # of the trial; after one its shares are too flat to tell how far the whole model can be trusted
_NO_LANGUAGE: Final = -1


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    label: int
    language: int
    held: bool
    """Not shown to the trial model."""


def build(
    asking: Mapping[str, Phrases],
    offtopic: Phrases,
    lexicon: Lexicon,
    danger: Mapping[str, Sequence[str]] | None = None,
    small_talk: Mapping[str, Sequence[str]] | None = None,
) -> Matcher:
    """Learn a store.

    Args:
        asking: Phrases per topic and language.
        offtopic: Sentences that are about none.
        lexicon: The concepts.
        danger: Examples of each kind of emergency, and of ``HARMLESS`` messages.
        small_talk: Whole messages of each kind.
    """
    # What is about no topic is a class like others: it takes away the certainty of what resembles such sentences.
    classes: dict[str, _Said] = {
        **{topic: list(phrases.items()) for topic, phrases in sorted(asking.items())},
        **{SMALL_TALK + kind: [(None, lines)] for kind, lines in sorted((small_talk or {}).items()) if lines},
        OFFTOPIC: list(offtopic.items()),
    }
    topics = tuple(classes)
    lines = list(_lines(classes))
    known = _known(line.text for line in lines if line.label < len(asking))
    kinds, fresh, alarms = _dangers(danger or {}, lines)
    vectoriser, rows = learn_features([*(line.text for line in lines), *fresh], lexicon)
    store = _Store(
        rows,
        np.asarray([*(line.label for line in lines), *[UNLABELLED] * len(fresh)], np.int64),
        np.asarray([*(line.language for line in lines), *[_NO_LANGUAGE] * len(fresh)], np.int64),
        len(topics),
        vectoriser,
    )
    lessons = [Lesson(store.labels, store.classes, _DOUBT), *([Lesson(alarms, len(kinds))] if kinds else [])]
    learner = Learner(lessons, len(vectoriser))
    held = np.asarray([*(line.held for line in lines), *[False] * len(fresh)], np.bool_)
    kept = np.flatnonzero(~held)
    learner.read(rows.select(kept), store.languages[kept], [lesson.part(kept) for lesson in lessons], times=_ROUNDS)
    weight, trust = _trial(learner.models()[0], store.part(kept), store.part(np.flatnonzero(held)), len(asking))
    # What was read for the trial stays learnt: as good as to begin anew, at a third of the cost.
    learner.read(rows, store.languages, lessons)
    models = learner.models()
    trained, bias = models[0], models[0].bias + _outside(store.classes)
    model = packed(Linear(trained.weights + np.float32(weight) * store.counted(), bias))
    return Matcher(topics, vectoriser, model, known, trust, AlarmModel(kinds, packed(models[1])) if kinds else None)


def _lines(classes: Mapping[str, _Said]) -> Iterator[_Line]:
    """All lines; of each class and language a run of neighbours is held, at another place in each class.

    Lines that stand together mostly come from one hand: what a hand has written is easy to find when its other lines are known.
    """
    for label, phrases in enumerate(classes.values()):
        for language, lines in phrases:
            number = LANGUAGES.index(language) if language else _NO_LANGUAGE
            for index, line in enumerate(lines):
                part = _HELD_OUT * index // len(lines)
                yield _Line(line, label, number, (part + label) % _HELD_OUT == 0)


def _known(texts: Iterator[str]) -> KeySet:
    return key_set({fold(word) for text in texts for word in words(normalise(text))})


def _dangers(
    danger: Mapping[str, Sequence[str]], lines: Sequence[_Line]
) -> tuple[tuple[str, ...], list[str], npt.NDArray[np.int64]]:
    """The kinds, the examples that are not among the lines, and the label of every line and example."""
    if not danger:
        return (), [], np.zeros(0, np.int64)
    kinds = (*sorted(danger.keys() - {HARMLESS}), HARMLESS)
    labels = {line: label for label, kind in reversed([*enumerate(kinds)]) for line in danger.get(kind, ())}
    fresh = sorted(labels.keys() - {line.text for line in lines})
    # An ordinary question counts as harmless by itself.
    every = [labels.get(text, len(kinds) - 1) for text in (*(line.text for line in lines), *fresh)]
    return kinds, fresh, np.asarray(every, np.int64)


@dataclass(frozen=True, slots=True)
class _Store:
    rows: Rows
    labels: npt.NDArray[np.int64]
    languages: npt.NDArray[np.int64]
    classes: int
    vectoriser: Vectoriser

    def part(self, chosen: npt.NDArray[np.int64]) -> _Store:
        return replace(
            self, rows=self.rows.select(chosen), labels=self.labels[chosen], languages=self.languages[chosen]
        )

    def counted(self) -> Floats:
        """The weights of the counting model."""
        features = len(self.vectoriser)
        block = np.searchsorted(self.vectoriser.begin[1:-1], np.arange(features), side="right")
        group = most_in(self.rows, self.languages, len(LANGUAGES), features) * len(BLOCKS) + block
        return counted(self.rows, self.labels, self.classes, group)


def _trial(trained: Linear, kept: _Store, tried: _Store, real: int) -> tuple[float, Trust]:
    """Try a model that has read what was kept on the rest: what counting weighs, and how far the ranking can be trusted."""
    if not len(kept.rows) or not len(tried.rows):
        return _COUNTED[0], learn_trust(np.zeros((0, 0), np.float32), tried.labels, 0)
    scores = trained.all_logits(tried.rows) + _outside(kept.classes)
    counts = Linear(kept.counted(), np.zeros(kept.classes, np.float32)).all_logits(tried.rows)
    outcomes = [(weight, softmax(scores + np.float32(weight) * counts)) for weight in _COUNTED]
    weight, shares = max(outcomes, key=lambda one: np.mean(one[1].argmax(axis=1) == tried.labels))
    return weight, learn_trust(shares, tried.labels, real)


def _outside(classes: int) -> Floats:
    """What is added to the score of each class."""
    return np.where(np.arange(classes) == classes - 1, np.float32(_OUTSIDE), np.float32(0.0))
