"""Opens the room that knows whether the desk is well, and tells it what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.clock import RealClock
from bot.health.checks import CountCheck, OutboxCheck, StoreCheck, clock_check, content_check
from bot.health.heartbeat import Heartbeat
from bot.health.rounds import Health
from bot.health.watch import Watch
from bot.translation.watching import EVERY, PART, TranslationCheck
from bot.transports.heartbeat import fetch

if TYPE_CHECKING:
    from bot.app import House, Rooms
    from bot.ports import Clock

PATIENCE: Final = {
    "telegram": 50.0,
    "outbox": 60.0,
    "duties": 60.0,
    "auditor": 150.0,
    "content": 300.0,
    "health": 60.0,
    "translation": 60.0,
}
"""Seconds without a sign of life after which a loop hangs; the content is learnt in one go, which takes a while."""
ENDLESS: Final = frozenset({"web feed", "role telegram", "role announcements", "announcements", "heartbeat"})
_COUNT_EVERY: Final = 15.0  # seconds


def new_health(clock: Clock) -> Health:
    return Health.of(clock, lambda alarms: Watch(alarms, PATIENCE, ENDLESS))


def look_at_everything(house: House, rooms: Rooms) -> None:
    health, clock = rooms.health, rooms.clock
    alarms, board = health.alarms, health.board

    async def content() -> None:
        content_check(lambda: len(rooms.content.faults), alarms, board)

    async def time_of_day() -> None:
        if isinstance(clock, RealClock):
            clock.now()  # it looks at the machine's clock only when it is asked
            clock_check(clock.jump, alarms)

    health.look("store", StoreCheck(rooms.kept, clock, alarms, board))
    health.look("content", content)
    health.look("clock", time_of_day)
    outbox = OutboxCheck(rooms.kept, clock, alarms, board, health.figures)
    if house.telegram is not None:
        outbox.others_send = lambda: not rooms.role.held
        outbox.paced = frozenset(house.telegram.channels)
    health.look("outbox", outbox)
    health.look("counts", CountCheck(rooms.store, rooms.aside, alarms, health.figures), every=_COUNT_EVERY)
    if rooms.translator is not None:
        look = TranslationCheck(rooms.translator, alarms, board)
        health.look(PART, look, every=EVERY)
    house.loops["health"] = health.run
    if rooms.settings.heartbeat_url:
        house.loops["heartbeat"] = Heartbeat(rooms.settings.heartbeat_url, lambda: board.green, fetch).run
    for name, handler in (("list", rooms.aside.list_), ("show", rooms.aside.show), ("drop", rooms.aside.drop)):
        house.admin.offer(f"aside.{name}", handler)
