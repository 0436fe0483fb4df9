"""The desk as organisers start it: a process of its own, settings in its environment, sentences on its output."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Final

from tests.patience import Stopwatch

ROOT: Final = Path(__file__).parents[2]
START_WITHIN: Final = 100.0  # seconds; the first start learns the content, on a busy machine slowly
ANSWER_WITHIN: Final = 20.0  # seconds; far more than is promised, so that a busy machine makes no test fail
MORNING: Final = "2023-11-21T07:40:00+07:00"

_CHAT = re.compile(r"^Chat +(\S+)/chat$", re.MULTILINE)
_CONSOLE = re.compile(r"^Console +(\S+)", re.MULTILINE)
_OPEN = re.compile(r"^Telegram .*\n", re.MULTILINE)  # the last line that a start prints


class Process:
    """A running ``python -m bot …``; what it prints is kept in files, which never hold it up."""

    def __init__(self, settings: Mapping[str, str], *arguments: str) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when it is cleared away
        self._err = tempfile.TemporaryFile()  # noqa: SIM115
        self._last_words = ("", "")
        self.child = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-m", "bot", *(arguments or ("run",))],
            cwd=ROOT, env=environ(settings), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err,
        )  # fmt: skip

    @classmethod
    @asynccontextmanager
    async def running(cls, settings: Mapping[str, str], *arguments: str) -> AsyncIterator[Process]:
        """Started, and cleared away at the end of the block, however that ends."""
        process = cls(settings, *arguments)
        try:
            yield process
        finally:
            await process.clear_away()

    # ---------------------------------------------------------------- what it says

    @property
    def said(self) -> str:
        """What it printed on its standard output."""
        return self._last_words[0] if self._out.closed else _content(self._out)

    @property
    def output(self) -> str:
        """Both streams."""
        return self.said + (self._last_words[1] if self._err.closed else _content(self._err))

    async def opened(self) -> Process:
        """Wait until every door is open."""
        await until(lambda: _OPEN.search(self.said) or not self.alive, START_WITHIN)
        if not self.alive:
            raise AssertionError(f"it did not open: {self.output}")
        return self

    @property
    def url(self) -> str:
        return self._printed(_CHAT)

    @property
    def console_link(self) -> str:
        return self._printed(_CONSOLE)

    def _printed(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.said)
        if found is None:
            raise AssertionError(f"not printed: {self.output}")
        return found[1]

    # ---------------------------------------------------------------- how it ends

    @property
    def alive(self) -> bool:
        return self.child.poll() is None

    @property
    def has_children(self) -> bool:
        """Whether processes that it started are there, with it or without it."""
        members = subprocess.run(  # noqa: S603 -- spelled out here
            ["/bin/ps", "-o", "pid=", "-g", str(self.child.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        return bool(set(members) - {str(self.child.pid)})

    async def ended(self, within: float = 30.0) -> int:
        """The exit code, once it has ended."""
        await until(lambda: not self.alive, within)
        return self.child.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end; returns the exit code and the seconds it took."""
        watch = self.stopwatch()
        self.child.send_signal(number)

        def gone() -> bool:
            watch.look()
            return not self.alive

        await until(gone, 60.0)
        return await self.ended(), watch.seconds

    def stopwatch(self) -> Stopwatch:
        """Of what happens between it and this process."""
        return Stopwatch(lambda: [self.child.pid])

    async def kill(self) -> None:
        self.child.kill()
        await self.ended()

    async def clear_away(self) -> None:
        """Whatever happened: it ends, and so does what it started itself, for it leads a session of its own."""
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        await self.ended()
        if not self._out.closed:
            self._last_words = _content(self._out), _content(self._err)
            self._out.close()
            self._err.close()


def _content(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), 1 << 24, 0).decode()


async def until(true: Callable[[], object], within: float = ANSWER_WITHIN) -> None:
    """Wait for something that another process does and nobody announces.

    Raises:
        TimeoutError: It did not happen.
    """
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 -- it has no bell
            await asyncio.sleep(0.02)


def settings_of(data: Path, cache: Path) -> dict[str, str]:
    """A desk without Telegram."""
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
