"""The door for whoever runs the desk: a socket in the data folder, which only the desk's own user can open.

The store may be open in one process only, so commands such as ``desk announce`` ask the running desk to act. One
line of JSON comes in, lines of JSON go out::

    → {"do": "announce.preview", "announcement": …}
    ← {"line": …}                        any number of times, while it goes on
    ← {"done": …}                        or {"fault": "a sentence for the person"}

A room offers something by a line in ``bot/app.py``: ``admin.offer("backup.now", handler)``. A handler gets what was
asked and returns what is answered in the end; it may be an async generator instead, whose values are the lines. What
people can mend it raises as a ``DeskError``, whose sentence they then read.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from bot.model.errors import DeskError

log = structlog.get_logger("admin")

SOCKET: Final = "desk.sock"
LONGEST_LINE: Final = 1 << 20  # bytes
_READ_WITHIN: Final = 10.0  # seconds for the question
_DONE_WITHIN: Final = 3_600.0  # seconds for everything that is done because of it
_WRITE_WITHIN: Final = 10.0  # seconds for a line to be taken
_MOST_AT_ONCE: Final = 16
_LONGEST_PATH: Final = 100  # bytes of a socket's path that every system takes

Json = Mapping[str, Any]
Before = Callable[[str, Json], Awaitable[None]]
Handler = Callable[[Json], Awaitable[Json] | AsyncIterator[Json]]


class AdminDoor:
    """Opens and closes with the house.

    Args:
        folder: The data folder; it is made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.before: Before = _nothing_before
        """Called with each command before it is carried out; what it raises stops the command."""
        self._handlers: dict[str, Handler] = {}
        self._server: asyncio.Server | None = None
        self._talking: set[asyncio.Task[Any]] = set()

    def offer(self, name: str, handler: Handler) -> None:
        """Let people ask for something, such as ``backup.now``."""
        self._handlers[name] = handler

    async def __aenter__(self) -> Self:
        try:
            listening = await asyncio.to_thread(_listen, self._folder)
        except OSError as error:  # the desk works without it
            log.warning("admin_door_closed", problem=error.strerror or type(error).__name__)
            return self
        self._server = await asyncio.start_unix_server(self._talk, sock=listening, limit=LONGEST_LINE)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None:
            return
        self._server.close()
        with suppress(OSError):
            (self._folder / SOCKET).unlink(missing_ok=True)
        for talk in self._talking:
            talk.cancel()
        if self._talking:
            await asyncio.wait(self._talking, timeout=_WRITE_WITHIN)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- the server made it
        self._talking.add(task)
        try:
            if len(self._talking) > _MOST_AT_ONCE:
                await _say(writer, {"fault": "The desk is busy with other commands; try again."})
                return
            await self._answer(reader, writer)
        except (ConnectionError, TimeoutError):
            pass  # whoever asked has left
        finally:
            self._talking.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: Json | None = None
        try:
            async with asyncio.timeout(_READ_WITHIN):
                asked = json.loads(await reader.readline())
        except ValueError:  # also a line that is too long
            pass
        handler = self._handlers.get(str(asked.get("do"))) if isinstance(asked, Mapping) else None
        if handler is None or asked is None:
            await _say(writer, {"fault": "This desk does not know that command; is it of another version?"})
            return
        try:
            async with asyncio.timeout(_DONE_WITHIN):
                await self.before(str(asked["do"]), asked)
                await _carry_out(handler, asked, writer)
        except DeskError as error:
            await _say(writer, {"fault": str(error)})
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            log.exception("admin_command_failed", command=str(asked.get("do")))
            await _say(writer, {"fault": "Something went wrong that nobody foresaw; the desk's log tells what."})


async def _nothing_before(_name: str, _asked: Json) -> None:
    """For a door that keeps no record."""


async def _carry_out(handler: Handler, asked: Json, writer: asyncio.StreamWriter) -> None:
    doing = handler(asked)
    if isinstance(doing, AsyncIterator):
        async for line in doing:
            await _say(writer, {"line": line})
        await _say(writer, {"done": {}})
    else:
        await _say(writer, {"done": await doing})


async def _say(writer: asyncio.StreamWriter, line: Json) -> None:
    async with asyncio.timeout(_WRITE_WITHIN):
        writer.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        await writer.drain()


def _listen(folder: Path) -> socket.socket:
    """A socket that only this user can open. Raises OSError, also when another desk listens there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SOCKET
    with socket_path(path) as name:
        if path.exists():
            if not stat.S_ISSOCK(path.lstat().st_mode) or _somebody_listens(name):
                raise OSError(0, "another desk listens in this folder")
            path.unlink()  # left behind by a desk that was killed
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)  # from the first moment on, for a chmod would come later
        try:
            listening.bind(name)
            listening.listen(_MOST_AT_ONCE)
        except BaseException:
            listening.close()
            raise
        finally:
            os.umask(before)
    return listening


def _somebody_listens(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(name)
        except OSError:
            return False
        return True


@contextmanager
def socket_path(path: Path) -> Iterator[str]:
    """A name under which a socket in a deep folder can be reached: the system takes about a hundred bytes only."""
    if len(os.fsencode(path)) <= _LONGEST_PATH or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
