"""What the desk decides to do with a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Final, Literal

from bot.model.language import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about besides its topic: read from the words, or carried over from the talk before."""

    day: date | None = None
    part: tuple[time, time] | None = None
    """A part of the day, or an exact time as both ends."""
    sessions: tuple[str, ...] = ()
    place: str = ""
    country: str = ""
    now: bool = False
    next: bool = False
    where: bool = False
    """The question is for the place, as in "where is it?"."""


PLAINLY: Final = Asked()
"""Nothing besides its topic."""


@dataclass(frozen=True, slots=True)
class Answer:
    topic: str
    asked: Asked
    confidence: float
    hand_over: bool = False
    """The topic needs a person: the general part is said and a ticket is opened."""
    beforehand: bool = False
    """Asked before anything happens, as "where is the fire exit": the topic of an emergency is told, and nobody is called."""


@dataclass(frozen=True, slots=True)
class Clarify:
    options: tuple[str, ...]
    """Topics, the likeliest first; at most three."""
    confidence: float


GENERAL_TEAM: Final = "reception"
"""Reads what nobody can tell the team of."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No topic is likely enough; a person reads it."""

    team: str
    confidence: float
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class SmallTalkReply:
    kind: str


@dataclass(frozen=True, slots=True)
class Emergency:
    kind: str
    topic: str
    team: str
    certain: bool
    """True: alert at once. False: ask with one tap; the number stands in the first line either way."""


Decision = Answer | Clarify | Unresolved | SmallTalkReply | Emergency


@dataclass(frozen=True, slots=True)
class Need:
    """One of several needs in a message."""

    words: str
    decision: Answer | Clarify | Unresolved


@dataclass(frozen=True, slots=True)
class Understanding:
    language: Language
    sure_of_language: bool
    decision: Decision
    """Of several needs the one that weighs most."""
    needs: tuple[Need, ...] = ()
    """All of them in the order of the message, when there are several."""
    meant: bool = False
    """It says what was meant by a question that a person has got."""
    question: str = ""
    """The words that the decision is about, where they are not the message's own: after a denial, those before it."""
    left: tuple[str, ...] = ()
    """Parts of the message that nothing answers: the reply says so, and offers a person."""
    denied: tuple[str, ...] = ()
    """Topics that the delegate said they do not mean, in this message or before it."""


def topic_of(decision: Decision) -> str | None:
    """The one topic that a decision is about."""
    return decision.topic if isinstance(decision, Answer | Emergency | Unresolved) else None


DecisionName = Literal["answer", "clarify", "handover", "smalltalk", "emergency"]


def name_of(decision: Decision) -> DecisionName:
    match decision:
        case Answer(hand_over=True) | Unresolved():
            return "handover"
        case Answer():
            return "answer"
        case Clarify():
            return "clarify"
        case SmallTalkReply():
            return "smalltalk"
        case Emergency():
            return "emergency"
