"""One spelling for what people write in many."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.normal import fold, has_marks, normalise, words

# Whatever can be typed, and especially what our three languages are typed with.
LETTERS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("أإآٱىئیةہھؤگکڤپچًٌٍَُِّْٰـابتثجحخ٠١٢٣۴۵۶đĐăâêôơưằẵệộởữỵ'’‘ʼ`´İıſßǅ\u200b\u202e\u2066\ufeff"),
    ),
    max_size=60,
)


@given(LETTERS)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@given(LETTERS)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(normalise(text))

    assert fold(once) == once


@given(LETTERS)
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)

    assert normalise(composed) == normalise(decomposed)


@given(LETTERS)
def test_words_hold_letters_and_digits_only(text: str) -> None:
    assert all(
        word.isalnum() or any(unicodedata.category(c).startswith("M") for c in word) for word in words(normalise(text))
    )


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("أين الإفطار", "اين الافطار"),
        ("الجلسة", "الجلسه"),
        ("مستشفى", "مستشفي"),
        ("مُحَمَّد", "محمد"),
        ("مرحبـــــا", "مرحبا"),
        ("٢٢ نوفمبر", "22 نوفمبر"),
        ("۲۲", "22"),
        ("سؤال", "سوال"),
        ("WIFI", "wifi"),
        ("ＷｉＦｉ", "wifi"),
        ("can't", "cant"),
        ("can’t", "cant"),
        ("heeeelp", "help"),
        ("wi\u200bfi", "wifi"),
        ("\u202ewifi\u202c", "wifi"),
        ("ĐĂNG KÝ", "đăng ký"),
    ],
)
def test_spellings_of_one_word_are_one(written: str, same: str) -> None:
    assert normalise(written) == normalise(same)


@pytest.mark.parametrize(
    ("marked", "bare"),
    [
        ("Mật khẩu wifi là gì?", "mat khau wifi la gi?"),
        ("Đại biểu", "dai bieu"),
        ("Ở đâu vậy", "o dau vay"),
        ("CỨU VỚI", "cuu voi"),
        ("hoà", "hòa"),
    ],
)
def test_vietnamese_without_marks_folds_to_the_same(marked: str, bare: str) -> None:
    assert fold(normalise(marked)) == fold(normalise(bare))


def test_marks_are_kept_until_folded() -> None:
    assert normalise("Tối") == "tối"
    assert has_marks(normalise("Tôi muốn hỏi"))
    assert not has_marks(normalise("toi muon hoi"))
    assert not has_marks(normalise("أين القاعة؟"))
