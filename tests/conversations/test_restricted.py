"""Sessions that only staff may speak about: no reply names their time or place, and security hears of the question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers.engine import Context, Engine
from bot.model.content import Event
from bot.model.decisions import topic_of
from bot.model.language import LANGUAGES
from tests.conftest import MORNING
from tests.conversations.world import DELEGATE, RECEPTION, Delegate, Desk

QUESTIONS = {
    "en": [
        "When is the audience with the President?",
        "what time does the heads of delegation dinner start and where",
        "Where is the dinner at 35 Hung Vuong?",
        "heads dinner tonight which gate",
        "time of presidential audience pls",
    ],
    "ar": [
        "متى استقبال الرئيس؟",
        "أين عشاء رؤساء الوفود وفي أي ساعة؟",
        "مقابلة رئيس الدولة وين؟",
        "كم الساعة مأدبة الرؤساء",
    ],
    "vi": [
        "Mấy giờ Chủ tịch nước tiếp các trưởng đoàn?",
        "tiec truong doan o dau may gio",
        "Tiệc tối 35 Hùng Vương bắt đầu lúc nào?",
        "gặp Chủ tịch nước ở cổng nào vậy",
    ],
}
ABOUT_THE_DAY = {
    "en": [
        "What is on this evening?",
        "today's programme",
        "what is on today at 19:00",
        "what is at the Presidential Palace today",
    ],
    "ar": ["ماذا يوجد هذا المساء؟", "برنامج اليوم"],
    "vi": ["Tối nay có gì?", "chương trình hôm nay", "lúc 19h hôm nay có gì"],
}


def secrets(event: Event) -> set[str]:
    """What must not be read: clock times, places and their addresses, in every language."""
    found: set[str] = set()
    for session in event.sessions.values():
        if session.restricted:
            place = event.places[session.place]
            found |= {f"{session.starts:%H:%M}–{session.ends:%H:%M}"}
            for text in (place.name, place.address):
                found |= {text.en, text.vi, text.ar} if text else set()
    return found


def leaks(event: Event, texts: list[str]) -> list[str]:
    return [secret for secret in secrets(event) for text in texts if secret in text]


@pytest.mark.parametrize("question", [(tongue, words) for tongue in LANGUAGES for words in QUESTIONS[tongue]])
async def test_asked_directly(desk: Desk, event: Event, question: tuple[str, str]) -> None:
    language, words = question
    delegate = Delegate(desk, language)  # type: ignore[arg-type]  # one of the three

    read = await delegate.says(words)

    assert leaks(event, read[DELEGATE]) == []
    assert delegate.messages[0].pin is None
    assert read[RECEPTION] == [f"#1 new · high · security: {words}"]


@pytest.mark.parametrize("question", [(tongue, words) for tongue in LANGUAGES for words in ABOUT_THE_DAY[tongue]])
async def test_asked_about_the_day(desk: Desk, event: Event, question: tuple[str, str]) -> None:
    language, words = question
    delegate = Delegate(desk, language)  # type: ignore[arg-type]  # one of the three

    read = await delegate.says(words)

    assert leaks(event, read[DELEGATE]) == []
    assert all("17:45–18:45" not in text and "19:00–20:45" not in text for text in read[DELEGATE])


@pytest.mark.parametrize("follow_up", ["where is it?", "and where?", "what time?", "which room"])
async def test_a_follow_up_gives_nothing_away(desk: Desk, event: Event, follow_up: str) -> None:
    delegate = Delegate(desk, "en")
    await delegate.says("When is the audience with the President?")

    read = await delegate.says(follow_up)

    assert leaks(event, read[DELEGATE]) == []


async def test_no_topic_button_gives_anything_away(desk: Desk, event: Event) -> None:
    for language in LANGUAGES:
        delegate = Delegate(desk, language, language)
        for topic in desk.engine.snapshot.library.topics.values():
            read = await delegate.presses_action(f"topic:{topic.id}")
            assert leaks(event, read.get(language, [])) == [], topic.id


async def test_a_question_waiting_at_reception_does_not_swallow_it(desk: Desk) -> None:
    """It goes to security even while another request of the same delegate is open."""
    delegate = Delegate(desk, "en")
    await delegate.commands("human", "the blue folder")

    read = await delegate.says("When is the audience with the President?")

    assert read[RECEPTION][0].startswith("#2 new · high · security")


def test_the_topics_say_which_restricted_sessions_they_are_about(desk: Desk, event: Event) -> None:
    """Not the engine: with the roles the other way round, the answers are too."""
    library = desk.engine.snapshot.library
    audience, dinner = library.topics["side.president-audience"], library.topics["side.heads-dinner"]
    swapped = {
        audience.id: replace(audience, restricted=dinner.restricted),
        dinner.id: replace(dinner, restricted=audience.restricted),
    }
    snapshot = replace(desk.engine.snapshot, library=replace(library, topics={**library.topics, **swapped}))
    engines = {False: desk.engine, True: Engine(snapshot, desk.engine.learnt)}

    for topic in (audience, dinner):
        session = next(one for one in event.sessions.values() if set(one.roles) & set(topic.restricted))
        for other, engine in engines.items():
            found = engine.understand(session.title.en, Context("en", MORNING)).decision
            assert (topic_of(found) == topic.id) is not other, session.id
