"""From a Telegram update to the bot's send call: the product beside bare echoes of two libraries and a raw one, in turn.

A small fake of the Bot API (no checks, no limits) runs here; each bot is a process of its own. Two loads: a fixed rate, where every call but
getUpdates takes a round trip of 60 ms, and a closed loop with 32 messages outstanding and no round trip. The product stores every message
durably and composes a real answer; the echoes keep nothing. aiogram comes into a virtual environment of its own in the temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bench import machine
from bench.venv import interpreter

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "1234567:benchmarkbenchmarkbenchmark"  # noqa: S105 -- of a fake server
QUESTIONS = (
    "What time is the opening?",
    "Where is the prayer room?",
    "wifi password",
    "أين غرفة الصلاة؟",
    "Lễ khai mạc lúc mấy giờ?",
)
RAW, AIOGRAM, PTB, PRODUCT = "raw aiohttp echo", "aiogram echo", "PTB echo", "the product"


def bots() -> dict[str, list[str]]:
    """What starts each; aiogram is left out where it cannot be had."""
    found = {RAW: [sys.executable, "-m", "bench.peers.raw_echo"]}
    python = interpreter("aiogram>=3,<4")
    if python is not None:
        found[AIOGRAM] = [python, "-m", "bench.peers.aiogram_echo"]
    found[PTB] = [sys.executable, "-m", "bench.peers.ptb_echo"]
    found[PRODUCT] = [sys.executable, "-m", "bot", "run"]
    return found


@dataclass
class FakeApi:
    queue: list[dict[str, object]] = field(default_factory=list)
    given: dict[int, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    number: int = 0
    messages: int = 0
    round_trip: float = 0.0
    """Seconds that an answer to a call takes to arrive."""

    def ask(self, chat: int) -> None:
        self.number += 1
        now = time.perf_counter()
        self.given[chat] = now
        message = {
            "message_id": self.number,
            "date": int(time.time()),
            "text": QUESTIONS[self.number % len(QUESTIONS)],
            "chat": {"id": chat, "type": "private", "first_name": "B"},
            "from": {"id": chat, "is_bot": False, "first_name": "B", "language_code": "en"},
        }
        self.queue.append({"update_id": self.number, "message": message})
        self.arrived.set()

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        result: object = True
        match method:
            case "getMe":
                result = {"id": 1234567, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
            case "getUpdates":
                result = await self._updates(int(body.get("offset", 0) or 0), float(body.get("timeout", 0) or 0))
            case "sendMessage":
                result = self._sent(int(body["chat_id"]))
            case "getMyCommands":
                result = []
            case "getMyName" | "getMyDescription" | "getMyShortDescription":
                result = {
                    method.removeprefix("getMy")
                    .replace("Short", "short_")
                    .lower()
                    .replace("short_description", "short_description"): ""
                }
            case "getChatMenuButton":
                result = {"type": "commands"}
            case "sendVenue":
                result = self._message(int(body["chat_id"]))
        if method != "getUpdates" and self.round_trip:
            await asyncio.sleep(self.round_trip)
        return web.json_response({"ok": True, "result": result})

    async def _updates(self, offset: int, timeout: float) -> list[dict[str, object]]:
        self.queue = [update for update in self.queue if int(str(update["update_id"])) >= offset]
        self.polled.set()
        if not self.queue and timeout:
            self.arrived.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self.arrived.wait()
            except TimeoutError:
                return []
        return self.queue[:100]

    def _sent(self, chat: int) -> dict[str, object]:
        given = self.given.pop(chat, None)
        if given is not None:
            self.latencies.append(time.perf_counter() - given)
            self.answered.set()
        return self._message(chat)

    def _message(self, chat: int) -> dict[str, object]:
        self.messages += 1
        return {
            "message_id": 1_000_000 + self.messages,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "B"},
            "text": ".",
        }


@asynccontextmanager
async def bot(command: list[str], port: int, cache: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ,
            "DESK_TELEGRAM_TOKEN": TOKEN,
            "DESK_TELEGRAM_API_URL": f"http://127.0.0.1:{port}",
            "DESK_DATA_DIR": data,
            "DESK_CACHE_DIR": str(cache),
            "DESK_HTTP": "127.0.0.1:18471",
            "DESK_CLOCK": "2023-11-21T07:40:00+07:00",
            "DESK_TELEGRAM_RATE": "10000",
            "DESK_LOG_LEVEL": "ERROR",
        }
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                async with asyncio.timeout(15):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def fixed_rate(api: FakeApi, rate: float, number: int) -> None:
    begun = time.perf_counter()
    for index in range(number):
        await asyncio.sleep(max(0.0, begun + index / rate - time.perf_counter()))
        api.ask(10_000 + index)  # a chat of its own: limits per chat are not what is measured
    await _drained(api)


async def closed_loop(api: FakeApi, outstanding: int, number: int) -> None:
    for index in range(number):
        while len(api.given) >= outstanding:
            api.answered.clear()
            async with asyncio.timeout(30):
                await api.answered.wait()
        api.ask(100_000 + index)
    await _drained(api)


async def _drained(api: FakeApi) -> None:
    async with asyncio.timeout(60):
        while api.given:
            await asyncio.sleep(0.005)


async def measure(command: list[str], cache: Path, number: int, rate: float, round_trip: float) -> dict[str, float]:
    api = FakeApi()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", api.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    figures: dict[str, float] = {}
    try:
        async with bot(command, port, cache) as process:
            async with asyncio.timeout(120):
                await api.polled.wait()
            await fixed_rate(api, 20, 40)  # warm-up
            api.latencies.clear()
            api.round_trip = round_trip
            before = machine.cpu_seconds(process.pid)
            await fixed_rate(api, rate, number)
            figures["cpu"] = (machine.cpu_seconds(process.pid) - before) / number * 1e6
            figures["p50"], figures["p99"] = (machine.quantile(api.latencies, share) * 1e3 for share in (0.5, 0.99))
            api.round_trip = 0.0
            begun, before = time.perf_counter(), machine.cpu_seconds(process.pid)
            await closed_loop(api, 32, number)
            figures["rate"] = number / (time.perf_counter() - begun)
            figures["busy"] = (machine.cpu_seconds(process.pid) - before) / number * 1e6
            figures["rss"] = machine.resident_mib(process.pid)
    finally:
        await runner.cleanup()
    return figures


async def learn(cache: Path) -> None:
    """Once, and before anything is measured: it may take longer than a bot has to begin."""
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "ask", QUESTIONS[0]),
        cwd=ROOT,
        env={**os.environ, "DESK_CACHE_DIR": str(cache)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(900):
        if await asking.wait():
            raise RuntimeError("the product does not answer")


async def compare(rounds: int, number: int, rate: float, round_trip: float) -> None:
    print(machine.line())
    commands = bots()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        await learn(Path(folder))
        for _ in range(rounds):
            for name, command in commands.items():
                found[name].append(await measure(command, Path(folder), number, rate, round_trip))
    middles = {
        name: {key: machine.quantile([run[key] for run in runs], 0.5) for key in runs[0]}
        for name, runs in found.items()
    }
    print(
        f"medians of {rounds} rounds, {number} updates each; latency from the update's writing to the first send call, at "
        f"{rate:.0f} a second and {round_trip * 1e3:.0f} ms round trip"
    )
    print("| | CPU µs/update | p50 ms | p99 ms | closed loop/s | CPU µs busy | lowest | MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, one in middles.items():
        lowest = min(run["busy"] for run in found[name])  # the nearest to an idle machine
        print(
            f"| {name} | {one['cpu']:.0f} | {one['p50']:.1f} | {one['p99']:.1f} | {one['rate']:.0f} | {one['busy']:.0f} | {lowest:.0f} | {one['rss']:.0f} |"
        )
    _ratios(middles)


def _ratios(middles: dict[str, dict[str, float]]) -> None:
    mine, raw = middles[PRODUCT], middles[RAW]
    for name in (AIOGRAM, PTB, RAW):
        if name in middles:
            print(
                f"the product's CPU per update: {mine['cpu'] / middles[name]['cpu']:.2f} x {name} at the fixed rate, "
                f"{mine['busy'] / middles[name]['busy']:.2f} x busy"
            )
    print(f"the product's latency: p50 {mine['p50'] / raw['p50']:.1f} x, p99 {mine['p99'] / raw['p99']:.1f} x {RAW}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=400)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--round-trip", type=float, default=0.06)
    options = parser.parse_args()
    asyncio.run(compare(options.rounds, options.updates, options.rate, options.round_trip))


if __name__ == "__main__":
    main()
