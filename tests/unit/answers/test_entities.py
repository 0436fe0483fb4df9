"""What a question names: days, times, places, sessions, in any of the three languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest

from bot.answers.entities import Gazetteer
from bot.model.content import Event
from bot.model.decisions import Asked
from tests.conftest import MORNING

Read = Callable[[str], Asked]
YESTERDAY, TODAY, TOMORROW, LAST = (date(2023, 11, day) for day in (20, 21, 22, 23))
FORENOON, AFTERNOON, EVENING = (time(0), time(12)), (time(12), time(18)), (time(17), time(23, 59))


@pytest.fixture
def read(event: Event) -> Read:
    gazetteer = Gazetteer(event)
    return lambda text: gazetteer.read(text, MORNING)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("what is on today", TODAY),
        ("and tomorrow?", TOMORROW),
        ("the day after tomorrow", LAST),
        ("yesterday's photos", None),  # "yesterdays": a possessive is a word of its own, and photos need no day
        ("what was on yesterday", YESTERDAY),
        ("on Thursday", LAST),
        ("programme for thu", LAST),
        ("Wed morning", TOMORROW),
        ("on the 22nd", TOMORROW),
        ("22 November", TOMORROW),
        ("Nov 23", LAST),
        ("22/11", TOMORROW),
        ("22.11.2023", TOMORROW),
        ("chương trình hôm nay", TODAY),
        ("chuong trinh ngay mai", TOMORROW),
        ("ngày kia có gì", LAST),
        ("thứ năm thì sao", LAST),
        ("lich thu 5", LAST),
        ("sáng t4", TOMORROW),
        ("ngày 23 có gì", LAST),
        ("chủ nhật", date(2023, 11, 19)),
        ("برنامج اليوم", TODAY),
        ("وغدًا؟", TOMORROW),
        ("وبكرة؟", TOMORROW),
        ("مساء الغد", TOMORROW),
        ("بعد بكرا", LAST),
        ("والخميس؟", LAST),
        ("للأربعاء", TOMORROW),
        ("يوم 22", TOMORROW),
        ("٢٣ نوفمبر", LAST),
    ],
)
def test_days(read: Read, text: str, day: date | None) -> None:
    assert read(text).day == day


@pytest.mark.parametrize(
    "text",
    [
        "Tôi muốn đổi phòng",
        "thủ tục nhận phòng",
        "thu tuc visa the nao",
        "tôi cần thư mời",
        "cho tôi một phòng",
        "anh ấy đi một mình",
        "terminal T2",
        "the sun is hot",
        "my room is 2311",
        "bus 86 costs 45000",
        "mãi chưa thấy xe",
        "I sat down",
    ],
)
def test_words_that_only_look_like_days(read: Read, text: str) -> None:
    asked = read(text)

    assert (asked.day, asked.part) == (None, None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("this morning", FORENOON),
        ("what is on in the afternoon", AFTERNOON),
        ("after lunch", AFTERNOON),
        ("tonight", EVENING),
        ("tối nay có gì", EVENING),
        ("toi nay co gi", EVENING),
        ("sáng mai", FORENOON),
        ("chiều thứ tư", AFTERNOON),
        ("هذا المساء", EVENING),
        ("بكرا الصبح", FORENOON),
        ("بعد الظهر", AFTERNOON),
        ("at 10:30", (time(10, 30), time(10, 30))),
        ("8h30", (time(8, 30), time(8, 30))),
        ("5 pm", (time(17), time(17))),
        ("8 giờ tối", (time(20), time(20))),
        ("8 gio toi nay", (time(20), time(20))),
        ("tonight at 8.30", (time(20, 30), time(20, 30))),
        ("الساعة 5 مساء", (time(17), time(17))),
        ("22.11", None),
        ("room 12", None),
    ],
)
def test_times(read: Read, text: str, part: tuple[time, time] | None) -> None:
    assert read(text).part == part


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("what is on now", "now"),
        ("bây giờ có gì", "now"),
        ("شو في هلق", "now"),
        ("what comes next", "next"),
        ("tiep theo la gi", "next"),
        ("وبعدين؟", "next"),
        ("where is it", "where"),
        ("ở đâu vậy", "where"),
        ("phong y te dau", "where"),
        ("وين القاعة", "where"),
    ],
)
def test_now_next_and_where(read: Read, text: str, what: str) -> None:
    asked = read(text)

    assert {"now": asked.now, "next": asked.next, "where": asked.where} == {
        key: key == what for key in ("now", "next", "where")
    }


@pytest.mark.parametrize("text", ["tôi đau đầu quá", "đăng ký", "dang ky"])
def test_words_that_only_look_like_now_and_where(read: Read, text: str) -> None:
    asked = read(text)

    assert (asked.now, asked.where) == (False, False)


def test_every_session_is_found_by_every_name_in_every_language(event: Event, read: Read) -> None:
    missed = [
        (session.id, name)
        for session in event.sessions.values()
        for name in (*session.names.all(), session.title.en, session.title.vi, session.title.ar)
        if session.id not in read(name).sessions
    ]

    assert missed == []


def test_every_place_is_found_by_its_name(event: Event, read: Read) -> None:
    """Or another that bears the same name: the women's prayer room is also one of "the prayer rooms"."""
    missed = []
    for place in event.places.values():
        for name in (place.name.en, place.name.vi, place.name.ar):
            found = event.places.get(read(name).place)
            if found is None or (found.id != place.id and name not in found.names.all()):
                missed.append((place.id, name, read(name).place))

    assert missed == []


@pytest.mark.parametrize(
    ("text", "code"), [("visa for Japan", "JP"), ("công dân Lào", "LA"), ("جنسيتي من الأردن", "JO")]
)
def test_countries(read: Read, text: str, code: str) -> None:
    assert read(text).country == code


def test_a_long_text_is_read_in_no_time(read: Read) -> None:
    assert read("8" * 4_000).part is None
    assert read("ngày " * 800).day is None
