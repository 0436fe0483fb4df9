"""Emergency ladders under kills and clock jumps (D7); five hundred of them by command."""

from __future__ import annotations

import pytest

from tests.load.ladders import climb


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_step_is_skipped_or_late(seed: int) -> None:
    outcome = await climb(6, seed, kills=6, jumps=4)

    assert outcome.missing == outcome.late == outcome.wrong == []
    assert outcome.steps["4"] > 0
    assert outcome.kills > 0
