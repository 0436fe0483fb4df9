"""Tickets that ask the same are found across languages, and only those."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.errors import Refused
from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import DelegateId, Role, Staff, StaffId
from bot.model.tickets import Priority, Ticket, TicketState
from bot.tickets import same
from tests.conftest import MORNING
from tests.unit.tickets.samples import ticket


def words(text: str) -> list[str]:
    return text.casefold().split()


def asked(number: int, topic: str | None = "transport.coach", language: Language = "en", minutes: float = 0) -> Ticket:
    return replace(
        ticket(topic=topic),
        id=TicketId(number),
        delegate=DelegateId(f"webchat:{number}"),
        language=language,
        question=f"question {number}",
        opened_at=MORNING + timedelta(minutes=minutes),
    )


def test_the_same_topic_in_two_languages_within_a_quarter_of_an_hour() -> None:
    first = asked(1)

    assert same.group_for(asked(2, language="ar", minutes=15), [first], words) == 1
    assert same.group_for(asked(2, language="ar", minutes=15.1), [first], words) is None


def test_the_same_words_without_a_topic() -> None:
    one, other = (
        replace(asked(n, None), question=said) for n, said in ((1, "Where is MY bag"), (2, "my bag where is"))
    )

    assert same.group_for(other, [one], words) == 1
    assert same.group_for(replace(other, question="my bags where is"), [one], words) is None


def test_one_word_is_too_few() -> None:
    one, other = (replace(asked(n, None), question="help?") for n in (1, 2))

    assert same.group_for(other, [one], words) is None


def test_a_third_joins_the_group_of_the_first_two() -> None:
    second = replace(asked(2, minutes=10), group=TicketId(1))

    assert same.group_for(asked(3, minutes=20), [asked(1), second], words) == 1


@pytest.mark.parametrize(
    "apart",
    [
        {"restricted": "medical"},
        {"topic": "medical.unwell"},
        {"drill": True},
        {"state": TicketState.RESOLVED},
        {"redacted_at": MORNING},
        {"delegate": DelegateId("webchat:1")},
        {"priority": Priority.EMERGENCY},
    ],
)
def test_what_stays_alone(apart: dict[str, Any]) -> None:
    topic = apart.get("topic", "transport.coach")
    first = replace(asked(1), topic=topic)

    assert same.group_for(replace(asked(2), **{"topic": topic, **apart}), [first], words) is None


def test_the_members_are_the_open_ones() -> None:
    tickets = [
        asked(1),
        replace(asked(2), group=TicketId(1)),
        replace(asked(3), group=TicketId(1), state=TicketState.RESOLVED),
        asked(4),
    ]

    assert [member.id for member in same.members(TicketId(1), reversed(tickets))] == [1, 2]


# ---------------------------------------------------------------- put together and taken apart by staff

LAN = Staff(StaffId("staff:1"), "Lan", "console", frozenset({Role.DESK}))


def join(ticket: Ticket, number: int, tickets: list[Ticket]) -> TicketId:
    return same.joining(ticket, TicketId(number), tickets, LAN, MORNING)


def test_staff_put_together_what_the_words_do_not_tell() -> None:
    tickets = [asked(1), asked(2, "hotel.wifi", minutes=90)]

    moved = replace(tickets[1], group=join(tickets[1], 1, tickets))

    assert [one.id for one in same.others(tickets[0], [tickets[0], moved])] == [2]
    assert [one.id for one in same.others(moved, [tickets[0], moved])] == [1]


@pytest.mark.parametrize(
    ("mine", "other", "why"),
    [
        ({}, {"restricted": "medical"}, "for those responsible"),
        ({"restricted": "medical"}, {}, "Medical and safeguarding cases and drills"),
        ({}, {"drill": True}, "Medical and safeguarding cases and drills"),
        ({}, {"priority": Priority.EMERGENCY}, "with other emergencies only"),
        ({}, {"delegate": DelegateId("webchat:2")}, "reach them twice"),
        ({}, {"id": TicketId(7)}, "no open request"),
        ({"id": TicketId(1)}, {}, "with which request"),
    ],
)
def test_what_staff_cannot_put_together(mine: dict[str, Any], other: dict[str, Any], why: str) -> None:
    ticket = replace(asked(2), **mine)

    with pytest.raises(Refused, match=why):
        join(ticket, 1, [replace(asked(1), **other), ticket])


def test_nobody_is_reached_twice_by_way_of_a_third() -> None:
    tickets = [asked(1), replace(asked(2), group=TicketId(1)), replace(asked(3), delegate=DelegateId("webchat:2"))]

    with pytest.raises(Refused, match="reach them twice"):
        join(tickets[2], 1, tickets)


def test_one_that_was_taken_out_is_joined_by_nothing_of_itself() -> None:
    out = replace(asked(1), group=same.apart(asked(1)))

    assert same.group_for(asked(3), [out], words) is None
    assert same.group_for(asked(3), [out, asked(2)], words) == 2


def test_a_case_for_few_people_leaves_its_group_and_says_nothing_to_it() -> None:
    case = replace(asked(2), group=TicketId(1), restricted="medical")

    assert same.others(asked(1), [asked(1), case]) == []
    assert same.others(case, [asked(1), case]) == ()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), max_size=12))
def test_any_order_of_putting_together_and_taking_apart(steps: list[tuple[int, int]]) -> None:
    """A ticket that is linked leaves its group for that of the other; one that is taken out is alone; the rest stay."""
    tickets = {number: asked(number, minutes=100 * number) for number in range(1, 6)}
    groups = {number: {number} for number in tickets}
    for number, to in steps:
        ticket = tickets[number]
        if to == number:
            continue
        group = join(ticket, to, list(tickets.values())) if to else same.apart(ticket)
        tickets[number] = replace(ticket, group=group, version=ticket.version + 1)
        if not to or number not in groups[to]:
            groups[number].discard(number)
            groups[number] = groups[to] if to else set()
            groups[number].add(number)

    for number, ticket in tickets.items():
        assert {one.id for one in same.others(ticket, tickets.values())} == groups[number] - {number}
