"""Whether a message is about danger: a trained second opinion beside the word cues.

Cues alone miss what nobody thought of and fire on idioms. This model has read examples of danger of every kind, harmless messages
made of the same words, and every way of asking ordinary things. It never overrules a cue by much: it turns doubtful cues down by
one step, and asks with a tap where no cue fired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.answers.classifier import Linear, Rows, halved, joined, softmax, train, vectors
from bot.answers.emergencies import emergency
from bot.answers.features import Vector, Vectoriser
from bot.model.decisions import Emergency

HARMLESS: Final = "harmless"
_EPOCHS: Final = 5
ASK_FROM: Final = 0.50
"""Probability of danger from which the desk asks with a tap though no cue fired."""
TAP_BELOW: Final = 0.10
"""Probability below which a certain cue only asks with a tap."""
CALM_BELOW: Final = 0.05
"""Probability below which a likely cue says nothing."""
SURE_OF_ANOTHER: Final = 0.80
"""Trust of the matcher in an ordinary topic from which a suspicion of the model is dropped."""


@dataclass(frozen=True, slots=True)
class AlarmModel:
    kinds: tuple[str, ...]
    """Kinds of emergencies, and last ``HARMLESS``."""
    model: Linear

    def opinion(self, vector: Vector) -> tuple[str, float]:
        """The likeliest kind of emergency, and the probability that it is any."""
        shares = softmax(self.model.logits(vector))
        likeliest = int(np.argmax(shares[:-1]))
        return self.kinds[likeliest], 1.0 - float(shares[-1])


def learn_alarm(
    vectoriser: Vectoriser, examples: Mapping[str, Sequence[str]], texts: Sequence[str], rows: Rows
) -> AlarmModel:
    """From examples of each kind and of ``HARMLESS``; ``texts``, whose vectors are at hand (``rows``), are harmless but for those."""
    kinds = (*sorted(examples.keys() - {HARMLESS}), HARMLESS)
    labels = {line: label for label, kind in reversed([*enumerate(kinds)]) for line in examples.get(kind, ())}
    fresh = sorted(labels.keys() - set(texts))
    every = joined(rows, vectors(vectoriser, fresh))
    of_line = [labels.get(line, len(kinds) - 1) for line in (*texts, *fresh)]
    model = train(every, np.asarray(of_line, np.int64), len(kinds), len(vectoriser.rarity), epochs=_EPOCHS)
    return AlarmModel(kinds, halved(model))


def suspected(kind: str, danger: float) -> Emergency | None:
    """What the model asks about with a tap though no cue fired."""
    return emergency(kind, certain=False) if danger >= ASK_FROM else None


def weighed(cue: Emergency, danger: float) -> Emergency | None:
    """A cue as it stands after the model was asked: at most one step calmer."""
    if cue.certain:
        return cue if danger >= TAP_BELOW else emergency(cue.kind, certain=False)
    return cue if danger >= CALM_BELOW else None
