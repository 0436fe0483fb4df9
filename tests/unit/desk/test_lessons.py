"""Teaching the desk: a second person approves, it is live at once, what is faulty changes nothing, and it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.answers.engine import Context, Engine
from bot.content.source import Folders
from bot.desk.emergency_card import EmergencyCard
from bot.desk.lessons import Lessons
from bot.desk.live import LiveContent
from bot.model.decisions import Answer
from bot.model.errors import Refused
from bot.model.lessons import TaughtLesson
from bot.model.people import Role, Staff, StaffId
from storage.documents import DocumentStore
from storage.memory import MemoryTables

NOW = datetime(2023, 11, 21, 8, tzinfo=UTC)
LAN = Staff(StaffId("staff:1"), "Lan", "console", frozenset({Role.DUTY_OFFICER}))
CHI = Staff(StaffId("staff:2"), "Chi", "console", frozenset({Role.DUTY_OFFICER}))
WORDS = {
    "en": ("Where can I leave my golf clubs?",),
    "vi": ("Gửi gậy golf ở đâu ạ?",),
    "ar": ("أين أترك مضارب الغولف؟",),
}
NEW = TaughtLesson(
    "",
    "taught.golf",
    WORDS,
    "",
    "",
    NOW,
    title={"en": "Golf clubs", "vi": "Gậy golf", "ar": "مضارب الغولف"},
    answer={"en": "At the bell desk.", "vi": "Tại quầy hành lý.", "ar": "عند مكتب الأمتعة."},
    team="reception",
)


class Watch:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def lessons(content: Engine, tmp_path: Path) -> Lessons:
    return Lessons(DocumentStore(MemoryTables()), Watch(), live(content, tmp_path), tmp_path / "taught")


def live(engine: Engine, folder: Path) -> LiveContent:
    card = EmergencyCard.of(engine.snapshot.event)
    return LiveContent(Folders(folder, folder), folder / "cache", engine, card)


def topic_of(lessons: Lessons, text: str) -> str | None:
    decision = lessons.content.engine().understand(text, Context("en", NOW)).decision
    return decision.topic if isinstance(decision, Answer) else None


async def test_second_person_makes_it_live_in_every_language_and_takes_it_back(lessons: Lessons) -> None:
    draft = await lessons.draft(NEW, LAN)
    with pytest.raises(Refused):
        await lessons.approve(draft.id, LAN)
    assert topic_of(lessons, WORDS["en"][0]) != "taught.golf"

    await lessons.approve(draft.id, CHI)
    for lines in WORDS.values():
        assert topic_of(lessons, lines[0]) == "taught.golf"
    assert topic_of(lessons, "where can i leave my GOLF clubs") == "taught.golf"
    with pytest.raises(Refused):
        await lessons.approve(draft.id, CHI)

    await lessons.withdraw(draft.id, LAN)
    assert topic_of(lessons, WORDS["en"][0]) != "taught.golf"
    trail = [(line.event.what, line.event.name) async for line in lessons.store.audit_trail()]
    assert trail == [("teach.draft", "Lan"), ("teach.approve", "Chi"), ("teach.withdraw", "Lan")]


async def test_ways_of_asking_are_added_to_a_topic_that_is_there(lessons: Lessons) -> None:
    draft = await lessons.draft(TaughtLesson("", "hotel.wifi", WORDS, "", "", NOW), LAN)
    await lessons.approve(draft.id, CHI)

    assert topic_of(lessons, WORDS["vi"][0]) == "hotel.wifi"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(NEW, answer={**NEW.answer, "ar": ""}),
        replace(NEW, answer={**NEW.answer, "vi": "{{ no.such.fact }}"}),
        replace(NEW, team="nobody"),
        replace(NEW, topic="hotel.wifi"),
        replace(NEW, topic="../../etc/passwd"),
        replace(NEW, asking={**WORDS, "en": ()}),
        TaughtLesson("", "no.such-topic", WORDS, "", "", NOW),
    ],
)
async def test_what_has_faults_is_refused_and_changes_nothing(lessons: Lessons, wrong: TaughtLesson) -> None:
    before = lessons.content.engine()
    with pytest.raises(Refused):
        await lessons.draft(wrong, LAN)

    assert lessons.content.engine() is before
    assert await lessons.all() == []


async def test_another_process_follows_what_was_approved(lessons: Lessons, content: Engine, tmp_path: Path) -> None:
    other = Lessons(lessons.store, Watch(), live(content, tmp_path), tmp_path / "other")
    await lessons.approve((await lessons.draft(NEW, LAN)).id, CHI)
    await other.lay()

    assert topic_of(other, WORDS["en"][0]) == "taught.golf"
