"""Two questions in one message: both are answered, in order; one that only sounds double stays one."""

from __future__ import annotations

import pytest

from bot.answers.engine import Context
from bot.model.language import Language
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


async def test_danger_in_one_of_two_alerts(desk: Desk) -> None:
    guest = Delegate(desk, "en")

    read = await guest.says("What is the wifi password? My friend is not breathing!")

    assert "emergency" in read[RECEPTION][0]
    assert "AP11-Delegates" not in read[DELEGATE][0]
