"""The rooms behind the console's further pages, with a desk that understands one word of danger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, cast

from bot.answers.engine import Engine
from bot.answers.language import Guess
from bot.desk import presence
from bot.desk.announcing import Announcements
from bot.desk.drill import Drills
from bot.desk.teach import Teaching
from bot.desk.teach_from import TeachingFrom
from bot.desk.walkin import WalkIns
from bot.model.content import Snapshot
from bot.model.decisions import Emergency
from bot.model.language import Language
from bot.model.lessons import TaughtLesson
from bot.model.people import Staff
from bot.reception.console.counter import Counter
from bot.reception.console.duty import DutySwitch
from bot.reception.console.people import People
from bot.reception.console.rehearsing import Rehearsing
from bot.reception.console.shift import Shift
from bot.reception.console.teaching import TeachRoom
from bot.reception.console.telling import Telling

if TYPE_CHECKING:
    from bot.reception.console import Console

COLLAPSED = "collapsed"
STRANGER = "Zebedee"


@dataclass(frozen=True)
class OneWord:
    """An engine as far as these rooms ask it."""

    snapshot: Snapshot

    def danger(self, text: str) -> Emergency | None:
        found = COLLAPSED in text
        return Emergency("medical", "medical.urgent", "medical", certain=True) if found else None

    def knows(self, word: str) -> bool:
        """Every word but one: nobody in these tests is called otherwise."""
        return word != STRANGER

    def language(self, text: str, chat: Language) -> Guess:
        return Guess("ar", sure=True) if "ا" in text else Guess(chat, sure=False)

    def introduces_name(self, before: Sequence[str]) -> bool:
        return before == ["nobody", "is", "introduced"]


@dataclass
class Notebook:
    """A teacher as far as the page asks it: what is approved is decided elsewhere."""

    kept: dict[str, TaughtLesson] = field(default_factory=dict)

    async def all(self) -> Sequence[TaughtLesson]:
        return list(self.kept.values())

    async def draft(self, lesson: TaughtLesson, by: Staff) -> TaughtLesson:
        self.kept["l1"] = replace(lesson, id="l1", by=by.id)
        return self.kept["l1"]

    async def approve(self, key: str, by: Staff) -> TaughtLesson:
        self.kept[key] = replace(self.kept[key], state="live", approved_name=by.name)
        return self.kept[key]

    async def withdraw(self, key: str, by: Staff) -> TaughtLesson:
        del by
        self.kept[key] = replace(self.kept[key], state="withdrawn")
        return self.kept[key]


def admit(console: Console, snapshot: Snapshot, notebook: Notebook) -> Announcements:
    room = console.backroom
    engine = cast("Engine", OneWord(snapshot))
    announcements = Announcements(room.store, room.speakers, room.clock)

    async def say(name: str, said: Literal["on", "away"]) -> None:
        await presence.say(room.store, name, said, room.clock.now())

    console.join(DutySwitch(room, say))
    console.admit(Counter(room, WalkIns(room.store, lambda: engine, room.speakers).take))
    console.admit(Shift(room))
    console.admit(Telling(room, announcements))
    console.admit(Rehearsing(room, Drills(room.store, lambda: engine, room.speakers, room.clock)))
    console.admit(People(room, say, lambda: "https://desk.example"))
    suggest = TeachingFrom(room.store, lambda: engine, room.speakers).suggest
    console.admit(TeachRoom(room, notebook, Teaching(room.store).wordings, suggest))
    return announcements
