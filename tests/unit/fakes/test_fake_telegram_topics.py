"""Forums, rights and groups that move."""

import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
)

from tests.fakes.telegram import FakeTelegram


async def test_topic_is_created_written_to_answered_and_closed(tg: FakeTelegram, bot: Bot) -> None:
    desk = tg.forum("Reception", staff=["Lan", "Binh"])
    created = await bot.create_forum_topic(desk.id, "Amina · room 12")
    thread = created.message_thread_id
    await bot.send_message(desk.id, "Amina asks: visa?", message_thread_id=thread)
    topic = await desk.topic(contains="Amina")
    card = await desk["Lan"].reads(contains="visa", topic=topic)
    await desk["Lan"].replies(card, "Ask at desk 2")
    await desk["Binh"].says("noted", topic=topic)
    await desk["Binh"].says("in General")
    reply, note, general = [u.message for u in await bot.get_updates() if u.message][-3:]
    await bot.edit_forum_topic(desk.id, thread, name="Amina · done")
    await bot.close_forum_topic(desk.id, thread)

    assert (reply.message_thread_id, reply.is_topic_message) == (thread, True)
    assert reply.reply_to_message is not None
    assert reply.reply_to_message.message_id == card.id
    assert note.reply_to_message is not None
    assert note.reply_to_message.forum_topic_created is not None
    assert general.message_thread_id is None
    assert (topic.name, topic.closed) == ("Amina · done", True)
    assert tg.violations == []


async def test_topic_that_staff_deleted_is_gone(tg: FakeTelegram, bot: Bot) -> None:
    desk = tg.forum("Reception")
    created = await bot.create_forum_topic(desk.id, "Amina")
    await desk["Clerk"].deletes_topic(desk.topics[0])

    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=created.message_thread_id)
    assert (tg.violations, desk.topics) == ([], [])
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=1)
    assert [v.text for v in tg.violations] == ["message thread not found"]


async def test_rights_members_and_leaving(tg: FakeTelegram, bot: Bot) -> None:
    desk = tg.forum("Reception", ["Lan", "Binh"], rights=frozenset())
    with pytest.raises(BadRequest, match=r"(?i)not enough rights"):
        await bot.create_forum_topic(desk.id, "x")
    asked = await bot.send_message(desk.id, "Who takes this?")
    talk = await desk["Lan"].says("small talk")
    await desk["Binh"].replies(talk, "more of it")
    await desk["Binh"].replies(desk["Binh"].last, "I do")
    await desk["Lan"].says("/claim@desk_bot")
    seen = [u.message.text for u in await bot.get_updates() if u.message]
    await desk.admits_bot()
    admins = await bot.get_chat_administrators(desk.id)
    member = await bot.get_chat_member(desk.id, desk["Binh"].id)
    info = await bot.get_chat(desk.id)
    await desk.kicks_bot()

    assert desk["Binh"].last.id == asked.message_id
    assert seen == ["I do", "/claim@desk_bot"]
    assert [admin.user.first_name for admin in admins] == ["Lan"]
    assert (member.status, info.is_forum) == ("member", True)
    with pytest.raises(Forbidden, match=r"(?i)kicked from the supergroup"):
        await bot.send_message(desk.id, "x")


async def test_upgraded_group_names_its_new_id(tg: FakeTelegram, bot: Bot) -> None:
    desk = tg.group("Reception", ["Lan"])
    old = desk.id
    new = await desk.upgrades()

    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(old, "x")
    await bot.send_message(caught.value.new_chat_id, "found you")

    assert (caught.value.new_chat_id, desk.id) == (new, new)
    assert (await desk["Lan"].reads()).text == "found you"
    assert tg.violations == []
