"""What is quoted of a message stands as it was written; a message is divided only where both sides say something."""

from __future__ import annotations

import pytest

from bot.answers.engine import Engine
from bot.answers.needs import Division, Needs
from bot.answers.second import as_written


@pytest.mark.parametrize(
    ("text", "part", "found"),
    [
        ("Lost my badge and also my bus didn't come!", "my bus didnt come", "my bus didn't come"),
        ("ضاعت بطاقتي، وكمان الباصُ ما إجا؟", "الباص ما اجا", "الباصُ ما إجا"),
        ("Mất thẻ rồi, với lại XE không tới.", "xe không tới", "XE không tới"),
        ("badge,bus", "bus", "bus"),
    ],
)
def test_a_part_is_quoted_as_it_was_written(text: str, part: str, found: str) -> None:
    assert as_written(text, part) == found


def test_words_that_add_something_divide_before_others_do(content: Engine) -> None:
    needs = Needs(content.snapshot.library)

    assert needs.divisions("Hello there, my room is cold and also the bus never came!") == (
        Division("hello there, my room is cold", "the bus never came", also=True),
    )
    assert needs.divisions("my room is cold, the bus never came") == (
        Division("my room is cold", "the bus never came", also=False),
    )


@pytest.mark.parametrize("text", ["", "also", "the gym also", "where, when", "a " * 200 + ", also my room is cold"])
def test_nothing_to_divide(content: Engine, text: str) -> None:
    assert Needs(content.snapshot.library).divisions(text) == ()
