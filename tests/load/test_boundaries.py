"""One operation of ``python -m tests.load.boundaries``, for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.boundaries import kill_everywhere, why_not

pytestmark = pytest.mark.timeout(900)  # some hundred processes are started


@pytest.mark.process
def test_kill_at_every_boundary_of_an_erasure_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    outcome = kill_everywhere(tmp_path, "erase")

    assert outcome.bad == []
    assert outcome.boundaries > 16


@pytest.mark.process
def test_kill_by_strace_at_the_syncs_of_a_turn_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)

    outcome = kill_everywhere(tmp_path, "dedupe", strace=True)

    assert outcome.bad == []
    assert outcome.boundaries > 4
