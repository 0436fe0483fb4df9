"""Letters that the desk does not read."""

from __future__ import annotations

import pytest

from bot.answers.scripts import foreign


@pytest.mark.parametrize("text", ["你好，开幕式几点", "Где туалет?", "こんにちは", "ຫ້ອງນ້ຳຢູ່ໃສ", "Hotel 开幕式几点开始"])
def test_other_scripts_are_foreign(text: str) -> None:
    assert foreign(text)


@pytest.mark.parametrize(
    "text",
    ["", "🚌❓", "12:30", "Where is 张伟 from our delegation?", "الأكل حلال؟", "Ăn trưa ở đâu ạ?", "où est la salle?"],
)
def test_what_is_read_is_not(text: str) -> None:
    assert not foreign(text)
