"""What may be done to a ticket in which state, and by whom; one winner however many claim at once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model.errors import Refused, Unsure
from bot.model.messages import TicketId
from bot.model.people import Role, Staff, StaffId
from bot.model.tickets import StaffAction, Ticket, TicketState, Verb
from bot.tickets import life
from tests.conftest import MORNING
from tests.conversations.world import Delegate, Desk
from tests.unit.tickets.samples import LAN, NEW, act

LATER = MORNING + timedelta(minutes=5)
CLAIMED = replace(NEW, state=TicketState.CLAIMED, owner=LAN.id, owner_name=LAN.name, seen_at=MORNING)
RESOLVED = replace(CLAIMED, state=TicketState.RESOLVED)


@pytest.mark.parametrize(
    ("ticket", "verb", "state", "owner"),
    [
        (NEW, "claim", TicketState.CLAIMED, "Omar"),
        (NEW, "reply", TicketState.CLAIMED, "Omar"),
        (NEW, "note", TicketState.NEW, ""),
        (NEW, "resolve", TicketState.RESOLVED, ""),
        (NEW, "seen", TicketState.NEW, ""),
        (CLAIMED, "reply", TicketState.CLAIMED, "Lan"),
        (CLAIMED, "note", TicketState.CLAIMED, "Lan"),
        (CLAIMED, "resolve", TicketState.RESOLVED, "Lan"),
        (CLAIMED, "seen", TicketState.CLAIMED, "Lan"),
        (RESOLVED, "reply", TicketState.CLAIMED, "Omar"),
        (RESOLVED, "note", TicketState.RESOLVED, "Lan"),
        (RESOLVED, "reopen", TicketState.REOPENED, ""),
        (RESOLVED, "seen", TicketState.RESOLVED, "Lan"),
    ],
)
def test_what_becomes_of_it(ticket: Ticket, verb: Verb, state: TicketState, owner: str) -> None:
    after = life.after(ticket, act(verb))

    assert (after.state, after.owner_name) == (state, owner)
    assert (after.owner is None) == (not owner)


@pytest.mark.parametrize(
    ("ticket", "verb", "reason"),
    [
        (NEW, "reopen", "Request #1 is still open."),
        (CLAIMED, "reopen", "Request #1 is still open."),
        (CLAIMED, "claim", "Lan is already helping with request #1."),
        (RESOLVED, "claim", "Request #1 is resolved; reopen it first."),
        (RESOLVED, "resolve", "Request #1 is resolved; reopen it first."),
    ],
)
def test_what_is_refused(ticket: Ticket, verb: Verb, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        life.after(ticket, act(verb))

    assert str(refused.value) == reason


def test_every_verb_is_decided_in_every_state() -> None:
    verbs: tuple[Verb, ...] = ("claim", "reply", "note", "resolve", "reopen", "seen")
    for ticket in (NEW, CLAIMED, RESOLVED):
        for verb in verbs:
            try:
                life.after(ticket, act(verb))
            except Refused as refused:
                assert refused.message  # noqa: PT017 -- either outcome is right, silence is not


@pytest.mark.parametrize("verb", ["reply", "note"])
@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_written_is_refused(verb: Verb, text: str) -> None:
    with pytest.raises(Refused):
        life.after(NEW, act(verb, text=text))


def test_claiming_again_changes_nothing() -> None:
    assert life.after(CLAIMED, act("claim", LAN)) == CLAIMED


def test_who_saw_it_first_is_kept() -> None:
    seen = life.after(NEW, act("seen"))

    assert seen.seen_at == LATER
    assert life.after(replace(seen, seen_at=MORNING), act("claim")).seen_at == MORNING


def test_the_first_answer_is_kept() -> None:
    first = life.after(NEW, act("reply"))
    second = life.after(replace(first, answered_at=MORNING), act("reply"))

    assert second.answered_at == MORNING
    assert second.changed_at == LATER


async def test_a_thousand_claims_have_one_winner(desk: Desk) -> None:
    """S2: everyone else is told who."""
    await Delegate(desk, "en").commands("human", "the blue folder")
    people = [Staff(StaffId(f"telegram:{n}"), f"Staff {n}", "telegram") for n in range(60)]
    dice = random.Random(11)  # noqa: S311 -- a fixed order for a test

    async def claims(number: int) -> tuple[Staff, Ticket | Refused]:
        person = dice.choice(people)
        await asyncio.sleep(0)
        try:
            return person, await desk.staff.act(
                StaffAction(f"act:{number}", TicketId(1), person, "claim", desk.clock.now())
            )
        except Refused as refused:
            return person, refused

    outcomes = await asyncio.gather(*(claims(number) for number in range(1_000)))

    ticket = await desk.store.ticket(TicketId(1))
    assert ticket is not None
    winners = {person.id for person, outcome in outcomes if isinstance(outcome, Ticket)}
    assert winners == {ticket.owner}
    assert ticket.version == 3  # seen and told, and claimed once
    told = {str(outcome) for _, outcome in outcomes if isinstance(outcome, Refused)}
    assert told == {f"{ticket.owner_name} is already helping with request #1."}


@pytest.mark.parametrize(
    ("before", "waits_since", "step"),
    [
        (replace(CLAIMED, unanswered_since=MORNING, wait_step=2), MORNING, 2),
        (replace(CLAIMED, state=TicketState.WAITING, answered_at=MORNING, waiting_since=MORNING), None, 0),
        (replace(CLAIMED, state=TicketState.SNOOZED, answered_at=MORNING, snoozed_until=LATER), LATER, 1),
    ],
)
def test_the_wait_goes_on_when_the_owner_left(before: Ticket, waits_since: datetime | None, step: int) -> None:
    """What was put aside asks for attention: nobody is left who knows why it was."""
    after = life.left(before, LATER)

    assert (after.state, after.owner, after.snoozed_until) == (TicketState.NEW, None, None)
    assert (life.unanswered_since(after), after.wait_step) == (waits_since, step)


def test_a_page_of_the_time_before_is_stopped_when_the_owner_left() -> None:
    after = life.left(CLAIMED, LATER)

    assert life.is_outdated(after, replace(act("reply"), expected_version=CLAIMED.version))


def test_one_s_own_claim_hides_nothing_that_came_before_it() -> None:
    looked = NEW.version
    heard = kept(life.heard(NEW, MORNING))
    claimed = kept(life.after(heard, act("claim")))

    assert life.is_outdated(claimed, replace(act("reply"), expected_version=looked))
    assert not life.is_outdated(claimed, replace(act("reply"), expected_version=heard.version))


def test_who_answers_twice_is_not_stopped_by_themselves() -> None:
    claimed = kept(life.after(NEW, act("claim")))
    looked = claimed.version
    answered = kept(life.after(claimed, replace(act("reply"), expected_version=looked)))

    assert not life.is_outdated(answered, replace(act("reply"), expected_version=looked))
    assert life.is_outdated(answered, replace(act("reply", LAN), expected_version=looked))


def kept(ticket: Ticket) -> Ticket:
    """As the store hands it out again."""
    return replace(ticket, version=ticket.version + 1)


MEDICAL = Staff(StaffId("telegram:Mai"), "Mai", "telegram", frozenset({Role.MEDICAL}))
IN_TEAM = replace(NEW, team="medical", state=TicketState.CLAIMED, owner=MEDICAL.id, owner_name="Mai")


@pytest.mark.parametrize("verb", ["reply", "ask", "note"])
def test_words_written_where_few_people_read_stay_with_them(verb: Verb) -> None:
    written = life.after(IN_TEAM, act(verb, MEDICAL))

    assert written.restricted == "medical"
    with pytest.raises(Refused):
        life.after(written, replace(act("assign", LAN), to_team="transport"))


def test_what_the_delegate_wrote_to_few_people_stays_with_them() -> None:
    assert life.heard(IN_TEAM, LATER).restricted == "medical"


def test_only_their_circle_opens_a_restricted_request_and_knows_it() -> None:
    written = life.after(IN_TEAM, act("note", MEDICAL))
    to_transport = replace(act("assign", MEDICAL), to_team="transport")

    with pytest.raises(Unsure):
        life.after(written, replace(to_transport, careful=True))
    assert life.after(written, replace(to_transport, confirmed=True)).restricted == ""
    with pytest.raises(Refused):
        life.after(replace(written, owner=LAN.id), replace(to_transport, by=LAN, confirmed=True))


def test_a_case_about_health_goes_to_no_team_that_may_not_read_it() -> None:
    case = replace(IN_TEAM, topic="medical.unwell", restricted="medical")
    given = replace(act("assign", MEDICAL), to_team="transport", confirmed=True)

    with pytest.raises(Refused):
        life.after(case, given)
    assert life.after(case, replace(given, team_reads=frozenset({"medical"}))).team == "transport"
