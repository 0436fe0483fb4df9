"""A pressed button is owed one answer, in time."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    BadRequest,
)

from tests.fakes.telegram import FakeTelegram, Person


async def test_press_is_answered_once(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    row = [InlineKeyboardButton("Visa", callback_data="visa")]
    await bot.send_message(amina.id, "menu", reply_markup=InlineKeyboardMarkup([row]))
    press = await amina.presses("Visa")
    [update] = await bot.get_updates()
    assert update.callback_query is not None

    await update.callback_query.answer("One moment", show_alert=True)

    assert (update.callback_query.data, (await press.answered()).text) == ("visa", "One moment")
    assert press.alert
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await update.callback_query.answer()
    with pytest.raises(BadRequest, match=r"(?i)0 to 200"):
        await bot.answer_callback_query("1", text="x" * 201)
    assert tg.violations[0].text == "answered a press twice"


async def test_unanswered_press_is_a_violation(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    row = [InlineKeyboardButton("Visa", callback_data="visa")]
    await bot.send_message(amina.id, "menu", reply_markup=InlineKeyboardMarkup([row]))
    await amina.presses(amina.last)
    [update] = await bot.get_updates()
    await bot.get_updates(offset=update.update_id + 1)
    assert tg.violations == []

    await tg.settled(timeout=0.05)

    assert [v.text for v in tg.violations] == ["callback never answered: visa"]


async def test_late_answer_to_a_press_is_refused() -> None:
    now = 1_700_000_000.0
    async with FakeTelegram(clock=lambda: now) as tg, Bot(tg.token, base_url=tg.base_url) as bot:
        user = tg.user("Amina")
        await user.start()
        row = [InlineKeyboardButton("Visa", callback_data="visa")]
        await bot.send_message(user.id, "menu", reply_markup=InlineKeyboardMarkup([row]))
        press = await user.presses("Visa")
        now += 61

        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await bot.answer_callback_query(press.id)
