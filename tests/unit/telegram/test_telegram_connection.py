"""Receiving: confirmed only when done, in order per chat, and never deaf."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.model.errors import DeliveryDelayed, SettingsError, StoreUnavailable
from bot.transports.telegram import TelegramConnection, backoff
from bot.transports.telegram_errors import waiting
from bot.transports.telegram_request import AiohttpRequest, AnswerLost, Garbled, NotSent
from bot.transports.telegram_updates import Window
from tests.fakes.telegram import ALWAYS, PNG, FakeTelegram
from tests.unit.telegram.conftest import QUICK
from tests.unit.telegram.desk import receiving, until


class Log:
    """Handles updates by remembering their texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.closed = False

    async def __call__(self, update: Update) -> None:
        if self.closed:
            raise StoreUnavailable("disk full")
        text = update.effective_message.text if update.effective_message is not None else None
        if text == "poison":
            raise RuntimeError("a fault of the desk")
        self.texts.append(text or "?")


@pytest.fixture
def handled() -> Log:
    return Log()


# receiving


async def test_updates_are_handled_and_confirmed(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log
) -> None:
    amina = tg.user("Amina")

    async with receiving(connection, handled):
        await amina.start()
        await amina.says("one")
        await amina.says("two")
        await tg.settled()

    assert handled.texts == ["/start", "one", "two"]
    assert tg.violations == []
    assert connection.health.state == "stopped"


async def test_nothing_is_confirmed_before_it_is_handled(
    tg: FakeTelegram, connect: Callable[[], TelegramConnection], handled: Log
) -> None:
    amina = tg.user("Amina")
    gate = asyncio.Event()
    taken: list[int] = []

    async def slow(update: Update) -> None:
        taken.append(update.update_id)
        await gate.wait()

    async with connect() as first, receiving(first, slow):
        await amina.start()
        await until(lambda: taken)
        await asyncio.sleep(0.2)
    assert len(tg.pending) == 1
    async with connect() as second, receiving(second, handled):
        await tg.settled()

    assert handled.texts == ["/start"]


async def test_a_busy_chat_does_not_hold_up_others_nor_lose_its_place(
    tg: FakeTelegram, connection: TelegramConnection
) -> None:
    amina, bao = tg.user("Amina"), tg.user("Bao")
    gate = asyncio.Event()
    done: list[str] = []

    async def handle(update: Update) -> None:
        assert update.message is not None
        if update.message.chat.id == amina.id:
            await gate.wait()
        done.append(update.message.text or "")

    async with receiving(connection, handle):
        await amina.start("a1")
        await amina.says("a2")
        await until(lambda: tg.calls_of("getUpdates"))
        await bao.start("b1")
        await until(lambda: "/start b1" in done)
        await bao.says("b2")
        await until(lambda: "b2" in done)
        assert tg.pending[0]["message"]["text"] == "/start a1"
        gate.set()
        await tg.settled()

    assert done == ["/start b1", "b2", "/start a1", "a2"]
    assert tg.violations == []


async def test_update_comes_again_while_the_store_is_down(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log
) -> None:
    amina = tg.user("Amina")
    handled.closed = True

    async with receiving(connection, handled):
        await amina.start()
        await amina.says("later")
        await asyncio.sleep(0.2)
        assert len(tg.pending) == 2
        handled.closed = False
        await tg.settled()

    assert handled.texts == ["/start", "later"]
    assert connection.health.poisoned == 0


async def test_poison_is_passed_over_and_counted(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log
) -> None:
    amina = tg.user("Amina")

    async with receiving(connection, handled):
        await amina.start()
        await amina.says("poison")
        tg.push({"message": {"message_id": "no number", "chat": {"id": 5}}})
        tg.push({"unheard_of": {"x": 1}})
        await amina.says("after")
        await tg.settled()

    assert sorted(handled.texts) == ["/start", "?", "after"]  # no order between chats
    assert connection.health.poisoned == 2


async def test_ids_may_start_again_lower(tg: FakeTelegram, connection: TelegramConnection, handled: Log) -> None:
    amina = tg.user("Amina")

    async with receiving(connection, handled):
        await amina.start()
        await tg.settled()
        tg.next_update_id = 42
        await amina.says("after a quiet week")
        await until(lambda: "after a quiet week" in handled.texts)
        await amina.says("and on")
        await tg.settled()

    assert handled.texts == ["/start", "after a quiet week", "and on"]


async def test_conflict_stands_down_and_recovers(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log
) -> None:
    fault = tg.fail("getUpdates", status=409, times=ALWAYS)

    async with receiving(connection, handled):
        await until(lambda: connection.health.state == "conflict")
        calls = len(tg.calls_of("getUpdates"))
        await asyncio.sleep(0.3)
        assert len(tg.calls_of("getUpdates")) - calls <= 12
        fault.stop()
        await tg.user("Amina").start()
        await tg.settled()
        assert connection.health.state == "receiving"

    assert handled.texts == ["/start"]


async def test_webhook_of_somebody_else_is_a_conflict(connection: TelegramConnection, handled: Log) -> None:
    await connection.bot.set_webhook("http://127.0.0.1:9/hook")

    async with receiving(connection, handled):
        await until(lambda: connection.health.state == "conflict")
        await connection.bot.delete_webhook()
        await until(lambda: connection.health.state == "receiving")


@pytest.mark.parametrize("fault", ["drop", "garble", "fail"])
async def test_trouble_on_the_way_is_survived(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log, fault: str
) -> None:
    struck = getattr(tg, fault)("getUpdates", times=3)

    async with receiving(connection, handled):
        await until(lambda: connection.health.state == "unreachable")
        before = connection.health.last_ok
        await tg.user("Amina").start()
        await tg.settled()
        assert connection.health.state == "receiving"

    assert struck.struck == 3
    assert connection.health.last_ok > before
    assert handled.texts == ["/start"]


async def test_retry_after_is_obeyed(tg: FakeTelegram, connection: TelegramConnection, handled: Log) -> None:
    tg.fail("getUpdates", status=429, retry_after=1)

    async with receiving(connection, handled):
        await tg.user("Amina").start()
        await tg.settled()

    assert tg.violations == []


async def test_a_wait_holds_for_all_who_write_to_that_chat_and_for_nobody_else() -> None:
    """An alarm that is told to wait says nothing of it to the card that leaves a moment later."""
    now = 1_700_000_000.0
    async with FakeTelegram(clock=lambda: now) as tg, connected(tg, tick=lambda: now) as connection:
        group, other = tg.group("Reception", ["Lan"]), tg.group("Second desk", ["Minh"])
        tg.fail("sendMessage", status=429, retry_after=2)
        with pytest.raises(RetryAfter):
            await connection.bot.send_message(group.id, "An alarm")
        await tg.heard()
        now += 0.5  # what leaves now was not under way when Telegram refused

        with pytest.raises(RetryAfter) as told:
            await connection.bot.send_message(group.id, "A card")
        with pytest.raises(RetryAfter):
            await connection.calls.send("sendMessage", {"chat_id": group.id, "text": "A reply"})
        await connection.bot.send_message(other.id, "A card of others")
        await connection.bot.send_chat_action(group.id, "typing")

        assert waiting(told.value) == timedelta(seconds=1.5)
        now += 1.5
        await connection.bot.send_message(group.id, "The card again")
        assert [call.fields["text"] for call in tg.calls_of("sendMessage")] == [
            "An alarm", "A card of others", "The card again",
        ]  # fmt: skip
        assert tg.violations == []


def connected(tg: FakeTelegram, tick: Callable[[], float]) -> TelegramConnection:
    return TelegramConnection(tg.token, now=lambda: datetime.now(UTC), api_url=tg.url, patience=QUICK, tick=tick)


async def test_wrong_token_is_said_and_does_not_end_the_loop(tg: FakeTelegram, handled: Log) -> None:
    connection = TelegramConnection("123:wrong", now=lambda: datetime.now(UTC), api_url=tg.url, patience=QUICK)

    async with connection, receiving(connection, handled):
        with pytest.raises(SettingsError, match="does not accept this token") as caught:
            await connection.check()
        await until(lambda: connection.health.state == "bad-token")

    assert "wrong" not in str(caught.value).replace("wrong token", "")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("token", ["", "nonsense", "12:a b", "12:ü", "12:../../x?y"])
async def test_token_that_cannot_be_one_is_never_sent(tg: FakeTelegram, token: str, handled: Log) -> None:
    connection = TelegramConnection(token, now=lambda: datetime.now(UTC), api_url=tg.url, patience=QUICK)

    async with connection, receiving(connection, handled):
        with pytest.raises(SettingsError):
            await connection.check()
        await asyncio.sleep(0.1)

    assert tg.calls == []


async def test_check_tells_the_name_or_that_nobody_answers(tg: FakeTelegram, connection: TelegramConnection) -> None:
    assert await connection.check() == "desk_bot"

    tg.drop("getMe")
    with pytest.raises(DeliveryDelayed):
        await connection.check()


async def test_refusal_dressed_as_success_does_not_end_the_loop(handled: Log) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error_code": 500, "description": "odd"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    connection = TelegramConnection("1:x", now=lambda: datetime.now(UTC), api_url=url, patience=QUICK)
    try:
        async with connection, receiving(connection, handled):
            await until(lambda: connection.health.state == "unreachable")
    finally:
        await runner.cleanup()


# the window


def test_offset_moves_only_past_a_contiguous_prefix() -> None:
    window = Window()

    assert window.fetched([5, 6, 7]) == [5, 6, 7]
    window.done(6)
    assert window.offset == 5
    window.done(5)
    assert window.offset == 7
    assert window.fetched([7, 8]) == [8]
    window.done(7)
    window.done(8)
    assert (window.offset, window.busy) == (9, False)


def test_backoff_doubles_to_its_limit_with_jitter() -> None:
    assert [backoff(n, (1.0, 30.0), lambda: 1.0) for n in (1, 2, 3, 6, 99)] == [1, 2, 4, 30, 30]
    assert backoff(6, (1.0, 30.0), lambda: 0.0) == 15


# the request


async def test_not_sent_and_answer_lost_are_told_apart(tg: FakeTelegram, connection: TelegramConnection) -> None:
    async with TelegramConnection("1:x", now=lambda: datetime.now(UTC), api_url="http://127.0.0.1:9") as nobody:
        with pytest.raises(NotSent):
            await nobody.bot.get_me()
    tg.drop("getMe")
    with pytest.raises(AnswerLost):
        await connection.bot.get_me()
    tg.hang("getMe")
    with pytest.raises(AnswerLost) as caught:
        await connection.bot.get_me(read_timeout=0.1)
    tg.garble("getMe")
    with pytest.raises(Garbled):
        await connection.bot.get_me()
    tg.fail("getMe", status=502)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await connection.bot.get_me()

    assert isinstance(caught.value, TimedOut)


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[]", '{"error": 1}', ""])
@pytest.mark.parametrize("status", [200, 302, 401, 404, 502])
async def test_login_page_of_a_hotel_is_not_telegram(status: int, body: str) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers={"Location": "http://login.example/"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with TelegramConnection("1:secret", now=lambda: datetime.now(UTC), api_url=url) as connection:
            with pytest.raises(Garbled):
                await connection.bot.get_me()
    finally:
        await runner.cleanup()


async def test_files_go_as_multipart(tg: FakeTelegram, connection: TelegramConnection) -> None:
    amina = tg.user("Amina")
    await amina.start()

    await connection.bot.send_document(amina.id, PNG, filename="Bản đồ.png", caption="Map")

    sent = await amina.reads("Map")
    assert sent.content["document"]["file_name"] == "Bản đồ.png"
    file = await connection.bot.get_file(sent.content["document"]["file_id"])
    assert bytes(await file.download_as_bytearray()) == PNG


async def test_token_and_words_are_never_logged(
    tg: FakeTelegram, connection: TelegramConnection, handled: Log, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    amina = tg.user("Amina")
    tg.garble("getUpdates")
    tg.fail("getUpdates", status=401)

    async with receiving(connection, handled):
        await until(lambda: connection.health.state == "bad-token")
        await amina.start("canary-payload")
        await tg.settled()
        await connection.bot.send_message(amina.id, "canary-answer")

    # The fake's own server logs nothing; aiohttp, asyncio and the library could.
    said = caplog.text + json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert tg.token not in said
    assert "canary" not in said


async def test_errors_do_not_name_the_token() -> None:
    request = AiohttpRequest()
    bot = Bot("1:secret", base_url="http://[broken/bot", request=request, get_updates_request=request)
    await request.initialize()
    try:
        with pytest.raises(NetworkError) as caught:
            await bot.get_me()
    finally:
        await request.shutdown()

    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert not isinstance(caught.value, InvalidToken)
