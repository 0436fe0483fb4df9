"""What a reply of reception would teach the desk: the questions, masked, and the answer as it was given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.desk.by_machine import with_original
from bot.desk.teach_from import TeachingFrom
from bot.model.errors import Refused
from bot.model.lessons import Suggestion
from bot.model.messages import Entry, Message, TicketId
from bot.model.tickets import Translation
from tests.conversations.world import Colleague, Delegate, Desk

ASKED = "where can I rent a unicycle"


async def suggested(desk: Desk, number: int = 1, author: str = "staff") -> Suggestion:
    """From the last line of that author in a ticket."""
    ticket = await desk.store.ticket(TicketId(number))
    assert ticket is not None
    ticket = replace(ticket, delegate_name="Ann Lee")
    line = [entry.seq for entry in await desk.store.timeline(ticket.id) if entry.author == author][-1]
    return await TeachingFrom(desk.store, lambda: desk.engine, desk.speakers).suggest(ticket, line)


async def test_question_and_answer_without_whom_they_point_to(desk: Desk, lan: Colleague) -> None:
    await Delegate(desk, "en", "Ann").commands("human", f"{ASKED}? I am Zebedee of room 4120")
    await lan.replies(1, "Dear Ann, at the gate, 14:00–16:00, 20,000 VND.")

    assert await suggested(desk) == Suggestion(
        {"en": (f"{ASKED}? I am … of room #",)},
        {"en": "Dear …, at the gate, 14:00–16:00, 20,000 VND."},
        team="reception",
    )


async def test_everybody_who_asked_the_same(desk: Desk, lan: Colleague) -> None:
    await Delegate(desk, "en", "Ann").commands("human", ASKED)
    await Delegate(desk, "vi", "Binh").commands("human", "xe một bánh thuê ở đâu")
    await lan.acts("link", 2, other=TicketId(1))
    await lan.replies(1, "At the gate.")

    assert (await suggested(desk)).asking == {"en": (ASKED,), "vi": ("xe một bánh thuê ở đâu",)}


async def test_answer_stands_in_the_language_in_which_it_was_written(desk: Desk, lan: Colleague) -> None:
    """The delegate reads English, and was answered in Arabic all the same."""
    await Delegate(desk, "en", "Ann").commands("human", ASKED)
    await lan.replies(1, "يمكنكم استئجارها عند البوابة الرئيسية.")

    assert (await suggested(desk)).answer == {"ar": "يمكنكم استئجارها عند البوابة الرئيسية."}


async def test_a_person_s_own_words_are_taught_and_no_machine_s(desk: Desk) -> None:
    guest = Delegate(desk, "vi", "Binh")
    await guest.commands("human", "xe một bánh thuê ở đâu")
    words, translation = "You can rent it at the main gate.", Translation("Có thể thuê ở cổng chính.", "vi")
    said = with_original(words, "en", translation, "AP-11", desk.speakers["vi"])
    who = guest.address.delegate
    async with desk.store.transaction(who) as turn:
        message = Message(said, "vi")
        await turn.append(
            Entry(0, who, desk.clock.now(), "staff", message, name="Lan", ticket=TicketId(1), machine=True)
        )

    assert (await suggested(desk)).answer == {"en": words}


async def test_an_approved_answer_is_another_way_of_asking_for_its_topic(desk: Desk, lan: Colleague) -> None:
    await Delegate(desk, "en", "Ann").commands("human", ASKED)
    await lan.acts("reply", 1, answer="topic:hotel.wifi")

    assert await suggested(desk) == Suggestion({"en": (ASKED,)}, topic="hotel.wifi")


async def test_nothing_is_taught_from_what_is_no_answer_or_for_few_people(desk: Desk, lan: Colleague) -> None:
    await Delegate(desk, "en", "Ann").commands("human", ASKED)
    await lan.does("note", 1, "She sounds worried.")
    await lan.acts("reply", 1, answer="canned:not-found-yet")
    for author in ("delegate", "note", "staff"):
        with pytest.raises(Refused, match="nothing to teach"):
            await suggested(desk, author=author)
    await lan.replies(1, "At the gate.")
    await lan.acts("assign", 1, to_team="medical")
    with pytest.raises(Refused, match="nothing to teach"):
        await suggested(desk)
