"""A broadcast through the real dispatcher and Telegram door, against a strict model of Telegram's limits.

The server answers after 60 ms. More than thirty messages in any trailing second, or more than one a second in a chat
after a burst of three, and everything is refused for five seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bench import machine
from bench._broadcast_worker import REPLIES_FROM, TOKEN
from tests.unit.outbox.strict import OVERALL, Strict

ROOT = Path(__file__).resolve().parent.parent
ROUND_TRIP = 0.06  # seconds


@dataclass
class Telegram:
    """The server; notes what arrived."""

    limits: Strict = field(default_factory=Strict)
    arrived: Counter[int] = field(default_factory=Counter)
    replies: list[float] = field(default_factory=list)
    """Seconds from the commit of a reply to its arrival."""
    first: float = 0.0
    last: float = 0.0

    def take(self, chat: int, text: str, now: float) -> float:
        """Seconds to wait; 0.0 when it was taken."""
        if wait := self.limits.admit(str(chat), now):
            return wait
        if chat >= REPLIES_FROM:
            self.replies.append(now - float(text.rsplit(maxsplit=1)[-1]))
        else:
            self.arrived[chat] += 1
            self.first, self.last = self.first or now, now
        return 0.0

    async def send(self, request: web.Request) -> web.Response:
        asked = await request.json()
        wait = self.take(int(asked["chat_id"]), asked["text"], time.monotonic())
        await asyncio.sleep(ROUND_TRIP)
        if wait:
            seconds = int(wait) + 1
            said = {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests",
                "parameters": {"retry_after": seconds},
            }
            return web.json_response(said, status=429)
        chat = {"id": asked["chat_id"], "type": "private", "first_name": "D"}
        number = sum(self.arrived.values()) + len(self.replies)
        return web.json_response({"ok": True, "result": {"message_id": number, "date": int(time.time()), "chat": chat}})


@asynccontextmanager
async def serving(model: Telegram) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/sendMessage", model.send)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def worker(
    data: Path, url: str, count: int, rate: float, replies: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    arguments = [str(data), url, str(count), str(rate), str(replies)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench._broadcast_worker", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def told(process: asyncio.subprocess.Process, what: str) -> dict[str, Any]:
    assert process.stdout is not None
    async for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if said["what"] == what:
            return said
    raise RuntimeError("the sender ended early")


@dataclass(frozen=True)
class Result:
    name: str
    count: int
    seconds: float
    model: Telegram
    pause: float = 0.0

    def row(self) -> str:
        lost = self.count - len(self.model.arrived)
        repeated = sum(self.model.arrived.values()) - len(self.model.arrived)
        replies = [f"{1000 * machine.quantile(self.model.replies, share):.0f}" for share in (0.5, 0.99)]
        cells = [
            self.name, f"{self.seconds:.1f}", f"{self.seconds / (self.count / OVERALL):.2f}", str(self.model.limits.fullest),
            str(self.model.limits.refused), str(lost), str(repeated), *replies, f"{1000 * self.pause:.0f}",
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"


async def undisturbed(name: str, count: int, rate: float, replies: float) -> Result:
    model = Telegram()
    with tempfile.TemporaryDirectory() as data:
        async with serving(model) as url, worker(Path(data), url, count, rate, replies) as process:
            began = await told(process, "confirmed")
            ended = await told(process, "sent")
            return Result(name, count, model.last - began["at"], model, ended["pause"])


async def killed(count: int, rate: float, replies: float, at: tuple[float, ...]) -> Result:
    """SIGKILL when these shares have arrived, and another start each time."""
    model = Telegram()
    with tempfile.TemporaryDirectory() as data:
        async with serving(model) as url:
            for share in at:
                async with worker(Path(data), url, count, rate, replies) as process:
                    while len(model.arrived) < share * count and process.returncode is None:
                        await asyncio.sleep(0.005)
                    process.kill()
            async with worker(Path(data), url, count, rate, replies) as process:
                ended = await told(process, "sent")
    return Result(f"{count}, killed {len(at)} times", count, model.last - model.first, model, ended["pause"])


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--ten-thousand", action="store_true", help="also 10,000 recipients (about seven minutes)")
    chosen = asked.parse_args()
    print(machine.line() + "\n")
    print(
        "| recipients | s | × N/30 | fullest second | 429s | lost | twice | replies p50 ms | p99 ms | loop pause p99.9 ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    print((await undisturbed("385", 385, 28.0, 2.0)).row(), flush=True)
    print((await undisturbed("385, 10 % too fast on purpose", 385, 33.0, 2.0)).row(), flush=True)
    print((await killed(385, 28.0, 2.0, (0.2, 0.4, 0.6, 0.8))).row(), flush=True)
    if chosen.ten_thousand:
        print((await undisturbed("10,000", 10_000, 28.0, 1.0)).row(), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
