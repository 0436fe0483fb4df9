"""Scenes for a strict player of Telegram that starts the real process and plays its delegates and staff.

The player calls ``setup`` before the bot starts and then each ``scenario_…`` with itself as ``r``. Nothing is imported from it,
so this file is plain data to the rest of the project; tests/e2e/test_process.py tells the same stories with the project's own fake.
"""

from __future__ import annotations

from typing import Any


def setup(r: Any) -> dict[str, str]:
    """The reception group, and the settings that name it."""
    r.cast.desk = r.staff_group("Reception", ["Lan", "Minh"])
    return {"DESK_STAFF_CHAT": str(r.cast.desk.id), "DESK_CLOCK": "2023-11-21T07:40:00+07:00"}


async def scenario_questions_in_three_languages(r: Any) -> None:
    amina, john, thu = (
        r.delegate("Amina", language="ar"),
        r.delegate("John", language="en"),
        r.delegate("Thu", language="vi"),
    )
    for person, question, fact in (
        (john, "What time is the opening?", "08:30"),
        (amina, "متى الجلسة الافتتاحية؟", "08:30"),
        (thu, "Lễ khai mạc lúc mấy giờ?", "08:30"),
    ):
        await person.start()
        await person.expect(where=lambda seen: bool(seen.text))
        person.clear()
        await person.say(question)
        answer = await person.expect(contains=fact)
        assert answer.labels, "related topics stand below the answer"


async def scenario_menu_and_buttons(r: Any) -> None:
    guest = r.delegate("Guest", language="en")
    await guest.start("vi_lobby")
    welcome = await guest.expect(contains="Chào")
    assert welcome is not None
    guest.clear()
    await guest.command("lang")
    menu = await guest.expect(where=lambda seen: bool(seen.labels))
    await (await menu.press("English")).answer()
    await guest.expect(contains="English")
    guest.clear()
    await guest.command("today")
    day = await guest.expect(contains="Opening session")
    press = await day.press(day.labels[-1])
    await press.answer()
    await guest.expect(contains="#")


async def scenario_case_goes_to_staff_and_comes_back(r: Any) -> None:
    amina, lan = r.delegate("Amina", language="ar"), r.cast.desk[0]
    await amina.start()
    await amina.expect(where=lambda seen: bool(seen.text))
    amina.clear()
    await amina.say("اسمي غير موجود في قائمة البطاقات")
    await amina.expect(contains="طلب")
    topic = await lan.expect_topic(contains="#")
    card = await lan.expect(topic=topic, contains="اسمي غير موجود")
    await (await card.press(card.labels[0])).answer()
    await lan.say("تفضلي إلى مكتب التسجيل مع جواز السفر", topic=topic)
    await amina.expect(contains="تفضلي إلى مكتب التسجيل")
    amina.clear()
    await amina.say("شكرا، أنا في الطريق إليكم مع زميلتي")
    await lan.expect(topic=topic, contains="في الطريق")


async def scenario_emergency_first(r: Any) -> None:
    john, lan = r.delegate("John", language="en"), r.cast.desk[0]
    await john.start()
    await john.expect(where=lambda seen: bool(seen.text))
    john.clear()
    await john.say("My colleague collapsed and is not breathing, room 705!")
    first = await john.expect(where=lambda seen: "0100" in seen.text.splitlines()[0])
    assert "115" in first.text.splitlines()[0]
    card = await lan.expect(contains="medical case")
    assert "breathing" not in card.text, "a case for few people shows no word in the group"
    await (await card.press(card.labels[0])).answer()
    await lan.expect_edit(card, contains="Lan is helping")


async def scenario_staff_work_by_buttons(r: Any) -> None:
    guest, lan, minh = r.delegate("Guest", language="ar"), r.cast.desk[0], r.cast.desk[1]
    await guest.start()
    await guest.expect(where=lambda seen: bool(seen.text))
    await guest.say("اسمي غير موجود في قائمة البطاقات")
    topic = await lan.expect_topic(contains="#")
    card = await lan.expect(topic=topic, contains="اسمي غير موجود")
    guest.clear()
    for label in ("Ready replies", "We are looking into it", "Send to the delegate"):
        shown = next(one for one in card.labels if one.startswith(label))
        await (await card.press(shown)).answer()
        await lan.expect_edit(card, where=lambda seen, before=shown: before not in seen.labels)
    await guest.expect(contains="نتحقق من الأمر")
    await lan.expect(topic=topic, contains="Lan replied")
    await minh.say("Please come to the desk now, we are waiting for you", topic=topic)
    asked = await minh.expect(topic=topic, contains="This delegate reads")
    await (await asked.press(asked.labels[0])).answer()
    await guest.expect(contains="Please come to the desk now")


async def scenario_topic_opened_by_hand(r: Any) -> None:
    lan = r.cast.desk[0]
    other = await lan.open_topic("Lunch")
    await lan.expect(topic=other, contains="belongs to no request")


async def scenario_any_media_is_answered(r: Any) -> None:
    guest = r.delegate("Guest", language="en")
    await guest.start()
    await guest.expect(where=lambda seen: bool(seen.text))
    for send in (guest.photo, guest.voice, guest.document, guest.sticker, guest.location, guest.contact, guest.dice):
        guest.clear()
        await send()
        await guest.expect(where=lambda seen: bool(seen.text))


async def scenario_killed_and_back(r: Any) -> None:
    guest = r.delegate("Guest", language="en")
    await guest.start()
    await guest.expect(where=lambda seen: bool(seen.text))
    guest.clear()
    await guest.say("Where is the prayer room?")
    await r.processes[0].restart(hard=True)
    await guest.expect(contains="second floor", timeout=30)


async def scenario_flood_limit_is_obeyed(r: Any) -> None:
    guest = r.delegate("Guest", language="en")
    await guest.start()
    await guest.expect(where=lambda seen: bool(seen.text))
    guest.clear()
    r.faults.flood("sendMessage", retry_after=2, chat_id=guest.chat.id)
    await guest.say("wifi password")
    await guest.expect(contains="AP11-Delegates", timeout=15)


async def scenario_blocked_delegate(r: Any) -> None:
    guest, lan = r.delegate("Guest", language="en"), r.cast.desk[0]
    await guest.start()
    await guest.expect(where=lambda seen: bool(seen.text))
    await guest.say("I need to talk to a person about my booking in this hotel")
    topic = await lan.expect_topic()
    await lan.expect(topic=topic, contains="booking")
    await guest.block()
    await lan.say("We look into it.", topic=topic)
    await lan.expect_nothing(0.5)
