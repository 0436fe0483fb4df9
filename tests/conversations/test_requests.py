"""A request from the question to its end: passed on, seen, answered by a person, closed and opened again."""

from __future__ import annotations

import pytest

from bot.desk import say, say_requests
from bot.i18n.translator import Speaker
from bot.model.content import Event
from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.messages import TicketId
from tests.conversations.waiting import MORE, QUESTION
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said


async def test_passed_on_is_said_and_seen_only_once_reception_has_it(
    desk: Desk, guest: Delegate, language: Language, speaker: Speaker, event: Event
) -> None:
    words = QUESTION[language]
    desk.takes(words, "venue.lost-found", trust=0.01)
    desk.lane.out_of_reach = True

    at_once = await guest.says(words)
    early = await desk.waits(seconds=4.9)
    late = await desk.waits(seconds=0.1)
    again = await desk.waits(seconds=20)
    desk.lane.out_of_reach = False
    back = await desk.waits(seconds=5)

    number = TicketId(1)
    team = event.teams["reception"].name.in_(language)
    assert at_once == {DELEGATE: [said(say.passing_on(number, team, speaker, known=False))]}
    assert early == {}
    assert late == {DELEGATE: [said(say.not_seen(number, event, speaker))]}
    assert again == {}
    assert back == {RECEPTION: [f"#1 new · normal · reception: {words}"], DELEGATE: [said(say.seen(number, speaker))]}


async def test_nobody_has_seen_it_is_said_in_plain_words_with_the_number(desk: Desk) -> None:
    desk.lane.out_of_reach = True
    for language, words in QUESTION.items():
        desk.takes(words, "venue.lost-found", trust=0.01)
        await Delegate(desk, language, language).says(words)

    late = await desk.waits(seconds=5)

    assert late == {
        "en": [
            "Your request #1 is kept, but nobody at reception has seen it yet. If it is urgent, call +84 24 0000 0100."
        ],
        "ar": ["طلبك رقم 2 محفوظ، لكن لم يره أحد في الاستقبال بعد. إن كان الأمر عاجلًا فاتصل على +84 24 0000 0100."],
        "vi": [
            "Yêu cầu số 3 của quý vị đã được lưu, nhưng chưa có ai ở lễ tân xem. Nếu gấp, hãy gọi +84 24 0000 0100."
        ],
    }


@pytest.mark.usefixtures("asked")
async def test_a_reply_comes_back_in_the_frame_of_the_delegates_language(
    lan: Colleague, speaker: Speaker, language: Language
) -> None:
    read = await lan.replies(1, "It is at the desk.")

    assert read == {
        DELEGATE: [said(say.staff_reply(TicketId(1), "It is at the desk.", speaker))],
        RECEPTION: [f"#1 claimed · normal · reception · Lan: {QUESTION[language]}"],
    }


async def test_a_reply_says_that_it_is_reception_who_speaks(desk: Desk, lan: Colleague) -> None:
    for language, words in QUESTION.items():
        desk.takes(words, "venue.lost-found", trust=0.01)
        await Delegate(desk, language, language).says(words)

    read = [await lan.replies(number, "OK") for number in (1, 2, 3)]

    assert read[0]["en"] == ["Reception answers your request #1:\nOK"]
    assert read[1]["ar"] == ["رد الاستقبال على طلبك رقم 2:\nOK"]
    assert read[2]["vi"] == ["Lễ tân trả lời yêu cầu số 3 của quý vị:\nOK"]


@pytest.mark.usefixtures("asked")
async def test_two_replies_in_the_same_second_both_arrive(lan: Colleague, speaker: Speaker) -> None:
    first = await lan.replies(1, "It is at the desk.")
    second = await lan.replies(1, "Ask for Minh.")

    assert first[DELEGATE] == [said(say.staff_reply(TicketId(1), "It is at the desk.", speaker))]
    assert second[DELEGATE] == [said(say.staff_reply(TicketId(1), "Ask for Minh.", speaker))]


@pytest.mark.usefixtures("asked")
async def test_the_same_reply_delivered_twice_arrives_once(lan: Colleague) -> None:
    first = await lan.does("reply", 1, "It is at the desk.", number="telegram:77")
    second = await lan.does("reply", 1, "It is at the desk.", number="telegram:77")

    assert len(first[DELEGATE]) == 1
    assert second == {}


@pytest.mark.usefixtures("asked")
async def test_what_is_written_to_the_person_reaches_them_and_the_bot_is_silent(
    guest: Delegate, lan: Colleague, language: Language
) -> None:
    await lan.replies(1, "Which folder?")

    read = await guest.says(MORE[language])
    picture = await guest.sends("photo")

    assert read == {RECEPTION: [f"#1 delegate: {MORE[language]}"]}
    assert picture == {RECEPTION: ["#1 delegate: [photo]"]}


@pytest.mark.usefixtures("asked")
async def test_a_menu_tap_meanwhile_is_answered(guest: Delegate, lan: Colleague, speaker: Speaker) -> None:
    await guest.commands("help")
    await lan.replies(1, "One moment.")

    read = await guest.presses(speaker.text("Next"))

    assert list(read) == [DELEGATE]
    assert "08:10–08:30" in read[DELEGATE][0]


@pytest.mark.usefixtures("asked")
async def test_an_emergency_meanwhile_is_answered_at_once(guest: Delegate, lan: Colleague) -> None:
    await lan.replies(1, "One moment.")

    read = await guest.says("Help, my friend cannot breathe!")

    assert read[DELEGATE][0].startswith("☎")
    assert read[RECEPTION][0].startswith("#2 new · emergency · medical")


@pytest.mark.usefixtures("asked")
async def test_the_bot_answers_again_hours_after_the_last_word(desk: Desk, guest: Delegate, lan: Colleague) -> None:
    await lan.replies(1, "It is at the desk.")
    await desk.waits(hours=2)

    read = await guest.says("What is the wifi password?")

    assert list(read) == [DELEGATE]


@pytest.mark.usefixtures("asked")
async def test_a_note_is_for_staff_only(lan: Colleague) -> None:
    read = await lan.does("note", 1, "He is at the table by the window.")

    assert DELEGATE not in read


async def test_closing_is_said_and_reopening_is_not(
    asked: str, lan: Colleague, omar: Colleague, speaker: Speaker
) -> None:
    await lan.claims(1)

    closed = await lan.resolves(1)
    opened = await omar.reopens(1)
    with pytest.raises(Refused):
        await omar.reopens(1)

    assert closed == {
        DELEGATE: [said(say_requests.resolved(TicketId(1), speaker))],
        RECEPTION: [f"#1 resolved · normal · reception · Lan: {asked}"],
    }
    assert opened == {RECEPTION: [f"#1 reopened · normal · reception: {asked}"]}


async def test_a_reply_to_a_closed_request_opens_it_for_who_replied(
    asked: str, lan: Colleague, omar: Colleague
) -> None:
    await lan.claims(1)
    await lan.resolves(1)

    read = await omar.replies(1, "We found it after all.")

    assert read[RECEPTION] == [f"#1 claimed · normal · reception · Omar: {asked}"]


@pytest.mark.usefixtures("asked")
async def test_who_comes_second_is_told_who_helps(lan: Colleague, omar: Colleague) -> None:
    await lan.claims(1)

    with pytest.raises(Refused) as refused:
        await omar.claims(1)

    assert str(refused.value) == "Lan is already helping with request #1."


@pytest.mark.usefixtures("asked")
async def test_a_burst_is_one_request(desk: Desk, guest: Delegate, speaker: Speaker, language: Language) -> None:
    desk.takes(MORE[language], trust=0.0)

    read = await guest.says(MORE[language])

    assert read == {
        DELEGATE: [said(say.added(TicketId(1), speaker))],
        RECEPTION: [f"#1 delegate: {MORE[language]}"],
    }


async def test_a_question_later_is_a_request_of_its_own(asked: str, desk: Desk, guest: Delegate) -> None:
    await desk.waits(minutes=10)

    read = await guest.says(asked)

    assert read[RECEPTION] == [f"#2 new · normal · reception: {asked}"]


async def test_at_night_reception_takes_what_can_wait(desk: Desk, delegate: Delegate) -> None:
    await desk.waits(hours=15)  # 22:40
    desk.takes("My question is about the blue folder", "schedule.documents", trust=0.01)

    read = await delegate.says("My question is about the blue folder")

    assert read[RECEPTION] == ["#1 new · normal · reception: My question is about the blue folder"]
    assert "(Reception)" in read[DELEGATE][0]


async def test_two_delegates_never_read_each_others_answers(desk: Desk, lan: Colleague) -> None:
    amal, binh = Delegate(desk, "en", "Amal"), Delegate(desk, "en", "Binh")
    for words in ("Where is the green bag", "Where is the red bag"):
        desk.takes(words, "venue.lost-found", trust=0.01)
    await amal.says("Where is the green bag")
    await binh.says("Where is the red bag")

    to_binh = await lan.replies(2, "Yours is here.")
    to_amal = await lan.replies(1, "Yours is gone.")

    assert set(to_binh) == {"Binh", RECEPTION}
    assert set(to_amal) == {"Amal", RECEPTION}
