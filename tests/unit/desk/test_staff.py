"""A staff action counts once, and nothing is done to a ticket that is not there."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.tickets import StaffAction
from bot.ports import Change
from tests.conversations.world import DELEGATE, RECEPTION, Colleague, Delegate, Desk


async def test_no_such_request(lan: Colleague) -> None:
    with pytest.raises(Refused) as refused:
        await lan.claims(77)

    assert str(refused.value) == "There is no request #77."


async def test_a_repeated_action_changes_nothing(desk: Desk, delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")
    await lan.does("resolve", 1, number="press:1")
    before = desk.dump()

    assert await lan.does("resolve", 1, number="press:1") == {}
    assert desk.dump() == before


async def test_a_refused_action_changes_nothing(
    desk: Desk, delegate: Delegate, lan: Colleague, omar: Colleague
) -> None:
    await delegate.commands("human", "the blue folder")
    await lan.claims(1)
    before = desk.dump()

    with pytest.raises(Refused):
        await omar.claims(1)

    after = desk.dump()
    kept = {table for table in after if after[table] != before[table]}
    assert kept == {"seen", "settings"}  # only that it was handled, and what was answered


async def test_a_refused_action_is_not_carried_out_when_it_comes_again_later(
    desk: Desk, delegate: Delegate, lan: Colleague, omar: Colleague
) -> None:
    await delegate.commands("human", "the blue folder")
    await lan.claims(1)
    with pytest.raises(Refused):
        await omar.does("claim", 1, number="press:1")
    with pytest.raises(Refused):
        await omar.does("reopen", 1, number="press:2")
    await lan.resolves(1)
    before = desk.dump()

    with pytest.raises(Refused):  # never as if it had been done
        await omar.does("reopen", 1, number="press:2")
    with pytest.raises(Refused):
        await omar.does("claim", 1, number="press:1")

    assert desk.dump() == before


async def test_a_reply_after_the_language_changed_is_framed_in_the_new_one(delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")
    await delegate.commands("lang", "vi")

    read = await lan.replies(1, "OK")

    assert read[DELEGATE] == ["Lễ tân trả lời yêu cầu số 1 của quý vị:\nOK"]


async def test_a_reply_is_the_words_alone(delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")

    read = await lan.replies(1, "  It is <b>here</b> {number} \n")

    assert read[DELEGATE] == ["Reception answers your request #1:\nIt is <b>here</b> {number}"]
    assert RECEPTION in read


async def test_whoever_looks_at_a_request_is_told_when_its_reply_arrived(
    desk: Desk, delegate: Delegate, lan: Colleague
) -> None:
    await delegate.commands("human", "the blue folder")
    await lan.claims(1)
    replies = StaffAction("act:reply", TicketId(1), lan.staff, "reply", desk.clock.now(), "It is here.")
    await desk.staff.act(replies)
    told: list[Change] = []
    reader = asyncio.create_task(_collect(desk, told))
    await asyncio.sleep(0)

    read = await desk.settles()
    await asyncio.sleep(0)

    reader.cancel()
    assert read == {DELEGATE: ["Reception answers your request #1:\nIt is here."]}
    assert [change.tickets for change in told] == [(1,)]


async def _collect(desk: Desk, told: list[Change]) -> None:
    async for change in desk.store.changes():
        told.append(change)  # noqa: PERF401 -- looked at while it grows


async def test_a_request_that_was_forgotten_cannot_be_answered(delegate: Delegate, lan: Colleague) -> None:
    await delegate.commands("human", "the blue folder")
    await delegate.commands("forget")
    await delegate.presses_action("forget:yes")

    with pytest.raises(Refused):
        await lan.replies(1, "It is at the desk.")
