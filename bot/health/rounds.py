"""Health as the house opens it: one object that holds alarms, parts, figures and the watch, and looks at everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.health.alarms import Alarms
from bot.health.figures import Figures
from bot.health.naming import named
from bot.health.parts import Board
from bot.health.pulse import Pulse
from bot.health.watch import Watch
from bot.ports import Clock

log = structlog.get_logger("health")

Check = Callable[[], Awaitable[None]]

EVERY: Final = 1.0  # seconds
CHECK_FAILED: Final = "check-failed"
_LEVELS: Final = {"green": 2, "amber": 1, "red": 0}


@dataclass
class Health:
    """Rooms get what they need of it: ``alarms`` to raise, ``watch.beats(name)`` to show that they live."""

    clock: Clock
    alarms: Alarms
    board: Board
    figures: Figures
    watch: Watch
    pulse: Pulse
    checks: dict[str, tuple[float, Check]] = field(default_factory=dict)
    """By name: seconds between two looks, and the look."""

    @classmethod
    def of(cls, clock: Clock, watch: Callable[[Alarms], Watch]) -> Health:
        alarms, figures = Alarms(clock.now), Figures()
        return cls(clock, alarms, Board(clock.now), figures, watch(alarms), Pulse(figures.lag))

    def look(self, name: str, check: Check, *, every: float = EVERY) -> None:
        """Add something to look at."""
        self.checks[name] = (every, check)

    async def run(self) -> None:
        """Look at everything, each thing at its own pace: one slow answer holds up no other look."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pulse.run(), name="pulse")
            group.create_task(self._sum_up(), name="health")
            for name, (every, check) in self.checks.items():
                group.create_task(self._again_and_again(name, every, check), name=f"health {name}")

    async def _again_and_again(self, name: str, every: float, check: Check) -> None:
        while True:
            try:
                await check()
            except Exception as error:  # noqa: BLE001 -- one look that fails must not blind all others
                log.error("check_failed", check=name, error=named(error))  # noqa: TRY400 -- the place is enough
                self.board.note(name, "amber", CHECK_FAILED)
            else:
                self.board.mend(name, CHECK_FAILED)
            await asyncio.sleep(every)

    async def _sum_up(self) -> None:
        while True:
            self.watch.settle()
            self.watch.beat("health")
            for name, part in self.board.parts.items():
                self.figures.parts.labels(name).set(_LEVELS[part.level])
            self.figures.alarms.set(len(self.alarms.current))
            for name, count in self.watch.restarts.items():
                self.figures.restarts.labels(name).set(count)
            await asyncio.sleep(EVERY)
