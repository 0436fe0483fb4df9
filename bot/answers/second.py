"""A second need that merely tells or was not understood: answered as well where it is certain, named where it is not. Never lost.

``several`` takes a message apart where its parts ask. People also complain in passing ("wifi password please, also my room
is freezing"): such a part is a need of its own after a word that adds something, or when the whole was not clear and
its two parts are. Most other stories only sound so; there a part that nothing answers is told at the end of the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.answers.needs import Clause, Division
from bot.answers.normal import normalise, words
from bot.model.decisions import Answer, Clarify, Decision, Need, SmallTalkReply, Unresolved

_SURE_FROM: Final = 0.85
"""Trust in one part, from which a division is looked at."""
_OTHER_FROM: Final = 0.55
"""Trust in the other, from which it is a need of its own, or one that is told as unanswered though no word adds it."""
_SHORTEST: Final = 3  # words of such a part


@dataclass(frozen=True, slots=True)
class Second:
    needs: tuple[Need, ...] = ()
    left: tuple[str, ...] = ()
    """Words of what nothing answers."""


@dataclass(frozen=True, slots=True)
class Part:
    words: str
    decision: Decision

    @property
    def topic(self) -> str:
        """The one topic it is about, as far as anybody can tell."""
        return self.decision.topic if isinstance(self.decision, Answer) else ""

    @property
    def trust(self) -> float:
        return self.decision.confidence if isinstance(self.decision, Answer) else 0.0

    def about(self, topics: Collection[str]) -> bool:
        """Whether it may ask for one of these topics."""
        match self.decision:
            case Answer(topic) | Unresolved(topic=str(topic)):
                return topic in topics
            case Clarify(options):
                return any(topic in topics for topic in options)
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Whole:
    """What the message means as a whole."""

    decision: Decision
    likely: Collection[str]
    """Topics that it may be about."""
    of_people: Collection[str]
    """Topics that need a person: whoever tells of one, complains."""

    @property
    def told(self) -> str:
        """The topic that is answered without a person, who would have read all of it."""
        return self.decision.topic if isinstance(self.decision, Answer) and not self.decision.hand_over else ""

    @property
    def bears(self) -> Collection[str]:
        """Topics of which one part is, where no word adds anything."""
        match self.decision:
            case Clarify(options):
                return options
            case _:
                return {*self.likely, self.told} if self.told else ()


def second(divisions: Iterable[Division], meant: Callable[[str], Decision], whole: Whole) -> Second:
    """What the first division that bears a second need holds.

    Args:
        divisions: Where the message may turn to something else, the likeliest first.
        meant: What a part means by itself.
        whole: The message.
    """
    for division in divisions:
        last = Part(division.after, meant(division.after))
        if not division.also and last.topic not in whole.bears:
            continue  # reading the other part as well would be for nothing
        parts = [Part(division.before, meant(division.before)), last]
        found = _apart(parts, whole.decision, also=division.also) or _left_over(parts, whole, also=division.also)
        if found is not None:
            return found
    return Second()


def _apart(parts: Sequence[Part], whole: Decision, *, also: bool) -> Second | None:
    """Two surely different topics."""
    first, last = parts
    if not first.topic or not last.topic or first.topic == last.topic:
        return None
    trust = sorted((first.trust, last.trust))
    if trust[0] < _OTHER_FROM or trust[1] < _SURE_FROM:
        return None
    topics = {first.topic, last.topic}
    match whole:
        case Answer(topic):
            split = also and topic in topics
        case Clarify(options):
            split = also or topics <= set(options)
        case _:
            split = False
    needs = (Need(part.words, part.decision) for part in parts if isinstance(part.decision, Answer))
    return Second(tuple(needs)) if split else None


def _left_over(parts: Sequence[Part], whole: Whole, *, also: bool) -> Second | None:
    """A part that the answer to the other leaves unanswered."""
    for told, other in (parts, parts[::-1]):
        if not isinstance(told.decision, Answer) or isinstance(other.decision, SmallTalkReply):
            continue
        if told.decision.hand_over or told.trust < _SURE_FROM or other.about({told.topic}):
            continue
        if also and isinstance(whole.decision, Clarify):
            return Second((Need(told.words, told.decision),), (other.words,))
        if told.topic == whole.told and (also or (other.topic in whole.of_people and _stands_out(other, whole.likely))):
            return Second(left=(other.words,))
    return None


def left_of(
    parts: Sequence[tuple[Clause, Decision]], needs: Sequence[Need], whole: Decision, likely: Collection[str]
) -> tuple[str, ...]:
    """The parts that ask for something that none of the answers tells. Most only go on: "and until when"."""
    told = {need.decision.topic for need in needs if isinstance(need.decision, Answer)}
    told |= {whole.topic} if isinstance(whole, Answer) and not whole.hand_over and not needs else set()
    kept = {need.words for need in needs}
    read = [Part(clause.text, decision) for clause, decision in parts if clause.asks]
    if not any(part.topic in told for part in read):
        return ()
    return tuple(
        part.words for part in read if part.words not in kept and not part.about(told) and _stands_out(part, likely)
    )


def _stands_out(part: Part, likely: Collection[str]) -> bool:
    """Whether a part that no word adds is about something by itself, which the whole brings to mind too."""
    return part.topic in likely and part.trust >= _OTHER_FROM and len(part.words.split()) >= _SHORTEST


def as_written(text: str, part: str) -> str:
    """The words of a part as they stand in the message; the part itself where they cannot be told apart."""
    tokens = text.split()
    shapes = [words(normalise(token)) for token in tokens]
    wanted = words(normalise(part))
    for begin in range(len(tokens)):
        found: list[str] = []
        for end in range(begin, len(tokens)):
            found += shapes[end]
            if found == wanted:
                return " ".join(tokens[begin : end + 1]).strip(" ,،.!?؟")
            if found != wanted[: len(found)]:
                break
    return part
