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
