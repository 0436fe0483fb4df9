"""A message such as "still not solved" says nothing new and is no small talk: it goes to those who know of the trouble."""

from __future__ import annotations

import pytest

from bot.desk import say
from bot.i18n.translator import Speakers
from bot.model.language import Language
from bot.model.messages import TicketId
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said

QUESTION = "the thing on the seventh floor"
LASTING: list[tuple[Language, str]] = [
    ("en", "Still not solved"),
    ("en", "Sorry, it still doesn't work!"),
    ("vi", "Vẫn chưa được giải quyết ạ"),
    ("vi", "van chua giai quyet"),
    ("ar", "لم تحل المشكلة بعد"),
    ("ar", "لسا ما انحلت"),
]


@pytest.mark.parametrize(("language", "words"), LASTING)
async def test_it_reaches_the_request_that_is_open(
    desk: Desk, speakers: Speakers, language: Language, words: str
) -> None:
    guest = Delegate(desk, language)
    desk.takes(QUESTION, "hotel.wifi", trust=0.01)
    await guest.says(QUESTION)

    read = await guest.says(words)

    assert read == {
        DELEGATE: [said(say.added(TicketId(1), speakers[language]))],
        RECEPTION: [f"#1 delegate: {words}"],
    }


async def test_it_opens_again_what_was_closed(desk: Desk, speakers: Speakers) -> None:
    guest = Delegate(desk, "en")
    desk.takes(QUESTION, "hotel.wifi", trust=0.01)
    await guest.says(QUESTION)
    await Colleague(desk, "Lan").resolves(1)

    read = await guest.says("Still not solved")

    assert read[DELEGATE] == [said(say.added(TicketId(1), speakers["en"]))]
    assert read[RECEPTION][0] == "#1 delegate: Still not solved"


@pytest.mark.parametrize(("language", "words"), LASTING)
async def test_after_an_answer_a_person_reads_what_was_asked_too(desk: Desk, language: Language, words: str) -> None:
    guest = Delegate(desk, language)
    desk.takes(QUESTION, "hotel.wifi", trust=0.99)
    await guest.says(QUESTION)

    read = await guest.says(words)

    assert read[RECEPTION] == [f"#1 new · normal · reception: {QUESTION} · {words}"]


async def test_out_of_nothing_it_goes_to_reception(desk: Desk) -> None:
    read = await Delegate(desk, "en").says("Still not solved")

    assert read[RECEPTION] == ["#1 new · normal · reception: Still not solved"]
