"""The stores under contract. A new back end is a line in ``BACK_ENDS`` and in ``Keeper.url`` (world.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from storage.documents import DocumentStore
from tests.contract.world import Keeper

BACK_ENDS: Final = ("memory", "tinydb")  # PostgreSQL joins as pytest.param("postgres", marks=pytest.mark.postgres)
LASTING: Final = ("tinydb",)


@pytest.fixture(params=BACK_ENDS)
async def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keeper]:
    keeper = Keeper(request.param, tmp_path / "store")
    yield keeper
    await keeper.close()


@pytest.fixture
async def store(keeper: Keeper) -> DocumentStore:
    return await keeper.open()


@pytest.fixture(params=LASTING)
async def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keeper]:
    """A keeper that remembers after it was closed."""
    keeper = Keeper(request.param, tmp_path / "store")
    yield keeper
    await keeper.close()
