"""A tenth of a hundredth of ``python -m tests.load.kill --kills 1000``, for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.kill import kill_often


@pytest.mark.process
def test_killed_store_loses_nothing_it_confirmed(tmp_path: Path) -> None:
    outcome = kill_often(tmp_path, 12)

    assert (outcome.lost, outcome.unreadable, outcome.doubled) == ([], [], [])
    assert outcome.kills == 12
    assert outcome.confirmed > 0
