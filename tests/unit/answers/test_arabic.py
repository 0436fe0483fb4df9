from __future__ import annotations

import pytest

from bot.answers.arabic import arabizi, shapes, skeleton
from bot.answers.normal import fold, normalise, words


def folded(text: str) -> list[str]:
    return [fold(word) for word in words(normalise(text))]


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("الغرفة", "ghorfa"),
        ("مطعم", "mat3am"),
        ("الصلاة والوضوء", "salah wel wudu2"),
        ("حلال", "7alal"),
        ("دكتور", "doctor"),
    ],
)
def test_a_word_has_one_skeleton_in_both_scripts(arabic: str, latin: str) -> None:
    assert skeleton(folded(arabic)[0]) == skeleton(folded(latin)[0])


def test_what_is_written_onto_a_word_is_taken_off() -> None:
    assert "غرف" in shapes(folded("بالغرف")[0])
    assert "غرفه" in shapes(folded("غرفتي")[0])


def test_words_of_other_scripts_have_no_other_shape() -> None:
    assert shapes("rooms") == ()
    assert skeleton("1204") is None


@pytest.mark.parametrize("text", ["7abibi", "wein el otel", "shu el password", "ana mesh fahem", "3ayez taxi"])
def test_arabic_in_latin_letters_is_seen(text: str) -> None:
    assert arabizi(folded(text))


@pytest.mark.parametrize(
    "text",
    [
        "where is the 2nd floor",
        "coffee at 3pm in room 204",
        "flight VN255 from T2",
        "phòng 5 ở đâu",
        "mai may gio co xe",
        "quiero cambiar el vuelo",
        "combien pour le taxi",
    ],
)
def test_what_other_tongues_write_is_not(text: str) -> None:
    assert not arabizi(folded(text))
