"""The first words: a welcome in the delegate's language, with the notice about what is kept."""

from __future__ import annotations

from bot.desk import say
from bot.i18n.translator import Speaker, Speakers
from bot.model.content import Event
from tests.conversations.world import DELEGATE, Delegate, Desk, said


async def test_start_welcomes_in_the_language_of_the_page(guest: Delegate, event: Event, speaker: Speaker) -> None:
    read = await guest.commands("start")

    assert read == {DELEGATE: [said(say.welcome(event, speaker))]}
    assert guest.messages[0].keyboard == say.keyboard(speaker)


async def test_a_code_on_an_arabic_poster_welcomes_in_arabic(desk: Desk, event: Event, speakers: Speakers) -> None:
    delegate = Delegate(desk, "en")

    read = await delegate.commands("start", "ar_lobby")

    assert read == {DELEGATE: [said(say.welcome(event, speakers["ar"]))]}


async def test_a_code_without_a_language_keeps_that_of_the_page(desk: Desk, event: Event, speakers: Speakers) -> None:
    delegate = Delegate(desk, "vi")

    read = await delegate.commands("start", "lobby")

    assert read == {DELEGATE: [said(say.welcome(event, speakers["vi"]))]}


async def test_a_page_in_no_language_of_ours_is_welcomed_in_english(
    desk: Desk, event: Event, speakers: Speakers
) -> None:
    delegate = Delegate(desk, None)

    read = await delegate.commands("start")

    assert read == {DELEGATE: [said(say.welcome(event, speakers["en"]))]}


async def test_starting_again_keeps_the_language(desk: Desk, event: Event, speakers: Speakers) -> None:
    delegate = Delegate(desk, "en")
    await delegate.commands("start", "ar_lobby")

    read = await delegate.commands("start")

    assert read == {DELEGATE: [said(say.welcome(event, speakers["ar"]))]}


async def test_the_welcome_tells_what_is_kept_and_whom_to_call(desk: Desk) -> None:
    english = await Delegate(desk, "en").commands("start")
    vietnamese = await Delegate(desk, "vi", "Minh").commands("start")
    arabic = await Delegate(desk, "ar", "Omar").commands("start")

    assert english[DELEGATE][0].endswith(
        "I am an automatic assistant. I keep what you write here so that people can help you; /privacy tells more."
        " In an emergency call +84 24 0000 0100."
    )
    for text in (english[DELEGATE][0], vietnamese["Minh"][0], arabic["Omar"][0]):
        assert "/privacy" in text
        assert "+84 24 0000 0100" in text
