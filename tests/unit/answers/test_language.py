"""Which language a message is in; a chat only changes its language when that is sure."""

from __future__ import annotations

import pytest

from bot.answers.engine import Engine
from bot.model.language import LANGUAGES, Language
from tests.unit.answers.lines import LINES

MOST_UNSURE = 2  # of thirty lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_lines_never_change_the_chat_to_another_language(content: Engine, language: Language) -> None:
    wrong = [line for line in LINES[language] if content.language(line, language).language != language]

    assert wrong == []


@pytest.mark.parametrize("chat", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_are_recognised_in_a_chat_in_another_language(
    content: Engine, language: Language, chat: Language
) -> None:
    missed = [line for line in LINES[language] if content.language(line, chat).language != language]

    assert len(missed) <= MOST_UNSURE, missed


@pytest.mark.parametrize("chat", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "1204",
        "22/11",
        "08:30",
        "+84 24 0000 0100",
        "VN255",
        "T2",
        "AP11",
        "🙂👍",
        "?!",
        "",
        "   ",
        "zzz",
        "ok",
        "wifi",
        "k",
    ],
)
def test_what_is_of_no_language_leaves_the_chat_as_it_is(content: Engine, text: str, chat: Language) -> None:
    guess = content.language(text, chat)

    assert guess.language == chat
    assert not guess.sure


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("وين wifi password", "ar"),
        ("أين Grand Ballroom؟", "ar"),
        ("what does شكرا mean in English please", "en"),
        ("cho em hỏi الجلسة là gì vậy ạ", "vi"),
    ],
)
def test_a_mixed_message_is_in_the_language_of_its_frame(content: Engine, text: str, language: Language) -> None:
    assert content.language(text, "en").language == language


@pytest.mark.parametrize("chat", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "je voudrais une chambre pour ce soir",
        "donde esta el hotel por favor",
        "mera kamra kahan hai",
        "asdf qwer zxcv",
        "ou sont les toilettes",
        "saan ang banyo",
        "quiero cambiar el vuelo",
        "makan malam jam berapa",
        "blah blah blah zzz www",
    ],
)
def test_another_tongue_leaves_the_chat_as_it_is(content: Engine, text: str, chat: Language) -> None:
    assert content.language(text, chat).language == chat


@pytest.mark.parametrize("text", ["mashi 7abibi", "e7zof ma3loumati", "3ayez a3raf fein el mosalla"])
def test_arabic_spelt_with_digits_is_arabic(content: Engine, text: str) -> None:
    assert content.language(text, "en").language == "ar"


@pytest.mark.parametrize("text", ["dở ẹc", "rò gas", "ừ", "đói", "telegram bi chan"])
def test_vietnamese_of_a_word_or_two_is_vietnamese(content: Engine, text: str) -> None:
    assert content.language(text, "en").language == "vi"


@pytest.mark.parametrize("text", ["Where is Mr Nguyễn's room", "how do I get to Mỹ Đình"])
def test_a_vietnamese_name_makes_no_message_vietnamese(content: Engine, text: str) -> None:
    assert content.language(text, "en").language == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("English please", "en"),
        ("noi tieng anh", "en"),
        ("please speak Arabic", "ar"),
        ("عربي", "ar"),
        ("tiếng Việt", "vi"),
        ("in Vietnamese, please", "vi"),
    ],
)
def test_who_asks_for_a_language_gets_it(content: Engine, text: str, language: Language) -> None:
    assert content.wished_language(text) == language


@pytest.mark.parametrize(
    "text", ["do you speak Arabic?", "is there an Arabic interpreter", "how do I say hello in Vietnamese", "hello", ""]
)
def test_a_question_about_a_language_is_no_wish_for_it(content: Engine, text: str) -> None:
    assert content.wished_language(text) is None
