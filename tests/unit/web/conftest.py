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
        await sign_in(client, await world.link())
        yield client


async def sign_in(client: Browser, token: str) -> None:
    """By a link, and as the page does: every post then carries the proof."""
    answer = await client.post("/desk/enter", json={"token": token})
    assert answer.status == 200
    await prove(client)


async def prove(client: Browser) -> None:
    me = await (await client.get("/desk/api/me")).json()
    client.session.headers["X-Desk-Proof"] = me["proof"]
