"""What delegates send, as the desk gets it."""

from __future__ import annotations

import pytest

from bot.channels.telegram import TelegramDoor
from bot.model.errors import StoreUnavailable
from bot.model.messages import Attachment, Button, Inbound, Message, Receipt
from bot.model.people import Address
from bot.model.rich import plain
from bot.transports.telegram import TelegramConnection
from bot.transports.telegram_names import clean_name
from tests.fakes.telegram import FakeTelegram, Person
from tests.unit.telegram.conftest import Desk
from tests.unit.telegram.desk import NOW, SPEAKERS, receiving, row


@pytest.fixture
async def amina(tg: FakeTelegram) -> Person:
    return tg.user("Amina", last_name="Khalil", language_code="ar-EG")


async def received(tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor) -> None:
    async with receiving(connection, door.receive):
        await tg.settled()


async def test_start_with_a_payload(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start("ar_lobby")

    await received(tg, connection, door)

    [inbound] = desk.accepted
    assert (inbound.command, inbound.text) == ("start", "ar_lobby")
    assert inbound.sender.address == Address("telegram", str(amina.id))
    assert (inbound.sender.name, inbound.sender.language_hint) == ("Amina Khalil", "ar")
    assert inbound.received_at == NOW
    assert inbound.id == f"telegram:{100_000_001}"


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/Today", "today", ""),
        ("/now@desk_bot", "now", ""),
        ("/human@desk_bot  my bag\nis lost", "human", "my bag\nis lost"),
        ("/ today", "", "/ today"),
        ("/../etc", "", "/../etc"),
        ("see /today", "", "see /today"),
    ],
)
async def test_commands(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person,
    text: str, command: str, rest: str,
) -> None:  # fmt: skip
    await amina.start()
    await amina.says(text)

    await received(tg, connection, door)

    assert (desk.accepted[-1].command, desk.accepted[-1].text) == (command, rest)


@pytest.mark.parametrize(
    "kind",
    ["photo", "document", "voice", "video", "video_note", "audio", "sticker", "animation", "location", "venue",
     "contact", "poll", "dice"],
)  # fmt: skip
async def test_everything_that_can_be_sent_arrives(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person, kind: str
) -> None:
    await amina.start()
    await amina.sends(kind)

    await received(tg, connection, door)

    [_, inbound] = desk.accepted
    [attachment] = inbound.attachments
    assert attachment.kind == kind
    assert bool(attachment.ref) == (kind not in ("poll", "dice"))
    assert inbound.refused == ""
    assert tg.violations == []


async def test_captions_places_albums_and_edits(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start()
    await amina.sends("photo", caption="my passport")
    await amina.sends("venue")
    album = await amina.sends_album("photo", "photo", caption="two")
    said = await amina.says("were is the bus")
    await amina.edits(said, "where is the bus")

    await received(tg, connection, door)

    photo, venue, first, second, typed, edited = desk.accepted[1:]
    assert photo.text == "my passport"
    assert venue.text == "Hotel, 1 Beach Road"
    assert venue.attachments == (Attachment("venue", "16.054400,108.202200"),)
    assert first.group == second.group == album[0].extra["media_group_id"]
    assert (typed.edited, edited.edited, edited.text) == (False, True, "where is the bus")


async def test_what_cannot_be_read_is_refused_and_service_messages_are_none(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start()
    base = {"message_id": 77, "date": 1, "chat": {"id": amina.id, "type": "private"},
            "from": {"id": amina.id, "is_bot": False, "first_name": "A"}}  # fmt: skip
    tg.push({"message": base | {"hologram": {"x": 1}}})
    tg.push({"message": base | {"story": {"chat": base["chat"], "id": 1}}})
    tg.push({"message": base | {"effect_id": "5", "text": "with an effect"}})
    tg.push({"message": base | {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}})
    tg.push({"message": base | {"text": "x" * 100_001}})

    await received(tg, connection, door)

    found = [(inbound.refused, inbound.text[:14]) for inbound in desk.accepted[1:]]
    assert found == [("unreadable", ""), ("unreadable", ""), ("", "with an effect"), ("too-long", "x" * 14)]
    assert len(desk.accepted[-1].text) == 500
    assert connection.health.poisoned == 0


async def test_groups_channels_bots_and_blocking_are_not_for_the_desk(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    strangers = tg.group("Strangers", ["Eve"])
    await strangers["Eve"].says("hello bot")
    channel = {"id": -100, "type": "channel", "title": "News"}
    tg.push({"channel_post": {"message_id": 1, "date": 1, "chat": channel, "text": "news"}})
    await amina.start()
    await amina.blocks()

    await received(tg, connection, door)

    assert [inbound.command for inbound in desk.accepted] == ["start"]
    assert [call.method for call in tg.calls if call.method != "getUpdates"] == []


async def test_press_is_accepted_and_answered(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start()
    said = Message(plain("Which?"), "en", ((Button("Wi-Fi", "topic:hotel.wifi"),),))
    await door.deliver(row(amina.id, said))
    press = await amina.presses("Wi-Fi")

    await received(tg, connection, door)

    assert desk.accepted[-1].press == "topic:hotel.wifi"
    assert press.answer is not None
    assert tg.violations == []


async def test_press_that_is_too_old_is_no_fault(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start()
    await door.deliver(row(amina.id, Message(plain("Which?"), "en", ((Button("A", "a"),),))))
    tg.fail("answerCallbackQuery", status=400, description="Bad Request: query is too old")
    await amina.presses("A")

    async with receiving(connection, door.receive):
        await until_accepted(tg, desk, 2)

    assert desk.accepted[-1].press == "a"
    assert connection.health.poisoned == 0


async def until_accepted(tg: FakeTelegram, desk: Desk, number: int) -> None:
    bell = tg.world.queue.bell
    await bell.until(lambda: True if len(desk.accepted) == number and not tg.pending else None, 5)


async def test_press_while_the_store_is_down_is_told_and_kept(
    tg: FakeTelegram, connection: TelegramConnection, door: TelegramDoor, desk: Desk, amina: Person
) -> None:
    await amina.start()
    async with receiving(connection, door.receive):
        await tg.settled()
        await door.deliver(row(amina.id, Message(plain("Which?"), "en", ((Button("A", "a"),),))))
        desk.closed = True
        press = await (await amina.presses("A")).answered()
        assert press.alert
        assert "telephone" in press.text
        desk.closed = False
        await tg.settled()

    assert desk.accepted[-1].press == "a"
    assert len(tg.calls_of("answerCallbackQuery")) == 1
    assert tg.violations == []


async def test_delegate_is_told_once_that_nothing_can_be_saved(
    tg: FakeTelegram, connection: TelegramConnection, desk: Desk, amina: Person
) -> None:
    def sorry(inbound: Inbound) -> Message:
        return Message(plain(f"Please telephone 115 ({inbound.sender.language_hint})."), "ar")

    door = TelegramDoor(connection, desk.accept, speakers=SPEAKERS, now=lambda: NOW, unsaved=sorry)
    desk.closed = True

    async with receiving(connection, door.receive):
        await amina.start()
        await amina.reads("Please telephone 115 (ar).")
        tries = desk.tries
        await connection.bot.get_me()
        await amina.reads_nothing()
        assert desk.tries > tries
        desk.closed = False
        await tg.settled()

    assert [inbound.command for inbound in desk.accepted] == ["start"]


async def test_store_that_is_down_is_the_transports_business(door: TelegramDoor, desk: Desk) -> None:
    from telegram import Chat, Update, User  # noqa: PLC0415
    from telegram import Message as Sent  # noqa: PLC0415

    desk.closed = True
    sent = Sent(1, NOW, Chat(5, "private"), from_user=User(5, "A", is_bot=False), text="hello")

    with pytest.raises(StoreUnavailable):
        await door.receive(Update(1, message=sent))

    assert Receipt() == Receipt()


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("Nguyễn Văn A", "Nguyễn Văn A"),
        ("محمد علي", "محمد علي"),
        ("\u202eReception\u202c", "Reception"),
        ("Re\u200bcep\u2060tion\u00ad", "Reception"),
        ("\u3164\u2800 \u200f", ""),
        ("  a \n b\t", "a b"),
        ("👩\u200d⚕️", "👩\u200d⚕️"),
        ("x" * 70, "x" * 63 + "…"),
        ("\u2068Desk\u2069\u0000", "Desk"),
    ],
)
def test_names_hide_nothing(given: str, seen: str) -> None:
    assert clean_name(given) == seen
