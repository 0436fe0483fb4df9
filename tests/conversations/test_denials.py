"""A denial ("no, not that"): the next best is offered once, what was meant instead is answered, and then a person is asked."""

from __future__ import annotations

import re

import pytest

from bot.answers.denials import Denials
from bot.desk import say
from bot.i18n.translator import Speakers
from bot.model.language import LANGUAGES, Language
from bot.model.people import Dialog
from tests.conversations.world import DELEGATE, RECEPTION, Delegate, Desk, said

QUESTION: dict[Language, str] = {
    "en": "the thing on the seventh floor",
    "ar": "الشيء الذي في الطابق السابع",
    "vi": "cái ở tầng bảy ấy",
}
TOPICS = ("hotel.wifi", "hotel.checkin", "hotel.breakfast", "hotel.checkout", "hotel.facilities")
DENIALS = [
    ("en", "no, not that"),
    ("en", "That's not what I asked"),
    ("en", "Sorry, that is not my question!"),
    ("vi", "không phải"),
    ("vi", "ý tôi không phải vậy"),
    ("vi", "khong phai cai do"),
    ("ar", "لا، مو هذا"),
    ("ar", "ليس هذا ما سألت عنه"),
    ("ar", "مش ده قصدي"),
]
POOL: dict[Language, str] = {
    "en": "no, I meant the wifi password",
    "ar": "لا، أقصد كلمة سر الواي فاي",
    "vi": "không phải, ý tôi là mật khẩu wifi",
}


def title(desk: Desk, topic: str, language: Language) -> str:
    return desk.engine.snapshot.library.topics[topic].title.in_(language)


@pytest.mark.parametrize(("language", "words"), DENIALS)
async def test_after_an_answer_the_next_best_are_offered_without_it(
    desk: Desk, speakers: Speakers, language: Language, words: str
) -> None:
    guest = Delegate(desk, language)
    desk.takes(QUESTION[language], *TOPICS, trust=0.9)
    await guest.says(QUESTION[language])

    read = await guest.says(words)

    assert read == {DELEGATE: [said(say.not_that(TOPICS[1:4], desk.engine.snapshot, speakers[language]))]}
    offered = [title(desk, topic, language) for topic in TOPICS[1:4]]
    assert [button.label for button in guest.buttons][:4] == [
        *offered,
        "🙋 " + speakers[language].text("None of these: ask a person"),
    ]


@pytest.mark.parametrize(("language", "words"), DENIALS)
async def test_after_a_clarifying_question_others_are_offered(
    desk: Desk, speakers: Speakers, language: Language, words: str
) -> None:
    guest = Delegate(desk, language)
    desk.takes(QUESTION[language], *TOPICS, trust=0.2)
    await guest.says(QUESTION[language])

    read = await guest.says(words)

    assert read == {DELEGATE: [said(say.not_that(TOPICS[3:], desk.engine.snapshot, speakers[language]))]}


async def test_a_bare_no_answers_a_clarifying_question_and_nothing_else(desk: Desk, speakers: Speakers) -> None:
    guest = Delegate(desk, "en")
    desk.takes(QUESTION["en"], *TOPICS, trust=0.9)
    await guest.says(QUESTION["en"])

    after_an_answer = await guest.says("no")
    desk.takes("the other thing", *TOPICS, trust=0.2)
    await guest.says("the other thing")
    after_a_question = await guest.says("No.")

    assert "Is it one of these?" not in after_an_answer[DELEGATE][0]
    assert after_a_question == {DELEGATE: [said(say.not_that(TOPICS[3:], desk.engine.snapshot, speakers["en"]))]}


async def test_the_second_denial_goes_to_a_person_with_the_first_question(
    desk: Desk, guest: Delegate, language: Language
) -> None:
    desk.takes(QUESTION[language], *TOPICS, trust=0.9)
    denial = next(words for known, words in DENIALS if known == language)
    await guest.says(QUESTION[language])
    await guest.says(denial)

    read = await guest.says(denial)

    assert read[RECEPTION] == [f"#1 new · normal · reception: {QUESTION[language]}"]


async def test_a_denial_of_what_was_chosen_goes_to_a_person(desk: Desk, guest: Delegate, language: Language) -> None:
    desk.takes(QUESTION[language], *TOPICS, trust=0.9)
    denial = next(words for known, words in DENIALS if known == language)
    await guest.says(QUESTION[language])
    await guest.says(denial)
    await guest.presses(title(desk, "hotel.breakfast", language))

    read = await guest.says(denial)

    assert read[RECEPTION] == [f"#1 new · normal · reception: {QUESTION[language]}"]


async def test_what_was_meant_instead_is_answered(desk: Desk, guest: Delegate, language: Language) -> None:
    desk.takes(QUESTION[language], "hotel.breakfast", "hotel.checkin", trust=0.9)
    await guest.says(QUESTION[language])

    read = await guest.says(POOL[language])

    assert list(read) == [DELEGATE]
    assert "AP11-Delegates" in read[DELEGATE][0]


async def test_a_denial_out_of_nothing_is_small_talk(delegate: Delegate) -> None:
    read = await delegate.says("that's not what I asked")

    assert list(read) == [DELEGATE]
    assert "Is it one of these?" not in read[DELEGATE][0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_typed_no_takes_back_a_doubtful_emergency_as_the_button_does(desk: Desk, language: Language) -> None:
    typing, pressing = Delegate(desk, language, "typing"), Delegate(desk, language, "pressing")
    words = {"en": "I feel dizzy", "ar": "أشعر بدوخة", "vi": "tôi bị chóng mặt"}[language]
    desk.takes(words, "medical.emergency", "medical.room", trust=0.5)
    for guest in (typing, pressing):
        await guest.says(words)
        assert guest.buttons[0].action.startswith("emergency")

    typed = await typing.says({"en": "no", "ar": "لا", "vi": "không"}[language])
    pressed = await pressing.presses_action("not-emergency")

    without_number = [re.sub(r"\d+", "", read[0]) for read in (typed["typing"], pressed["pressing"])]
    assert without_number[0] == without_number[1]


async def test_danger_in_a_denial_alerts(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    await guest.says("What is the wifi password?")

    read = await guest.says("No, not that! My friend is not breathing")

    assert "emergency" in read[RECEPTION][0]


def test_words_that_begin_like_a_denial_are_a_question_of_their_own(desk: Desk) -> None:
    denials = Denials(desk.engine.snapshot.library)
    answered = Dialog(topic="hotel.wifi", question="wifi")
    for words in (
        "no hot water in my room",
        "not this evening but tomorrow",
        "không phải trưởng đoàn thì ăn ở đâu",
        "لا يوجد ماء ساخن",
        "no wifi on the 7th floor",
    ):
        assert denials.heard(words, answered) is None, words


async def opens_a_request(desk: Desk, guest: Delegate, language: Language, *topics: str) -> None:
    desk.takes(QUESTION[language], *topics, trust=0.9 if topics[0] == "hotel.room-problem" else 0.01)
    await guest.says(QUESTION[language])
    assert len(await desk.store.tickets()) == 1


MEANT: dict[Language, tuple[str, str]] = {
    "en": ("I meant the wifi password", "no, I meant the wifi password"),
    "ar": ("أقصد كلمة سر الواي فاي", "لا، أقصد كلمة سر الواي فاي"),
    "vi": ("ý tôi là mật khẩu wifi", "không phải, ý tôi là mật khẩu wifi"),
}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("topics", [("hotel.room-problem",), ("hotel.checkin",)])
async def test_what_was_meant_is_answered_and_reaches_the_request_too(
    desk: Desk, guest: Delegate, speakers: Speakers, language: Language, topics: tuple[str, ...], which: int
) -> None:
    await opens_a_request(desk, guest, language, *topics)
    ticket = (await desk.store.tickets())[0]

    read = await guest.says(MEANT[language][which])

    assert "AP11-Delegates" in read[DELEGATE][1]
    assert read[DELEGATE][:1] == [said(say.added(ticket.id, speakers[language]))]
    assert read[RECEPTION] == [f"#1 delegate: {MEANT[language][which]}"]


async def test_a_denial_of_what_nobody_answered_goes_to_the_request(
    desk: Desk, guest: Delegate, speakers: Speakers, language: Language
) -> None:
    await opens_a_request(desk, guest, language, *TOPICS)
    denial = next(words for known, words in DENIALS if known == language)

    read = await guest.says(denial)

    assert read == {
        DELEGATE: [said(say.added((await desk.store.tickets())[0].id, speakers[language]))],
        RECEPTION: [f"#1 delegate: {denial}"],
    }


async def test_a_denial_of_a_topic_that_was_passed_on_offers_others(
    desk: Desk, guest: Delegate, speakers: Speakers, language: Language
) -> None:
    await opens_a_request(desk, guest, language, "hotel.room-problem", *TOPICS[:3])
    denial = next(words for known, words in DENIALS if known == language)

    read = await guest.says(denial)
    again = await guest.says(denial)

    assert read[DELEGATE][1] == said(say.not_that(TOPICS[:3], desk.engine.snapshot, speakers[language]))
    assert read[RECEPTION] == again[RECEPTION] == [f"#1 delegate: {denial}"]


async def test_what_follows_a_request_is_about_its_question(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    desk.takes(QUESTION["en"], "transport.missed-coach", trust=0.9)
    await guest.says(QUESTION["en"])

    read = await guest.says("and when?")

    assert read[RECEPTION] == ["#1 delegate: and when?"]


async def test_talk_to_a_person_after_a_request_does_not_ask_the_same_again(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    desk.takes(QUESTION["en"], "visa.problem", trust=0.9)
    await guest.says(QUESTION["en"])

    read = await guest.presses_action("person")

    assert QUESTION["en"] not in read[RECEPTION][0]
