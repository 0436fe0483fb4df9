"""The small version of ``replicas``, for every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import postgres
from tests.load.replicas import replicas

pytestmark = pytest.mark.postgres


async def test_six_workers_send_nothing_twice_or_never(tmp_path: Path) -> None:
    url = postgres.schema_url(str(tmp_path))

    outcome = await replicas(url, tmp_path, messages=2_000, workers=6, outage=0, processes=False)

    assert outcome.good, outcome
    postgres.drop(url)


async def test_server_that_crashes_and_comes_back_under_load_loses_nothing(tmp_path: Path) -> None:
    server = postgres.own_server()
    try:
        outcome = await replicas(server, tmp_path, messages=600, workers=3, outage=5, processes=False)
    finally:
        server.remove()

    assert outcome.good, outcome
    assert outcome.refused, "the outage was not felt"
    assert outcome.recovered < 10
