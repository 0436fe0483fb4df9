"""Whether a decision was right about a question whose topic is known, and what many such questions come to. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.model.content import Library
from bot.model.decisions import Answer, Clarify, Decision, Emergency, Understanding, Unresolved, name_of
from bot.model.language import Language

OFFERED: Final = 3
FIGURES: Final = (
    "right",
    "reach",
    "wrong",
    "out of scope",
    "emergency",
    "certain",
    "alarm",
    "tap",
    "small talk",
    "language",
)
"""
right: answered, or handed to the right team where a person is needed. reach: right, or asked with the right topic among three.
wrong: another topic, as if certain. out of scope: not answered as if known. emergency, certain: found at all; without asking.
alarm, tap: emergencies seen where none is. small talk, language: recognised.
"""
_WAYS: Final[Mapping[str, frozenset[str]]] = {
    "none": frozenset({"answer"}),
    "personal": frozenset({"answer", "handover"}),
    "person": frozenset({"handover"}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A line of a question file."""

    text: str
    language: Language
    topic: str | None = None
    accept: tuple[str, ...] = ()
    """Other topics that serve as well."""
    kind: str = "plain"
    emergency: bool = False

    @property
    def good(self) -> frozenset[str]:
        return frozenset({*self.accept, *([self.topic] if self.topic else [])})


def judge(question: Question, understood: Understanding, library: Library) -> dict[str, bool]:
    """The figures that a question counts for, and whether it was met."""
    decision, name = understood.decision, name_of(understood.decision)
    marks = {"language": understood.language == question.language}
    if question.emergency:
        found = isinstance(decision, Emergency)
        return marks | {"emergency": found, "certain": found and _certain(decision)}
    marks |= {
        "alarm": isinstance(decision, Emergency) and _certain(decision),
        "tap": isinstance(decision, Emergency) and not _certain(decision),
    }
    if question.kind == "smalltalk":
        return marks | {"small talk": name == "smalltalk"}
    if question.kind.startswith("oos") or not question.good:
        return marks | {"out of scope": name != "answer" or topic_of(decision) == "desk.human"}
    right = _right(question, decision, library)
    found = isinstance(decision, Clarify) and bool(question.good & set(decision.options[:OFFERED]))
    return marks | {
        "right": right,
        "reach": right or found or (name == "handover" and topic_of(decision) in question.good),
        "wrong": name in {"answer", "emergency"} and topic_of(decision) not in question.good,
    }


def topic_of(decision: Decision) -> str | None:
    return decision.topic if isinstance(decision, Answer | Emergency | Unresolved) else None


def _certain(decision: Decision) -> bool:
    return isinstance(decision, Emergency) and decision.certain


def _right(question: Question, decision: Decision, library: Library) -> bool:
    topic = topic_of(decision)
    meant = library.topics.get(topic if topic in question.good else question.topic or "")
    if meant is None or name_of(decision) not in _WAYS[meant.needs]:
        return False
    if topic in question.good:
        return True
    return (
        meant.needs == "person" and isinstance(decision, Unresolved) and topic is None and decision.team == meant.team
    )


Cell = tuple[str, str]
"""A language or ``all``, and a kind or ``all``."""


@dataclass
class Tally:
    """Figures of many questions."""

    met: dict[Cell, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    counted: dict[Cell, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sure: list[tuple[float, bool]] = field(default_factory=list)
    """Of each answer the trust, and whether it was right."""
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Topic meant, topic answered instead."""

    def add(self, question: Question, understood: Understanding, library: Library) -> None:
        marks = judge(question, understood, library)
        for cell in (
            (question.language, "all"),
            (question.language, question.kind),
            ("all", "all"),
            ("all", question.kind),
        ):
            self.counted[cell].update(marks.keys())
            self.met[cell].update(figure for figure, met in marks.items() if met)
        decision = understood.decision
        if "right" not in marks or not isinstance(decision, Answer):
            return
        good = decision.topic in question.good
        self.sure.append((decision.confidence, good))
        if not good:
            self.confused[question.topic or "", decision.topic] += 1

    def share(self, cell: Cell, figure: str) -> float | None:
        """None when no question counts for the figure."""
        number = self.counted[cell][figure]
        return self.met[cell][figure] / number if number else None

    def calibration(self, steps: int = 5) -> list[tuple[float, float, int]]:
        """Answers by trust, in equal parts: mean trust, share of them that are right, and their number."""
        ordered = sorted(self.sure)
        parts = [ordered[len(ordered) * step // steps : len(ordered) * (step + 1) // steps] for step in range(steps)]
        return [
            (sum(trust for trust, _ in part) / len(part), sum(good for _, good in part) / len(part), len(part))
            for part in parts
            if part
        ]


def tally(judged: Iterable[tuple[Question, Understanding]], library: Library) -> Tally:
    total = Tally()
    for question, understood in judged:
        total.add(question, understood, library)
    return total
