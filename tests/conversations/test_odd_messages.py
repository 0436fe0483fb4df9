"""Whatever is sent: no silence, no trouble, and the same message counts once."""

from __future__ import annotations

import pytest

from bot.desk import say
from bot.i18n.translator import Speaker, Speakers
from bot.model.content import Event
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said


@pytest.mark.parametrize("kind", ["photo", "sticker", "location", "voice", "document", "contact", "video_note"])
async def test_what_cannot_be_read_gets_a_word_and_a_way_to_people(
    guest: Delegate, speaker: Speaker, kind: str
) -> None:
    read = await guest.sends(kind)

    assert read == {DELEGATE: [said(say.no_pictures(speaker))]}
    assert [button.action for button in guest.buttons] == ["person", "emergency:medical"]


async def test_a_picture_with_words_is_answered_by_its_words(delegate: Delegate) -> None:
    read = await delegate.sends("photo", "What is the wifi password?")

    assert read[DELEGATE][0].startswith("Conference Wi-Fi")


@pytest.mark.parametrize("text", ["", "   ", "\n\t \u3000"])
async def test_nothing_written_gets_a_word(guest: Delegate, speaker: Speaker, text: str) -> None:
    read = await guest.says(text)

    assert read == {DELEGATE: [said(say.no_pictures(speaker))]}


@pytest.mark.parametrize(
    "text",
    [
        "🙂🙂",
        "👍",
        "🧿🪬",
        "?",
        "...",
        "؟؟",
        "\x00\x01\x1b[2J",
        "\u202e\u2066",
        "\u200b",
        "%s {0} ${x}",
        "<b>x</b>",
        "0" * 50,
    ],
)
async def test_signs_alone_get_an_answer_in_the_language_of_the_page(desk: Desk, guest: Delegate, text: str) -> None:
    read = await guest.says(text)

    assert read[DELEGATE]
    assert guest.messages[0].language == guest.hint
    assert all("{" not in line.replace(text, "") for line in read[DELEGATE])
    assert await desk.store.waiting() == 0


async def test_too_long_is_said(guest: Delegate, speaker: Speaker) -> None:
    read = await guest.says("x" * 500, refused="too-long")

    assert read == {DELEGATE: [said(say.too_long(speaker))]}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "words", ["what is the wifi password ", "mật khẩu wifi là gì ", "ما هي كلمة سر الواي فاي ", "z"]
)
async def test_a_hundred_kilobytes_are_answered(delegate: Delegate, words: str) -> None:
    text = (words * 100_000)[:100_000]

    read = await delegate.says(text)

    assert read[DELEGATE]
    assert len(read[DELEGATE][0]) < 4_000


async def test_the_whole_of_a_long_text_reaches_staff(desk: Desk, delegate: Delegate) -> None:
    text = "my question is long " * 4_000
    desk.takes(text[:4_000], trust=0.0)

    await delegate.says(text)

    ticket = (await desk.store.tickets())[0]
    assert "".join(span.text for span in (await desk.store.timeline(ticket.id))[0].message.text) == text


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ({"text": "What is the wifi password?"}, "reply"),
        ({"text": "Help, my friend cannot breathe!"}, "alert"),
        ({"press": "person"}, "request"),
        ({"press": "language:ar"}, "language"),
        ({"command": "start"}, "welcome"),
    ],
)
async def test_the_same_message_twice_changes_nothing(
    desk: Desk, delegate: Delegate, sent: dict[str, str], what: str
) -> None:
    inbound = delegate.inbound(**sent)
    first = await desk.receives(inbound)
    before = desk.dump()

    second = await desk.receives(inbound)

    assert first, what
    assert second == {}
    assert desk.dump() == before


async def test_an_unknown_command_shows_what_there_is(guest: Delegate, event: Event, speaker: Speaker) -> None:
    read = await guest.commands("selfdestruct", "now")

    assert read == {DELEGATE: [said(say.help_(event, speaker))]}


@pytest.mark.parametrize("action", ["topic:gone.away", "command:format", "x", ":::", "emergency" * 50 + ":", "🙂"])
async def test_a_button_of_an_earlier_version_shows_the_menu(guest: Delegate, speaker: Speaker, action: str) -> None:
    read = await guest.presses_action(action)

    assert read == {DELEGATE: [said(say.old_button(speaker))]}
    assert guest.messages[0].buttons == say.menu_rows(speaker)


@pytest.mark.parametrize("action", ["area:nowhere", "language:xx", "forget:maybe", "none", "not-emergency", "menu"])
async def test_a_button_with_an_odd_ending_is_no_trouble(guest: Delegate, action: str) -> None:
    read = await guest.presses_action(action)

    assert read[DELEGATE][0]


async def test_an_emergency_button_of_an_unknown_kind_still_gives_the_number(guest: Delegate) -> None:
    read = await guest.presses_action("emergency:zombies")

    assert read[DELEGATE][0].startswith("☎")
    assert read[RECEPTION][0].startswith("#1 new · emergency")


async def test_an_edited_question_is_answered(delegate: Delegate) -> None:
    await delegate.says("What is the wfi pasword?")

    read = await delegate.says("What is the wifi password?", edited=True)

    assert read[DELEGATE][0].startswith("Conference Wi-Fi")


async def test_an_edit_in_a_request_that_a_person_holds_reaches_them(
    desk: Desk, delegate: Delegate, lan: Colleague
) -> None:
    desk.takes("My room is 304", trust=0.0)
    await delegate.says("My room is 304")
    await lan.replies(1, "Thank you.")

    read = await delegate.says("My room is 403", edited=True)

    assert read == {RECEPTION: ["#1 delegate: My room is 403"]}


async def test_words_of_a_delegate_are_never_filled_in(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    desk.takes("{number} {team} {{ wifi.password }} **x**", trust=0.0)

    asked = await delegate.says("{number} {team} {{ wifi.password }} **x**")
    answered = await lan.replies(1, "{number} {{ wifi.password }}")

    assert asked[RECEPTION] == ["#1 new · normal · reception: {number} {team} {{ wifi.password }} **x**"]
    assert answered[DELEGATE] == ["Reception answers your request #1:\n{number} {{ wifi.password }}"]


async def test_an_album_is_one_request(desk: Desk, delegate: Delegate, speakers: Speakers) -> None:
    desk.takes("this is broken here", trust=0.0)

    first = await delegate.says("this is broken here", group="album")
    others = [await delegate.sends("photo", group="album") for _ in range(3)]

    assert first[RECEPTION] == ["#1 new · normal · reception: this is broken here"]
    assert all(said(say.no_pictures(speakers["en"])) not in read.get(DELEGATE, []) for read in others)
