"""Repeats in any order change nothing (D9), and nothing odd ends in silence (D2); many more by command."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.answers.engine import Engine
from bot.i18n.translator import Speakers
from tests.load.odd import MEDIA, send
from tests.load.orders import difference, history, thrice


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=some.integers(0, 2**32), longest=some.integers(2, 14))
async def test_every_update_three_times_is_as_good_as_once(
    content: Engine, speakers: Speakers, seed: int, longest: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- chance, not secrets
    steps = history(chance, longest)

    assert not await difference(steps, thrice(steps, chance), content, speakers)


async def test_odd_messages_never_end_in_silence(content: Engine, speakers: Speakers) -> None:
    outcome = await send(3_000, content, speakers)

    assert outcome.silent == []
    assert outcome.not_understood == 0
    assert outcome.kinds.keys() >= MEDIA.keys()
