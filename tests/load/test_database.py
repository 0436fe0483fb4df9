"""The small version of ``python -m tests.load.database``, for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import postgres
from tests.load.database import Storm, database_goes
from tests.load.desk.house import Plan

pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.timeout(300)]


async def test_database_that_falls_silent_under_the_running_desk_loses_nothing(
    tmp_path: Path, cache_folder: Path
) -> None:
    """It comes back only when somebody in danger at either door has had the number without it."""
    server = postgres.own_server()
    try:
        plan = Plan(tmp_path, cache_folder, store_url=postgres.with_schema(server.url, "desk"))
        storm = Storm(("freeze",), seconds=0.5, people=8, rate=3.0, callers=20, calm=0.5, every=0.5, numbers=1)
        outcome = await database_goes(plan, server, storm)
    finally:
        server.remove()

    assert [str(one) for one in outcome.violations] == []
    assert {one.sent.door for one in outcome.meanwhile} == {"telegram", "webchat"}
