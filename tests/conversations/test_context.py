"""What is known besides the words: the last answer, the place whose code was scanned, the time of day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.answers.engine import Context
from bot.desk import say
from bot.i18n.translator import Speakers
from bot.model.decisions import Answer
from bot.model.language import LANGUAGES, Language
from tests.conversations.world import DELEGATE, Delegate, Desk, said

WAY: dict[Language, str] = {"en": "how do I get there?", "ar": "كيف أوصل هناك؟", "vi": "đi đến đó thế nào?"}
WHEN: dict[Language, str] = {"en": "and when?", "ar": "ومتى؟", "vi": "mấy giờ vậy?"}
TEA: dict[Language, str] = {
    "en": "Tell me about the tea party",
    "ar": "أخبرني عن حفل الشاي",
    "vi": "Cho tôi biết về tiệc trà",
}
HERE: dict[Language, str] = {
    "en": "what is on here today?",
    "ar": "ما هو برنامج اليوم هنا؟",
    "vi": "hôm nay ở đây có chương trình gì?",
}


def title(desk: Desk, topic: str, language: Language) -> str:
    return desk.engine.snapshot.library.topics[topic].title.in_(language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_way_to_an_evening_elsewhere_is_the_coach(desk: Desk, language: Language) -> None:
    guest = Delegate(desk, language)
    desk.takes(TEA[language], "side.tea-party", trust=0.9)
    await guest.says(TEA[language])

    way = await guest.says(WAY[language])
    coach = await guest.presses_action("topic:transport.coach")

    assert way == coach


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_hour_of_what_was_spoken_of(desk: Desk, language: Language) -> None:
    guest = Delegate(desk, language)
    desk.takes(TEA[language], "side.tea-party", trust=0.9)
    await guest.says(TEA[language])

    read = await guest.says(WHEN[language])

    session = desk.engine.snapshot.event.session("tea-party")
    assert session is not None
    assert f"{session.starts:%H:%M}–{session.ends:%H:%M}" in read[DELEGATE][0]
    assert session.title.in_(language) in read[DELEGATE][0]


@pytest.mark.parametrize("words", ["dinner tomorrow", "tối mai ăn ở đâu", "وين العشاء بكرة"])
def test_a_meal_and_a_day_are_that_days_meals(desk: Desk, words: str) -> None:
    understood = desk.engine.understand(words, Context("en", desk.clock.now())).decision

    assert isinstance(understood, Answer)
    assert understood.topic == "food.meals"
    assert understood.asked.day == desk.clock.now().date() + timedelta(days=1)


@pytest.mark.parametrize("words", ["tomorrow after lunch", "tối mai có gì", "برنامج غدا"])
def test_a_meal_that_only_tells_a_time_asks_for_the_programme(desk: Desk, words: str) -> None:
    understood = desk.engine.understand(words, Context("en", desk.clock.now())).decision

    assert isinstance(understood, Answer)
    assert understood.topic == "schedule.day"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_here_is_the_place_whose_code_was_scanned(desk: Desk, language: Language) -> None:
    at_the_hall, by_telegram, nowhere = (Delegate(desk, language, name) for name in ("hall", "telegram", "nowhere"))
    await by_telegram.commands("start", f"{language}_foyer")

    hall = await at_the_hall.says(HERE[language], at="foyer")
    telegram = await by_telegram.says(HERE[language])
    other = await nowhere.says(HERE[language], at="../no such place")

    event = desk.engine.snapshot.event
    foyer, opening = event.places["foyer"].name.in_(language), event.session("opening")
    assert opening is not None
    assert hall["hall"] == telegram["telegram"]
    assert foyer in hall["hall"][0]
    assert opening.title.in_(language) not in hall["hall"][0]
    assert opening.title.in_(language) in other["nowhere"][0]


async def test_the_programme_of_a_day_that_is_over_is_the_next_days(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    desk.clock.moves(timedelta(hours=15))  # 22:40 on the first day

    late = await guest.commands("today")
    asked = await guest.says("what is on the programme?")

    assert "Tue 21 Nov" in late[DELEGATE][0]
    assert "Wed 22 Nov" in asked[DELEGATE][0]


async def test_a_follow_up_needs_an_answer_before_it(desk: Desk, speakers: Speakers) -> None:
    guest = Delegate(desk, "en")
    desk.takes("how do I get there?", "transport.town", trust=0.2)

    read = await guest.says("how do I get there?")

    assert read == {DELEGATE: [said(say.clarify(("transport.town",), desk.engine.snapshot, speakers["en"]))]}
