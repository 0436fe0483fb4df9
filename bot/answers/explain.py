"""Why a message was understood as it was: every step with its figures, for the people who write the content. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.answers import alarm
from bot.answers.costs import Way, cheapest, cost_of, hand_over_now
from bot.answers.emergencies import KINDS
from bot.answers.engine import Context, Engine
from bot.answers.features import blocks
from bot.answers.matcher import Ranked
from bot.answers.rows import Vector
from bot.model.decisions import Answer, Clarify, Decision, Emergency, Unresolved, name_of
from bot.model.messages import UNDERSTOOD_TEXT

_SHOWN = 40  # words and concepts of a message


def explain(engine: Engine, text: str, context: Context) -> list[str]:
    """Lines to read, in the order in which the desk looks at a message."""
    read = text[:UNDERSTOOD_TEXT]
    matcher = engine.learnt.matcher
    vector = matcher.vectoriser.vector(read)
    understood = engine.understand(text, context)
    ranked = matcher.rank(read, without=KINDS)
    return [
        *_language(engine, read, context),
        *_features(engine, read),
        *_danger(engine, text, vector),
        *_candidates(ranked),
        *_decided(engine, understood.decision, ranked),
    ]


def _language(engine: Engine, text: str, context: Context) -> Iterator[str]:
    guess = engine.learnt.languages.guess(text, context.language)
    yield f"language    {guess.language} {'sure' if guess.sure else 'kept from the chat'}: {engine.learnt.languages.why(text)}"


def _features(engine: Engine, text: str) -> Iterator[str]:
    vectoriser = engine.learnt.matcher.vectoriser
    single, _, _, concepts, _ = blocks(text, vectoriser.lexicon)
    plain = [word for word in dict.fromkeys(single) if not word.startswith("^")]
    known = [word for word in plain if vectoriser.place(word) is not None]
    yield "known       " + (" ".join(known[:_SHOWN]) or "-")
    yield "unknown     " + (" ".join([word for word in plain if word not in set(known)][:_SHOWN]) or "-")
    yield "concepts    " + (" ".join(concept.removeprefix("@") for concept in concepts[:_SHOWN]) or "-")


def _danger(engine: Engine, text: str, vector: Vector) -> Iterator[str]:
    cue, model = engine.danger(text), engine.learnt.matcher.alarm
    said = "none" if cue is None else f"{'certain' if cue.certain else 'likely'}, {cue.kind}"
    if model is None:
        yield f"danger      cues {said}"
        return
    opinion, shares = model.opinion(vector), engine.learnt.matcher.shares(vector)
    topics = sum(
        float(share) for topic, share in zip(engine.learnt.matcher.topics, shares, strict=True) if topic in KINDS
    )
    likely = alarm.danger(cue, opinion, topics)
    yield f"danger      cues {said} · alarm model {opinion.kind} at log odds {opinion.odds:.1f} · its topics {topics:.2f}"
    yield (
        f"            together {likely:.2f}; a certain cue alerts from {alarm.ALERT_FROM:.2f}, asks from {alarm.CERTAIN_FROM:.2f};"
        f" a likely one asks from {alarm.LIKELY_FROM:.2f}; none from {alarm.ASK_FROM:.2f}"
    )


def _candidates(ranked: Ranked) -> Iterator[str]:
    for place, (topic, share) in enumerate(ranked.topics, 1):
        yield f"{'candidates ' if place == 1 else '           '} {place}. {topic} {share:.3f}"
    if ranked.small_talk:
        yield f"            as a whole small talk: {ranked.small_talk}"
    yield f"trust       the first is right {ranked.trust:.2f} · one of the first three {ranked.offered:.2f}"
    ways: tuple[Way, ...] = ("answer", "ask", "person")
    costs = " · ".join(f"{way} {cost_of(way, ranked.trust, ranked.offered):.2f}" for way in ways)
    yield f"cost        {costs}"


def _decided(engine: Engine, decision: Decision, ranked: Ranked) -> Iterator[str]:
    yield f"decision    {name_of(decision)}: {_reason(engine, decision, ranked)}"


def _reason(engine: Engine, decision: Decision, ranked: Ranked) -> str:
    match decision:
        case Emergency(kind, certain=certain):
            return f"{kind}, {'at once' if certain else 'asked about with one tap'}"
        case Clarify(options):
            return "asking costs least; " + ", ".join(options)
        case Unresolved(team):
            return f"a person of {team} costs least"
        case Answer(topic) if not ranked.topics or topic != ranked.topics[0][0]:
            return f"{topic}, by what is named: a time, a session or the talk before"
        case Answer(topic):
            needs = engine.snapshot.library.topics[topic].needs
            if needs == "person" and hand_over_now(ranked.trust, ranked.offered):
                return f"{topic}, which needs a person"
            told = "" if topic not in engine.snapshot.unanswerable else ", but the event has no facts for it"
            return f"{topic}, as to {cheapest(ranked.trust, ranked.offered)} costs least{told}"
        case _:
            return "nothing but small talk is in it"
