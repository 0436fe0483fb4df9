"""How long the server may take to answer; a connection on which nothing comes is hung up.

The driver's own way to give up is to ask the server to stop, and to wait up to ten seconds more for it: from one that is
frozen nothing comes, and whoever wanted to tell a delegate so within five seconds would be late.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg

ANSWER: Final = 5.0  # seconds; the server gives up before that, so this is for a server that fell silent
_LEAVE: Final = 0.3  # seconds that a statement has to end when whoever asked for it has gone

_T = TypeVar("_T")


async def answered(connection: psycopg.AsyncConnection[Any], work: Coroutine[Any, Any, _T]) -> _T:
    """What the server answers to some work on a connection.

    Args:
        connection: The one that the work is done on; closed when no answer comes.
        work: Statements and the reading of their results.

    Raises:
        psycopg.Error: As the work raises it, and when it was hung up.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=ANSWER)
        if not done:
            hang_up(connection)
            await asyncio.wait([task])
    except asyncio.CancelledError:
        await _let_go(connection, task)
        raise
    return task.result()


async def _let_go(connection: psycopg.AsyncConnection[Any], task: asyncio.Future[_T]) -> None:
    """Nobody waits for it any more; a statement that is all but over keeps its connection."""
    try:
        await asyncio.wait([task], timeout=_LEAVE)
    finally:
        if not task.done():
            hang_up(connection)
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains that it was not


def hang_up(connection: psycopg.AsyncConnection[Any]) -> None:
    """End it below the driver, which then sees at once that it is over."""
    with suppress(psycopg.Error, OSError):
        copy = os.dup(connection.pgconn.socket)
        with socket.socket(fileno=copy) as wire:
            wire.shutdown(socket.SHUT_RDWR)
