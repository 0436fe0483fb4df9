"""An event loop whose clock jumps to the next thing that is due: hours pass in milliseconds, and always alike."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
NOON: Final = datetime(2023, 11, 21, 12, tzinfo=UTC)
LONGEST: Final = 7 * 86_400.0  # seconds of virtual time after which something waits for ever


class _Selector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        found: list[Any] = super().select(0)
        if not found:
            if timeout is None:
                raise AssertionError("everything waits for something that never comes")
            self.loop.now += max(0.0, timeout)
            if self.loop.now > LONGEST:
                raise AssertionError("a week has passed")
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.now = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


class LoopClock:
    """The event's clock, in step with the loop's."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=asyncio.get_running_loop().time())


def virtually(main: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
