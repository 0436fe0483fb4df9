"""The fake Telegram posts updates: secret, order, retries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
)

from tests.fakes.loopback import served
from tests.fakes.telegram import FakeTelegram


@asynccontextmanager
async def hook(answer: Callable[[web.Request], int]) -> AsyncIterator[tuple[str, list[str]]]:
    """A webhook on this machine; ``answer`` gives the status, the list the texts it got."""
    texts: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        update = await request.json()
        texts.append(update["message"]["text"])
        return web.Response(status=answer(request))

    async with served([web.post("/hook", handle)]) as url:
        yield f"{url}/hook", texts


async def test_webhook_gets_updates_with_the_secret(tg: FakeTelegram, bot: Bot) -> None:
    secrets: list[str | None] = []

    def answer(request: web.Request) -> int:
        secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return 200

    async with hook(answer) as (url, texts):
        await bot.set_webhook(url, secret_token="s3cret", allowed_updates=["message"])
        await tg.user("Amina").start()
        await tg.settled()
        info = await bot.get_webhook_info()

    assert (texts, secrets) == (["/start"], ["s3cret"])
    assert (info.url, info.pending_update_count) == (url, 0)
    assert info.allowed_updates == ("message",)


async def test_webhook_is_tried_again_in_order_and_holds_back_only_its_chat(tg: FakeTelegram, bot: Bot) -> None:
    statuses = [500, 503]
    refused = asyncio.Event()

    def answer(_: web.Request) -> int:
        refused.set()
        return statuses.pop() if statuses else 204

    async with hook(answer) as (url, texts):
        await bot.set_webhook(url)
        amina, bao = tg.user("Amina"), tg.user("Bao")
        await amina.start("1")
        await amina.says("2")
        await refused.wait()
        await bao.start("3")
        await tg.settled()
        info = await bot.get_webhook_info()

    mine = [text for text in texts if text != "/start 3"]
    assert mine == ["/start 1"] * mine.count("/start 1") + ["2"]
    assert len(texts) == 5
    assert info.last_error_message is not None
    assert "Wrong response from the webhook: 50" in info.last_error_message


async def test_unreachable_webhook_keeps_updates_and_polling_conflicts(tg: FakeTelegram, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await tg.user("Amina").start()

    with pytest.raises(Conflict, match=r"(?i)webhook is active"):
        await bot.get_updates()
    with pytest.raises(AssertionError, match=r"(?i)not confirmed"):
        await tg.settled(timeout=0.1)
    await bot.delete_webhook()

    assert len(await bot.get_updates()) == 1


async def test_webhook_far_away_needs_https_and_a_good_secret(tg: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)HTTPS"):
        await bot.set_webhook("http://desk.example.org/hook")
    with pytest.raises(BadRequest, match=r"(?i)secret_token"):
        await bot.set_webhook("https://desk.example.org/hook", secret_token="not allowed!")

    assert len(tg.violations) == 2
