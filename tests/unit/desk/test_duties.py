"""What a delegate is told by itself is true at that moment, and told once."""

from __future__ import annotations

from bot.desk import say
from bot.i18n.translator import Speakers
from bot.model.messages import TicketId
from tests.conversations.world import DELEGATE, Colleague, Delegate, Desk, said


async def test_seen_is_told_once_however_often_one_looks(desk: Desk, delegate: Delegate, speakers: Speakers) -> None:
    read = await delegate.commands("human", "the blue folder")
    again = [await desk.waits(seconds=seconds) for seconds in (1, 10, 600)]

    assert read[DELEGATE].count(said(say.seen(TicketId(1), speakers["en"]))) == 1
    assert again == [{}, {}, {}]


async def test_an_answer_says_more_than_seen(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    desk.lane.out_of_reach = True
    await delegate.commands("human", "the blue folder")

    read = await lan.replies(1, "It is at the desk.")
    later = await desk.waits(seconds=60)

    assert len(read[DELEGATE]) == 1
    assert read[DELEGATE][0].endswith("It is at the desk.")
    assert later == {}


async def test_a_closed_request_is_never_called_unseen(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    desk.lane.out_of_reach = True
    await delegate.commands("human", "the blue folder")
    await lan.resolves(1)

    assert await desk.waits(seconds=60) == {}


async def test_claiming_is_seeing(desk: Desk, delegate: Delegate, lan: Colleague, speakers: Speakers) -> None:
    desk.lane.out_of_reach = True
    await delegate.commands("human", "the blue folder")

    read = await lan.claims(1)

    assert read == {DELEGATE: [said(say.seen(TicketId(1), speakers["en"]))]}


async def test_it_is_told_in_the_language_the_delegate_speaks_now(
    desk: Desk, delegate: Delegate, speakers: Speakers
) -> None:
    desk.lane.out_of_reach = True
    await delegate.commands("human", "the blue folder")
    await delegate.commands("lang", "vi")

    read = await desk.waits(seconds=5)

    assert read == {DELEGATE: [said(say.not_seen(TicketId(1), desk.engine.snapshot.event, speakers["vi"]))]}
