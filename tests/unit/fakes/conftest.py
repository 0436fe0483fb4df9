"""A fake Telegram with python-telegram-bot's own Bot at the other end."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.fakes.telegram import FakeTelegram, Person


@pytest.fixture(autouse=True)
def durations_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB warns about plain seconds otherwise, and warnings are errors."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def tg() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(tg: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(tg.token, base_url=tg.base_url, base_file_url=tg.base_file_url) as opened:
        yield opened


@pytest.fixture
async def amina(tg: FakeTelegram, bot: Bot) -> Person:
    """A delegate who has pressed Start; the bot has confirmed it."""
    user = tg.user("Amina", language_code="ar")
    await user.start()
    [update] = await bot.get_updates()
    await bot.get_updates(offset=update.update_id + 1)
    return user
