"""The stores under contract. A new back end is a line in ``BACK_ENDS`` and in ``Keeper.url`` (world.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest

from bot.ports import Store
from storage import open_store
from tests.contract import postgres
from tests.contract.world import Keeper

BACK_ENDS: Final = ("memory", "tinydb", pytest.param("postgres", marks=pytest.mark.postgres))
LASTING: Final = ("tinydb",)


@pytest.fixture(params=BACK_ENDS)
async def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keeper]:
    keeper = Keeper(request.param, tmp_path / "store")
    yield keeper
    await keeper.remove()


@pytest.fixture
async def store(keeper: Keeper) -> Store:
    return await keeper.open()


@pytest.fixture(params=LASTING)
async def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keeper]:
    """A keeper that remembers after it was closed."""
    keeper = Keeper(request.param, tmp_path / "store")
    yield keeper
    await keeper.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A schema of its own in a real PostgreSQL."""
    url = postgres.schema_url(str(tmp_path))
    yield url
    postgres.drop(url)


@pytest.fixture
async def one(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as store:
        yield store


@pytest.fixture
async def other(one: Store, url: str) -> AsyncIterator[Store]:
    """Another process, as far as the database can tell."""
    del one  # opened first: the schema is there
    async with open_store(url) as store:
        yield store
