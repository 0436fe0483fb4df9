"""One HTTP server for all web doors: address, limits, health, and a stop that waits for no open page."""

from __future__ import annotations

import asyncio
import errno
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import structlog
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from bot.health.parts import Part
from bot.i18n.translator import Speakers
from bot.transports.web_errors import polite
from bot.transports.web_guard import add_headers, origin_guard

log = structlog.get_logger("web")

Ready = Callable[[], Mapping[str, Part]]
"""How each part of the desk is."""

LONGEST_BODY: Final = 512 * 1024
NEXT_PORTS: Final = 50
BACKLOG: Final = 2_048
"""Visitors whose connection waits to be taken; as many as are let go at once when a session ends, or come back at once
after a restart. Whoever finds it full tries again after one second, then three, then seven."""
AT_ONCE: Final = 64
"""So many of them are let in before everybody else has a turn; without a free file Python tries as often, with a trace each."""
FINISH_WITHIN: Final = timedelta(seconds=1.2)  # for answers under way when the server stops; streams end at once
STOP_WITHIN: Final = timedelta(seconds=1.9)
MACHINE_PATHS: Final = ("/telegram/",)  # webhooks, which carry a secret of their own instead of an Origin
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 -- recognised, not bound
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class WebServer:
    """Opens the address on entering and closes it on leaving; ``on_stop`` ends the doors' streams first."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        speakers: Speakers,
        routes: Iterable[web.AbstractRouteDef],
        ready: Ready,
        public_url: str | None = None,
        take_next: bool = False,
        on_stop: Sequence[Callable[[], None]] = (),
        registry: CollectorRegistry = REGISTRY,
        metrics_token: str = "",
    ) -> None:
        self._host = host
        self._port = port
        self._public_url = public_url.rstrip("/") if public_url else None
        self._take_next = take_next
        self._on_stop = on_stop
        self._ready = ready
        self._registry = registry
        self._metrics_token = metrics_token
        self._runner = web.AppRunner(
            self._application(speakers, routes),
            access_log=None,
            shutdown_timeout=FINISH_WITHIN.total_seconds(),
        )

    def _application(self, speakers: Speakers, routes: Iterable[web.AbstractRouteDef]) -> web.Application:
        guard = origin_guard(self._public_url, MACHINE_PATHS)
        app = web.Application(middlewares=[polite(speakers), guard], client_max_size=LONGEST_BODY)
        app.on_response_prepare.append(add_headers)
        app.add_routes(routes)
        app.add_routes(
            [
                web.get("/healthz", self._answer_healthz),
                web.get("/readyz", self._answer_readyz),
                web.get("/metrics", self._answer_metrics),
            ]
        )
        return app

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await self._listen()
        except BaseException:
            await self._runner.cleanup()
            raise
        log.info("web server open", port=self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stop in self._on_stop:
            stop()
        try:
            async with asyncio.timeout(STOP_WITHIN.total_seconds()):
                await self._runner.cleanup()
        except TimeoutError:
            log.warning("web server left connections behind")

    async def _listen(self) -> None:
        last = self._port + NEXT_PORTS if self._take_next and self._port else self._port
        while True:
            try:
                site = web.TCPSite(self._runner, self._host, self._port, backlog=AT_ONCE)
                await site.start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or self._port >= last:
                    raise
                self._port += 1
            else:
                self._port = self._runner.addresses[0][1]
                _let_wait(site)
                return

    @property
    def port(self) -> int:
        return self._port

    @property
    def local_url(self) -> str:
        """Where the server is reached from this machine."""
        host = "127.0.0.1" if self._host in _EVERYWHERE else self._host
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The address to tell people."""
        return self._public_url or self.local_url

    async def _answer_healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _answer_readyz(self, _request: web.Request) -> web.Response:
        parts = self._ready()
        ready = bool(parts) and all(part.ok for part in parts.values())
        shown = {name: _part_json(part) for name, part in sorted(parts.items())}
        return web.json_response({"ready": ready, **shown}, status=200 if ready else 503)

    async def _answer_metrics(self, request: web.Request) -> web.Response:
        if not self._may_see_figures(request):
            raise web.HTTPNotFound
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    def _may_see_figures(self, request: web.Request) -> bool:
        if _from_this_machine(request):
            return True
        given = request.headers.get("Authorization", "").encode()
        return bool(self._metrics_token) and hmac.compare_digest(given, f"Bearer {self._metrics_token}".encode())


def _let_wait(site: web.TCPSite) -> None:
    """Python knows one figure for how many may wait and how many are let in at once; the system takes another."""
    server: asyncio.Server | None = getattr(site, "_server", None)
    for listening in server.sockets if server is not None else ():
        with listening.dup() as same:
            same.listen(BACKLOG)


def _part_json(part: Part) -> Mapping[str, str]:
    since = {} if part.since is None else {"since": part.since.isoformat(timespec="seconds")}
    return {"state": part.level, **({"reason": part.reason} if part.reason else {}), **since}


def _from_this_machine(request: web.Request) -> bool:
    """A proxy on this machine connects from it too, but says for whom."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
