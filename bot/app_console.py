"""Opens the console's pages beside the queue, and gives each what it needs of other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal

from bot.desk import presence
from bot.desk.lessons import Lessons
from bot.desk.teach import Teaching
from bot.desk.teach_from import TeachingFrom
from bot.desk.walkin import WalkIns
from bot.reception.console.counter import Counter
from bot.reception.console.duty import DutySwitch
from bot.reception.console.people import People
from bot.reception.console.rehearsing import Rehearsing
from bot.reception.console.shift import Shift
from bot.reception.console.teaching import TeachRoom
from bot.reception.console.telling import Telling

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app_desk import Tending
    from bot.desk.announcing import Announcements
    from bot.desk.live import LiveContent
    from bot.model.people import Address
    from bot.reception.console import Console


def open_pages(
    console: Console,
    announcements: Announcements,
    tending: Tending,
    content: LiveContent,
    lanes: tuple[Address, ...],
    data: Path,
    url: Callable[[], str],
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Returns the loops that belong to them; ``url`` tells where the pages are, once the server listens."""
    room = console.backroom
    walk_ins = WalkIns(room.store, content.engine, room.speakers, lanes, tending.duty.dress)

    async def say(name: str, said: Literal["on", "away"]) -> None:
        await presence.say(room.store, name, said, room.clock.now())

    console.join(DutySwitch(room, say))
    console.admit(Counter(room, walk_ins.take))
    console.admit(Shift(room))
    console.admit(Telling(room, announcements))
    console.admit(Rehearsing(room, tending.drills))
    console.admit(People(room, say, url))
    lessons = Lessons(room.store, room.clock, content, data / "taught")
    suggest = TeachingFrom(room.store, content.engine, room.speakers).suggest
    console.admit(TeachRoom(room, lessons, Teaching(room.store).wordings, suggest))
    return {"lessons": lessons.run}
