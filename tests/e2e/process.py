"""The desk as organisers start it: a process of its own, settings in its environment, sentences on its output."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).parents[2]
START_WITHIN: Final = 100.0  # seconds; the first start learns the content, on a busy machine slowly
ANSWER_WITHIN: Final = 20.0  # seconds; far more than is promised, so that a busy machine makes no test fail
MORNING: Final = "2023-11-21T07:40:00+07:00"

_CHAT = re.compile(r"^Chat +(\S+)/chat$", re.MULTILINE)
_CONSOLE = re.compile(r"^Console +(\S+)", re.MULTILINE)
_OPEN = re.compile(r"^Telegram .*$", re.MULTILINE)  # the last line that a start prints


@dataclass
class Process:
    """A running ``python -m bot …``; what it prints is kept."""

    child: asyncio.subprocess.Process
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    _printed: asyncio.Event = field(default_factory=asyncio.Event)
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def start(cls, settings: Mapping[str, str], *arguments: str) -> Self:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *(arguments or ("run",)),
            cwd=ROOT, env=environ(settings), start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        process = cls(child)
        assert child.stdout is not None
        assert child.stderr is not None
        for stream, kept in ((child.stdout, process.out), (child.stderr, process.err)):
            process._readers.append(asyncio.create_task(process._read(stream, kept)))
        return process

    async def _read(self, stream: asyncio.StreamReader, kept: bytearray) -> None:
        while piece := await stream.read(65_536):
            kept += piece
            self._ring()
        self._ring()

    def _ring(self) -> None:
        self._printed.set()
        self._printed = asyncio.Event()

    # ---------------------------------------------------------------- what it says

    @property
    def said(self) -> str:
        return self.out.decode()

    @property
    def output(self) -> str:
        """Both streams."""
        return f"{self.said}{self.err.decode()}"

    async def prints(self, pattern: str | re.Pattern[str], within: float = START_WITHIN) -> str:
        """Wait until something is on either stream; returns its first group, or all of it.

        Raises:
            AssertionError: It ended or took too long without printing this.
        """
        try:
            async with asyncio.timeout(within):
                while not (found := re.search(pattern, self.output)):
                    assert not all(reader.done() for reader in self._readers), f"it ended: {self.output}"
                    await self._printed.wait()
        except TimeoutError:
            raise AssertionError(f"no {pattern} in {within} s: {self.output}") from None
        return found[1] if found.re.groups else found[0]

    async def opened(self) -> Self:
        """Wait until every door is open."""
        await self.prints(_OPEN)
        return self

    @property
    def url(self) -> str:
        found = _CHAT.search(self.said)
        assert found, self.output
        return found[1]

    @property
    def console_link(self) -> str:
        found = _CONSOLE.search(self.said)
        assert found, self.output
        return found[1]

    # ---------------------------------------------------------------- how it ends

    @property
    def running(self) -> bool:
        return self.child.returncode is None

    def send(self, number: signal.Signals) -> None:
        if self.running:
            self.child.send_signal(number)

    async def ended(self, within: float = 30.0) -> int:
        """The exit code, once it has ended."""
        async with asyncio.timeout(within):
            code = await self.child.wait()
            await asyncio.gather(*self._readers)
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; returns the exit code and the seconds it took."""
        began = time.monotonic()
        self.send(number)
        return await self.ended(), time.monotonic() - began

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended()


def settings_of(data: Path, cache: Path) -> dict[str, str]:
    return {
        "DESK_HTTP": "127.0.0.1:0",
        "DESK_DATA_DIR": str(data),
        "DESK_CACHE_DIR": str(cache),
        "DESK_CLOCK": MORNING,
    }


def environ(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: nothing of ours that would change how the desk behaves."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DESK_", "PYTHON"))}
    return {**own, **settings}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
