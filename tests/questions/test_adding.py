"""An organiser's own topic works beside the library, and leaves its answers alone; `python -m bench.adding` with all of it."""

from __future__ import annotations

from bench.adding import measure
from bot.content.source import Folders, load_or_raise
from bot.settings import content_root

PART = 16  # of the ways of asking, so that learning twice takes seconds


def test_own_topic_is_found_and_takes_nothing_from_others() -> None:
    change = measure(load_or_raise(Folders.of(content_root(), "ap11")).library, PART)

    assert change.asked > 200
    assert change.found >= 0.8
    assert change.stolen <= 0.01
    assert change.answered <= 0.02
