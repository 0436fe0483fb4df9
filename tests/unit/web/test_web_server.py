"""The server around the doors: who may post, what every answer carries, and how it stops."""

from __future__ import annotations

import asyncio
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from bot.health.parts import Level, Part
from bot.transports.web_guard import own_origin
from bot.transports.web_language import wished
from bot.transports.web_static import SHARED, Static
from tests.patience import Stopwatch
from tests.unit.web.conftest import Browser
from tests.unit.web.world import World, browser

POSTS = (
    "/chat/session",
    "/chat/messages",
    "/chat/language",
    "/chat/end",
    "/desk/enter",
    "/desk/leave",
    "/desk/api/seen",
    "/desk/api/tickets/1/claim",
)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1@evil"])
async def test_foreign_origin_is_refused_at_every_post(world: World, visitor: Browser, origin: str) -> None:
    for path in POSTS:
        answer = await visitor.post(path, json={"id": str(uuid4()), "text": "x"}, headers={"Origin": origin})
        assert answer.status == 403
    assert world.accepted == []


async def test_missing_origin_is_refused_unless_a_script_says_so(world: World) -> None:
    async with browser(world, scripts=True) as client:
        assert [(await client.post(path, json={})).status for path in POSTS] == [403] * len(POSTS)
        assert (await client.post("/chat/session", json={}, headers={"X-Desk-Client": "curl"})).status == 200
        foreign = {"X-Desk-Client": "curl", "Origin": "https://evil.example"}
        assert (await client.post("/chat/session", json={}, headers=foreign)).status == 403


async def test_webhooks_prove_themselves_otherwise(world: World) -> None:
    async def hook(_request: web.Request) -> web.Response:
        return web.Response(text="taken")

    async with browser(world, scripts=True, routes=[web.post("/telegram/hook", hook)]) as client:
        assert (await client.post("/telegram/hook")).status == 200


@pytest.mark.parametrize(
    ("origin", "host", "public", "own"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", None, True),
        ("https://Desk.example.org", "desk.example.org", None, True),
        ("https://desk.example.org", "10.0.0.5:8080", "https://desk.example.org", True),
        ("http://desk.example.org", "10.0.0.5:8080", "https://desk.example.org", False),
        ("https://desk.example.org.evil.example", "desk.example.org", "https://desk.example.org", False),
        ("https://desk.example.org/x", "desk.example.org", None, False),
        ("file://", "", None, False),
        ("null", "null", None, False),
        (None, "desk.example.org", None, False),
    ],
)
def test_own_origin(origin: str | None, host: str, public: str | None, own: bool) -> None:  # noqa: FBT001 -- a table
    assert own_origin(origin, host, public) is own


@pytest.mark.parametrize("path", ["/chat", "/healthz", "/nothing", "/chat/static/base.css", "/desk/", "/chat/messages"])
async def test_security_headers_stand_on_every_answer(visitor: Browser, path: str) -> None:
    headers = (await visitor.get(path)).headers

    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Permissions-Policy"]
    assert "aiohttp" not in headers["Server"]


async def test_security_headers_stand_on_streams(delegate: Browser) -> None:
    async with delegate.get("/chat/events") as stream:
        assert stream.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/chat", "/desk/", "/desk/enter", "/desk/account", "/desk/shift", "/nowhere"])
async def test_every_page_has_the_head_that_all_pages_have(staff: Browser, path: str) -> None:
    """In the reader's language and direction, on phones too, for no search engine, and with one title."""
    await staff.post("/desk/api/language", json={"language": "ar"})
    answer = await staff.get(path, headers={"Accept-Language": "ar", "Accept": "text/html"})
    page = await answer.text()

    assert page.startswith('<!doctype html>\n<html lang="ar" dir="rtl">\n<head>\n<meta charset="utf-8">')
    for once in ('name="viewport" content="width=device-width', 'content="light dark"', 'content="noindex"', "<body"):
        assert page.count(once) == 1
    assert re.search(r"<title>[^<{]+</title>", page)
    assert "{{" not in page
    assert page.endswith("</body>\n</html>\n")


async def test_unknown_path_is_a_small_page_in_the_visitors_language(visitor: Browser) -> None:
    page = await visitor.get("/nothing", headers={"Accept": "text/html", "Accept-Language": "ar-EG,ar;q=0.9"})
    api = await visitor.get("/nothing")

    assert (page.status, page.content_type, api.content_type) == (404, "text/html", "application/json")
    assert '<html lang="ar" dir="rtl">' in await page.text()
    assert "nothing" not in (await page.text()).lower().replace("there is nothing at this address", "")


@pytest.mark.parametrize(("path", "leads_to"), [("/desk/nothing", "/desk/"), ("/nothing", "/chat")])
async def test_page_about_what_went_wrong_leads_back_to_where_one_came_from(
    visitor: Browser, path: str, leads_to: str
) -> None:
    page = await (await visitor.get(path, headers={"Accept": "text/html"})).text()

    assert re.findall(r'<a [^>]*href="([^"]*)"', page) == [leads_to]


async def test_wrong_method_is_told_politely(visitor: Browser) -> None:
    answer = await visitor.put("/chat/messages", json={})

    assert (answer.status, set(await answer.json())) == (405, {"error"})


async def test_accident_is_polite_and_its_log_holds_no_words(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise ValueError("my room is 1402")

    async with browser(world, routes=[web.get("/broken", broken)]) as client:
        answer = await client.get("/broken")
        said = await answer.json()

    logged = capsys.readouterr().out
    assert answer.status == 500
    assert set(said) == {"error", "accident"}
    assert said["accident"] in logged
    assert "1402" not in logged + str(said)


async def test_static_files_are_packed_and_cached_by_content(visitor: Browser) -> None:
    page = await (await visitor.get("/chat")).text()
    path = page.split('type="module" src="')[1].split('"')[0]
    named = await visitor.get(path)
    again = await visitor.get(path, headers={"If-None-Match": named.headers["ETag"]})
    unnamed = await visitor.get("/chat/static/chat.js")

    assert named.headers["Content-Encoding"] == "gzip"
    assert "immutable" in named.headers["Cache-Control"]
    assert again.status == 304
    assert unnamed.headers["Cache-Control"] == "no-cache"
    assert "charset=utf-8" in named.headers["Content-Type"]
    for missing in ("/chat/static/index.html", "/chat/static/..%2fdoor.py", "/chat/static/door.py"):
        assert (await visitor.get(missing)).status == 404


def test_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = Static("/x", tmp_path).version
    (tmp_path / "a.js").write_text("2")

    assert Static("/x", tmp_path).version != before
    assert Static("/x", SHARED).weight() > 0


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("fr-FR, de", None),
        ("en-GB,en;q=0.9,vi;q=0.8", "en"),
        ("fr, vi;q=0.4, ar;q=0.7", "ar"),
        ("vi;q=oops, ar;q=0.1", "ar"),
        ("x" * 9_000, None),
    ],
)
def test_wished_language(header: str, language: str | None) -> None:
    assert wished(header) == language


async def test_metrics_are_not_for_the_public(world: World) -> None:
    registry = CollectorRegistry()
    Counter("desk_tests", "Counts.", registry=registry).inc()
    public = "https://desk.example.org"
    async with browser(world, public_url=public, registry=registry) as client:
        assert "desk_tests_total 1.0" in await (await client.get("/metrics")).text()
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 404


async def test_figures_are_for_this_machine_and_for_whoever_has_the_token(world: World) -> None:
    token = "Kd8-figures-of-the-desk-1x"
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    async with browser(world, metrics_token=token) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/metrics", headers=elsewhere)).status == 404
        for given, status in ((f"Bearer {token}", 200), (f"Bearer {token}x", 404), ("Bearer ", 404), (token, 404)):
            assert (await client.get("/metrics", headers=elsewhere | {"Authorization": given})).status == status
    async with browser(world) as client:  # without a token in the settings, an empty one opens nothing
        assert (await client.get("/metrics", headers=elsewhere | {"Authorization": "Bearer "})).status == 404


async def test_health_and_readiness(visitor: Browser) -> None:
    health, ready = await visitor.get("/healthz"), await visitor.get("/readyz")

    assert (health.status, await ready.json()) == (200, {"ready": True, "store": {"state": "green"}})


@pytest.mark.parametrize(("level", "status"), [("green", 200), ("amber", 200), ("red", 503)])
async def test_not_ready_only_when_a_part_does_not_work(world: World, level: Level, status: int) -> None:
    since = datetime(2026, 1, 1, 8, tzinfo=UTC)
    world.parts = {"store": Part("green"), "telegram": Part(level, "why" if level != "green" else "", since)}
    async with browser(world) as client:
        ready = await client.get("/readyz")

        said = await ready.json()
        assert (ready.status, said["ready"]) == (status, status == 200)
        assert said["telegram"]["state"] == level
        assert said["telegram"].get("reason", "") == ("why" if level != "green" else "")
        assert said["telegram"]["since"] == "2026-01-01T08:00:00+00:00"


async def test_not_ready_before_anything_was_looked_at(world: World) -> None:
    world.parts = {}
    async with browser(world) as client:
        assert (await client.get("/readyz")).status == 503


async def test_busy_port_is_passed_over(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with world.server(port=port, take_next=True) as server:
            assert server.port > port
            assert server.url == f"http://127.0.0.1:{server.port}"
        with pytest.raises(OSError, match="in use"):
            async with world.server(port=port):
                pass


async def test_stop_does_not_wait_for_open_streams(world: World) -> None:
    async with world.server() as server, aiohttp.ClientSession(server.url, headers={"Origin": server.url}) as client:
        await client.post("/chat/session", json={})
        streams = [await client.get("/chat/events") for _ in range(20)]
        watch = Stopwatch()
        await server.__aexit__(None, None, None)
        took = watch.seconds
        for stream in streams:
            stream.close()

    assert took < 2


async def test_stop_lets_an_answer_under_way_finish(world: World) -> None:
    reached = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        reached.set()
        await asyncio.sleep(0.2)
        return web.Response(text="done")

    async def ask(client: Any) -> str:
        async with client.get("/slow") as answer:
            return str(await answer.text())

    async with world.server(routes=[web.get("/slow", slow)]) as server, aiohttp.ClientSession(server.url) as client:
        asking = asyncio.create_task(ask(client))
        await reached.wait()
        await server.__aexit__(None, None, None)
        assert await asking == "done"


async def test_hundreds_may_come_at_once_while_the_desk_is_busy(world: World) -> None:
    come: list[socket.socket] = []

    async with world.server() as server:
        try:
            # Nothing here awaits, so the server takes none of them meanwhile; the system knocks again after a second.
            come.extend(socket.create_connection(("127.0.0.1", server.port), timeout=0.9) for _ in range(300))
        finally:
            for one in come:
                one.close()

    assert len(come) == 300
