"""The one thread that writes to the journal: everybody who commits while the disk is busy shares the next sync."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from bot.model.errors import StoreUnavailable
from storage.tables import Write
from storage.tiny import JournalStorage

_Result = TypeVar("_Result")

IDLE: Final = 1.0  # seconds without a commit after which the journal says that all of it is synced
_AT_ONCE: Final = 4 << 20  # bytes written with one sync, or a little more


@dataclass(eq=False, slots=True)
class Commit:
    """A commit on its way."""

    writes: Sequence[Write]
    body: bytes
    then: Callable[[], None]
    done: asyncio.Future[None]
    began: float
    """Seconds on the event loop's clock."""
    taken: bool = False
    """The thread has it: from here on it is written, or refused by the disk."""
    given_up: bool = False
    """Its caller was told that it failed before the thread took it: it is not written."""


@dataclass(eq=False, slots=True)
class Errand:
    """Something to be done between two batches."""

    call: Callable[[], None]
    done: asyncio.Future[None]


class Stop:
    """Nothing follows."""


@dataclass(eq=False)
class Hands:
    """Hands batches to the journal in their order, and outcomes back to the event loop in the same order."""

    storage: JournalStorage
    wrote: Callable[[Sequence[Commit], int, StoreUnavailable | None], None]
    """Called in the event loop with a batch, the journal's position behind it, and why it was refused."""
    _queue: SimpleQueue[Commit | Errand | Stop] = field(default_factory=SimpleQueue)
    _taking: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    closed: bool = False

    def give(self, work: Commit | Errand) -> None:
        if self._thread is None:
            # A daemon: a disk that never answers must not keep the process from ending.
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        self._queue.put(work)

    def take_back(self, commit: Commit) -> bool:
        """Whether it could be taken back, so that it will never be written."""
        with self._taking:
            commit.given_up = not commit.taken
            return commit.given_up

    def close(self, patience: float) -> bool:
        """Finish what was given; whether that worked within so many seconds. Blocks."""
        self.closed = True
        if self._thread is None:
            return True
        self._queue.put(Stop())
        self._thread.join(patience)
        return not self._thread.is_alive()

    # ---------------------------------------------------------------- in the thread

    def _work(self) -> None:
        while True:
            try:
                work = self._queue.get(timeout=IDLE)
            except Empty:
                self.storage.journal.mark()
                work = self._queue.get()
            behind = self._batch(work) if isinstance(work, Commit) else work
            if isinstance(behind, Errand):
                self._run(behind)
            elif behind is not None:
                return

    def _batch(self, first: Commit) -> Errand | Stop | None:
        """Write a commit and all that wait behind it; returns what else was taken from the queue."""
        batch, size = [first], len(first.body)
        behind: Errand | Stop | None = None
        with contextlib.suppress(Empty):
            while size < _AT_ONCE:
                work = self._queue.get_nowait()
                if not isinstance(work, Commit):
                    behind = work
                    break
                batch.append(work)
                size += len(work.body)
        with self._taking:
            batch = [commit for commit in batch if not commit.given_up]
            for commit in batch:
                commit.taken = True
        if batch:
            self._write(batch)
        return behind

    def _write(self, batch: Sequence[Commit]) -> None:
        position, failed = 0, None
        try:
            position = self.storage.append(commit.body for commit in batch)
        except StoreUnavailable as error:
            failed = error
        except BaseException as error:  # noqa: BLE001 -- whoever waits is told, whatever it was
            failed = StoreUnavailable(f"the store could not write: {type(error).__name__}")
        _tell(batch[0].done, lambda: self.wrote(batch, position, failed))
        if failed is None:
            self.storage.journal.make_room()

    def _run(self, errand: Errand) -> None:
        failed: StoreUnavailable | None = None
        try:
            errand.call()
        except StoreUnavailable as error:
            failed = error
        except BaseException as error:  # noqa: BLE001 -- whoever waits is told, whatever it was
            failed = StoreUnavailable(f"the store could not write: {type(error).__name__}")
        _tell(errand.done, lambda: settle(errand.done, failed))


def _tell(waiting: asyncio.Future[None], what: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the event loop was closed: nobody is left to be told
        waiting.get_loop().call_soon_threadsafe(what)


def settle(done: asyncio.Future[None], failed: StoreUnavailable | None) -> None:
    if done.done():
        return
    if failed is None:
        done.set_result(None)
    else:
        done.set_exception(StoreUnavailable(str(failed)))
        done.exception()  # looked at, so that nobody complains when its caller is gone


async def aside(call: Callable[[], _Result], name: str) -> _Result:
    """Run something in a thread of its own that the end of the process does not wait for, unlike ``asyncio.to_thread``."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    outcome: list[_Result] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
            failed.append(error)
        _tell(done, lambda: settle(done, None))

    threading.Thread(target=work, name=name, daemon=True).start()
    await done
    if failed:
        raise failed[0]
    return outcome[0]
