"""A text in a private chat means the same, whether the library read it or we did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram import TelegramDoor
from bot.channels.telegram.inbound import inbound_of_words, to_inbound
from bot.channels.telegram.salvage import pressed_emergency, urgent_words
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_updates import Intake, chat_of
from bot.transports.telegram_words import Words, read_words
from tests.fakes.telegram import FakeTelegram
from tests.unit.telegram.conftest import Desk
from tests.unit.telegram.desk import NOW, until

REAL = datetime(2023, 11, 21, 0, 41, tzinfo=UTC)


def update(**message: Any) -> dict[str, Any]:
    plain = {
        "message_id": 7,
        "date": 1700527200,
        "text": "Where is the prayer room?",
        "chat": {"id": 5, "type": "private", "first_name": "Amina"},
        "from": {"id": 5, "is_bot": False, "first_name": "Amina", "language_code": "ar"},
    }
    return {"update_id": 31, "message": {key: part for key, part in (plain | message).items() if part is not None}}


texts = st.text(max_size=40) | st.sampled_from(
    ["/start ar_lobby", "/today", "/now@desk_bot  x ", "/ nothing", "a" * 100_001]
)
people = st.fixed_dictionaries(
    {"id": st.integers(1, 9), "is_bot": st.booleans(), "first_name": st.text(min_size=1, max_size=9)},
    optional={"last_name": st.text(max_size=9), "language_code": st.sampled_from(["vi", "ar-EG", "xx", ""])},
)


@given(texts, people, st.integers(0, 1 << 33), st.sampled_from(["private", "group", "channel"]))
def test_text_is_read_as_the_library_reads_it(text: str, person: dict[str, Any], date: int, kind: str) -> None:
    raw = update(text=text, date=date, chat={"id": person["id"], "type": kind}, **{"from": person})
    words = read_words(raw)
    theirs = Update.de_json(raw)

    if words is None:
        assert not text.strip() or person["is_bot"] or kind != "private"
        return
    assert inbound_of_words(words, NOW, REAL) == to_inbound(theirs, NOW, REAL)
    assert chat_of(words) == chat_of(theirs)
    assert urgent_words(words) == urgent_words(theirs)
    assert not pressed_emergency(words)


@pytest.mark.parametrize(
    "odd",
    [
        {"text": None}, {"text": "  "}, {"text": 5}, {"photo": []}, {"media_group_id": "9"}, {"date": "now"},
        {"date": True}, {"date": 1 << 40}, {"chat": {"id": "5", "type": "private"}}, {"chat": None}, {"from": None},
        {"from": {"id": 5, "is_bot": False}}, {"via_bot": {}}, {"pinned_message": {}},
    ],
)  # fmt: skip
def test_anything_else_is_left_to_the_library(odd: dict[str, Any]) -> None:
    assert read_words(update()) is not None
    assert read_words(update(**odd)) is None


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, {"update_id": 1}, update() | {"update_id": True}, update() | {"poll": {}},
        {"update_id": 31, "edited_message": update()["message"]},
    ],
)  # fmt: skip
def test_what_is_no_such_update_is_left_to_the_library(raw: object) -> None:
    assert read_words(raw) is None


async def test_text_reaches_the_desk_and_is_confirmed_once_it_is_kept(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk
) -> None:
    taken: list[Words] = []

    async def words(one: Words) -> None:
        taken.append(one)
        await door.receive_words(one)

    amina = tg.user("Amina")
    await amina.start()
    desk.closed = True
    loop = asyncio.create_task(connection.receive(door.receive, Intake(words=words)))
    try:
        await amina.says("Where is the prayer room?")
        await until(lambda: desk.tries > 2)
        assert desk.accepted == []
        desk.closed = False
        await until(lambda: [one.text for one in desk.accepted] == ["", "Where is the prayer room?"])
        await until(lambda: tg.pending == [])
    finally:
        loop.cancel()
        await asyncio.wait([loop])
    assert {one.text for one in taken} == {"/start", "Where is the prayer room?"}
