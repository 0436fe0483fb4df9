"""When the desk is not sure: it asks back once, by button; then a person is asked."""

from __future__ import annotations

import pytest

from bot.desk import say
from bot.i18n.translator import Speaker, Speakers
from bot.model.language import Language
from tests.conversations.world import DELEGATE, RECEPTION, Delegate, Desk, Read, said

UNCLEAR: dict[Language, tuple[str, str]] = {
    "en": ("the thing for the room please", "I mean the other thing you know"),
    "ar": ("أريد ذلك الشيء في الغرفة", "أقصد الشيء الآخر"),
    "vi": ("cho tôi hỏi cái đó trong phòng", "ý tôi là cái kia cơ mà"),
}
TOPICS = ("hotel.wifi", "hotel.checkin", "hotel.breakfast")


def unclear(desk: Desk, language: Language) -> tuple[str, str]:
    for words in UNCLEAR[language]:
        desk.takes(words, *TOPICS, trust=0.2)
    return UNCLEAR[language]


async def test_asks_back_with_three_buttons_a_person_and_the_emergency_button(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    words, _ = unclear(desk, language)

    read = await guest.says(words)

    assert read == {DELEGATE: [said(say.clarify(TOPICS, desk.engine.snapshot, speaker))]}
    topics = desk.engine.snapshot.library.topics
    assert [button.label for button in guest.buttons] == [
        *[topics[topic].title.in_(language) for topic in TOPICS],
        "🙋 " + speaker.text("None of these: ask a person"),
        "🩺 " + speaker.text("Medical emergency"),
    ]


async def test_a_tap_answers_the_question(desk: Desk, guest: Delegate, language: Language) -> None:
    words, _ = unclear(desk, language)
    await guest.says(words)

    read = await guest.presses(desk.engine.snapshot.library.topics["hotel.wifi"].title.in_(language))

    assert list(read) == [DELEGATE]
    assert "AP11-Delegates" in read[DELEGATE][0]


async def test_none_of_these_goes_to_a_person_with_the_words_first_written(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    words, _ = unclear(desk, language)
    await guest.says(words)

    read = await guest.presses(speaker.text("None of these: ask a person"))

    team = desk.engine.snapshot.event.teams["reception"].name.in_(language)
    number = (await desk.store.tickets())[0].id
    assert read == {
        DELEGATE: [
            said(say.passing_on(number, team, speaker, known=False)),
            said(say.seen(number, speaker)),
        ],
        RECEPTION: [f"#1 new · normal · reception: {words}"],
    }


async def test_the_second_miss_goes_to_a_person(desk: Desk, guest: Delegate, language: Language) -> None:
    first, second = unclear(desk, language)
    await guest.says(first)

    read = await guest.says(second)

    assert read[RECEPTION] == [f"#1 new · normal · reception: {second}"]
    assert len(read[DELEGATE]) == 2


async def test_an_answer_in_between_forgives_the_first_miss(desk: Desk, delegate: Delegate) -> None:
    first, second = unclear(desk, "en")
    await delegate.says(first)
    await delegate.says("What is the wifi password?")

    read = await delegate.says(second)

    assert RECEPTION not in read


async def test_an_unknown_question_is_passed_on_in_plain_words(desk: Desk) -> None:
    """The sentences in full, as they are read in each language."""
    questions = {
        "en": "My question is about the blue folder",
        "vi": "Tôi muốn hỏi về tập hồ sơ màu xanh",
        "ar": "سؤالي عن الملف الأزرق",
    }
    read: Read = {}
    for language, words in questions.items():
        desk.takes(words, "schedule.documents", trust=0.01)
        read |= await Delegate(desk, language, language).says(words)  # type: ignore[arg-type]  # one of the three

    assert read["en"] == [
        "I have no certain answer to that. I am passing it to a person (Reception) as request #1. The answer comes here.",
        "Reception has your request #1.",
    ]
    assert read["vi"] == [
        (
            "Tôi không có câu trả lời chắc chắn cho điều này. Tôi đang chuyển việc này đến nhân viên (Lễ tân),"
            " yêu cầu số 2. Câu trả lời sẽ đến tại đây."
        ),
        "Lễ tân đã nhận được yêu cầu số 2 của quý vị.",
    ]
    assert read["ar"] == [
        "ليس لديّ جواب أكيد عن ذلك. أحيل الأمر الآن إلى موظف (الاستقبال)، وهو الطلب رقم 3. وسيصلك الرد هنا.",
        "طلبك رقم 3 وصل إلى الاستقبال.",
    ]


async def test_what_is_not_understood_goes_to_reception_and_to_no_team_by_chance(
    desk: Desk, guest: Delegate, language: Language
) -> None:
    words, _ = UNCLEAR[language]
    desk.takes(words, "medical.pharmacy", trust=0.05)

    read = await guest.says(words)

    assert read[RECEPTION] == [f"#1 new · normal · reception: {words}"]
    assert (await desk.store.tickets())[0].topic is None


@pytest.mark.parametrize(
    ("trust", "topics", "team", "named"),
    [
        (0.35, ("visa.need", "medical.room"), "visa", "visa.need"),
        (0.25, ("visa.need", "medical.room"), "reception", None),
        (0.25, ("visa.need", "visa.evisa"), "visa", None),
    ],
)
async def test_the_second_miss_goes_to_a_team_that_is_likely(
    desk: Desk, trust: float, topics: tuple[str, ...], team: str, named: str | None
) -> None:
    guest = Delegate(desk, "en")
    for words in UNCLEAR["en"]:
        desk.takes(words, *topics, trust=trust)
        await guest.says(words)

    ticket = (await desk.store.tickets())[0]

    assert (ticket.team, ticket.topic) == (team, named)


async def test_none_of_several_teams_topics_goes_to_reception(desk: Desk, speakers: Speakers) -> None:
    guest = Delegate(desk, "en")
    words, _ = UNCLEAR["en"]
    desk.takes(words, "visa.need", "medical.room", trust=0.35)
    await guest.says(words)

    await guest.presses(speakers["en"].text("None of these: ask a person"))

    assert (await desk.store.tickets())[0].team == "reception"
