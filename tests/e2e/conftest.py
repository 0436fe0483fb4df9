"""Running desks for the tests of the whole process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from tests.e2e.houses import House, Way
from tests.e2e.pages import Clerk
from tests.fakes.telegram import Limits

WAYS = ["polling", "webhook"]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def shared_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache_folder: Path
) -> AsyncIterator[House]:
    """One running desk per way for all stories whose state does not matter to others; Telegram's limits hold."""
    way = cast("Way", request.param)
    async with House.open(way, tmp_path_factory.mktemp(way), cache_folder, limits=Limits()) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared_house: House) -> AsyncIterator[House]:
    yield shared_house
    await shared_house.in_order()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clerk(shared_house: House) -> AsyncIterator[Clerk]:
    """Somebody at the console of the shared desk, who came in by the printed link."""
    async with AsyncExitStack() as stack:
        process = shared_house.process
        yield await stack.enter_async_context(Clerk.sign_in(process.url, process.console_link))


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return cast("Way", request.param)
