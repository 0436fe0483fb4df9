"""Words about health or harassment never come into a request that everybody at reception reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.tickets import rights
from tests.conversations.world import RECEPTION, Colleague, Delegate, Desk

HARASSED = "A man keeps touching me and follows me to my room, I am being harassed"
FIRE = "There is a fire on the second floor!"
ORDINARY, PRIVATE = "My question is about the blue folder", "My question is about the red folder"


async def read_by(desk: Desk) -> dict[str, str]:
    """Every request's question, and how few people read it."""
    return {ticket.question: rights.secrecy(ticket) for ticket in await desk.store.tickets(include_resolved=True)}


@pytest.mark.parametrize("messages", [(FIRE, HARASSED), (HARASSED, FIRE)])
async def test_emergencies_for_different_readers_are_requests_of_their_own(
    desk: Desk, delegate: Delegate, messages: tuple[str, str]
) -> None:
    for words in messages:
        await delegate.says(words)

    assert await read_by(desk) == {FIRE: "", HARASSED: "safeguarding"}


@pytest.mark.parametrize("closed", [False, True])
async def test_at_night_a_private_question_joins_no_request_that_all_read(
    desk: Desk, delegate: Delegate, lan: Colleague, *, closed: bool
) -> None:
    """One team has everything then: the team alone does not tell who may read it."""
    event = desk.engine.snapshot.event
    assert event.nights is not None
    nights = replace(event.nights, excepted=())
    desk.engine.snapshot = replace(desk.engine.snapshot, event=replace(event, nights=nights))
    desk.clock.moves(timedelta(hours=23 - desk.clock.now().hour))
    desk.takes(ORDINARY, "venue.lost-found", trust=0.01)
    desk.takes(PRIVATE, "medical.support", trust=1.0)
    await delegate.says(ORDINARY)
    if closed:
        await lan.resolves(1)

    await delegate.says(PRIVATE)

    assert await read_by(desk) == {ORDINARY: "", PRIVATE: "medical"}
    assert {ticket.team for ticket in await desk.store.tickets(include_resolved=True)} == {"reception"}


async def test_a_person_asked_for_after_a_doubtful_alarm_is_one_who_may_read_it(desk: Desk, delegate: Delegate) -> None:
    desk.takes(PRIVATE, "safety.harassment", trust=0.5)
    await delegate.says(PRIVATE)
    assert await desk.store.tickets() == []

    await delegate.presses_action("person")

    assert await read_by(desk) == {PRIVATE: "safeguarding"}


async def test_an_emergency_for_few_is_not_read_by_whoever_holds_another_request(
    desk: Desk, delegate: Delegate, lan: Colleague
) -> None:
    desk.takes(ORDINARY, "venue.lost-found", trust=0.01)
    await delegate.says(ORDINARY)
    await lan.replies(1, "Which room were you in?")

    read = await delegate.says(HARASSED)

    assert await read_by(desk) == {ORDINARY: "", HARASSED: "safeguarding"}
    assert read[RECEPTION]
    assert not [line for line in read[RECEPTION] if not line.startswith("#2")]
