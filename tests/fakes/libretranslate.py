"""A translation service on this machine that follows the API of LibreTranslate strictly: what it would refuse, this refuses.

It translates what it was told to (``says``), everything else into ``[target] text``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

LANGUAGES: Final = ("en", "ar", "vi", "zh")
LONGEST: Final = 5_000  # characters; the real one's --char-limit
_FIELDS: Final = frozenset({"q", "source", "target", "format", "api_key", "alternatives"})


@dataclass
class FakeLibreTranslate:
    """Args: key: The one key it accepts; empty: it asks for none."""

    key: str = ""
    says: dict[tuple[str, str], str] = field(default_factory=dict)
    """By text and target."""
    languages: tuple[str, ...] = LANGUAGES
    asked: list[dict[str, Any]] = field(default_factory=list)
    """Every text that it was given, with its languages."""
    looked: int = 0
    violations: list[str] = field(default_factory=list)
    """What a strict service would complain about."""
    trouble: Callable[[], web.StreamResponse] | None = None
    """What it answers instead of translating."""
    languages_answer: Callable[[], web.StreamResponse] | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Closed by ``gate.clear()``: it answers only when it is opened again."""
    url: str = ""

    def __post_init__(self) -> None:
        self.gate.set()

    async def _languages(self, _request: web.Request) -> web.StreamResponse:
        self.looked += 1
        if self.languages_answer is not None:
            return self.languages_answer()
        known = [{"code": code, "name": code.upper(), "targets": list(self.languages)} for code in self.languages]
        return web.json_response(known)

    async def _translate(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError:
            return self._refuses(400, "Invalid request: no JSON")
        self.asked.append(body)
        if self.trouble is not None:
            return self.trouble()
        problem = self._problem(request, body)
        if problem is not None:
            return problem
        await self.gate.wait()
        text, target = body["q"], body["target"]
        answer: dict[str, Any] = {"translatedText": self.says.get((text, target), f"[{target}] {text}")}
        if body["source"] == "auto":
            answer["detectedLanguage"] = {"confidence": 90, "language": "zh"}
        return web.json_response(answer)

    def _problem(self, request: web.Request, body: Any) -> web.Response | None:
        if request.content_type != "application/json":
            return self._refuses(400, "Invalid request: not JSON")
        if not isinstance(body, dict) or not {"q", "source", "target"} <= body.keys():
            return self._refuses(400, "Invalid request: missing parameter")
        if unknown := body.keys() - _FIELDS:
            return self._refuses(400, f"Invalid request: {sorted(unknown)}")
        if not all(isinstance(body[name], str) for name in ("q", "source", "target")):
            return self._refuses(400, "Invalid request: not a text")
        if body.get("format", "text") not in ("text", "html"):
            return self._refuses(400, "Invalid format")
        if self.key and "api_key" not in body:
            return web.json_response({"error": "Please contact the server operator to get an API key"}, status=400)
        if self.key and body["api_key"] != self.key:
            return web.json_response({"error": "Invalid API key"}, status=403)
        if body["source"] not in (*self.languages, "auto"):
            return self._refuses(400, f"{body['source']} is not supported")
        if body["target"] not in self.languages:
            return self._refuses(400, f"{body['target']} is not supported")
        if len(body["q"]) > LONGEST:
            return self._refuses(400, f"Invalid request: request ({len(body['q'])}) exceeds text limit ({LONGEST})")
        return None

    def _refuses(self, status: int, error: str) -> web.Response:
        self.violations.append(error)
        return web.json_response({"error": error}, status=status)

    @property
    def texts(self) -> list[str]:
        return [body["q"] for body in self.asked]


def error(status: int, said: str = "Slowdown: 80 per 1 minute", **headers: str) -> Callable[[], web.Response]:
    return lambda: web.json_response({"error": said}, status=status, headers=headers)


def raw(body: bytes, *, status: int = 200, kind: str = "application/json") -> Callable[[], web.Response]:
    return lambda: web.Response(body=body, status=status, content_type=kind)


def answers(value: Any) -> Callable[[], web.Response]:
    return raw(json.dumps(value).encode())


@asynccontextmanager
async def served(fake: FakeLibreTranslate) -> AsyncIterator[FakeLibreTranslate]:
    app = web.Application(client_max_size=64 * 1024)
    app.router.add_post("/translate", fake._translate)
    app.router.add_get("/languages", fake._languages)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        fake.gate.set()
        await runner.cleanup()
