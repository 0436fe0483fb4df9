"""Joins the matcher's ranking with how near a message is to each topic in meaning. Pure: the nearness is given.

The figures are cautious, for no model is known beforehand: agreement raises trust, a topic that only the meaning finds is asked
about and never answered at once, and where both disagree the desk asks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.answers.matcher import Ranked

_SHARPNESS: Final = 12.0  # a cosine higher by a twelfth weighs as much as a share e times as large
_NEAR: Final = 0.60  # cosine from which a phrase is near at all
_SAME: Final = 0.85  # cosine of what says the same in other words
_MOST_RAISED: Final = 0.60  # of what is missing to certainty, when both agree on the same
_ASKED_ABOUT: Final = 0.40  # trust in a topic that the meaning alone finds: below an answer, above a question
_OFFERED: Final = 0.80  # how likely one of three options is right, when the meaning finds the same in other words
_MOST: Final = 12
_FLOOR: Final = 0.02  # share of a topic that the matcher did not find, when it trusts itself not at all


def fused(ranked: Ranked, nearness: Mapping[str, float]) -> Ranked:
    """The ranking with the meaning taken into account; unchanged without it, or when nothing is near.

    Args:
        ranked: The matcher's, with at least the topics that should be kept.
        nearness: Per topic the cosine of its nearest phrase.
    """
    near = {topic: cosine for topic, cosine in nearness.items() if cosine >= _NEAR}
    if not near:
        return ranked
    shares = dict(ranked.topics)
    floor = _FLOOR * (1.0 - min(ranked.trust, 0.99))
    weights = {
        topic: max(shares.get(topic, 0.0), floor) * math.exp(_SHARPNESS * max(nearness.get(topic, 0.0) - _NEAR, 0.0))
        for topic in {*shares, *near}
    }
    total = sum(weights.values())
    topics = sorted(((topic, weight / total) for topic, weight in weights.items()), key=lambda one: (-one[1], one[0]))
    trust = _trust(ranked, near, topics[0][0])
    offered = max(ranked.offered, trust, _OFFERED * _sameness(max(near.values())))
    return replace(ranked, topics=tuple(topics[:_MOST]), trust=trust, offered=offered)


def _sameness(cosine: float) -> float:
    """From 0 for what is just near to 1 for the same in other words."""
    return min(1.0, (cosine - _NEAR) / (_SAME - _NEAR))


def _trust(ranked: Ranked, near: Mapping[str, float], first: str) -> float:
    nearest = max(near, key=lambda topic: (near[topic], topic))
    lexical = ranked.topics[0][0] if ranked.topics else ""
    sameness = _sameness(near[nearest])
    if nearest == lexical == first:
        return ranked.trust + (1.0 - ranked.trust) * _MOST_RAISED * sameness
    if first == lexical:
        return ranked.trust * (1.0 - 0.5 * sameness)
    return min(max(ranked.trust, _ASKED_ABOUT * sameness), _ASKED_ABOUT)
