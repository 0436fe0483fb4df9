"""In danger the telephone number comes first, people are alerted at once, and nothing but staff closes it."""

from __future__ import annotations

import pytest

from bot.desk import say
from bot.desk.emergency_card import EmergencyCard
from bot.i18n.translator import Speaker, Speakers
from bot.model.language import Language
from bot.model.messages import Lane, TicketId
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said

CERTAIN: dict[Language, str] = {
    "en": "Help, my friend cannot breathe!",
    "ar": "النجدة، صديقي أغمي عليه ولا يتنفس",
    "vi": "Cứu với, bạn tôi không thở được!",
}
FIRST_LINE: dict[Language, str] = {
    "en": "☎ Call +84 24 0000 0100 now (reception, day and night) or 115 (ambulance).",
    "ar": "☎ اتصل الآن على +84 24 0000 0100 (الاستقبال، ليلًا ونهارًا) أو 115 (الإسعاف).",
    "vi": "☎ Gọi ngay +84 24 0000 0100 (lễ tân, trực ngày đêm) hoặc 115 (cấp cứu).",
}
NEAR: dict[Language, str] = {
    "en": "One of our elders is a little off colour",
    "ar": "أظن أن أحدهم هنا ليس بخير تمامًا",
    "vi": "Hình như có người ở đây trông không ổn lắm",
}


WHERE: dict[Language, list[str]] = {
    "en": ["room 1204", "second floor near the lifts", "he is breathing but very pale", "1204", "ok thank you"],
    "ar": ["غرفة 512", "الطابق الثاني قرب المصاعد", "يتنفس لكنه شاحب جدا"],
    "vi": ["tầng 2 cạnh thang máy", "phòng 1204", "anh ấy còn thở nhưng rất xanh xao"],
}
"""What people answer to "write where you are", and what they add by themselves."""


def near(desk: Desk, language: Language) -> str:
    """Words that no cue knows and that the matcher takes for an emergency, but not surely."""
    desk.takes(NEAR[language], "medical.emergency", "medical.room", trust=0.5)
    return NEAR[language]


async def test_the_first_line_is_the_number_in_full(guest: Delegate, language: Language) -> None:
    read = await guest.says(CERTAIN[language])

    assert read[DELEGATE][0].splitlines()[0] == FIRST_LINE[language]
    assert read[RECEPTION] == [f"#1 new · emergency · medical: {CERTAIN[language]}"]


async def test_everyone_reads_of_it_before_anything_else(desk: Desk, guest: Delegate, language: Language) -> None:
    """Rows of the emergency lane leave before those that wait, and reception reads of it as soon as the delegate does."""
    desk.takes("My question is about the blue folder", "venue.lost-found", trust=0.01)
    await desk.front.receive(guest.inbound(text="My question is about the blue folder"))
    await desk.front.receive(guest.inbound(text=CERTAIN[language]))

    await desk.settles()

    assert [seen.lane for seen in desk.seen[:4]] == [Lane.EMERGENCY, Lane.EMERGENCY, Lane.TICKET, Lane.TICKET]
    assert {seen.reader for seen in desk.seen[:2]} == {DELEGATE, RECEPTION}


async def test_a_language_nobody_knows_yet_gets_the_number_in_all_three(desk: Desk) -> None:
    stranger = Delegate(desk, None)

    read = await stranger.says("115!! 115!! sos")

    for line in FIRST_LINE.values():
        assert line in read[DELEGATE][0]


async def test_a_near_match_asks_with_one_tap_and_gives_the_number_all_the_same(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    words = near(desk, language)

    read = await guest.says(words)

    assert list(read) == [DELEGATE]
    assert read[DELEGATE][0].splitlines() == [
        FIRST_LINE[language],
        said_line(speaker, "Is this an emergency? One tap calls everyone at reception."),
    ]
    assert [button.label for button in guest.buttons] == [
        "🚨 " + speaker.text("Yes, it is an emergency"),
        speaker.text("No, something else"),
    ]


async def test_yes_alerts_reception_with_the_words_first_written(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    words = near(desk, language)
    await guest.says(words)

    read = await guest.presses(speaker.text("Yes, it is an emergency"))

    assert read[DELEGATE][0].splitlines()[0] == FIRST_LINE[language]
    assert read[RECEPTION] == [f"#1 new · emergency · medical: {words}"]


async def test_no_answers_the_question_itself(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    words = near(desk, language)
    desk.takes(words, "medical.emergency", "medical.room", trust=0.5)
    await guest.says(words)

    read = await guest.presses(speaker.text("No, something else"))

    assert read
    assert not read[DELEGATE][0].startswith("☎")


async def test_a_second_emergency_message_joins_the_same_request(
    desk: Desk, delegate: Delegate, speakers: Speakers
) -> None:
    await delegate.says(CERTAIN["en"])

    read = await delegate.says("He is unconscious, please hurry")

    card = EmergencyCard.of(desk.engine.snapshot.event)
    first = card.message("medical", certain=True, language="en", sure=True, speakers=speakers)
    assert read == {
        DELEGATE: [said(say.alerted(TicketId(1), speakers["en"], first))],
        RECEPTION: ["#1 delegate: He is unconscious, please hurry"],
    }
    assert len(await desk.store.tickets()) == 1


async def test_where_it_is_reaches_the_emergency_whatever_the_words_look_like(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    await guest.says(CERTAIN[language])

    for words in WHERE[language]:
        read = await guest.says(words)

        assert read[RECEPTION] == [f"#1 delegate: {words}"]
        [told] = read[DELEGATE]
        assert told.endswith(said(say.added(TicketId(1), speaker)))

    assert len(await desk.store.tickets()) == 1


async def test_a_picture_of_the_place_reaches_the_emergency(delegate: Delegate) -> None:
    await delegate.says(CERTAIN["en"])

    read = await delegate.sends("photo")

    assert read == {DELEGATE: ["I have added this to your request #1."], RECEPTION: ["#1 delegate: [photo]"]}


async def test_a_question_during_an_emergency_is_answered_and_reaches_it(delegate: Delegate) -> None:
    await delegate.says(CERTAIN["en"])

    read = await delegate.says("What is the wifi password?")

    assert read[RECEPTION] == ["#1 delegate: What is the wifi password?"]
    added, answer = read[DELEGATE]
    assert added == "I have added this to your request #1."
    assert "Wi-Fi" in answer


async def test_a_possible_second_danger_gets_its_number_and_reaches_the_emergency(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker
) -> None:
    await guest.says(CERTAIN[language])
    words = near(desk, language)

    read = await guest.says(words)

    assert read[DELEGATE] == [FIRST_LINE[language] + "\n" + said(say.added(TicketId(1), speaker))]
    assert read[RECEPTION] == [f"#1 delegate: {words}"]


async def test_half_an_hour_after_the_last_word_a_question_is_a_question_again(delegate: Delegate) -> None:
    await delegate.says(CERTAIN["en"])
    await delegate.desk.waits(minutes=30)

    read = await delegate.says("What is the wifi password?")

    assert RECEPTION not in read


async def test_after_half_an_hour_it_is_a_new_request(desk: Desk, delegate: Delegate) -> None:
    await delegate.says(CERTAIN["en"])
    await desk.waits(minutes=30)

    read = await delegate.says(CERTAIN["en"])

    assert read[RECEPTION] == [f"#2 new · emergency · medical: {CERTAIN['en']}"]


async def test_a_closed_emergency_is_not_joined(lan: Colleague, delegate: Delegate) -> None:
    await delegate.says(CERTAIN["en"])
    await lan.claims(1)
    await lan.resolves(1)

    read = await delegate.says(CERTAIN["en"])

    assert read[RECEPTION] == [f"#2 new · emergency · medical: {CERTAIN['en']}"]


async def test_the_emergency_button_alerts_without_a_question(
    guest: Delegate, language: Language, speaker: Speaker
) -> None:
    await guest.commands("start")

    read = await guest.presses(speaker.text("Medical emergency"))

    assert read[DELEGATE][0].splitlines()[0] == FIRST_LINE[language]
    assert read[RECEPTION] == [f"#1 new · emergency · medical: {speaker.text('Medical emergency')}"]


async def test_the_emergency_button_does_not_speak_of_the_question_before(delegate: Delegate) -> None:
    await delegate.commands("start")
    await delegate.says("What is the wifi password?")

    read = await delegate.presses("Medical emergency")

    assert "wifi" not in read[RECEPTION][0]


async def test_harassment_gets_the_number_of_the_person_responsible(delegate: Delegate) -> None:
    read = await delegate.says("A man keeps touching me and follows me to my room, I am being harassed")

    assert read[DELEGATE][0].startswith("☎ Call +84 24 0000 0113 in confidence, day and night; police 113.")


@pytest.mark.parametrize("command", ["human", "start"])
async def test_an_emergency_written_after_a_command_is_one(delegate: Delegate, command: str) -> None:
    read = await delegate.commands(command, "my friend cannot breathe")

    assert read[DELEGATE][0].startswith("☎")


async def test_an_emergency_at_the_head_of_a_message_that_is_too_long_is_one(delegate: Delegate) -> None:
    read = await delegate.says("my friend cannot breathe " * 20, refused="too-long")

    assert read[DELEGATE][0].startswith("☎")


async def test_an_emergency_under_a_picture_is_one(delegate: Delegate) -> None:
    read = await delegate.sends("photo", "my friend cannot breathe")

    assert read[DELEGATE][0].startswith("☎")
    assert read[RECEPTION] == ["#1 new · emergency · medical: my friend cannot breathe"]


async def test_a_second_message_about_health_within_half_an_hour_is_an_emergency(
    desk: Desk, delegate: Delegate
) -> None:
    """D5; the request is raised, not doubled."""
    for words in ("first words", "second words"):
        desk.takes(words, "medical.unwell", trust=0.95)
    await delegate.says("first words")
    await desk.waits(minutes=20)

    read = await delegate.says("second words")

    assert read[DELEGATE][0].splitlines()[0] == FIRST_LINE["en"]
    assert "#1 new · emergency · medical: first words" in read[RECEPTION]
    assert "#1 delegate: second words" in read[RECEPTION]
    assert len(await desk.store.tickets()) == 1


async def test_after_half_an_hour_a_message_about_health_raises_nothing(desk: Desk, delegate: Delegate) -> None:
    for words in ("first words", "second words"):
        desk.takes(words, "medical.unwell", trust=0.95)
    await delegate.says("first words")
    await desk.waits(minutes=30)

    read = await delegate.says("second words")

    assert not any("emergency" in line for line in read[RECEPTION])


@pytest.mark.parametrize(
    "words",
    [
        "I want to kill myself",
        "I don't want to live anymore",
        "tôi muốn tự tử",
        "chán sống lắm rồi",
        "بدي انتحر",
        "أفكر في قتل نفسي",
    ],
)
async def test_who_thinks_of_ending_their_life_is_not_told_to_stay_with_a_patient(
    desk: Desk, delegate: Delegate, speakers: Speakers, words: str
) -> None:
    read = await delegate.says(words)

    shown = "".join(read[DELEGATE])
    told = [
        speakers[tongue].text("Is this an emergency? One tap calls everyone at reception.") for tongue in FIRST_LINE
    ]
    card = EmergencyCard.of(desk.engine.snapshot.event)
    own = [
        said(card.message("self-harm", certain=True, language=tongue, sure=True, speakers=speakers))
        for tongue in FIRST_LINE
    ]
    assert any(line.splitlines()[1] in shown for line in own)
    assert not any(question in shown for question in told)


@pytest.mark.parametrize("sign", ["🆘", "🚑", "🔥🔥🔥", "🩸"])
async def test_a_sign_alone_gets_the_number(delegate: Delegate, sign: str) -> None:
    read = await delegate.says(sign)

    assert read[DELEGATE][0].startswith("☎")


async def test_every_medical_answer_leads_to_the_emergency_button(desk: Desk) -> None:
    """D5; by a button that alerts, or by one that asks with one tap."""
    delegate = Delegate(desk, "en")
    without = []
    for topic in desk.engine.snapshot.library.topics.values():
        if topic.area == "medical" and topic.urgency != "emergency":
            await delegate.presses_action(f"topic:{topic.id}")
            newest = next(message for message in delegate.messages if message.buttons)
            actions = {button.action for row in newest.buttons for button in row}
            if not actions & {"emergency:medical", "topic:medical.emergency"}:
                without.append(topic.id)
    assert without == []


def said_line(speaker: Speaker, sentence: str) -> str:
    return "".join(span.text for span in speaker._(sentence))
