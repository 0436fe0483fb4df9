"""What to do with a ranking: the way that is likely to cost least.

Costs are in the patience of a delegate: a wrong answer believed is the worst; a question takes a moment, and more where none of its
options fits; a person is never wrong, but takes minutes and is needed elsewhere.
"""

from __future__ import annotations

from typing import Final, Literal

WRONG: Final = 7.0
"""An answer to another question."""
QUESTION: Final = 2.0
"""Being asked which of three is meant."""
NONE_FITS: Final = 3.0
"""Being asked in vain, on top of the question."""
PERSON: Final = 4.4
"""A person reads it, whom nobody needed."""
MISDIRECTED: Final = 5.0
"""A person of another team reads it first, and passes it on."""

NAMED_FROM: Final = 0.3
"""Trust from which the likeliest topic is named to the people who take a message over, and picks their team. Below, most of what is not
understood is about no topic, and a random team would have to pass it on."""

Way = Literal["answer", "ask", "person"]


def cost_of(way: Way, first: float, offered: float) -> float:
    """Expected cost, from how likely the first topic is right and how likely one of the three offered is."""
    match way:
        case "answer":
            return WRONG * (1.0 - first)
        case "ask":
            return QUESTION + NONE_FITS * (1.0 - offered)
        case "person":
            return PERSON


def cheapest(first: float, offered: float) -> Way:
    """What to do about a topic that the desk can answer."""
    ways: tuple[Way, ...] = ("answer", "ask", "person")
    return min(ways, key=lambda way: cost_of(way, first, offered))


def hand_over_now(first: float, offered: float) -> bool:
    """Whether a topic that needs a person goes there without asking: a person reads it anyway, perhaps of the wrong team."""
    return MISDIRECTED * (1.0 - first) <= cost_of("ask", first, offered)
