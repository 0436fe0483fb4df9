"""Who may do what to a ticket, and who may read it: the whole table."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.errors import Refused
from bot.model.messages import TicketId
from bot.model.people import Role, Staff
from bot.model.tickets import VERBS, Priority, Secrecy, Ticket, TicketState, Verb
from bot.tickets import life, rights
from tests.conftest import MORNING
from tests.unit.tickets.samples import (
    ADMIN,
    EVERYBODY,
    FOCAL,
    LAN,
    NURSE,
    OFFICER,
    OMAR,
    act,
    ticket,
)

S = TicketState
LATER = MORNING + timedelta(minutes=5)
HELD = (S.CLAIMED, S.WAITING, S.SNOOZED)
# One column per state: new, reopened, claimed, waiting, snoozed, resolved. What a colleague of the desk may do to a
# ticket that is not restricted, and that Lan has where somebody has it.
COLUMNS = (S.NEW, S.REOPENED, S.CLAIMED, S.WAITING, S.SNOOZED, S.RESOLVED)
OF_A_COLLEAGUE: dict[Verb, str] = {
    "claim": "yy....",
    "release": "......",
    "assign": "yy....",
    "reply": "yyyyyy",
    "ask": "yyyyyy",
    "note": "yyyyyy",
    "promise": "yyyyy.",
    "snooze": "yyyyy.",
    "wake": "......",
    "resolve": "yyyyy.",
    "reopen": ".....y",
    "hand-back": "......",
    "raise": "yyyyy.",
    "lower": "yyyyy.",
    "link": "yyyyy.",
    "unlink": "yyyyy.",
    "seen": "yyyyyy",
    "view": "yyyyyy",
}
# The same of the owner, and of a duty officer, who may decide about everybody's tickets: only what differs.
OF_THE_OWNER: dict[Verb, str] = {
    "claim": "yyyyy.",
    "release": "..yyy.",
    "assign": "yyyyy.",
    "wake": "....y.",
    "hand-back": "..yyy.",
}
OF_THE_OFFICER: dict[Verb, str] = {**OF_THE_OWNER, "claim": "yy...."}


def as_stands(state: TicketState, **more: object) -> Ticket:
    return ticket(state, LAN if state in HELD else None, **more)


@pytest.mark.parametrize(
    ("staff", "table"),
    [(OMAR, {}), (LAN, OF_THE_OWNER), (OFFICER, OF_THE_OFFICER)],
    ids=["colleague", "owner", "officer"],
)
def test_the_whole_table(staff: Staff, table: dict[Verb, str]) -> None:
    expected = {**OF_A_COLLEAGUE, **table}

    found = {
        verb: "".join("y" if rights.allowed(as_stands(state), staff, verb, LATER) else "." for state in COLUMNS)
        for verb in VERBS
    }

    assert found == expected


def test_the_table_names_every_verb_and_state() -> None:
    assert set(OF_A_COLLEAGUE) == set(VERBS)
    assert set(COLUMNS) == set(TicketState) == set(rights.ALLOWED)


@pytest.mark.parametrize("staff", [NURSE, FOCAL, ADMIN])
@pytest.mark.parametrize(("state", "verb"), list(itertools.product(COLUMNS, VERBS)))
def test_other_roles_are_colleagues_where_nothing_is_restricted(staff: Staff, state: TicketState, verb: Verb) -> None:
    mine = rights.allowed(as_stands(state), staff, verb, LATER)

    assert mine == (OF_A_COLLEAGUE[verb][COLUMNS.index(state)] == "y")


@pytest.mark.parametrize(
    ("secret", "readers"),
    [("medical", {NURSE, OFFICER}), ("safeguarding", {FOCAL}), ("", set(EVERYBODY))],
)
@pytest.mark.parametrize("state", COLUMNS)
def test_who_reads_a_restricted_ticket(state: TicketState, secret: Secrecy, readers: set[Staff]) -> None:
    """R3: others read that it is a medical case, and nothing else; who has it reads it too."""
    found = {staff for staff in EVERYBODY if rights.visible(as_stands(state, restricted=secret), staff) == "full"}

    assert found == readers | ({LAN} if state in HELD else set())


@pytest.mark.parametrize(
    ("secret", "outsiders"), [("medical", (OMAR, FOCAL, ADMIN)), ("safeguarding", (OMAR, NURSE, ADMIN))]
)
def test_an_outsider_may_only_say_that_it_was_seen_or_raise_it(secret: Secrecy, outsiders: tuple[Staff, ...]) -> None:
    for staff, state in itertools.product(outsiders, COLUMNS):
        may = {verb for verb in VERBS if rights.allowed(as_stands(state, restricted=secret), staff, verb, LATER)}

        assert may == ({"seen"} if state is S.RESOLVED else {"seen", "raise"})


@pytest.mark.parametrize(
    ("team", "topic", "emergency", "secret"),
    [
        ("medical", None, "", "medical"),
        ("reception", "medical.unwell", "", "medical"),
        ("medical", "medical.emergency", "medical", "medical"),
        ("security", "safety.harassment", "", "safeguarding"),
        ("security", "safety.harassment", "harassment", "safeguarding"),
        ("safeguarding", None, "", "safeguarding"),
        ("security", "safety.theft", "attack", ""),
        ("reception", "badge.lost", "", ""),
        ("reception", None, "", ""),
    ],
)
def test_what_is_restricted(team: str, topic: str | None, emergency: str, secret: Secrecy) -> None:
    old = as_stands(S.NEW, team=team, topic=topic, emergency=emergency)

    assert rights.secrecy_of(team, topic, emergency) == secret
    assert rights.secrecy(old) == secret, "a ticket of an older version has no mark of its own"


class TestEmergencies:
    """Help goes before secrecy, and nothing but staff who answer for it closes one."""

    @pytest.mark.parametrize("staff", EVERYBODY)
    def test_anybody_may_claim_a_medical_one_and_then_reads_it(self, staff: Staff) -> None:
        alarm = as_stands(S.NEW, restricted="medical", priority=Priority.EMERGENCY)

        claimed = life.after(alarm, act("claim", staff, after=timedelta()))

        assert rights.visible(claimed, staff) == "full"
        assert claimed.owner == staff.id

    @pytest.mark.parametrize(
        ("seconds", "may"), [(0, {OFFICER, FOCAL}), (59, {OFFICER, FOCAL}), (60, set(EVERYBODY)), (600, set(EVERYBODY))]
    )
    def test_one_about_protection_is_for_few_people_at_first(self, seconds: float, may: set[Staff]) -> None:
        alarm = as_stands(S.NEW, restricted="safeguarding", priority=Priority.EMERGENCY)
        now = MORNING + timedelta(seconds=seconds)

        assert {staff for staff in EVERYBODY if rights.allowed(alarm, staff, "claim", now)} == may

    @pytest.mark.parametrize("verb", ["resolve", "lower"])
    def test_nobody_closes_what_nobody_has(self, verb: Verb) -> None:
        alarm = as_stands(S.NEW, priority=Priority.EMERGENCY)

        assert not any(rights.allowed(alarm, staff, verb, LATER) for staff in EVERYBODY)

    @pytest.mark.parametrize("verb", ["resolve", "lower"])
    def test_its_owner_or_a_duty_officer_closes_it(self, verb: Verb) -> None:
        alarm = as_stands(S.CLAIMED, priority=Priority.EMERGENCY)

        assert {staff for staff in EVERYBODY if rights.allowed(alarm, staff, verb, LATER)} == {LAN, OFFICER}

    @pytest.mark.parametrize("verb", ["snooze", "hand-back"])
    def test_it_is_never_put_aside(self, verb: Verb) -> None:
        alarm = as_stands(S.CLAIMED, priority=Priority.EMERGENCY)

        assert not any(rights.allowed(alarm, staff, verb, LATER) for staff in EVERYBODY)


@pytest.mark.parametrize("verb", ["release", "assign", "hand-back"])
def test_a_colleague_takes_over_from_who_is_gone(verb: Verb) -> None:
    held = as_stands(S.CLAIMED)

    assert not rights.allowed(held, OMAR, verb, MORNING + timedelta(minutes=29, seconds=59))
    assert rights.allowed(held, OMAR, verb, MORNING + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("held", "medical", "safeguarding"),
    [
        (set(), True, True),
        ({Role.DESK}, True, True),
        ({Role.DESK, Role.DUTY_OFFICER}, False, False),
        ({Role.DESK, Role.MEDICAL, Role.DUTY_OFFICER}, False, False),
        ({Role.DESK, Role.MEDICAL, Role.SAFEGUARDING}, False, False),
    ],
)
def test_what_is_nobodys_falls_to_the_desk(held: set[Role], *, medical: bool, safeguarding: bool) -> None:
    """A small event names no medical team; the question must not wait for nobody."""
    lan = rights.standing_in(LAN, frozenset(held))

    assert (rights.visible(as_stands(S.NEW, restricted="medical"), lan) == "full") == medical
    assert (rights.visible(as_stands(S.NEW, restricted="safeguarding"), lan) == "full") == safeguarding


def test_what_is_nobodys_falls_to_the_duty_officer_first() -> None:
    held = frozenset({Role.DESK, Role.DUTY_OFFICER})
    case = as_stands(S.NEW, restricted="safeguarding")

    assert rights.visible(case, rights.standing_in(OFFICER, held)) == "full"
    assert rights.visible(case, rights.standing_in(LAN, held)) == "number"


# ---------------------------------------------------------------- whatever the ticket looks like

TIMES = st.integers(-7_200, 7_200).map(lambda seconds: MORNING + timedelta(seconds=seconds))
PEOPLE = st.sampled_from(EVERYBODY)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    state = draw(st.sampled_from(TicketState))
    owner = draw(PEOPLE) if state in HELD else None
    built = ticket(
        state,
        owner,
        priority=draw(st.sampled_from(Priority)),
        restricted=draw(st.sampled_from(["", "medical", "safeguarding"])),
        team=draw(st.sampled_from(["reception", "medical", "security"])),
        topic=draw(st.sampled_from([None, "medical.unwell", "safety.harassment", "hotel.wifi"])),
    )
    return replace(built, last_staff_at=draw(st.none() | TIMES), alarm_since=draw(st.none() | TIMES))


@settings(max_examples=200, deadline=None)
@given(tickets(), PEOPLE, st.sampled_from(VERBS))
def test_what_is_done_is_allowed_and_keeps_the_ticket_in_order(before: Ticket, staff: Staff, verb: Verb) -> None:
    action = act(verb, staff, until=LATER + timedelta(hours=1), to_team="visa", other=TicketId(9))
    try:
        after = life.after(before, action)
    except Refused:
        return
    assert rights.allowed(before, staff, verb, action.at)
    assert (after.owner is None) == (not after.owner_name)
    if after.state in HELD and before.owner is not None:
        assert after.owner is not None
    if before.priority is Priority.EMERGENCY and not after.open and before.open:
        assert before.owner is not None, "an emergency that nobody has cannot be closed"
    if rights.visible(before, staff) == "number":
        assert verb in {"seen", "raise", "claim"}
        assert verb != "claim" or before.priority is Priority.EMERGENCY


@settings(max_examples=200, deadline=None)
@given(tickets(), PEOPLE, TIMES)
def test_nobody_does_what_they_may_not_read(before: Ticket, staff: Staff, now: datetime) -> None:
    if rights.visible(before, staff) == "number":
        for verb in ("reply", "ask", "note", "view", "assign", "link", "resolve"):
            assert not rights.allowed(before, staff, verb, now)
