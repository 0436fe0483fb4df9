"""Commands about people and data: who answers, what is kept, and how it goes away."""

from __future__ import annotations

from bot.desk import say
from bot.i18n.translator import Speaker
from bot.model.content import Event
from bot.model.language import Language
from bot.model.messages import TicketId
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk, said


async def test_privacy_tells_what_is_kept(guest: Delegate, event: Event, speaker: Speaker) -> None:
    read = await guest.commands("privacy")

    assert read == {DELEGATE: [said(say.privacy(event, speaker))]}


async def test_human_opens_a_request_at_reception(
    guest: Delegate, event: Event, speaker: Speaker, language: Language
) -> None:
    read = await guest.commands("human", "the blue folder")

    team = event.teams["reception"].name.in_(language)
    assert read == {
        DELEGATE: [
            said(say.passing_on(TicketId(1), team, speaker, known=True)),
            said(say.seen(TicketId(1), speaker)),
        ],
        RECEPTION: ["#1 new · normal · reception: the blue folder"],
    }


async def test_human_after_an_answer_takes_the_question_along(delegate: Delegate) -> None:
    await delegate.says("What is the wifi password?")

    read = await delegate.commands("human")

    assert read[RECEPTION] == ["#1 new · normal · reception: What is the wifi password?"]


async def test_mydata_shows_everything_of_mine_and_nothing_else(desk: Desk, lan: Colleague) -> None:
    amal, binh = Delegate(desk, "en", "Amal"), Delegate(desk, "en", "Binh")
    await amal.commands("human", "the blue folder")
    await binh.commands("human", "the red bag")
    await lan.replies(1, "It is at the desk.")

    read = await amal.commands("mydata")

    assert "/human the blue folder" in read["Amal"][0]
    assert "It is at the desk." in read["Amal"][0]
    assert "red bag" not in read["Amal"][0]


async def test_forget_asks_first(guest: Delegate, speaker: Speaker) -> None:
    await guest.commands("start")

    read = await guest.commands("forget")
    no = await guest.presses(speaker.text("No, keep it"))

    assert read == {DELEGATE: [said(say.ask_forget(speaker))]}
    assert no == {DELEGATE: [said(say.kept(speaker))]}


async def test_forget_leaves_nothing(desk: Desk, guest: Delegate, speaker: Speaker) -> None:
    await guest.commands("human", "the blue folder")
    await guest.commands("forget")

    read = await guest.presses(speaker.text("Yes, delete everything"))

    assert read == {DELEGATE: [said(say.forgotten(speaker))]}
    kept = {table: documents for table, documents in desk.dump().items() if documents}
    assert kept.keys() <= {"settings"}  # the number of the last request, so that none is given twice


async def test_forgetting_leaves_other_people_alone(desk: Desk) -> None:
    amal, binh = Delegate(desk, "en", "Amal"), Delegate(desk, "en", "Binh")
    await amal.commands("human", "the blue folder")
    await binh.commands("human", "the red bag")
    await amal.commands("forget")

    await amal.presses("Yes, delete everything")
    read = await binh.commands("mydata")

    assert "/human the red bag" in read["Binh"][0]
    assert [ticket.question for ticket in await desk.store.tickets()] == ["the red bag"]


async def test_after_forgetting_one_is_a_stranger(desk: Desk, guest: Delegate, event: Event, speaker: Speaker) -> None:
    await guest.commands("start")
    await guest.commands("forget")
    await guest.presses_action("forget:yes")

    read = await guest.commands("start")

    assert read == {DELEGATE: [said(say.welcome(event, speaker))]}
    assert [entry.seq for entry in await desk.store.entries(guest.address.delegate)] == [1, 2]
