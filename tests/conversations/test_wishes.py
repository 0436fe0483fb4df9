"""What is asked of the desk itself: another language, what it can do; and what nobody can know from the words alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.answers.engine import Context
from bot.model.decisions import Unresolved
from bot.model.language import Language
from tests.conftest import MORNING
from tests.conversations.world import DELEGATE, Delegate, Desk


@pytest.mark.parametrize(
    ("text", "chat", "wished"),
    [
        ("English please", "vi", "en"),
        ("noi tieng anh", "vi", "en"),
        ("speak arabic please", "en", "ar"),
        ("بالعربي لو سمحت", "en", "ar"),
        ("nói tiếng Việt được không ạ", "en", "vi"),
    ],
)
async def test_a_wish_for_a_language_is_its_button(desk: Desk, text: str, chat: Language, wished: Language) -> None:
    by_words, by_button = Delegate(desk, chat, "w1"), Delegate(desk, chat, "w2")

    read = await by_words.says(text)

    assert read["w1"] == (await by_button.presses_action(f"language:{wished}"))["w2"]


@pytest.mark.parametrize("text", ["what can you do", "bạn làm được gì", "شو بتعمل"])
async def test_who_asks_what_the_desk_can_do_reads_the_help(desk: Desk, text: str) -> None:
    read = await Delegate(desk, "en").says(text)

    assert "/today" in read[DELEGATE][0]


@pytest.mark.parametrize("text", ["1204", "room 1204", "phòng 512", "غرفة 512"])
def test_a_bare_room_number_is_for_reception(desk: Desk, text: str) -> None:
    assert desk.engine.understand(text, Context("en", MORNING)).decision == Unresolved("reception", 0.0)


async def test_only_a_session_that_was_asked_for_is_said_to_be_over(desk: Desk) -> None:
    desk.clock.moves(timedelta(days=10))
    guest = Delegate(desk, "en")

    named = await guest.says("When is the opening ceremony?")

    assert named[DELEGATE][0].startswith("Already over: ")
    for topic in desk.engine.snapshot.library.topics.values():
        if topic.area in ("venue", "badge", "hotel"):
            read = await guest.presses_action(f"topic:{topic.id}")
            assert not any("Already over" in text for text in read.get(DELEGATE, [])), topic.id
