"""Faults on demand and flood limits."""

import asyncio
import json
import socket
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.fakes.telegram import FakeTelegram, Limits, Person


async def test_429_says_how_long_and_blames_impatience() -> None:
    now = 1_700_000_000.0
    async with FakeTelegram(clock=lambda: now) as tg, Bot(tg.token, base_url=tg.base_url) as bot:
        amina, bao = tg.user("Amina"), tg.user("Bao")
        await amina.start()
        await bao.start()
        tg.fail("sendMessage", status=429, retry_after=3, chat_id=amina.id)

        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(amina.id, "one")
        await bot.send_message(bao.id, "others are served")
        await tg.heard()
        now += 2
        with pytest.raises(RetryAfter):
            await bot.send_message(amina.id, "too early")
        now += 1
        await bot.send_message(amina.id, "in time")

        assert caught.value.retry_after == timedelta(seconds=3)
        assert [v.text for v in tg.violations] == ["ignored retry_after"]
        assert amina.last.text == "in time"


async def test_who_has_not_read_the_429_is_not_blamed_and_who_has_is() -> None:
    """A bot on a machine that stalls sends on other connections what it had begun before."""
    now = 1_700_000_000.0
    async with FakeTelegram(clock=lambda: now) as tg:
        amina = tg.user("Amina")
        await amina.start()
        tg.fail("sendMessage", status=429, retry_after=60, chat_id=amina.id)
        with await calling(tg, amina, "one") as refused:
            await tg.called("sendMessage")  # and nothing is read here yet
            for _ in range(3):
                now += 2
                with await calling(tg, amina, "begun long ago") as under_way:
                    assert b" 429 " in await answer_on(under_way)
            assert tg.violations == []

            assert b" 429 " in await answer_on(refused)
            await tg.heard()
            now += 0.3
            with await calling(tg, amina, "too early") as hasty:
                assert b" 429 " in await answer_on(hasty)

        assert [v.text for v in tg.violations] == ["ignored retry_after"]


@pytest.mark.parametrize("others", [0, 3])
async def test_a_bot_that_does_not_wait_as_long_as_told_is_caught(others: int) -> None:
    """On whichever of its connections it speaks, and even if only once."""
    async with FakeTelegram() as tg, Bot(tg.token, base_url=tg.base_url) as bot:
        amina = tg.user("Amina")
        await amina.start()
        await asyncio.gather(*(bot.get_me() for _ in range(others)))  # leaves so many connections to choose from
        tg.fail("sendMessage", status=429, retry_after=3_000, chat_id=amina.id)
        with pytest.raises(RetryAfter):
            await bot.send_message(amina.id, "one")
        await tg.heard()
        await asyncio.sleep(0.3)
        with pytest.raises(RetryAfter):
            await bot.send_message(amina.id, "too early")

        assert [v.text for v in tg.violations] == ["ignored retry_after"]


async def calling(tg: FakeTelegram, person: Person, text: str) -> socket.socket:
    """A connection on which a call was sent and the answer is not read."""
    loop, (_, _, place) = asyncio.get_running_loop(), tg.url.rpartition("//")
    host, port = place.split(":")
    connection = socket.socket()
    connection.settimeout(0)
    await loop.sock_connect(connection, (host, int(port)))
    body = json.dumps({"chat_id": person.id, "text": text}).encode()
    head = f"POST /bot{tg.token}/sendMessage HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/json\r\n"
    await loop.sock_sendall(connection, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


async def answer_on(connection: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(connection, 1 << 16)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, BadRequest), (403, Forbidden), (409, Conflict), (500, NetworkError), (502, NetworkError)],
)
async def test_errors_on_demand_strike_as_often_as_told(
    tg: FakeTelegram, bot: Bot, amina: Person, status: int, error: type[TelegramError]
) -> None:
    fault = tg.fail("send*", status=status, times=2, skip=1)

    await bot.send_message(amina.id, "passes")
    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(amina.id, "fails")
    await bot.send_message(amina.id, "passes again")

    assert [message.text for message in amina.inbox] == ["passes", "passes again"]
    assert (fault.struck, tg.violations) == (2, [])
    assert [call.status for call in tg.calls_of("sendMessage")] == [200, status, status, 200]


async def test_lost_answers_after_the_effect(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    tg.drop("sendMessage", after=True)
    with pytest.raises(NetworkError):
        await bot.send_message(amina.id, "dropped after")
    tg.drop("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(amina.id, "dropped before")
    tg.garble("sendMessage", after=True)
    with pytest.raises(TelegramError):
        await bot.send_message(amina.id, "garbled after")
    tg.fail("sendMessage", status=502, after=True)
    with pytest.raises(NetworkError):
        await bot.send_message(amina.id, "failed after")

    texts = [message.text for message in amina.inbox]
    assert texts == ["dropped after", "garbled after", "failed after"]


async def test_hanging_and_late_answers(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    tg.hang("sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(amina.id, "never", read_timeout=0.1)
    tg.delay("sendMessage", 0.3, after=True)
    with pytest.raises(TimedOut):
        await bot.send_message(amina.id, "late", read_timeout=0.1)

    assert [message.text for message in amina.inbox] == ["late"]
    assert tg.violations == []


async def test_migration_on_demand(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    tg.fail("sendMessage", migrate_to=-1007)

    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(amina.id, "x")

    assert caught.value.new_chat_id == -1007


async def test_flood_limits_by_the_clock() -> None:
    now = 1_700_000_000.0
    limits = Limits(overall=30, per_chat=1.0, burst=3, per_group=4)
    async with (
        FakeTelegram(limits=limits, clock=lambda: now) as tg,
        Bot(tg.token, base_url=tg.base_url) as bot,
    ):
        user, desk = tg.user("Amina"), tg.forum("Reception")
        await user.start()
        for _ in range(3):
            await bot.send_message(user.id, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(user.id, "x")
        now += 1
        await bot.send_message(user.id, "x")
        for _ in range(4):
            now += 1
            await bot.send_message(desk.id, "x")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(desk.id, "x")

        assert caught.value.retry_after == timedelta(seconds=57)
        assert tg.violations == []


async def test_thirty_a_second_over_all_chats() -> None:
    now = 1_700_000_000.0
    async with (
        FakeTelegram(limits=Limits(), clock=lambda: now) as tg,
        Bot(tg.token, base_url=tg.base_url) as bot,
    ):
        users = [tg.user(f"Delegate {number}") for number in range(31)]
        for user in users:
            await user.start()
        for user in users[:30]:
            await bot.send_message(user.id, "The bus leaves now")

        with pytest.raises(RetryAfter):
            await bot.send_message(users[30].id, "The bus leaves now")
        now += 1
        await bot.send_message(users[30].id, "The bus leaves now")

        assert tg.violations == []


async def test_tolerated_violations_do_not_count(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    tg.tolerate("not modified")
    sent = await bot.send_message(amina.id, "same")

    with pytest.raises(BadRequest):
        await bot.edit_message_text("same", amina.id, sent.message_id)

    assert tg.violations == []
