"""The HTTP side: reads calls, checks them, carries them out, answers."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from . import methods as _methods  # registers the handlers
from .errors import Refusal
from .faults import Fault, Faults
from .fields import Upload
from .flood import Flood
from .ledger import Call, Json
from .reader import read_by_peer
from .request import HANDLERS, Request
from .schema import method_called, validated
from .world import World

assert _methods.__all__
BIGGEST_BODY = 64 * 1024 * 1024


class Server:
    def __init__(self, world: World, token: str, faults: Faults, flood: Flood) -> None:
        self._world = world
        self._token = token
        self._faults = faults
        self._flood = flood
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=BIGGEST_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)

    async def open(self) -> int:
        """Listens on a free port of this machine and returns it."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        self._closing.set()
        self._world.queue.interrupt(Refusal(502, "Bad Gateway"))
        await self._runner.cleanup()

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        name = http.match_info["method"]
        call = Call(method_called(name) or name, {}, self._world.clock())
        self._world.ledger.calls.append(call)
        fault: Fault | None = None
        try:
            call.fields = await _fields(http)
            self._check_token(http)
            fault = await self._strike(call, http)
            call.result = await self._carry_out(call)
            if fault is not None:
                await self._spoil(fault, call, http)
        except Refusal as refusal:
            call.status, call.description = refusal.status, refusal.description
            if refusal.blame:
                self._world.ledger.blame(refusal.blame, call)
            return await self._refused(refusal, call, http)
        except _NonsenseError:
            return web.Response(
                text="<html><body>Welcome to the hotel Wi-Fi</body></html>",
                content_type="text/html",
            )
        finally:
            self._world.ledger.bell.ring()
        call.status = 200
        return web.json_response({"ok": True, "result": call.result})

    async def _refused(self, refusal: Refusal, call: Call, http: web.Request) -> web.StreamResponse:
        """Says so; from a bot that is told to wait it learns when it has heard, and holds its connection meanwhile."""
        answer = web.json_response(refusal.body(), status=refusal.status)
        wait = self._flood.wait(call.method, call.fields) if "retry_after" in refusal.parameters else None
        if wait is not None and wait.heard is None:
            self._world.ledger.bell.ring()
            await answer.prepare(http)
            await answer.write_eof()
            await read_by_peer(http.transport)
            wait.heard = self._world.clock()
            self._world.ledger.bell.ring()
        return answer

    def _check_token(self, http: web.Request) -> None:
        if http.match_info["token"] != self._token:
            raise Refusal(401, "Unauthorized", blame="wrong token")
        if self._world.logged_out:
            raise Refusal(400, "Bad Request: Logged out", blame="called after logOut")

    async def _strike(self, call: Call, http: web.Request) -> Fault | None:
        """Spoils a call before it takes effect; returns a fault that is to come after."""
        fault = self._faults.strike(call.method, call.fields)
        if fault is None or fault.after:
            return fault
        await self._spoil(fault, call, http)
        return None

    async def _carry_out(self, call: Call) -> Any:
        if method_called(call.method) is None:
            raise Refusal(404, "Not Found", blame=f"unknown method {call.method}")
        uploads = {k: v for k, v in call.fields.items() if isinstance(v, Upload)}
        call.fields = validated(call.method, call.fields)
        self._flood.admit(call.method, call.fields, self._world.clock(), came=call.at)
        self._world.ledger.bell.ring()
        result = HANDLERS[call.method](Request(call.method, call.fields, uploads, self._world))
        return await result if isinstance(result, Awaitable) else result

    async def _spoil(self, fault: Fault, call: Call, http: web.Request) -> None:
        call.fault = fault.kind
        if fault.refusal is not None:
            if "retry_after" in fault.refusal.parameters:
                seconds = fault.refusal.parameters["retry_after"]
                self._flood.punish(call.method, call.fields, seconds, self._world.clock())
            raise fault.refusal
        if fault.kind == "garble":
            raise _NonsenseError
        if fault.kind == "drop" and http.transport is not None:
            http.transport.abort()
            await self._closing.wait()  # the lost connection cancels this call
        if fault.kind == "hang":
            await self._closing.wait()
            raise Refusal(502, "Bad Gateway")
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)

    async def _download(self, http: web.Request) -> web.StreamResponse:
        if http.match_info["token"] != self._token:
            return web.json_response(Refusal(401, "Unauthorized").body(), status=401)
        for file in self._world.files.values():
            if file.path == http.match_info["path"]:
                return web.Response(body=file.data, content_type="application/octet-stream")
        return web.json_response(Refusal(404, "Not Found").body(), status=404)


class _NonsenseError(Exception):
    """The answer shall be nonsense."""


async def _fields(http: web.Request) -> Json:
    """The fields of a call, wherever they stand: address, form, multipart or JSON."""
    found: Json = dict(http.query)
    if http.content_type == "application/json":
        body = await http.text()
        try:
            sent = json.loads(body or "{}")
        except json.JSONDecodeError:
            raise Refusal(400, "Bad Request: can't parse JSON body", blame="broken JSON") from None
        if not isinstance(sent, dict):
            raise Refusal(400, "Bad Request: object expected", blame="JSON body is no object")
        return found | sent
    for name, part in (await http.post()).items():
        if isinstance(part, web.FileField):
            found[name] = Upload(part.filename, part.content_type, part.file.read())
        elif isinstance(part, bytes | bytearray):
            found[name] = Upload("", "application/octet-stream", bytes(part))
        else:
            found[name] = part
    return found
