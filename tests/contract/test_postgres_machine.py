"""The random histories of ``test_store_machine`` on PostgreSQL; fewer of them, for each step asks a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from bot.ports import Store
from storage import open_store
from tests.contract import postgres
from tests.contract.test_store_machine import BOUNDED, Histories

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Store]:
    async with open_store(postgres.schema_url(str(folder))) as store:
        yield store


class HistoriesOnPostgres(Histories):
    opened = staticmethod(_opened)

    def teardown(self) -> None:
        super().teardown()
        postgres.drop(postgres.schema_url(str(Path(self._folder.name) / "store")))


def test_random_histories_are_the_same_in_memory_and_on_postgres() -> None:
    postgres.session_url()  # skips here: a machine that is skipped while it is made would leave its folder and its loop
    run_state_machine_as_test(HistoriesOnPostgres, settings=settings(BOUNDED, max_examples=10))
