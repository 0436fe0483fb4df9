"""Whether the parts of a message are several needs, by what each of them means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from bot.answers.needs import Clause
from bot.model.decisions import Answer, Clarify, Decision, Need, SmallTalkReply, Unresolved

SURE_FROM: Final = 0.75
"""Trust from which a part is a need of its own: more than for an answer, as it takes a message apart."""
ALONE_FROM: Final = 0.85
"""The same for a part that is answered beside others of which nothing certain is known."""

Part = tuple[Clause, Decision]


def several(parts: Sequence[Part], likely: Collection[str], whole: Decision) -> tuple[Need, ...]:
    """The needs in order, or none when the message is better taken as one.

    Most messages that could be divided ask for one thing: they tell a story, or ask twice about the same. A message is
    taken apart only when two parts that ask are surely about different topics that the message as a whole brings to mind
    too, or when one part surely is, and another is a question by itself or the whole is not understood.

    Args:
        parts: The message's clauses, each with what it would mean by itself.
        likely: The topics that the whole message may be about.
        whole: What the message as a whole would mean.
    """
    if any(not isinstance(decision, Answer | Clarify | Unresolved | SmallTalkReply) for _, decision in parts):
        return ()
    sure = {topic for clause, decision in parts if (topic := sure_topic(clause, decision)) in likely}
    needs = [need for clause, decision in parts if (need := _need(clause, decision, sure)) is not None]
    if len(sure) >= 2:
        return tuple(need for need in _once(needs) if isinstance(need.decision, Answer) or _by_itself(parts, need))
    if not any(isinstance(need.decision, Answer) and need.decision.confidence >= ALONE_FROM for need in needs):
        return ()
    if isinstance(whole, Answer):
        needs = [need for need in needs if isinstance(need.decision, Answer) or _by_itself(parts, need)]
    needs = _once(needs)
    return tuple(needs) if len(needs) > 1 else ()


def _need(clause: Clause, decision: Decision, sure: Collection[str]) -> Need | None:
    """A part that is surely about a topic, or asks for something that no sure part asks for."""
    match decision:
        case Answer(topic) if topic in sure:
            return Need(clause.text, decision)
        case Clarify() | Unresolved() if clause.asks and _elsewhere(decision, sure):
            return Need(clause.text, decision)
        case _:
            return None


def _once(needs: Sequence[Need]) -> list[Need]:
    """A topic that two parts ask about is answered once."""
    kept: dict[str, Need] = {}
    for need in needs:
        kept.setdefault(need.decision.topic if isinstance(need.decision, Answer) else need.words, need)
    return list(kept.values())


def _by_itself(parts: Sequence[Part], need: Need) -> bool:
    return any(clause.own and clause.text == need.words for clause, _ in parts)


def _elsewhere(decision: Clarify | Unresolved, sure: Collection[str]) -> bool:
    """Whether a part asks for something else than what another part surely asks."""
    topics = decision.options if isinstance(decision, Clarify) else (decision.topic,)
    return not any(topic in sure for topic in topics)


def sure_topic(clause: Clause, decision: Decision) -> str:
    """The topic that a part surely asks about; empty for none."""
    sure = isinstance(decision, Answer) and clause.asks and decision.confidence >= SURE_FROM
    return decision.topic if sure and isinstance(decision, Answer) else ""
