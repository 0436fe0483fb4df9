"""People write, read, press; messages show what the bot did."""

import asyncio

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup
from telegram.error import (
    BadRequest,
    Forbidden,
)

from tests.fakes.telegram import PNG, FakeTelegram, Person


async def test_answer_is_read_once_with_all_its_parts(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    buttons = [
        InlineKeyboardButton("Visa", callback_data="v1"),
        InlineKeyboardButton("Map", url="https://example.org/map"),
    ]
    question = await amina.says("hotel?")
    await bot.send_message(
        amina.id, "The <b>hotel</b> 🏨 is <i>here</i>.", parse_mode="HTML",
        reply_markup=InlineKeyboardMarkup([buttons]), reply_to_message_id=question.id,
    )  # fmt: skip

    answer = await amina.reads(contains="hotel")

    assert answer.text == "The hotel 🏨 is here."
    assert answer.entities == [
        {"type": "bold", "offset": 4, "length": 5},
        {"type": "italic", "offset": 16, "length": 4},
    ]
    assert answer.labels == ["Visa", "Map"]
    assert answer.buttons[0][1].url == "https://example.org/map"
    assert answer.reply_to is question
    assert (answer.method, answer.thread_id, amina.inbox) == ("sendMessage", None, [answer])
    with pytest.raises(AssertionError, match=r"(?i)nothing to read"):
        await amina.reads(timeout=0)
    assert tg.violations == []


async def test_reading_waits_for_a_message_that_comes_later(bot: Bot, amina: Person) -> None:
    reading = asyncio.create_task(amina.reads("second", timeout=3))
    await bot.send_message(amina.id, "first")
    await bot.send_message(amina.id, "second")

    assert (await reading).text == "second"
    assert [message.text for message in amina.unread] == ["first"]


async def test_strangers_and_blockers_are_not_written_to(tg: FakeTelegram, bot: Bot) -> None:
    user = tg.user("Bao")

    with pytest.raises(Forbidden, match=r"(?i)can't initiate conversation"):
        await bot.send_message(user.id, "hello")
    await user.start()
    await user.blocks()
    with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
        await bot.send_message(user.id, "hello")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(4711, "hello")
    await user.start()
    await bot.send_message(user.id, "welcome back")

    assert [v.text for v in tg.violations] == [
        "bot can't initiate conversation with a user",
        "chat not found",
    ]
    kinds = [update.my_chat_member for update in await bot.get_updates()]
    assert [bool(kind) for kind in kinds] == [False, True, True, False]


@pytest.mark.parametrize(
    "kind",
    ["photo", "document", "voice", "video", "video_note", "audio", "animation", "sticker",
     "location", "venue", "contact", "poll", "dice"],
)  # fmt: skip
async def test_people_send_anything(bot: Bot, amina: Person, kind: str) -> None:
    await amina.sends(kind)

    [update] = await bot.get_updates()

    assert update.message is not None
    assert getattr(update.message, kind)


async def test_album_shares_one_group_id(bot: Bot, amina: Person) -> None:
    await amina.sends_album("photo", "photo", "video", caption="my passport")

    updates = await bot.get_updates()

    assert len({update.message.media_group_id for update in updates if update.message}) == 1
    assert [u.message.caption for u in updates if u.message] == ["my passport", None, None]


async def test_file_is_downloaded(bot: Bot, amina: Person) -> None:
    await amina.sends("document", data=b"%PDF", name="visa.pdf", mime="application/pdf")
    await amina.sends("document", data=b"%PDF", size=30_000_000)
    small, big = await bot.get_updates()
    assert small.message is not None
    assert small.message.document is not None
    assert big.message is not None
    assert big.message.document is not None

    found = await (await small.message.document.get_file()).download_as_bytearray()

    assert (bytes(found), small.message.document.file_name) == (b"%PDF", "visa.pdf")
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await big.message.document.get_file()


async def test_photo_and_document_go_up_as_files(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    await bot.send_photo(amina.id, PNG, caption="<u>Map</u>", parse_mode="HTML")
    await bot.send_document(amina.id, b"BEGIN:VCALENDAR", filename="agenda.ics")
    photo, document = amina.inbox

    assert (photo.text, photo.entities[0]["type"]) == ("Map", "underline")
    assert document.content["document"]["file_name"] == "agenda.ics"
    await bot.send_photo(amina.id, photo.content["photo"][-1]["file_id"])
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(amina.id, b"no picture")
    assert [v.text for v in tg.violations] == ["IMAGE_PROCESS_FAILED"]


async def test_edit_is_seen_and_an_empty_one_refused(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    sent = await bot.send_message(amina.id, "one")
    await bot.edit_message_text("two", amina.id, sent.message_id)

    message = await amina.last.edited(contains="two")

    assert message.edits[0]["text"] == "one"
    with pytest.raises(BadRequest, match=r"(?i)not modified"):
        await bot.edit_message_text("two", amina.id, sent.message_id)
    assert len(tg.violations) == 1


async def test_message_with_reply_keyboard_is_final(bot: Bot, amina: Person) -> None:
    sent = await bot.send_message(amina.id, "menu", reply_markup=ReplyKeyboardMarkup([["Person", "Medical"]]))

    with pytest.raises(BadRequest, match=r"(?i)can't be edited"):
        await bot.edit_message_text("other", amina.id, sent.message_id)
    tapped = await amina.taps("Medical")

    assert tapped.text == "Medical"
    with pytest.raises(LookupError):
        await amina.taps("Nowhere")


async def test_venue_copy_forward_pin_react_delete(tg: FakeTelegram, bot: Bot, amina: Person) -> None:
    question = await amina.says("where?")
    await bot.send_venue(amina.id, 16.05, 108.2, "Hotel", "1 Beach Road")
    await bot.send_location(amina.id, 16.05, 108.2)
    await bot.forward_message(amina.id, amina.id, question.id)
    await bot.copy_message(amina.id, amina.id, question.id)
    await bot.set_message_reaction(amina.id, question.id, "👀")
    await bot.pin_chat_message(amina.id, amina.last.id)
    await bot.send_chat_action(amina.id, "typing")
    await bot.delete_message(amina.id, amina.inbox[0].id)

    venue, location, forwarded, copied = amina.inbox
    assert venue.deleted
    assert "location" in location.content
    assert forwarded.extra["forward_origin"]["sender_user"]["id"] == amina.id
    assert (copied.text, copied.extra) == ("where?", {})
    assert (question.reactions, amina.chat.pinned) == (["👀"], [copied.id])
    assert amina.chat.actions == ["typing"]
    assert tg.violations == []


async def test_protected_messages_are_not_copied_and_old_ones_not_deleted() -> None:
    now = 1_700_000_000.0
    async with FakeTelegram(clock=lambda: now) as tg, Bot(tg.token, base_url=tg.base_url) as bot:
        user = tg.user("Amina")
        await user.start()
        sent = await bot.send_message(user.id, "your visa", protect_content=True)

        with pytest.raises(BadRequest, match=r"(?i)can't be copied"):
            await bot.copy_message(user.id, user.id, sent.message_id)
        now += 48 * 3600
        with pytest.raises(BadRequest, match=r"(?i)can't be deleted"):
            await bot.delete_message(user.id, sent.message_id)

        assert len(tg.violations) == 2


async def test_commands_and_texts_by_language(tg: FakeTelegram, bot: Bot) -> None:
    await bot.set_my_commands([("today", "What is on today")])
    await bot.set_my_commands([("today", "برنامج اليوم")], language_code="ar")
    await bot.set_my_name("Desk")
    await bot.set_my_short_description("Hỏi lễ tân", language_code="vi")

    assert (await bot.get_my_commands(language_code="ar"))[0].description == "برنامج اليوم"
    assert (await bot.get_my_commands())[0].command == "today"
    assert (await bot.get_my_short_description("vi")).short_description == "Hỏi lễ tân"
    assert (await bot.get_my_name("ar")).name == "Desk"
    assert tg.violations == []
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    with pytest.raises(BadRequest):
        await bot.set_my_commands([("Today", "upper case")])
    with pytest.raises(BadRequest):
        await bot.set_my_description("x" * 513)
    assert len(tg.violations) == 2
