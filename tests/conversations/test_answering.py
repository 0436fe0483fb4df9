"""Questions that the desk answers itself, what short follow-ups then mean, and in which language it answers."""

from __future__ import annotations

import pytest

from bot.desk import say
from bot.i18n.translator import Speakers
from bot.model.language import LANGUAGES, Language
from bot.model.messages import TicketId
from tests.conversations.world import DELEGATE, Colleague, Delegate, Desk, said

OPENING: dict[Language, str] = {
    "en": "When does the opening session start?",
    "ar": "متى تبدأ الجلسة الافتتاحية؟",
    "vi": "Phiên khai mạc bắt đầu lúc mấy giờ?",
}
WHERE: dict[Language, str] = {"en": "where is it?", "ar": "أين؟", "vi": "ở đâu vậy?"}
TOMORROW: dict[Language, str] = {"en": "and tomorrow?", "ar": "وغدًا؟", "vi": "còn ngày mai?"}
NIGHTS = ("Wed 22 Nov", "الأربعاء، 22 نوفمبر", "Thứ Tư, 22 tháng 11")


async def test_the_wifi_password_is_told_with_its_date(desk: Desk) -> None:
    english = await Delegate(desk, "en").says("What is the wifi password?")
    vietnamese = await Delegate(desk, "vi", "Minh").says("mat khau wifi la gi")
    arabic = await Delegate(desk, "ar", "Omar").says("ما هي كلمة سر الواي فاي؟")

    assert list(english) == [DELEGATE]
    assert english[DELEGATE][0].startswith("Conference Wi-Fi: network AP11-Delegates, password change-me-2023")
    assert english[DELEGATE][0].endswith("As of 19 November 2023")
    assert vietnamese["Minh"][0].startswith("Wi-Fi hội nghị: mạng AP11-Delegates, mật khẩu change-me-2023")
    assert arabic["Omar"][0].startswith("شبكة المؤتمر: AP11-Delegates، وكلمة المرور: change-me-2023")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_follow_up_asks_where_the_session_just_spoken_of_is(desk: Desk, language: Language) -> None:
    delegate = Delegate(desk, language)

    opening = await delegate.says(OPENING[language])
    where = await delegate.says(WHERE[language])

    assert "08:30–10:00" in opening[DELEGATE][0]
    expected = {
        "en": "Tue 21 Nov\n• 08:30–10:00 Opening session – Grand Ballroom\nfirst floor (not the lobby level)\nAs of Mon 20 Nov, 18:00",
        "vi": (
            "Thứ Ba, 21 tháng 11\n• 08:30–10:00 Phiên khai mạc – Phòng khánh tiết Grand Ballroom\n"
            "tầng 1 (không phải tầng sảnh)\nThông tin tính đến Thứ Hai, 20 tháng 11, 18:00"
        ),
        "ar": "الثلاثاء، 21 نوفمبر\n• 08:30–10:00 الجلسة الافتتاحية – القاعة الكبرى\nالطابق الأول (ليس طابق البهو)"
        "\nالمعلومات حتى تاريخ الاثنين، 20 نوفمبر، 18:00",
    }
    assert where == {DELEGATE: [expected[language]]}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_follow_up_asks_for_the_next_day(desk: Desk, language: Language) -> None:
    delegate = Delegate(desk, language)
    await delegate.says(OPENING[language])

    tomorrow = await delegate.says(TOMORROW[language])

    assert any(night in tomorrow[DELEGATE][0] for night in NIGHTS)
    assert "08:30–10:15" in tomorrow[DELEGATE][0]
    assert list(tomorrow) == [DELEGATE]


async def test_a_short_word_out_of_nothing_is_no_follow_up(delegate: Delegate) -> None:
    read = await delegate.says("where is it?")

    assert "Opening" not in read[DELEGATE][0]


async def test_the_language_follows_what_is_written(desk: Desk) -> None:
    delegate = Delegate(desk, "en")

    vietnamese = await delegate.says("Mật khẩu wifi của hội nghị là gì vậy bạn ơi?")
    arabic = await delegate.says("ما هي كلمة سر الواي فاي؟")
    english = await delegate.says("What is the password of the conference wifi please?")

    assert vietnamese[DELEGATE][0].startswith("Wi-Fi hội nghị")
    assert arabic[DELEGATE][0].startswith("شبكة المؤتمر")
    assert english[DELEGATE][0].startswith("Conference Wi-Fi")


async def test_a_button_sets_the_language(desk: Desk, speakers: Speakers) -> None:
    delegate = Delegate(desk, "en")
    await delegate.commands("lang")

    read = await delegate.presses("العربية")

    assert read == {DELEGATE: ["أتحدث إليك الآن بالعربية."]}
    assert read == {DELEGATE: [said(say.language_set(speakers["ar"]))]}
    assert delegate.messages[0].keyboard == say.keyboard(speakers["ar"])


async def test_a_language_chosen_by_button_stays(desk: Desk) -> None:
    delegate = Delegate(desk, "en")
    await delegate.commands("lang")
    await delegate.presses("العربية")

    read = await delegate.says("What is the password of the conference wifi please?")

    assert read[DELEGATE][0].startswith("شبكة المؤتمر")


async def test_letters_that_are_no_words_change_no_language(desk: Desk, speakers: Speakers) -> None:
    delegate = Delegate(desk, "ar")
    desk.takes("zzz", "hotel.wifi", "hotel.checkin", trust=0.2)

    read = await delegate.says("zzz")

    assert read == {DELEGATE: [said(say.clarify(("hotel.wifi",), desk.engine.snapshot, speakers["ar"]))]}


@pytest.mark.parametrize(("command", "start"), [("today", "08:30–10:00"), ("now", ""), ("next", "08:10–08:30")])
async def test_the_programme_by_command(delegate: Delegate, command: str, start: str) -> None:
    read = await delegate.commands(command)

    assert list(read) == [DELEGATE]
    assert start in read[DELEGATE][0]


async def test_a_keyboard_word_is_a_tap_in_any_language(desk: Desk, speakers: Speakers) -> None:
    delegate = Delegate(desk, "en")
    by_command = await delegate.commands("next")

    by_word = await delegate.says(say.keyboard(speakers["en"])[0][1])

    assert by_word == by_command


async def test_menu_offers_the_topics_of_an_area(desk: Desk, speakers: Speakers) -> None:
    delegate = Delegate(desk, "vi")
    await delegate.commands("start")

    menu = await delegate.presses(speakers["vi"].text("Hotel"))
    answer = await delegate.presses("Wi-Fi")

    assert menu == {DELEGATE: [said(say.area_menu("hotel", desk.engine.snapshot, speakers["vi"]))]}
    assert answer[DELEGATE][0].startswith("Wi-Fi hội nghị")


@pytest.mark.parametrize("again", [False, True])
async def test_what_was_answered_before_a_person_was_asked_is_read_by_staff_in_their_language(
    desk: Desk, lan: Colleague, *, again: bool
) -> None:
    """Nobody at reception reads Arabic; they must know what the delegate was told already."""
    delegate = Delegate(desk, "ar")
    await delegate.says("اسمي غير موجود في قائمة البطاقات")
    if again:
        await lan.resolves(1)
        await delegate.says("اسمي غير موجود في قائمة البطاقات")

    told = [entry for entry in await desk.store.timeline(TicketId(1)) if entry.author == "desk"]
    answered = [entry.answer for entry in told if "جواز" in said(entry.message)]

    assert answered == ["topic:badge.missing"] * (2 if again else 1)
