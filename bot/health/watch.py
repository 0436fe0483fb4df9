"""Watches every loop of the house by what it does, not by a flag: what dies or hangs is started again.

A loop shows that it lives by ``beat``. One that should beat and is silent for too long is cancelled and started
again, like one that died; whoever fails three times in five minutes is lost, and the process ends so that a
supervisor starts afresh. Silence counts only while this process runs: one that was stopped for a minute and goes on
has nothing to repair.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.health.alarms import Alarms
from bot.health.naming import named
from bot.i18n.translator import mark
from bot.model.errors import DeskError, StoreUnavailable

log = structlog.get_logger("watch")

Loop = Callable[[], Awaitable[None]]

FAILURES: Final = 3
WITHIN: Final = 300.0  # seconds
SHOWN: Final = 600.0  # seconds for which the alarm about a restart stays
RESTARTED: Final = mark("A part of the desk ({part}) stopped and was started again.")
_LOOK: Final = 1.0  # seconds between looks at a loop
_ENDING: Final = 8.0  # seconds that a cancelled loop has to end; the outbox finishes what is on its way
_STORE_AWAY: Final = 1.0  # seconds until a loop that ended for want of the store is started again


class LoopLost(DeskError):
    """A loop could not be kept alive."""


@dataclass
class Watch:
    """Keeps loops alive.

    Args:
        alarms: Where a restart is told.
        patience: Seconds of silence after which a loop hangs; loops that are named here also never end by themselves.
        endless: Further loops that never end by themselves, and have no beat.
        wait: Seconds before the first restart; each further one waits four times as long.
        look: Seconds between looks.
        tick: Seconds that only go forward.
    """

    alarms: Alarms
    patience: Mapping[str, float] = field(default_factory=dict)
    endless: frozenset[str] = frozenset()
    wait: float = 0.5
    look: float = _LOOK
    tick: Callable[[], float] = time.monotonic
    restarts: dict[str, int] = field(default_factory=dict)
    _beats: dict[str, int] = field(default_factory=dict)
    _restarted: dict[str, float] = field(default_factory=dict)

    def beat(self, name: str) -> None:
        """This loop has just gone round."""
        self._beats[name] = self._beats.get(name, 0) + 1

    def beats(self, name: str) -> Callable[[], None]:
        """The same for whoever should not know its own name."""
        return lambda: self.beat(name)

    async def keep(self, name: str, loop: Loop) -> None:
        """Run a loop until it ends by itself, or this is cancelled.

        Raises:
            LoopLost: It failed three times in five minutes.
        """
        failures: deque[float] = deque(maxlen=FAILURES)
        while True:
            try:
                problem = await self._run(name, loop)
            except StoreUnavailable:
                await asyncio.sleep(_STORE_AWAY)
                continue
            if not problem:
                return
            failures.append(self.tick())
            self._note(name, problem)
            if len(failures) == FAILURES and failures[-1] - failures[0] < WITHIN:
                raise LoopLost(f"The part {name!r} of the desk failed {FAILURES} times in a short time: {problem}.")
            recent = sum(self.tick() - at < WITHIN for at in failures)
            await asyncio.sleep(self.wait * 4.0 ** (recent - 1))

    def settle(self) -> None:
        """Take back the alarms about restarts that held."""
        for name, at in list(self._restarted.items()):
            if self.tick() - at > SHOWN:
                del self._restarted[name]
                self.alarms.clear(f"loop:{name}")

    def _note(self, name: str, problem: str) -> None:
        log.error("loop_restarted", loop=name, problem=problem)
        self.restarts[name] = self.restarts.get(name, 0) + 1
        self._restarted[name] = self.tick()
        self.alarms.raise_(f"loop:{name}", RESTARTED, {"part": name})

    async def _run(self, name: str, loop: Loop) -> str:
        """Run it once; returns what was wrong with its end, if anything.

        Raises:
            StoreUnavailable: It ended only because the store is away.
        """
        task = asyncio.ensure_future(loop())
        if isinstance(task, asyncio.Task):
            task.set_name(name)
        try:
            hangs = await self._hangs(name, task)
        finally:
            ended = await _end(task)
        if not ended:
            raise LoopLost(f"The part {name!r} of the desk hangs and cannot be ended.")
        if hangs or task.cancelled():
            return "it hung" if hangs else "it was cancelled"
        error = task.exception()
        if error is None:
            return "it ended" if name in self.patience or name in self.endless else ""
        if _only_store(error):
            raise StoreUnavailable(f"{name} waits for the store") from error
        return named(error)

    async def _hangs(self, name: str, task: asyncio.Future[None]) -> bool:
        """Wait for the end of a loop; True as soon as it has been silent for too long."""
        longest = self.patience.get(name)
        silent, last, looked = 0.0, self._beats.get(name, 0), self.tick()
        while not task.done():
            await asyncio.wait([task], timeout=self.look)
            now = self.tick()
            # A process that was stopped meanwhile has not seen its loops be silent.
            silent += min(now - looked, 2 * self.look)
            looked = now
            if self._beats.get(name, 0) != last:
                silent, last = 0.0, self._beats.get(name, 0)
            if longest is not None and silent > longest:
                return True
        return False


async def _end(task: asyncio.Future[None]) -> bool:
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_ENDING)
    return task.done()


def _only_store(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_only_store, error.exceptions))
    return isinstance(error, StoreUnavailable)
