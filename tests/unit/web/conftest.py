"""A world for each test, a browser in the chat, and a member of staff at the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.unit.web.world import World, browser, open_world

Browser = TestClient[Any, Any]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as opened:
        yield opened


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Browser]:
    """A browser that has not been here before."""
    async with browser(world) as client:
        yield client


@pytest.fixture
async def delegate(visitor: Browser) -> Browser:
    """A browser with a chat."""
    answer = await visitor.post("/chat/session", json={"language": "en"})
    assert answer.status == 200
    return visitor


@pytest.fixture
async def staff(world: World) -> AsyncIterator[Browser]:
    """Lan, signed in at the console."""
    async with browser(world) as client:
        answer = await client.post("/desk/enter", json={"token": await world.link()})
        assert answer.status == 200
        yield client
