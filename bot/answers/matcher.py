"""Ranks topics for a message and says how likely the first is right.

The ranking is the classifier's. How far to trust it is learnt at every build from the store itself: a part of the phrases is held
out, ranked by a model that never saw them, and together with the off-topic sentences they teach a small logistic
regression what a right answer looks like (its lead, the nearest phrase, how many of the words are known).
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.answers.alarm import AlarmModel, learn_alarm
from bot.answers.classifier import Floats, Linear, Rows, halved, softmax, train, vectors
from bot.answers.features import Vector, Vectoriser, learn_features
from bot.answers.lexicon import Lexicon
from bot.answers.nearest import Phrases, phrases
from bot.answers.normal import fold, normalise, words

_BEHIND: Final = 0.2  # of a topic's share is its trust when the message looks more like one about no topic
_LOOKED_AT: Final = 3  # leading topics whose nearest phrases are looked for
_EPOCHS: Final = 5
_TRIAL_EPOCHS: Final = 3
_HELD_OUT: Final = 4  # one phrase in this many teaches the trust
_FORMAT: Final = 6  # of a saved matcher; raise it when the arrays change
_OFFTOPIC: Final = "~offtopic"
_SMALL_TALK: Final = "~small-talk."
_SMALL_TALK_FROM: Final = 0.5
"""Share of a kind of small talk from which a message is taken for it."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Topics with their shares, the likeliest first, and how likely the first is right."""

    topics: tuple[tuple[str, float], ...]
    trust: float
    small_talk: str = ""
    """The kind of small talk that the whole message most likely is."""


@dataclass(frozen=True, slots=True)
class Matcher:
    topics: tuple[str, ...]
    vectoriser: Vectoriser
    model: Linear
    store: Phrases
    known: frozenset[str]
    trust: Floats
    """Weights of the signals and, last, the constant."""
    alarm: AlarmModel | None = None
    """None without examples of danger; then the word cues decide alone."""

    def rank(self, text: str, *, vector: Vector | None = None, most: int = 5) -> Ranked:
        """Topics for a text, whose ``vector`` may be at hand already."""
        vector = self.vectoriser.vector(text) if vector is None else vector
        if not len(vector[0]):
            return Ranked((), 0.0)
        shares = softmax(self.model.logits(vector))
        signals = _signals(vector, shares, self.store, _coverage(text, self.known))
        order = [int(index) for index in np.argsort(-shares) if not self.topics[index].startswith("~")][:most]
        first = int(np.argmax(shares))
        topic = self.topics[first]
        small_talk = topic.removeprefix(_SMALL_TALK) if topic.startswith(_SMALL_TALK) else ""
        likely = small_talk if shares[first] >= _SMALL_TALK_FROM else ""
        if topic.startswith("~"):  # about no topic, most likely; the next may still be worth asking about
            trust = _BEHIND * float(shares[order[0]])
        else:
            trust = _logistic(float(signals @ self.trust[:-1] + self.trust[-1]))
        return Ranked(tuple((self.topics[index], float(shares[index])) for index in order), trust, likely)

    def to_bytes(self) -> bytes:
        """The matcher as one file, for a cache."""
        file = io.BytesIO()
        features = list(self.vectoriser.positions)
        np.savez(
            file,
            format=np.asarray(_FORMAT),
            topics=np.asarray("\n".join(self.topics)),
            features=np.asarray("\n".join(features)),
            known=np.asarray("\n".join(sorted(self.known))),
            rarity=self.vectoriser.rarity,
            weights=self.model.weights.astype(np.float16),
            bias=self.model.bias,
            trust=self.trust,
            positions=self.store.positions,
            heights=self.store.heights,
            begin=self.store.begin,
            topic_begin=self.store.topic_begin,
            kinds=np.asarray("\n".join(self.alarm.kinds if self.alarm else ())),
            alarm_weights=self.alarm.model.weights if self.alarm else np.zeros(0, np.float16),
            alarm_bias=self.alarm.model.bias if self.alarm else np.zeros(0, np.float32),
        )
        return file.getvalue()


def from_bytes(saved: bytes, lexicon: Lexicon) -> Matcher | None:
    """A saved matcher, with the lexicon it was learnt with; None if another version saved it."""
    with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
        if int(arrays["format"]) != _FORMAT:
            return None
        features = str(arrays["features"]).split("\n")
        return Matcher(
            topics=tuple(str(arrays["topics"]).split("\n")),
            vectoriser=Vectoriser(
                {feature: index for index, feature in enumerate(features)}, arrays["rarity"], lexicon
            ),
            model=Linear(arrays["weights"], arrays["bias"]),
            store=Phrases(
                arrays["positions"], arrays["heights"], arrays["begin"], arrays["topic_begin"], len(features)
            ),
            known=frozenset(str(arrays["known"]).split("\n")),
            trust=arrays["trust"],
            alarm=AlarmModel(
                tuple(str(arrays["kinds"]).split("\n")), Linear(arrays["alarm_weights"], arrays["alarm_bias"])
            )
            if str(arrays["kinds"])
            else None,
        )


def table_to_bytes(table: Mapping[str, tuple[float, ...]]) -> bytes:
    """A table of rows by name, as one file for a cache."""
    file = io.BytesIO()
    np.savez(file, names=np.asarray("\n".join(table)), rows=np.asarray(list(table.values()), np.float32))
    return file.getvalue()


def table_from_bytes(saved: bytes) -> dict[str, tuple[float, ...]]:
    with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
        return dict(zip(str(arrays["names"]).split("\n"), map(tuple, arrays["rows"].tolist()), strict=True))


def build(
    asking: Mapping[str, Sequence[str]],
    offtopic: Sequence[str],
    lexicon: Lexicon,
    danger: Mapping[str, Sequence[str]] | None = None,
    small_talk: Mapping[str, Sequence[str]] | None = None,
) -> Matcher:
    """Learn a store.

    Args:
        asking: Phrases per topic.
        offtopic: Sentences that are about none.
        lexicon: The concepts.
        danger: Examples of each kind of emergency, and of ``HARMLESS`` messages.
        small_talk: Whole messages of each kind.
    """
    real = len(asking)
    # What is about no topic is a class like others: it takes away the certainty of what resembles such sentences.
    classes = {**dict(sorted(asking.items())), **_small_talk_classes(small_talk or {}), _OFFTOPIC: offtopic}
    topics = tuple(classes)
    lines = [(line, label) for label, found in enumerate(classes.values()) for line in found]
    texts = [line for line, _ in lines]
    labels = np.asarray([label for _, label in lines], np.int64)
    examples = dict.fromkeys(line for lines in (danger or {}).values() for line in lines)
    # Each once: a feature that stands in a single phrase is mostly dropped, and many phrases are harmless examples too.
    vectoriser = learn_features([*texts, *(examples.keys() - set(texts))], lexicon)
    rows = vectors(vectoriser, texts)
    features = len(vectoriser.rarity)
    inside = np.flatnonzero(labels < real)
    store = phrases(rows.select(inside), labels[inside], real, features)
    known = frozenset(word for index in inside for word in _words(texts[int(index)]))
    trust = _learn_trust(rows, labels, texts, real, len(topics), features)
    model = train(rows, labels, len(topics), features, epochs=_EPOCHS)
    alarm = learn_alarm(vectoriser, danger, texts, rows) if danger else None
    return Matcher(topics, vectoriser, halved(model), store, known, trust, alarm)


def _small_talk_classes(small_talk: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {_SMALL_TALK + kind: lines for kind, lines in sorted(small_talk.items()) if lines}


def _learn_trust(
    rows: Rows, labels: npt.NDArray[np.int64], texts: Sequence[str], real: int, classes: int, features: int
) -> Floats:
    """Weights of the signals, learnt on phrases that the trial model has not seen."""
    if len(rows) < 4 * _HELD_OUT:
        return np.asarray([0.5, 1.0, 4.0, 4.0, 2.0, -4.0], np.float32)
    held = np.arange(len(rows)) % _HELD_OUT == 0
    kept, tried = np.flatnonzero(~held), np.flatnonzero(held)
    model = train(rows.select(kept), labels[kept], classes, features, epochs=_TRIAL_EPOCHS)
    inside = kept[labels[kept] < real]
    store = phrases(rows.select(inside), labels[inside], real, features)
    known = frozenset(word for index in inside for word in _words(texts[int(index)]))
    signals: list[Floats] = []
    right: list[float] = []
    for index in tried:
        vector = rows.row(int(index))
        shares = softmax(model.logits(vector))
        if not len(vector[0]) or int(np.argmax(shares)) >= real:
            continue
        signals.append(_signals(vector, shares, store, _coverage(texts[int(index)], known)))
        right.append(float(int(np.argmax(shares)) == labels[index]))
    return _fit_logistic(np.stack(signals), np.asarray(right, np.float32))


def _signals(vector: Vector, shares: Floats, store: Phrases, coverage: float) -> Floats:
    """What speaks for the first topic being right; each signal grows with it."""
    leaders = [int(index) for index in np.argsort(-shares)[:_LOOKED_AT]]
    first, second = shares[leaders[0]], shares[leaders[1]]
    cosines = store.nearest(vector, [index for index in leaders if index < store.topics])
    return np.asarray(
        [
            math.log(max(float(first), 1e-6) / max(1.0 - float(first), 1e-6)),
            math.log(max(float(first), 1e-6) / max(float(second), 1e-6)),
            max(cosines, default=0.0),
            cosines[0] if cosines else 0.0,
            coverage,
        ],
        np.float32,
    )


def _words(text: str) -> list[str]:
    return [fold(word) for word in words(normalise(text))]


def _coverage(text: str, known: frozenset[str]) -> float:
    """The share of the words, by letters, that the store knows."""
    found = _words(text)
    letters = sum(map(len, found))
    return sum(len(word) for word in found if word in known) / letters if letters else 0.0


def _fit_logistic(signals: Floats, right: Floats) -> Floats:
    """Logistic regression with slopes of at least zero, by projected gradient with a Newton-like step size."""
    mean, spread = signals.mean(axis=0), signals.std(axis=0) + 1e-6
    shaped = np.hstack([(signals - mean) / spread, np.ones((len(signals), 1), np.float32)])
    weights = np.zeros(shaped.shape[1], np.float64)
    for _ in range(400):
        guessed = 1.0 / (1.0 + np.exp(-(shaped @ weights)))
        slope = shaped.T @ (guessed - right) / len(right) + 1e-3 * weights
        curve = (shaped * shaped * (guessed * (1 - guessed))[:, None]).mean(axis=0) + 1e-3
        weights -= 0.3 * slope / curve
        weights[:-1] = np.maximum(weights[:-1], 0.0)
    slopes = weights[:-1] / spread
    return np.asarray([*slopes, weights[-1] - float(slopes @ mean)], np.float32)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, value))))
