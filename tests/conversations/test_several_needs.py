"""Two questions in one message: both are answered, in order; one that only sounds double stays one."""

from __future__ import annotations

import pytest

from bot.answers.engine import Context
from bot.answers.needs import Needs
from bot.i18n.translator import Speakers
from bot.model.decisions import topic_of
from bot.model.language import Language
from bot.model.rich import letters
from tests.conversations.world import DELEGATE, RECEPTION, Delegate, Desk

BOTH: dict[Language, str] = {
    "en": "What's the wifi password and when does breakfast start?",
    "ar": "ما هي كلمة سر الواي فاي ومتى يبدأ الفطور؟",
    "vi": "Mật khẩu wifi là gì và mấy giờ có bữa sáng?",
}
ONCE = [
    "what time and where is the opening ceremony?",
    "The wifi keeps dropping and I cannot work, what is the password?",
    "Is breakfast included, and until when?",
    "phòng y tế ở tầng mấy, mấy giờ đóng",
    "متى تبدأ الجلسة الافتتاحية وأين؟",
]


def title(desk: Desk, topic: str, language: Language) -> str:
    return desk.engine.snapshot.library.topics[topic].title.in_(language)


async def test_both_are_answered_in_one_message_in_order(desk: Desk, guest: Delegate, language: Language) -> None:
    read = await guest.says(BOTH[language])

    assert list(read) == [DELEGATE]
    assert len(read[DELEGATE]) == 1
    wifi, breakfast = (title(desk, topic, language) for topic in ("hotel.wifi", "hotel.breakfast"))
    assert read[DELEGATE][0].startswith(f"{wifi}\n")
    assert f"\n\n{breakfast}\n" in read[DELEGATE][0]
    assert "AP11-Delegates" in read[DELEGATE][0]
    labels = [button.label for button in guest.buttons]
    assert len(set(labels)) == len(labels)
    assert guest.buttons[-1].action == "person"


async def test_a_part_that_needs_a_person_is_handed_over_beside_the_answer(desk: Desk) -> None:
    guest = Delegate(desk, "en")

    read = await guest.says("What is the wifi password? And I lost my passport, what do I do?")

    assert "AP11-Delegates" in read[DELEGATE][0]
    assert len(read[RECEPTION]) == 1
    assert "I lost my passport" in read[RECEPTION][0]


async def test_a_part_that_nobody_knows_is_not_passed_over(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    desk.takes("can my dog swim in the lake", "side.sightseeing", trust=0.01)

    read = await guest.says("What is the wifi password? Can my dog swim in the lake?")

    assert "AP11-Delegates" in read[DELEGATE][0]
    assert "Can my dog swim in the lake?" in read[RECEPTION][0]


@pytest.mark.parametrize("words", ONCE)
def test_a_message_that_only_sounds_double_is_one(desk: Desk, words: str) -> None:
    assert desk.content.understand(words, Context("en", desk.clock.now())).needs == ()


COMPLAINS: dict[Language, str] = {
    "en": "Wifi password please, also my room is freezing",
    "ar": "أريد كلمة سر الواي فاي، وأيضا المكيف في غرفتي لا يعمل",
    "vi": "Xin mật khẩu wifi, ngoài ra điều hòa phòng tôi bị hỏng",
}
UNKNOWN: dict[Language, tuple[str, str]] = {
    "en": ("The wifi password please. Also the Llamas don't like me.", "the Llamas don't like me"),
    "ar": ("أريد كلمة سر الواي فاي، وأيضا أُحبّ تربية اللاما", "أُحبّ تربية اللاما"),
    "vi": ("Xin mật khẩu wifi, ngoài ra tôi thích nuôi Lạc đà", "tôi thích nuôi Lạc đà"),
}


async def test_a_complaint_beside_a_question_reaches_a_person(guest: Delegate, language: Language) -> None:
    read = await guest.says(COMPLAINS[language])

    assert "AP11-Delegates" in read[DELEGATE][0]
    assert read[RECEPTION] == [f"#1 new · high · reception: {COMPLAINS[language]}"]


async def test_what_is_not_answered_is_named_and_a_person_takes_all_of_it(
    desk: Desk, guest: Delegate, speakers: Speakers, language: Language
) -> None:
    message, left = UNKNOWN[language]
    for words in added(desk, message):
        desk.takes(words, "side.sightseeing", trust=0.01)

    read = await guest.says(message)
    asked = await guest.presses(speakers[language].text("Talk to a person"))

    assert list(read) == [DELEGATE]
    assert "AP11-Delegates" in read[DELEGATE][0]
    assert read[DELEGATE][0].split("\n\n")[-1] == letters(
        speakers[language]._(
            "I have not answered this part of your message: “{words}”. Shall a person look at it?", words=left
        ),
        isolate=False,
    )
    assert message in asked[RECEPTION][0]


def added(desk: Desk, message: str) -> list[str]:
    """What stands after a word that adds something, as the engine reads it."""
    return [division.after for division in Needs(desk.engine.snapshot.library).divisions(message) if division.also]


async def test_two_complaints_of_which_it_is_not_clear_which_is_meant_are_two(desk: Desk) -> None:
    guest = Delegate(desk, "en")
    words = "my badge is gone and the bus did not come"
    desk.takes(words, "badge.lost", "transport.missed-coach", trust=0.4)
    desk.takes("my badge is gone", "badge.lost", trust=0.9)
    desk.takes("the bus did not come", "transport.missed-coach", trust=0.6)

    understood = desk.engine.understand(words, Context("en", desk.clock.now()))
    read = await guest.says(words)

    assert [topic_of(need.decision) for need in understood.needs] == ["badge.lost", "transport.missed-coach"]
    assert words in read[RECEPTION][0]


async def test_danger_in_one_of_two_alerts(desk: Desk) -> None:
    guest = Delegate(desk, "en")

    read = await guest.says("What is the wifi password? My friend is not breathing!")

    assert "emergency" in read[RECEPTION][0]
    assert "AP11-Delegates" not in read[DELEGATE][0]
