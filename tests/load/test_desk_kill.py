"""Small versions of ``python -m tests.load.desk_kill`` and ``python -m tests.load.crowded``, for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.houses import Way
from tests.load.broken import caught
from tests.load.crowded import Size, crowded
from tests.load.desk.house import Plan
from tests.load.desk.patched import command
from tests.load.desk_kill import Load, Outcome, episode

pytestmark = [pytest.mark.process, pytest.mark.long, pytest.mark.timeout(900)]


def clean(outcome: Outcome) -> None:
    assert [str(one) for one in outcome.violations] == [], "\n".join(outcome.report)
    assert outcome.inputs > 0


async def test_killed_again_and_again_under_load_it_keeps_every_promise(tmp_path: Path, cache_folder: Path) -> None:
    # The full rate is for the command: what a machine that also builds cannot carry would wait for minutes.
    outcome = await episode(Plan(tmp_path, cache_folder), Load(mishaps=40, people=120, rate=8.0))

    clean(outcome)
    assert outcome.cases > 0
    assert outcome.replies > 0


@pytest.mark.parametrize(("way", "weather", "mishaps"), [("webhook", "kills", 3), ("polling", "faults", 6)])
async def test_other_weathers_lose_nothing_either(
    way: Way, weather: str, mishaps: int, tmp_path: Path, cache_folder: Path
) -> None:
    outcome = await episode(Plan(tmp_path, cache_folder, way=way), Load(mishaps, weather, people=60, rate=10.0))

    clean(outcome)


async def test_a_store_that_fails_now_and_then_loses_nothing(tmp_path: Path, cache_folder: Path) -> None:
    plan = Plan(tmp_path, cache_folder, command=command("flaky-store"))

    clean(await episode(plan, Load(5, "fair", people=60, rate=15.0)))


@pytest.mark.parametrize("fault", ["no-dedupe", "send-before-commit"])
async def test_what_is_broken_on_purpose_is_seen(fault: str, cache_folder: Path) -> None:
    seen, said = await caught(fault, cache_folder)

    assert seen, said


async def test_nobody_is_shut_out_of_a_crowded_hotel(tmp_path: Path, cache_folder: Path) -> None:
    size = Size(sessions=150, rate=10.0, seconds=6.0, emergencies=40, flood=100.0, floods_from=20)

    outcome = await crowded(Plan(tmp_path, cache_folder), size)

    assert outcome.good, f"{outcome}: {outcome.dropped}"
