"""The questions that measure are not those that are learnt."""

from __future__ import annotations

import json
from pathlib import Path

from bot.answers.engine import Engine
from bot.answers.phrases import shape

BLIND = Path(__file__).parent / "blind"


def test_no_question_of_the_blind_set_stands_in_what_is_learnt(content: Engine) -> None:
    """What makes up a greeting is a list of the language, not of anybody's messages: it may stand in both."""
    library = content.snapshot.library
    topics = [lines for topic in library.topics.values() for lines in topic.asking.values()]
    others = [*library.offtopic.values(), *library.danger.values(), *library.small_talk_examples.values()]
    learnt = {" ".join(shape(line)) for lines in (*topics, *others) for line in lines}

    blind = [
        json.loads(line)["text"]
        for path in sorted(BLIND.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]

    assert [text for text in blind if " ".join(shape(text)) in learnt - {""}] == []
