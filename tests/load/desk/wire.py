"""A wire to the Bot API that can be cut: refuses connections, or takes them and carries nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.e2e.process import free_port


class Wire:
    """Carries bytes between the desk and the fake Telegram at ``target`` (a port of this machine)."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._port = free_port()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.join()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def join(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)

    async def cut(self) -> None:
        """Connections end in the middle, and new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far: asyncio.StreamWriter | None = None
        try:
            self._open.add(writer)
            answers, far = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(far)
            async with asyncio.TaskGroup() as group:
                group.create_task(_pour(reader, far))
                group.create_task(_pour(answers, writer))
        except (OSError, ExceptionGroup):
            pass
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()
            self._tasks.discard(task)


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    while chunk := await source.read(1 << 16):
        into.write(chunk)
        await into.drain()
    with suppress(OSError):
        into.write_eof()
