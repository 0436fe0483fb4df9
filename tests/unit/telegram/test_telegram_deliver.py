"""Messages to delegates, and what becomes of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.telegram import TelegramDoor
from bot.model.errors import DeliveryDelayed, Undeliverable
from bot.model.messages import Button, Message, Pin
from bot.model.rich import Span, plain
from bot.transports.telegram import TelegramConnection
from tests.fakes.telegram import ALWAYS, FakeTelegram, Limits, Person
from tests.unit.telegram.desk import SPEAKERS, row, snapshot

MENU = ((Button("Wi-Fi", "topic:hotel.wifi"), Button("Copy", copy="915"), Button("Map", url="https://example.org")),)


@pytest.fixture
async def amina(tg: FakeTelegram) -> Person:
    user = tg.user("Amina", language_code="ar")
    await user.start()
    return user


async def test_text_entities_buttons_and_no_previews(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    said = (Span("😀 "), Span("Coach", "bold"), Span(" at "), Span("<b>07:30</b> *x* _y_", "value"))

    receipt = await door.deliver(row(amina.id, Message(said, "en", MENU)))

    message = await amina.reads("😀 Coach at <b>07:30</b> *x* _y_")
    assert receipt.refs == (str(message.id),)
    assert message.entities == [{"type": "bold", "offset": 3, "length": 5}]
    assert [(b.text, b.data, b.copy, b.url) for b in message.buttons[0]] == [
        ("Wi-Fi", "topic:hotel.wifi", "", ""),
        ("Copy", "", "915", ""),
        ("Map", "", "", "https://example.org"),
    ]
    assert message.extra["link_preview_options"] == {"is_disabled": True}
    assert tg.violations == []


async def test_long_text_in_parts_with_the_buttons_on_the_last(
    tg: FakeTelegram, door: TelegramDoor, amina: Person
) -> None:
    text = "\n\n".join(f"Paragraph {n} " + "😀مرحبا " * 60 for n in range(20))

    receipt = await door.deliver(row(amina.id, Message(plain(text), "en", MENU)))

    read = [await amina.reads() for _ in receipt.refs]
    assert len(read) > 2
    assert "".join("".join(m.text for m in read).split()) == "".join(text.split())
    assert [bool(message.buttons) for message in read] == [False] * (len(read) - 1) + [True]
    assert tg.violations == []


async def test_place_follows_its_text(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    pin = Pin("Hotel", "36 Hang Bai\nHa Noi", 21.02, 105.85)

    receipt = await door.deliver(row(amina.id, Message(plain("Here:"), "en", pin=pin)))

    await amina.reads("Here:")
    venue = await amina.reads(where=lambda m: "venue" in m.content)
    assert venue.content["venue"]["title"] == "Hotel"
    assert receipt.refs[-1] == str(venue.id)
    assert tg.violations == []


async def test_keyboard_and_buttons_go_in_two_messages(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    await door.deliver(row(amina.id, Message(plain("Welcome"), "en", MENU, keyboard=(("Today", "Person"),))))

    first = await amina.reads("Welcome")
    second = await amina.reads("Choose one:")
    assert first.labels == ["Today", "Person"]
    assert first.markup["resize_keyboard"] is first.markup["is_persistent"] is True
    assert second.labels == ["Wi-Fi", "Copy", "Map"]
    assert tg.violations == []


async def test_odd_buttons_are_left_out_or_spread_and_too_long_actions_are_a_mistake(
    tg: FakeTelegram, door: TelegramDoor, amina: Person
) -> None:
    many = tuple(Button(str(n), f"n:{n}") for n in range(9))
    odd = (
        Button(" ", "x"),
        Button("Call", url="tel:115"),
        Button("No", url="javascript:x"),
        Button("L", copy="x" * 257),
    )

    await door.deliver(row(amina.id, Message(plain("?"), "en", (many, odd))))

    message = await amina.reads("?")
    assert [len(line) for line in message.buttons] == [8, 1, 1]
    assert message.buttons[2][0].copy == "115"
    with pytest.raises(ValueError, match="64 bytes"):
        await door.deliver(row(amina.id, Message(plain("?"), "en", ((Button("x", "ạ" * 30),),))))
    assert tg.violations == []


async def test_styles_of_buttons(door: TelegramDoor, amina: Person) -> None:
    danger = Button("Medical", "emergency:medical", style="danger")

    await door.deliver(row(amina.id, Message(plain("?"), "en", ((danger,),))))

    assert (await amina.reads("?")).buttons[0][0].raw["style"] == "danger"


# replacing


async def test_earlier_message_is_replaced(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    [ref] = (await door.deliver(row(amina.id, Message(plain("Day 1"), "en", MENU)))).refs

    second = Message(plain("Day 2"), "en", MENU)
    once = await door.deliver(row(amina.id, second, number=2, replaces=ref))
    tg.tolerate("not modified")
    twice = await door.deliver(row(amina.id, second, number=3, replaces=ref))

    assert once.refs == twice.refs == (ref,)
    assert [message.text for message in amina.inbox] == ["Day 2"]
    assert tg.violations == []


async def test_message_that_is_gone_is_sent_anew(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    [ref] = (await door.deliver(row(amina.id, "Day 1"))).refs
    await amina.deletes(amina.last)

    receipt = await door.deliver(row(amina.id, "Day 2", number=2, replaces=ref))

    assert (await amina.reads("Day 2")).id == int(receipt.refs[0]) != int(ref)
    assert tg.violations == []


# refusals


async def test_blocked_vanished_and_unknown(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    await amina.blocks()
    with pytest.raises(Undeliverable) as blocked:
        await door.deliver(row(amina.id, "hello"))
    bao = tg.user("Bao")
    await bao.start()
    await bao.vanishes()
    with pytest.raises(Undeliverable) as vanished:
        await door.deliver(row(bao.id, "hello"))
    with pytest.raises(Undeliverable) as unknown:
        await door.deliver(row(4711, "hello"))

    assert [caught.value.address_gone for caught in (blocked, vanished, unknown)] == [True, True, True]
    assert "blocked" in blocked.value.reason


async def test_refused_message_is_undeliverable_with_a_reason(
    tg: FakeTelegram, door: TelegramDoor, amina: Person
) -> None:
    tg.fail("sendMessage", status=400, description="Bad Request: BUTTON_DATA_INVALID")

    with pytest.raises(Undeliverable, match=r"(?i)button_data_invalid") as caught:
        await door.deliver(row(amina.id, "hello"))

    assert not caught.value.address_gone


async def test_limit_is_told_exactly(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    tg.fail("sendMessage", status=429, retry_after=17)

    with pytest.raises(DeliveryDelayed) as caught:
        await door.deliver(row(amina.id, "hello"))

    assert caught.value.retry_after == timedelta(seconds=17)
    assert (caught.value.whole_channel, caught.value.may_have_arrived) == (False, False)


@pytest.mark.parametrize(
    ("fault", "options", "expected"),
    [
        ("drop", {}, "may have arrived"),
        ("drop", {"after": True}, "may have arrived"),
        ("garble", {}, "whole channel"),
        ("fail", {"status": 502}, "whole channel"),
        ("fail", {"status": 401}, "whole channel"),
    ],
)
async def test_trouble_on_the_way_is_a_delay(
    tg: FakeTelegram, door: TelegramDoor, amina: Person, fault: str, options: dict[str, int], expected: str
) -> None:
    getattr(tg, fault)("sendMessage", **options)

    with pytest.raises(DeliveryDelayed) as caught:
        await door.deliver(row(amina.id, "hello"))

    assert caught.value.whole_channel == (expected == "whole channel")
    assert caught.value.may_have_arrived == (expected == "may have arrived")
    assert caught.value.retry_after >= timedelta(seconds=1)
    assert tg.token not in str(caught.value)


async def test_nobody_listening_is_a_delay_of_the_whole_channel(
    connection: TelegramConnection, tg: FakeTelegram, door: TelegramDoor, amina: Person
) -> None:
    await tg._server.close()
    await connection._request.shutdown()
    await connection._request.initialize()

    with pytest.raises(DeliveryDelayed) as caught:
        await door.deliver(row(amina.id, "hello"))

    assert (caught.value.whole_channel, caught.value.may_have_arrived) == (True, False)


async def test_interrupted_row_goes_on_where_it_was(tg: FakeTelegram, door: TelegramDoor, amina: Person) -> None:
    long = Message(plain("a" * 4000 + "\n\n" + "b" * 4000), "en", pin=Pin("Hotel", "", 21.0, 105.0))
    tg.fail("sendVenue", status=429, retry_after=1)
    fault = tg.fail("sendMessage", status=502, skip=1)

    for _ in range(2):
        with pytest.raises(DeliveryDelayed) as delayed:
            await door.deliver(row(amina.id, long))
    tg.faults.heal()
    await asyncio.sleep(delayed.value.retry_after.total_seconds())
    receipt = await door.deliver(row(amina.id, long))

    assert fault.struck == 1
    assert tg.violations == []
    assert [message.text[:1] for message in amina.inbox] == ["a", "b", ""]
    assert receipt.refs == tuple(str(message.id) for message in amina.inbox)


async def test_nothing_to_show_is_undeliverable(door: TelegramDoor, amina: Person) -> None:
    with pytest.raises(Undeliverable):
        await door.deliver(row(amina.id, " \n\u200f"))


# introduction


async def test_introduction_in_three_languages_is_made_once(tg: FakeTelegram, door: TelegramDoor) -> None:
    await door.introduce(snapshot().event)
    first = [call.method for call in tg.calls if call.method.startswith("set")]
    await door.introduce(snapshot().event)

    again = [call.method for call in tg.calls if call.method.startswith("set")][len(first) :]
    assert first.count("setMyCommands") == 3
    assert again == []
    assert tg.violations == []
    commands = tg.calls_of("setMyCommands", language_code="vi")[0].fields["commands"]
    names = ["start", "help", "today", "now", "next", "human", "requests", "lang", "privacy"]
    assert [c["command"] for c in commands] == names


async def test_failing_introduction_stops_nothing(tg: FakeTelegram, door: TelegramDoor) -> None:
    tg.fail("setMyName", status=429, retry_after=3600, times=ALWAYS)
    tg.drop("getMyCommands")

    await door.introduce(snapshot().event)

    assert len(tg.calls_of("setMyDescription")) >= 1
    assert len(tg.calls_of("setMyCommands")) == 2


def test_limits_of_the_introduction_hold_in_every_language() -> None:
    from bot.channels.telegram.introduce import _texts, cut  # noqa: PLC0415

    for speaker in SPEAKERS.values():
        assert [
            len(said) <= most for (_, said), most in zip(_texts(speaker, snapshot().event), (64, 120, 512), strict=True)
        ] == [True] * 3
    assert cut("one two three", 9) == "one two…"


async def test_limits_of_telegram_reach_the_outbox() -> None:
    async with FakeTelegram(limits=Limits(burst=1), clock=lambda: 1_700_000_000.0) as limited:
        bao = limited.user("Bao")
        await bao.start()
        async with TelegramConnection(limited.token, now=lambda: row(1, "x").created_at, api_url=limited.url) as other:
            door = TelegramDoor(other, None, speakers=SPEAKERS, now=lambda: row(1, "x").created_at)  # type: ignore[arg-type]
            await door.deliver(row(bao.id, "1"))
            with pytest.raises(DeliveryDelayed) as caught:
                await door.deliver(row(bao.id, "2", number=2))

    assert caught.value.retry_after == timedelta(seconds=1)
