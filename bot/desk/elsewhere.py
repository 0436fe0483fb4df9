"""Something heavy in a fresh process of its own: its memory goes back with it, and it ends with whoever waits for it.

Not the standard library's pool: that has threads and pipes of its own, and when the process is told to end while it works,
the interpreter's last steps stumble over them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final, ParamSpec, TypeVar, cast

from bot.model.errors import DeskError

_PARENT_EVERY: Final = 0.5  # seconds between looks whether the process that waits is still there
_LAST_BREATH: Final = 1.0  # seconds that a process has to end when it is told to

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class WorkerLost(DeskError):
    """The process ended before it was done, perhaps for its memory."""


async def elsewhere(
    call: Callable[_Arguments, _Result], *arguments: _Arguments.args, **named: _Arguments.kwargs
) -> _Result:
    """The result of a function of a module, called in another process; that process ends when the wait is cancelled.

    Raises:
        WorkerLost: Nobody knows the result.
        Exception: What the function raised.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, os.getpid(), call, arguments, named), daemon=True)
    try:
        process.start()
        theirs.close()
        await _something_in(ours)
        outcome = _received(ours)
    finally:
        theirs.close()
        ours.close()
        if process.pid is not None:
            _end(process)
    if isinstance(outcome, BaseException):
        raise outcome
    return cast("_Result", outcome)


async def _something_in(pipe: Connection) -> None:
    """Wait for words of the other end, or for its end."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pipe.fileno(), there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(pipe.fileno())


def _received(pipe: Connection) -> object:
    try:
        return pipe.recv()
    except (EOFError, OSError) as error:
        raise WorkerLost("the process that worked on this has ended") from error


def _end(process: multiprocessing.process.BaseProcess) -> None:
    process.terminate()
    process.join(_LAST_BREATH)
    if process.is_alive():
        process.kill()
        process.join(_LAST_BREATH)


# ---------------------------------------------------------------- in the other process


def _work(
    pipe: Connection, parent: int, call: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    # Ctrl-C goes to the whole terminal; the process that waits for this one decides. With that one, this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True, name="end with the parent").start()
    outcome: object
    try:
        outcome = call(*arguments, **named)
    except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
        outcome = error
    pipe.send(outcome)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_EVERY)
    os._exit(1)
