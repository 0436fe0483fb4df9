"""What an event says about its desk: waits, roster and canned replies, and what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.content import Waits
from bot.model.errors import Fault
from bot.model.people import Role
from tests.unit.content.small import SmallContent

ROSTER = """\
shifts:
  - {id: night, from: "22:00", to: "06:00"}
people:
  - {name: Desk A, teams: [reception], languages: [vi, en], shifts: [night]}
  - {name: Nurse, teams: [reception], roles: [medical, desk], languages: [en]}
"""
CANNED = """\
coming:
  title: {en: Coming, vi: Đang đến, ar: قادم}
  text:
    en: We come to {{ fill.place }}.
    vi: Chúng tôi đến {{ fill.place }}.
    ar: سنأتي إلى {{ fill.place }}.
"""


@pytest.fixture
def content(tmp_path: Path) -> SmallContent:
    return SmallContent.write(tmp_path)


def test_an_event_that_says_nothing_has_waits_and_no_roster(content: SmallContent) -> None:
    snapshot = content.load().snapshot

    assert snapshot is not None
    assert snapshot.event.waits == Waits()
    assert snapshot.event.roster.people == ()
    assert snapshot.library.canned == {}


def test_waits_are_read(content: SmallContent) -> None:
    head = (content.root / "tiny/event.yaml").read_text("utf-8")
    content.put("tiny/event.yaml", head + "\nwaits:\n  high: {told: 90 seconds, overdue: 3 minutes, officer: 1 hour}\n")

    snapshot = content.load().snapshot

    assert snapshot is not None
    assert snapshot.event.waits.high.told == timedelta(seconds=90)
    assert snapshot.event.waits.high.officer == timedelta(hours=1)
    assert snapshot.event.waits.normal == Waits().normal


@pytest.mark.parametrize(
    ("waits", "problem"),
    [
        ("{told: 5, overdue: 8 minutes, officer: 9 minutes}", "a wait is written as 15 minutes, 90 seconds or 1 hour"),
        ("{told: 1 second, overdue: 8 minutes, officer: 9 minutes}", "a wait is 30 seconds to 24 hours"),
        (
            "{told: 9 minutes, overdue: 8 minutes, officer: 9 minutes}",
            "told comes first, then overdue, then the duty officer",
        ),
        ("{told: 5 minutes, officer: 9 minutes}", "this field is missing"),
    ],
)
def test_a_wait_that_makes_no_sense(content: SmallContent, waits: str, problem: str) -> None:
    head = (content.root / "tiny/event.yaml").read_text("utf-8")
    content.put("tiny/event.yaml", head + f"\nwaits:\n  normal: {waits}\n")

    assert [fault.problem for fault in content.faults()] == [problem]


def test_the_roster_is_read(content: SmallContent) -> None:
    content.put("tiny/roster.yaml", ROSTER)

    snapshot = content.load().snapshot

    assert snapshot is not None
    desk, nurse = snapshot.event.roster.people
    assert desk.languages == ("vi", "en")
    assert desk.shifts == ("night",)
    assert desk.roles == {Role.DESK}
    assert nurse.roles == {Role.MEDICAL, Role.DESK}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "shifts: [night]",
            "shifts: [dusk]",
            Fault("tiny/roster.yaml", 4, "people.0.shifts", "no such shift", "dusk", "night"),
        ),
        (
            "name: Nurse",
            "name: Desk A",
            Fault(
                "tiny/roster.yaml",
                5,
                "people.1.name",
                "this name is another person's already",
                "Desk A",
                "each name once",
            ),
        ),
    ],
)
def test_faults_of_the_roster(content: SmallContent, old: str, new: str, expected: Fault) -> None:
    content.put("tiny/roster.yaml", ROSTER.replace(old, new))

    assert content.faults() == (expected,)


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ("teams: [reception], languages", "teams: [nobody], languages", "people.0.teams", "no such team"),
        ("roles: [medical, desk]", "roles: [doctor]", "people.1.roles.0", "none of the words"),
    ],
)
def test_a_team_or_role_that_is_not_there(content: SmallContent, old: str, new: str, field: str, problem: str) -> None:
    content.put("tiny/roster.yaml", ROSTER.replace(old, new))

    [fault] = content.faults()

    assert fault.field == field
    assert problem in fault.problem


def test_canned_replies_are_read(content: SmallContent) -> None:
    content.put("library/canned.yaml", CANNED)

    snapshot = content.load().snapshot

    assert content.faults() == ()
    assert snapshot is not None
    assert snapshot.library.canned["coming"].title.vi == "Đang đến"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("to {{ fill.place }}", "to {{ fill.soul }}", "staff cannot fill this in"),
        ("We come to {{ fill.place }}.", "We come.", "not the same fields as in the English text"),
        ("We come to", "Call +84 24 0000 0100 at", "a time, phone, price or address is typed into the text"),
        ("{{ fill.place }}", "{{ fill.place", "this is not a field"),
        ("{{ fill.place }}", "{{ fill.minutes }} minutes", "the word for minutes comes with the field"),
        (
            "{{ fill.place }}",
            "{{ fill.place }} {{ contact.reception }}",
            "unknown field: a contact has phone, name, extension, hours",
        ),
    ],
)
def test_faults_of_canned_replies(content: SmallContent, old: str, new: str, problem: str) -> None:
    content.put("library/canned.yaml", CANNED.replace(old, new))

    assert problem in {fault.problem for fault in content.faults()}
