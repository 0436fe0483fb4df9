"""The fake Telegram hands out updates to a poller, each until it is confirmed."""

import asyncio
import sys

import pytest
from aiohttp import ClientSession
from telegram import Bot
from telegram.error import (
    Conflict,
)

from tests.fakes.telegram import FakeTelegram, Person


async def test_message_stays_until_a_higher_offset_confirms_it(tg: FakeTelegram, bot: Bot) -> None:
    user = tg.user("Amina", language_code="ar")
    await user.start("ar_lobby")

    first = await bot.get_updates()
    again = await bot.get_updates(offset=first[0].update_id)
    after = await bot.get_updates(offset=first[0].update_id + 1)

    message = first[0].message
    assert message is not None
    assert message.text == "/start ar_lobby"
    assert [entity.type for entity in message.entities] == ["bot_command"]
    assert message.from_user is not None
    assert message.from_user.language_code == "ar"
    assert again == first
    assert after == ()
    assert tg.violations == []


async def test_long_poll_wakes_up_when_somebody_writes(bot: Bot, amina: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0)
    await amina.says("Where is the bus?")

    async with asyncio.timeout(3):
        [update] = await poll

    assert update.effective_message is not None
    assert update.effective_message.text == "Where is the bus?"


async def test_limit_and_negative_offset(bot: Bot, amina: Person) -> None:
    for number in range(5):
        await amina.says(f"n{number}")

    two = await bot.get_updates(limit=2)
    last = await bot.get_updates(offset=-1)

    assert [u.message.text for u in two if u.message] == ["n0", "n1"]
    assert [u.message.text for u in last if u.message] == ["n4"]


async def test_second_poller_ends_the_first_with_conflict(tg: FakeTelegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await tg.called("getUpdates")

    async with Bot(tg.token, base_url=tg.base_url) as other:
        second = await other.get_updates()

    assert second == ()
    with pytest.raises(Conflict):
        await first
    assert [v.text for v in tg.violations] == ["two getUpdates at a time"]


async def test_a_killed_poller_leaves_no_conflict(tg: FakeTelegram, bot: Bot) -> None:
    async with ClientSession() as session:
        poll = asyncio.create_task(session.get(f"{tg.base_url}{tg.token}/getUpdates?timeout=20"))
        await tg.called("getUpdates")
        poll.cancel()
        await asyncio.wait([poll])
    await bot.get_me()

    await bot.get_updates()

    assert tg.violations == []


async def test_allowed_updates_are_kept(bot: Bot, amina: Person) -> None:
    await bot.get_updates(allowed_updates=["message", "message_reaction"])
    message = await amina.says("hello")
    await amina.edits(message, "hello!")
    await amina.reacts(message, "👍")

    updates = await bot.get_updates()

    assert [bool(update.message_reaction) for update in updates] == [False, True]


async def test_reactions_come_only_when_asked_for(bot: Bot, amina: Person) -> None:
    message = await amina.says("hello")
    await amina.reacts(message, "👍")

    [update] = await bot.get_updates()

    assert update.message_reaction is None


async def test_update_ids_may_start_again_lower(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    offset = tg.next_update_id
    tg.next_update_id = 42
    await amina.says("after a quiet week")

    [update] = await bot.get_updates(offset=offset)

    assert update.update_id == 42


async def test_any_json_can_be_an_update(tg: FakeTelegram, bot: Bot) -> None:
    number = tg.push({"unheard_of": {"x": 1}})

    [update] = await bot.get_updates()

    assert update.update_id == number
    assert update.effective_chat is None


ECHO = """
import json, sys, urllib.request
offset = 0
def call(method, **fields):
    body = json.dumps(fields).encode()
    asked = urllib.request.Request(sys.argv[1] + method, body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(asked))["result"]
while True:
    for update in call("getUpdates", offset=offset, timeout=20):
        message = update["message"]
        call("sendMessage", chat_id=message["chat"]["id"], text="echo " + message["text"])
        offset = update["update_id"] + 1
"""


@pytest.mark.process
async def test_bot_in_another_process_is_killed_and_comes_back(tg: FakeTelegram) -> None:
    async def started() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(sys.executable, "-c", ECHO, f"{tg.base_url}{tg.token}/")

    user = tg.user("Amina")
    await user.start()
    bot = await started()
    await user.reads("echo /start")
    await tg.settled()
    bot.kill()
    await bot.wait()
    await user.says("are you there?")
    bot = await started()
    try:
        await user.reads("echo are you there?")
        await tg.settled()
    finally:
        bot.kill()
        await bot.wait()

    assert tg.violations == []
    assert [message.text for message in user.inbox] == ["echo /start", "echo are you there?"]
