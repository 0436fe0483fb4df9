"""Tickets that ask the same are found across languages, and only those."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import DelegateId
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
