"""What is looked at, how often, and which alarm each finding raises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.health.alarms import Alarms
from bot.health.aside import Aside
from bot.health.figures import Figures
from bot.health.kept_store import KeptStore
from bot.health.parts import Board, Level
from bot.i18n.translator import mark
from bot.model.errors import StoreUnavailable
from bot.model.messages import Lane
from bot.ports import Clock, Store

PROBE_EVERY: Final = 20.0  # seconds between small writes while all is well: a full disk is told even when nobody writes
PROBE_AGAIN: Final = 2.0  # seconds between them while nothing can be written
PROBE_WITHIN: Final = 8.0
OLDEST: Final = 60.0  # seconds after which a waiting message is told of
REFUSED_FOR: Final = 1.0  # seconds; a server that only changed its connection is no alarm
ANSWER: Final = 5.0  # seconds for the store to answer a question
LANE: Final = "reception-telegram"

STORE_AWAY: Final = mark(
    "Since {clock} nothing can be saved: is the disk full, or the database away? No message is confirmed until this is mended; emergencies get the telephone number."
)
STORE_DAMAGED: Final = mark(
    "Stored data is damaged; places: {count}. Everything else is served. Keep the data folder and look at the desk's log."
)
CONTENT_FAULTY: Final = mark(
    "The last edit of the content is not live; faults in it: {count}. The version before it answers. The command check tells them."
)
OUTBOX_OLD: Final = mark("Messages that wait to be sent: {count}; the oldest has waited {seconds} s.")
CLOCK_JUMPED: Final = mark(
    "The clock of this machine jumped by {seconds} s. The desk goes on with its own time; please look at the machine's clock."
)
SET_ASIDE: Final = mark(
    "Messages that could not be handled and were set aside: {count}. The command aside list shows them."
)
LANE_REFUSED: Final = mark(
    "The staff group on Telegram does not take the desk's messages: {reason}. Requests are on the console; make the bot an administrator of the group again."
)
LANE_LEFT: Final = mark(
    "The bot was removed from the staff group on Telegram, or may not write there. Requests are on the console."
)


@dataclass
class StoreCheck:
    """Whether something can be written, asked now and then and all the time while it cannot."""

    store: KeptStore
    clock: Clock
    alarms: Alarms
    board: Board
    _next: float = 0.0

    async def __call__(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next or self.store.refused_for():
            await self._probe()
            self._next = now + (PROBE_AGAIN if self.store.refused_for() else PROBE_EVERY)
        away = self.store.refused_for()
        if away:
            self.board.note("store", "red", "unavailable")
        else:
            self._look_at_damage()
        self.alarms.set("store", STORE_AWAY, on=away >= REFUSED_FOR)

    async def _probe(self) -> None:
        try:
            async with asyncio.timeout(PROBE_WITHIN):
                await self.store.probe(self.clock.now())
        except TimeoutError:
            self.store.note_refusal()

    def _look_at_damage(self) -> None:
        damage = getattr(self.store, "damage", None) or ()
        self.board.note("store", *_level("damaged" if damage else ""))
        self.alarms.set("damage", STORE_DAMAGED, {"count": str(len(damage))}, on=bool(damage))


@dataclass
class OutboxCheck:
    """How much waits, and for how long."""

    store: KeptStore
    clock: Clock
    alarms: Alarms
    board: Board
    figures: Figures
    others_send: Callable[[], bool] = lambda: False
    """Whether another process serves the doors in ``paced``."""
    paced: frozenset[str] = frozenset()

    async def __call__(self) -> None:
        afoot = self.store.afoot
        if self.others_send():
            afoot.gone_through(self.paced)
        for lane, rows in afoot.per_lane().items():
            self.figures.lane(lane, rows)
        self.figures.oldest.set(afoot.oldest())
        # An announcement to ten thousand people takes six minutes, and that is how it should be.
        oldest = afoot.oldest(broadcasts=False)
        old = oldest > OLDEST
        waiting = sum(rows for lane, rows in afoot.per_lane().items() if lane is not Lane.BROADCAST)
        self.alarms.set("outbox", OUTBOX_OLD, {"count": str(waiting), "seconds": f"{oldest:.0f}"}, on=old)
        self.board.note("outbox", *_level("old" if old else ""))
        reason = self.store.refusing_lane.get(LANE, "")
        self.alarms.set("staff-group", LANE_REFUSED, {"reason": reason}, on=bool(reason))


@dataclass
class CountCheck:
    """What must be counted in the store; asked seldom."""

    store: Store
    aside: Aside
    alarms: Alarms
    figures: Figures

    async def __call__(self) -> None:
        try:
            async with asyncio.timeout(ANSWER):
                self.figures.waiting.set(await self.store.waiting())
                self.figures.tickets.set(len(await self.store.tickets()))
                count = await self.aside.count()
        except (StoreUnavailable, TimeoutError):
            return  # the store's own check tells
        self.alarms.set("aside", SET_ASIDE, {"count": str(count)}, on=count > 0)


def content_check(faults: Callable[[], int], alarms: Alarms, board: Board) -> None:
    count = faults()
    board.note("content", *_level("faulty" if count else ""))
    alarms.set("content", CONTENT_FAULTY, {"count": str(count)}, on=count > 0)


def clock_check(jump: timedelta, alarms: Alarms) -> None:
    seconds = jump.total_seconds()
    alarms.set("clock", CLOCK_JUMPED, {"seconds": f"{seconds:+.0f}"}, on=bool(seconds))


def _level(reason: str) -> tuple[Level, str]:
    return ("amber", reason) if reason else ("green", "")
