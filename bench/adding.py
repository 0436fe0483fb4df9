"""What an organiser's own topic changes: it must be found by a few ways of asking, and leave the answers of others alone.

    python -m bench.adding            the whole library, learnt twice (a minute)
    python -m bench.adding --part 8   every eighth way of asking

Every tenth way of asking is kept back and asked, before and after the topic is added; so are messages about the new topic.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench import machine
from bot.answers.costs import cheapest
from bot.answers.learnt import lexicon_of
from bot.answers.matcher import Matcher, Ranked
from bot.answers.teaching import build
from bot.content.source import Folders, load_or_raise
from bot.model.content import Library
from bot.model.language import LANGUAGES, Language
from bot.settings import content_root

TOPIC: Final = "own.charity-run"
TAUGHT: Final[Mapping[Language, Sequence[str]]] = {
    "en": (
        "How do I sign up for the charity run?",
        "charity run around the lake",
        "What time does the fun run start?",
        "I want to join the 5 km run",
        "Is there an entry fee for the run?",
        "Where do the runners meet?",
        "Do I get a T-shirt if I run?",
    ),
    "ar": (
        "كيف أسجل في سباق الجري الخيري؟",
        "سباق خيري حول البحيرة",
        "متى يبدأ سباق الجري؟",
        "أريد أن أشارك في سباق خمسة كيلومترات",
        "هل هناك رسوم للمشاركة في السباق؟",
        "أين يتجمع المتسابقون؟",
    ),
    "vi": (
        "Tôi đăng ký chạy bộ từ thiện thế nào?",
        "giải chạy từ thiện quanh hồ",
        "Giải chạy bắt đầu lúc mấy giờ?",
        "Tôi muốn tham gia chạy 5 km",
        "Tham gia giải chạy có mất phí không?",
        "Người chạy tập trung ở đâu?",
    ),
}
ASKED: Final = (
    "can I still enter the charity run?",
    "where is the start of the fun run",
    "running event for charity, how to register",
    "سباق الجري الخيري متى؟",
    "هل يمكنني التسجيل في السباق الخيري",
    "chạy từ thiện đăng ký ở đâu vậy",
    "giải chạy quanh hồ mấy giờ bắt đầu",
)
_KEPT_BACK: Final = 10


@dataclass(frozen=True)
class Change:
    asked: int
    moved: float
    """Share of the messages about other topics whose first topic is another one now; mostly those in doubt."""
    answered: float
    """Share that was answered and is answered with another topic now."""
    stolen: float
    """Share whose first topic is the new one now."""
    found: float
    """Share of the messages about the new topic that it is first for."""


def measure(library: Library, part: int = 1) -> Change:
    """Learn with one way of asking in ``part``, without and with the topic."""
    taught: dict[str, dict[Language, list[str]]] = {}
    asked: list[str] = []
    for topic in library.topics.values():
        said: dict[Language, list[str]] = {}
        for language, lines in topic.asking.items():
            some = lines[::part]
            said[language] = [line for index, line in enumerate(some) if index % _KEPT_BACK]
            asked += some[::_KEPT_BACK]
        if any(said.values()):
            taught[topic.id] = said
    before = _learn(library, taught, part)
    after = _learn(library, {**taught, TOPIC: {language: list(TAUGHT[language]) for language in LANGUAGES}}, part)
    pairs = [(before.rank(text), after.rank(text)) for text in asked]
    firsts = [(_first(old), _first(new)) for old, new in pairs]
    sure = [cheapest(old.trust, old.offered) == cheapest(new.trust, new.offered) == "answer" for old, new in pairs]
    return Change(
        asked=len(asked),
        moved=sum(old != new for old, new in firsts) / len(firsts),
        answered=sum(both and old != new for both, (old, new) in zip(sure, firsts, strict=True)) / len(firsts),
        stolen=sum(new == TOPIC for _, new in firsts) / len(firsts),
        found=sum(_first(after.rank(text)) == TOPIC for text in ASKED) / len(ASKED),
    )


def _learn(library: Library, taught: Mapping[str, Mapping[Language, Sequence[str]]], part: int) -> Matcher:
    offtopic = {language: lines[::part] for language, lines in library.offtopic.items()}
    return build(taught, offtopic, lexicon_of(library))


def _first(ranked: Ranked) -> str:
    return ranked.topics[0][0] if ranked.topics else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=int, default=1, help="learn one way of asking in so many (default 1)")
    options = parser.parse_args()
    print(machine.line())
    change = measure(load_or_raise(Folders.of(content_root(), "ap11")).library, options.part)
    print(
        f"{change.asked} messages about other topics: {100 * change.moved:.2f} % get another first topic,"
        f" {100 * change.answered:.2f} % another answer, {100 * change.stolen:.2f} % the new one; messages about the new topic found: {100 * change.found:.0f} %"
    )


if __name__ == "__main__":
    main()
