"""Who is on duty, and whom a ticket is best given to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.model.content import Roster, Rostered, Shift, Span24
from bot.model.people import Role
from bot.model.tickets import Priority, TicketState
from bot.tickets import roster
from bot.tickets.roster import OnDuty, Presence
from tests.unit.tickets.samples import LAN, ticket

ROSTER = Roster(
    {
        "day": Shift("day", Span24(time(6), time(14))),
        "night": Shift("night", Span24(time(22), time(6))),
    },
    (
        Rostered("Lan", ("reception",), languages=("vi", "en"), shifts=("day",)),
        Rostered("Minh", ("reception", "visa"), languages=("vi", "ar"), shifts=("day",)),
        Rostered("Hoa", ("reception",), shifts=("night",), days=(date(2023, 11, 20),)),
        Rostered("Nurse", ("medical",), roles=frozenset({Role.MEDICAL}), shifts=("day",)),
        Rostered("Chief", ("reception",), roles=frozenset({Role.DUTY_OFFICER})),
    ),
)


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


def names(now: datetime, *presences: Presence) -> list[str]:
    return [one.name for one in roster.on_now(ROSTER, {one.name: one for one in presences}, now)]


@pytest.mark.parametrize(
    ("now", "on"),
    [
        (at(6), ["Lan", "Minh", "Nurse", "Chief"]),
        (at(13, 59), ["Lan", "Minh", "Nurse", "Chief"]),
        (at(14), ["Chief"]),
        (at(21, 59), ["Chief"]),
        (at(22), ["Hoa", "Chief"]),
        (at(5, 59, day=21), ["Hoa", "Chief"]),
        (at(6, day=21), ["Lan", "Minh", "Nurse", "Chief"]),
        (at(22, day=21), ["Chief"]),
        (at(3, day=20), ["Chief"]),
    ],
)
def test_who_is_on_by_the_plan(now: datetime, on: list[str]) -> None:
    """A night belongs to the day on which it begins."""
    assert names(now) == on


def test_who_says_away_is_away_until_they_act_or_come_back() -> None:
    went = Presence("Lan", "away", at(8), active_at=at(7))

    assert "Lan" not in names(at(9), went)
    assert "Lan" in names(at(9), Presence("Lan", "away", at(8), active_at=at(8, 30)))
    assert "Lan" in names(at(9), Presence("Lan", "on", at(8, 59)))


def test_what_was_said_does_not_hold_for_ever() -> None:
    assert "Lan" in names(at(7, day=22), Presence("Lan", "away", at(8)))


def test_who_says_on_is_on_until_they_are_idle() -> None:
    came = Presence("Hoa", "on", at(15))

    assert "Hoa" in names(at(15, 29), came)
    assert "Hoa" not in names(at(15, 30), came)
    assert "Hoa" in names(at(15, 50), Presence("Hoa", "on", at(15), active_at=at(15, 45)))


def test_somebody_who_is_not_on_the_roster_helps_at_reception() -> None:
    found = roster.on_now(ROSTER, {"Guest": Presence("Guest", "on", at(15))}, at(15, 1))

    assert found[-1] == OnDuty("Guest", ("reception",), frozenset({Role.DESK}), ("en",), here=True)


def duty(*presences: Presence) -> list[OnDuty]:
    return list(roster.on_now(ROSTER, {one.name: one for one in presences}, at(8)))


def test_the_team_comes_before_reception() -> None:
    assert roster.suggestions(ticket(team="visa"), duty(), {}) == ["Minh", "Chief", "Lan"]


def test_who_is_there_then_who_knows_it_then_who_speaks_it_then_who_has_least() -> None:
    arabic = ticket(language="ar")
    here = Presence("Lan", active_at=at(7, 55))

    assert roster.suggestions(arabic, duty(here), {})[0] == "Lan"
    assert roster.suggestions(arabic, duty(), {})[0] == "Minh"
    assert roster.suggestions(ticket(language="ar", previous_owner_name="Chief"), duty(), {})[0] == "Chief"
    assert roster.suggestions(ticket(language="vi"), duty(), {"Lan": 3, "Minh": 2})[0] == "Minh"
    assert roster.suggestions(ticket(language="vi"), duty(), {"Lan": 1, "Minh": 2})[0] == "Lan"


def test_nobody_is_named_who_may_not_read_it() -> None:
    assert roster.suggestions(ticket(team="medical", restricted="medical"), duty(), {}) == ["Nurse", "Chief"]
    assert roster.suggestions(ticket(team="security", restricted="safeguarding"), duty(), {}) == []


def test_the_next_person_is_somebody_else() -> None:
    names_ = ["Lan", "Minh", "Chief"]

    assert roster.next_after("", names_) == "Lan"
    assert roster.next_after("Lan", names_) == "Minh"
    assert roster.next_after("Chief", names_) == "Lan"
    assert roster.next_after("Lan", names_, owner_name="Minh") == "Chief"
    assert roster.next_after("Lan", ["Lan"], owner_name="Lan") == ""


def test_the_duty_officer_is_called_even_off_duty() -> None:
    away = Presence("Chief", "away", at(7))

    assert roster.officers(duty(), ROSTER) == ["Chief"]
    assert roster.officers(duty(away), ROSTER) == ["Chief"]


def test_load_counts_open_tickets() -> None:
    mine = ticket(TicketState.CLAIMED, LAN)

    assert roster.load_of([mine, mine, ticket(TicketState.RESOLVED, LAN), ticket(priority=Priority.HIGH)]) == {"Lan": 2}


def test_away_of_nobody_known() -> None:
    assert not roster.is_away(None, at(8))
    assert roster.is_away(Presence("Lan", "on", at(7)), at(7) + timedelta(minutes=31))


def test_which_teams_may_read_what_is_for_few_people() -> None:
    held = frozenset({Role.DESK, Role.MEDICAL, Role.SAFEGUARDING, Role.DUTY_OFFICER})

    assert roster.team_reads("medical", ROSTER, held) == {"medical"}
    assert roster.team_reads("reception", ROSTER, held) == {"medical"}  # the duty officer works there
    assert roster.team_reads("visa", ROSTER, held) == set()
    assert roster.team_reads("safeguarding", ROSTER, held) == {"safeguarding"}
