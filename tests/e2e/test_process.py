"""The real process between a strict Telegram, real pages and a console: what people send, and what they get.

One running desk per way of receiving is shared by all these stories, so each has people of its own.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.i18n.translator import Speakers
from bot.model.language import Language
from tests.e2e.houses import House, bare, number_in, reads
from tests.e2e.pages import Clerk, Page, browser, enter, words
from tests.e2e.process import ANSWER_WITHIN, until
from tests.fakes.telegram import ALWAYS, Message, Person

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

QUESTIONS: dict[Language, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": (
        ("What time is the opening?", ("08:30–10:00", "Grand Ballroom", "07:45")),
        ("Where is the prayer room?", ("second floor", "Room 9", "Room 10")),
        ("When does the coach leave for the dinner tonight?", ("lobby", "17:10", "16:35")),
    ),
    "ar": (
        ("متى الجلسة الافتتاحية؟", ("08:30–10:00", "القاعة الكبرى", "07:45")),
        ("أين غرفة الصلاة؟", ("الطابق الثاني", "الغرفة 9", "الغرفة 10")),
        ("متى تنطلق الحافلة إلى العشاء هذا المساء؟", ("البهو", "17:10", "16:35")),
    ),
    "vi": (
        ("Lễ khai mạc lúc mấy giờ?", ("08:30–10:00", "Grand Ballroom", "07:45")),
        ("Phòng cầu nguyện ở đâu?", ("tầng 2", "phòng 9", "phòng 10")),
        ("Xe đi dự tiệc tối nay mấy giờ chạy?", ("Sảnh chính", "17:10", "16:35")),
    ),
}
DESK_NUMBER = "+84 24 0000 0100"
NEEDS_A_PERSON = "The air conditioning in my room does not work, nobody came"


# -------------------------------------------------------------------- questions


async def test_questions_are_answered_in_the_language_they_are_asked_in(house: House) -> None:
    async def asks(language: Language) -> None:
        person = house.delegate(f"Guest {language}", language)
        for question, facts in QUESTIONS[language]:
            await person.says(question)
            answer = bare((await reads(person)).text)
            assert all(fact in answer for fact in facts), answer

    await asyncio.gather(*(asks(language) for language in QUESTIONS))


async def test_the_same_on_the_page(house: House) -> None:
    async def asks(language: Language) -> None:
        async with Page.open(house.process.url, language) as page:
            for question, facts in QUESTIONS[language]:
                await page.says(question)
                answer = await page.reads()
                assert all(fact in words(answer) for fact in facts), answer
                assert answer["lang"] == language

    await asyncio.gather(*(asks(language) for language in QUESTIONS))


async def test_the_code_of_a_poster_chooses_the_language(house: House, speakers: Speakers) -> None:
    guest = house.tg.user("Guest of a poster", language_code="en")

    await guest.start("ar_lobby")

    welcome = await reads(guest)
    assert "أهلًا" in welcome.text or "مرحب" in welcome.text, welcome.text
    assert welcome.keys[1][0].text.endswith(speakers["ar"].text("Talk to a person"))
    menu = await reads(guest, where=lambda seen: bool(seen.buttons))
    assert any(label.endswith(speakers["ar"].text("Today")) for label in menu.labels)
    await guest.taps(guest.keys[0][0].text)
    today = await reads(guest)
    assert "08:30" in bare(today.text)


async def test_every_button_of_the_menu_does_something(house: House) -> None:
    async def presses(guest: Person, labels: list[str]) -> None:
        await guest.start()
        menu = await reads(guest, where=lambda seen: bool(seen.buttons))
        guest.ignores_unread()
        for label in labels:
            button = next(one for one in menu.labels if label in one)
            await (await guest.presses(menu, button)).answered(ANSWER_WITHIN)
            await reads(guest)

    shares = (["Today", "Now"], ["Next", "Hotel"], ["Transport", "Visa"], ["Tiếng Việt", "العربية"], ["English"])
    people = [house.tg.user(f"Presser {number}", language_code="en") for number in range(len(shares))]
    await asyncio.gather(*map(presses, people, map(list, shares)))


async def test_buttons_of_another_time_lead_to_the_menu(house: House) -> None:
    async def presses(data: str) -> None:
        guest = house.delegate("Late presser")
        await guest.says("Where is the prayer room?")
        old = await reads(guest)
        press = house.tg.world.press(old, guest.account, data)
        await press.answered(ANSWER_WITHIN)
        menu = await reads(guest, contains="menu as it is now")
        assert any("Today" in label for label in menu.labels)

    await asyncio.gather(
        *map(presses, ("topic:gone.long-ago", "ticket:1:claim", "{text}", "x" * 64, ":", "command:rm"))
    )


async def test_a_place_with_a_map_comes_as_a_venue(house: House) -> None:
    guest = house.delegate("Taxi guest")

    await guest.says("Where is the hotel?")

    await reads(guest, contains="44 Ly Thuong Kiet")
    pin = await reads(guest, where=lambda seen: "venue" in seen.content)
    assert pin.content["venue"]["title"] == "Melia Hanoi Hotel"
    assert pin.content["location"]["latitude"] == pytest.approx(21.0243)


@pytest.mark.parametrize(
    ("language", "asked"),
    [("en", "What is the wifi password?"), ("ar", "ما كلمة مرور الواي فاي؟"), ("vi", "Mật khẩu wifi là gì?")],
)
async def test_the_wifi_can_be_copied(house: House, language: Language, asked: str) -> None:
    guest = house.delegate("Guest with a phone", language)

    await guest.says(asked)

    answer = await reads(guest, contains="AP11-Delegates")
    assert "change-me-2023" in [button.copy for row in answer.buttons for button in row]


async def test_two_words_do_not_change_the_language_of_a_chat(house: House) -> None:
    guest = house.delegate("Guest of few words")

    await guest.says("wifi password")

    assert "typed exactly as shown" in (await reads(guest)).text


# -------------------------------------------------------------------- people


async def test_in_an_emergency_the_number_comes_first_and_people_hear_of_it(house: House) -> None:
    john = house.delegate("John")

    watch = house.stopwatch()
    await john.says("My colleague collapsed and is not breathing, room 705!")

    first = await reads(john)
    took = watch.seconds
    line = bare(first.text.splitlines()[0])
    assert line.index(DESK_NUMBER) < line.index("115")
    number = number_in(first.text)
    topic = await house.group.topic(f"#{number} ", timeout=ANSWER_WITHIN)
    card = await reads(house.group["Lan"], contains=f"#{number} ", topic=topic)
    assert "EMERGENCY" in card.text
    assert "medical case" in card.text
    assert "breathing" not in card.text  # nor 705: the group learns that there is such a case, and no more
    assert took < 3.0  # promised is one second; the rest is for a busy machine
    await reads(john, contains=f"Reception has your request #{number}")


async def test_a_page_and_a_topic_of_the_group_talk_to_each_other(house: House, speakers: Speakers) -> None:
    lan = house.group["Lan"]
    async with Page.open(house.process.url, "ar") as page, page.stream() as live:
        await page.says("اسمي غير موجود في قائمة البطاقات")
        told = await page.reads("أحيل الأمر")
        number = told["ticket"]
        topic = await house.group.topic(f"#{number} ", timeout=ANSWER_WITHIN)
        card = await reads(lan, contains="اسمي غير موجود", topic=topic)
        await page.reads(speakers["ar"].text("Reception has your request #{number}.", number=str(number)))
        await (await lan.presses(card, card.labels[0])).answered(ANSWER_WITHIN)
        said = await lan.says("تفضلي إلى مكتب التسجيل مع جواز السفر", topic=topic)

        reply = await page.reads("تفضلي إلى مكتب التسجيل", author="staff")

        assert reply["ticket"] == number
        assert reply in await page.history()
        assert await _until(live, reply["seq"]) == reply
        await page.says("شكرا، أنا في الطريق إليكم مع زميلتي")
        await reads(lan, contains="في الطريق إليكم", topic=topic)
        await card.edited("Lan is helping", timeout=ANSWER_WITHIN)
        await lan.sees(lambda _: said.reactions == ["👌"], timeout=ANSWER_WITHIN)  # it has arrived


async def _until(live: Any, seq: int) -> Any:
    async with asyncio.timeout(ANSWER_WITHIN):
        async for event, entry in live:
            if (event, entry["seq"]) == ("entry", seq):
                return entry
    raise AssertionError("the stream ended")


async def test_the_console_answers_a_delegate_on_telegram(house: House, clerk: Clerk) -> None:
    mele = house.delegate("Mele")
    await mele.says(NEEDS_A_PERSON)
    number = number_in((await reads(mele, contains="as request #")).text)
    topic = await house.group.topic(f"#{number} ", timeout=ANSWER_WITHIN)
    card = await reads(house.group["Minh"], contains="air conditioning", topic=topic)
    await reads(mele, contains=f"Reception has your request #{number}.")
    _assert_said_after_the_card(house, number)

    claimed = await clerk.does("claim", number)
    await clerk.does("reply", number, "A <b>technician</b> {comes} in 10 minutes.")

    assert (claimed["state"], claimed["owner"], claimed["name"]) == ("claimed", "Reception", "Mele")
    answer = await reads(mele, contains="answers your request")
    assert answer.text.endswith("A <b>technician</b> {comes} in 10 minutes.")
    await card.edited("Reception is helping", timeout=ANSWER_WITHIN)
    await reads(house.group["Minh"], contains="technician", topic=topic)
    await clerk.does("resolve", number)
    await reads(mele, contains=f"closed your request #{number}")
    timeline = (await clerk.ticket(number))["timeline"]
    assert [entry["author"] for entry in timeline].count("staff") == 1
    assert all(entry["delivered"] for entry in timeline if entry["author"] == "staff")


def _assert_said_after_the_card(house: House, number: int) -> None:
    """Reception has it: only when Telegram had taken the card (D3)."""
    said = [call for call in house.tg.calls_of("sendMessage") if call.status == 200]
    card = [call for call in said if call.fields["chat_id"] == house.group.id and f"#{number} " in call.fields["text"]]
    told = [call for call in said if f"has your request #{number}." in call.fields["text"]]
    assert said.index(card[0]) < said.index(told[0])


async def test_the_sign_in_link_works_once(house: House, clerk: Clerk) -> None:
    await clerk.tickets()

    async with browser(house.process.url) as other, other.get("/desk/api/tickets") as refused:
        assert refused.status == 401
        assert await enter(other, house.process.console_link) == 403
        assert await enter(other, "/desk/enter?token=made-up") == 403


async def test_a_long_answer_comes_in_parts(house: House) -> None:
    guest, lan = house.delegate("Guest of a long answer"), house.group["Lan"]
    await guest.says(NEEDS_A_PERSON)
    number = number_in((await reads(guest, contains="as request #")).text)
    topic = await house.group.topic(f"#{number} ", timeout=ANSWER_WITHIN)
    await reads(lan, topic=topic)
    await reads(guest, contains="Reception has your request")
    answer = " ".join(f"Sentence {place} 🙂." for place in range(1_000))[:4_090].strip()

    await lan.says(answer, topic=topic)

    parts = [await reads(guest), await reads(guest)]
    assert all(0 < len(part.text) <= 4_096 for part in parts)
    joined = " ".join(part.text for part in parts).split()
    assert " ".join(joined).endswith(" ".join(answer.split()))


async def test_when_the_group_refuses_the_card_nobody_claims_it_was_seen(house: House, clerk: Clerk) -> None:
    guest = house.delegate("Guest unheard")
    status = 400 if house.way == "polling" else 403
    fault = house.tg.fail("sendMessage", status=status, chat_id=house.group.id, times=ALWAYS)

    await guest.says(NEEDS_A_PERSON)
    number = number_in((await reads(guest, contains="as request #")).text)
    watch = house.stopwatch()
    told = await reads(guest)
    took = watch.seconds
    fault.stop()

    assert f"request #{number} is kept, but nobody at reception has seen it" in bare(told.text)
    assert DESK_NUMBER in bare(told.text)
    assert took < 8.0  # five seconds and a look each second, and some for a busy machine
    assert not (await clerk.ticket(number))["seen"]
    await clerk.sees(number)  # now somebody has
    await reads(guest, contains=f"Reception has your request #{number}.")


# -------------------------------------------------------------------- anything


Sends = Callable[[Person], Awaitable[object]]

ANYTHING: dict[str, Sends] = {
    "poll": lambda person: person.sends("poll"),
    "dice": lambda person: person.sends("dice"),
    "contact": lambda person: person.sends("contact"),
    "location": lambda person: person.sends("location"),
    "venue": lambda person: person.sends("venue"),
    "voice": lambda person: person.sends("voice"),
    "video": lambda person: person.sends("video"),
    "video note": lambda person: person.sends("video_note"),
    "audio": lambda person: person.sends("audio"),
    "animation": lambda person: person.sends("animation"),
    "sticker": lambda person: person.sends("sticker"),
    "photo": lambda person: person.sends("photo"),
    "document": lambda person: person.sends("document", name="passport ../../x.pdf"),
    "caption": lambda person: person.sends("photo", caption="Where is the prayer room?"),
    "unknown command": lambda person: person.says("/settings now"),
    "only signs": lambda person: person.says("؟!?…"),
    "only marks": lambda person: person.says("\u200f\u200b\u2067"),
    "emoji": lambda person: person.says("🙏"),
    "nonsense": lambda person: person.says("{0} %s <b> \\x00 ' OR 1=1 --"),
    "forwarded": lambda person: person.says("wifi?", forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1}),
    "longest": lambda person: person.says("ئ" * 4096),
}  # fmt: skip


async def test_whatever_a_person_sends_is_answered(house: House) -> None:
    async def sends(kind: str, send: Sends) -> str:
        person = house.delegate(f"Sender of {kind}")
        await send(person)
        try:
            await reads(person)
        except AssertionError:
            return kind
        return ""

    silent = await asyncio.gather(*(sends(kind, send) for kind, send in ANYTHING.items()))

    assert [kind for kind in silent if kind] == []


async def test_a_message_that_was_edited_is_answered(house: House) -> None:
    guest = house.delegate("Guest who edits")
    said = await guest.says("Where is the prayer room?")
    await reads(guest, contains="second floor")

    await guest.edits(said, "What time is the opening?")

    await reads(guest, contains="08:30")


async def test_an_album_is_one_case_at_most(house: House, clerk: Clerk) -> None:
    guest = house.delegate("Guest with an album")

    await guest.sends_album("photo", "photo", "photo", caption=NEEDS_A_PERSON)

    await reads(guest)
    await house.in_order()
    assert len(await clerk.tickets("Guest with an album")) <= 1


NOT_FOR_US: tuple[dict[str, Any], ...] = (
    {"message": "nonsense"},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 77}}},
    {"message": {"message_id": 1, "date": "yesterday", "chat": {"id": 77, "type": "private"}, "text": 5}},
    {"callback_query": {}},
    {"callback_query": {"id": "1", "from": {"id": 77, "is_bot": False, "first_name": "X"}, "chat_instance": "1"}},
    {"edited_message": None},
    {"something_of_next_year": {"chat": {"id": 77}}},
    {},
    {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1009, "type": "channel", "title": "News"}, "text": "Hi"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": -1008, "type": "supergroup", "title": "Others"}, "text": "wifi?",
                 "from": {"id": 78, "is_bot": False, "first_name": "X"}}},
    {"message": {"message_id": 2, "date": 1, "chat": {"id": 79, "type": "private", "first_name": "B"}, "text": "wifi?",
                 "from": {"id": 79, "is_bot": True, "first_name": "B"}}},
    {"poll": {"id": "1", "question": "?", "options": []}},
)  # fmt: skip


async def test_what_cannot_be_read_takes_nothing_with_it(house: House) -> None:
    guest = house.delegate("Guest between")
    house.tg.tolerate("answered a press that never was")  # one of them looks like a press, and is answered like one
    house.tg.tolerate("chat not found")  # one looks like a message of somebody, who is told that it could not be read

    for odd in NOT_FOR_US:
        house.tg.push(copy.deepcopy(odd))
    await guest.says("Where is the prayer room?", of_next_year={"deep": [1]}, sender_boost_count="many")
    house.tg.push(copy.deepcopy(NOT_FOR_US[0]))
    await guest.says("What time is the opening?")

    await reads(guest, contains="second floor")
    await reads(guest, contains="08:30")
    await house.in_order()
    written_to = {call.fields.get("chat_id") for call in house.tg.calls}
    assert written_to.isdisjoint({78, 79, -1008, -1009})
    assert len(guest.inbox) == 2


async def test_coming_and_going_is_not_answered(house: House) -> None:
    guest = house.delegate("Guest who comes back")
    await guest.blocks()
    await guest.unblocks()

    await guest.says("Where is the prayer room?")

    await reads(guest, contains="second floor")
    assert len(guest.inbox) == 1


async def test_a_hundred_kilobytes_on_the_page_are_answered(house: House) -> None:
    async with Page.open(house.process.url, "en") as page:
        for text, expected in (
            ("x" * 102_400, "too long"),
            (("Where is the prayer room? " * 4_000)[:100_000], "second floor"),
            ("صلاة " * 20_000, ""),
        ):
            watch = house.stopwatch()
            await page.says(text)
            await page.reads(expected)
            assert watch.seconds < 5.0, text[:20]
        status, told = await page.posts(text="x" * 600_000)
        assert status == 413
        assert told["error"]
        assert (await page.posts(text=" \n"))[0] == 400


# -------------------------------------------------------------------- once


async def test_an_update_that_comes_three_times_is_answered_once(house: House) -> None:
    guest = house.delegate("Guest with an echo")
    await guest.says("Where is the prayer room?")
    update = copy.deepcopy(house.tg.pending[-1])

    house.tg.push(copy.deepcopy(update))
    await reads(guest, contains="second floor")
    house.tg.push(copy.deepcopy(update))
    await house.in_order()
    await guest.says("What time is the opening?")

    await reads(guest, contains="08:30")
    assert len(guest.inbox) == 2


async def test_a_post_that_comes_twice_is_answered_once(house: House) -> None:
    async with Page.open(house.process.url, "en") as page:
        body = {"id": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "text": "Where is the prayer room?"}
        for _ in range(3):
            async with page.http.post("/chat/messages", json=body) as answer:
                assert answer.status == 200
        await page.reads("second floor")
        assert len(await page.history()) == 2


async def test_told_to_wait_it_waits_and_the_answer_comes_once(house: House) -> None:
    guest = house.delegate("Guest who waits longer")
    house.tg.fail("sendMessage", status=429, retry_after=2, chat_id=guest.chat.id)

    began, watch = time.monotonic(), house.stopwatch()
    await guest.says("Where is the prayer room?")

    await reads(guest, contains="second floor")
    assert watch.seconds < 6.0
    assert time.monotonic() - began > 1.9
    await house.in_order()
    assert len(guest.inbox) == 1


async def test_broken_connections_lose_no_answer(house: House) -> None:
    tg = house.tg
    people = {name: house.delegate(name) for name in ("Refused", "Cut", "Garbled", "Unanswered")}
    tg.fail("sendMessage", status=502, chat_id=people["Refused"].id, times=2)
    tg.drop("sendMessage", chat_id=people["Cut"].id)
    tg.garble("sendMessage", chat_id=people["Garbled"].id)
    tg.drop("sendMessage", chat_id=people["Unanswered"].id, after=True)

    async def asks(person: Person) -> list[Message]:
        await person.says("Where is the prayer room?")
        await reads(person, contains="second floor")
        await _sent(house, person)
        return person.inbox

    got = dict(zip(people, await asyncio.gather(*map(asks, people.values())), strict=True))

    assert {name: len(inbox) for name, inbox in got.items() if name != "Unanswered"} == {
        "Refused": 1, "Cut": 1, "Garbled": 1,
    }  # fmt: skip
    assert 1 <= len(got["Unanswered"]) <= 2  # nobody knows whether it arrived, so once more is allowed


async def _sent(house: House, person: Person) -> None:
    """Wait until a message to this person was answered with success."""
    await until(lambda: any(call.status == 200 for call in house.tg.calls_of("sendMessage", chat_id=person.id)))


# -------------------------------------------------------------------- traces


async def test_what_is_forgotten_is_in_no_file(house: House, clerk: Clerk) -> None:
    planted = ("Quetzalina", "xylophone-4711", "bandurria", "زرافة")
    guest = house.tg.user(planted[0], language_code="en")
    await guest.start()
    await guest.says(f"I need to talk to a person about my {planted[1]} {planted[3]} in this hotel")
    number = number_in((await reads(guest, contains="as request #")).text)
    await clerk.does("reply", number, f"We keep your {planted[2]}.")
    await reads(guest, contains=planted[2])
    assert _found(house, planted) == set(planted)

    await guest.says("/forget")
    asked = await reads(guest, contains="delete")
    await (await guest.presses(asked, "Yes, delete everything")).answered(ANSWER_WITHIN)
    await reads(guest, contains="has been deleted")

    assert _found(house, (*planted, str(guest.id))) == set()
    assert not [word for word in planted if word in house.process.output]


def _found(house: House, planted: tuple[str, ...]) -> set[str]:
    """Which of the words stand in any file of the desk, as letters or as JSON escapes."""
    kept = b"".join(file.read_bytes() for file in house.data.rglob("*") if file.is_file())
    escaped = {word: (word.encode(), word.encode("ascii", "backslashreplace")) for word in planted}
    return {word for word, forms in escaped.items() if any(form in kept for form in forms)}
