"""What has to go, by the clock and the event's own periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.model.content import Event, Retention
from bot.model.messages import TicketId
from bot.model.people import Address, Delegate
from bot.model.tickets import Priority, Ticket, TicketState
from bot.privacy.retention import Erase, Redact, chats_end, due
from tests.unit.telegram.desk import snapshot

EVENT: Event = replace(snapshot().event, retention=Retention())
LAST_MOMENT = datetime(2023, 11, 23, 17, 0, tzinfo=UTC)  # midnight in Ha Noi, after the last day
OPENED = datetime(2023, 11, 21, 9, 0, tzinfo=UTC)
AMAL = Delegate(Address("telegram", "1").delegate, Address("telegram", "1"), "ar", OPENED)
DAY = timedelta(days=1)


def ticket(number: int = 1, **more: Any) -> Ticket:
    known = Ticket(TicketId(number), AMAL.id, AMAL.address, "ar", "medical", Priority.NORMAL, OPENED, "my knee hurts")
    return replace(known, **{"state": TicketState.RESOLVED, "changed_at": OPENED, **more})


def test_chats_stay_for_thirty_days_after_the_last_day_of_the_event() -> None:
    assert chats_end(EVENT) == LAST_MOMENT + 30 * DAY
    assert due(LAST_MOMENT + 30 * DAY - timedelta(seconds=1), EVENT, [AMAL], {}, []) == []
    assert due(LAST_MOMENT + 30 * DAY, EVENT, [AMAL], {}, []) == [Erase(AMAL.id)]


def test_whoever_wrote_later_is_kept_as_long_after_their_last_line() -> None:
    later = LAST_MOMENT + 50 * DAY

    assert due(later + 29 * DAY, EVENT, [AMAL], {AMAL.id: later}, []) == []
    assert due(later + 30 * DAY, EVENT, [AMAL], {AMAL.id: later}, []) == [Erase(AMAL.id)]


def test_words_of_a_private_request_go_a_week_after_it_was_closed() -> None:
    closed = ticket()

    assert due(OPENED + 7 * DAY - timedelta(seconds=1), EVENT, [AMAL], {}, [closed]) == []
    assert due(OPENED + 7 * DAY, EVENT, [AMAL], {}, [closed]) == [Redact(closed.id)]


def test_a_visa_request_that_reception_held_at_night_is_private_too() -> None:
    held = ticket(team="reception", topic="visa.lost-passport")

    assert due(OPENED + 8 * DAY, EVENT, [AMAL], {}, [held]) == [Redact(held.id)]


def test_what_is_open_redacted_or_ordinary_stays() -> None:
    kept = [
        ticket(1, state=TicketState.CLAIMED),
        ticket(2, redacted_at=OPENED),
        ticket(3, team="reception", topic="badge.lost"),
        ticket(4, changed_at=OPENED + 2 * DAY),
    ]

    assert due(OPENED + 8 * DAY, EVENT, [AMAL], {}, kept) == []


def test_periods_are_the_events_own() -> None:
    event = replace(EVENT, retention=Retention(timedelta(hours=1), timedelta(hours=2), ("transport",)))
    closed = [ticket(1), ticket(2, team="transport")]

    assert due(OPENED + timedelta(hours=2), event, [AMAL], {}, closed) == [Redact(TicketId(2))]
    assert due(LAST_MOMENT + timedelta(hours=1), event, [AMAL], {}, []) == [Erase(AMAL.id)]


@given(st.integers(0, 200), st.integers(0, 200))
def test_nothing_that_had_to_go_is_kept_longer_by_waiting(first: int, second: int) -> None:
    """As time goes on what is due stays due, until the person goes with everything."""
    early, late = sorted((first, second))
    people, tickets = [AMAL], [ticket()]

    before = due(OPENED + early * DAY, EVENT, people, {}, tickets)
    after = due(OPENED + late * DAY, EVENT, people, {}, tickets)

    assert Erase(AMAL.id) in after or set(before) <= set(after)
