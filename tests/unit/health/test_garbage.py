"""What lives long is not searched for garbage again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bot.health import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.callbacks.remove(garbage._watch)
    gc.unfreeze()


def test_what_survived_a_long_search_is_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "TOO_LONG", 0.0)
    garbage.settle()
    before = gc.get_freeze_count()

    kept = [[number] for number in range(10_000)]
    gc.collect()

    assert gc.get_freeze_count() - before >= len(kept)


def test_a_short_search_sets_nothing_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "TOO_LONG", 3600.0)
    garbage.settle()
    before = gc.get_freeze_count()

    kept = [[number] for number in range(10_000)]
    gc.collect()

    assert gc.get_freeze_count() - before < len(kept)
