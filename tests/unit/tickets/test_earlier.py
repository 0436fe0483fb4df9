"""The conversation before a ticket: in order, short, and nothing of what few people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.model.messages import Attachment, Button, Entry, Message, TicketId
from bot.model.rich import letters, plain
from bot.model.tickets import Secrecy
from bot.tickets import earlier
from tests.conftest import MORNING
from tests.unit.tickets.samples import NEW

OPENED: Final = replace(NEW, id=TicketId(5), opened_at=MORNING)


def talk(*lines: tuple[Any, ...]) -> list[Entry]:
    """A minute between lines, the last of which is said as the ticket opens: (author, text, further fields)."""
    history = []
    for number, (author, said, *more) in enumerate(lines, start=1):
        at = MORNING - timedelta(minutes=len(lines) - number)
        fields: dict[str, Any] = dict(more[0]) if more else {}
        message = Message(plain(said), "en", fields.pop("buttons", ()))
        history.append(Entry(number, NEW.delegate, at, author, message, **fields))
    return history


def nobody_else(secret: Secrecy) -> bool:
    return not secret


def read(
    history: Sequence[Entry], others: Mapping[TicketId, Any] | None = None, reads: Any = nobody_else, **more: Any
) -> list[str]:
    return [letters(one.message.text) for one in earlier.before(history, OPENED, others or {}, reads, **more)]


def test_what_was_asked_and_answered_is_shown_in_order_without_housekeeping() -> None:
    history = talk(
        ("delegate", "/start"),
        ("desk", "Welcome!"),
        ("delegate", "Where is the gym?"),
        ("desk", "On floor 2.", {"answer": "topic:hotel.gym"}),
        ("delegate", "", {"attachments": (Attachment("photo"),)}),
        ("desk", "I cannot open pictures."),
        ("delegate", "It is closed", {"ticket": TicketId(5)}),
        ("desk", "I am passing it on.", {"ticket": TicketId(5)}),
    )

    shown = read(history)

    assert shown == ["Where is the gym?", "On floor 2.", "", "I cannot open pictures."]


def test_only_the_newest_whole_exchanges_are_shown_and_none_of_long_ago() -> None:
    history = talk(
        ("delegate", "one"), ("desk", "1"),
        ("delegate", "two"), ("desk", "2"),
        ("delegate", "three"), ("desk", "3"),
        ("delegate", "help me", {"ticket": TicketId(5)}),
    )  # fmt: skip

    assert read(history, most=5) == ["two", "2", "three", "3"]
    assert read(history, lately=timedelta(minutes=2)) == ["three", "3"]


def test_what_is_for_few_people_is_told_to_them_alone() -> None:
    doubt = ((Button("No, something else", "not-emergency"),),)
    offer = ((Button("The clinic", "topic:medical.team"),), (Button("Lunch", "topic:food.lunch"),))
    history = talk(
        ("delegate", "my rash"), ("desk", "See the clinic.", {"answer": "topic:medical.team"}),
        ("delegate", "it hurts"), ("desk", "Is this an emergency?", {"buttons": doubt}),
        ("delegate", "food and rash"), ("desk", "Do you mean:", {"buttons": offer}),
        ("delegate", "he touched me", {"ticket": TicketId(4)}), ("staff", "We are coming.", {"ticket": TicketId(4)}),
        ("delegate", "lunch?"), ("desk", "At noon.", {"answer": "topic:food.lunch"}),
        ("delegate", "my badge", {"ticket": TicketId(5)}),
    )  # fmt: skip
    harassment = replace(NEW, id=TicketId(4), restricted="safeguarding")

    assert read(history, {TicketId(4): harassment}) == ["lunch?", "At noon."]
    nurse = read(history, {TicketId(4): harassment}, lambda secret: secret in ("", "medical"))
    assert nurse == ["my rash", "See the clinic.", "food and rash", "Do you mean:", "lunch?", "At noon."]
    assert "he touched me" in read(history, {TicketId(4): harassment}, lambda _: True)


def test_lines_of_another_request_are_shown_with_what_staff_said_unless_it_is_gone_and_notes_never() -> None:
    history = talk(
        ("delegate", "the shower", {"ticket": TicketId(4)}),
        ("note", "he shouts", {"ticket": TicketId(4)}),
        ("staff", "Mended.", {"ticket": TicketId(4)}),
        ("delegate", "the lamp", {"ticket": TicketId(5)}),
    )
    other = replace(NEW, id=TicketId(4))

    assert read(history, {TicketId(4): other}) == ["the shower", "Mended."]
    assert read(history) == []
    assert read(history, {TicketId(4): replace(other, redacted_at=MORNING)}) == []
    assert earlier.tickets_in(history, OPENED) == [TicketId(4)]


def test_of_a_ticket_whose_words_were_erased_nothing_is_shown() -> None:
    history = talk(("delegate", "one"), ("desk", "1"), ("delegate", "two", {"ticket": TicketId(5)}))

    assert earlier.before(history, replace(OPENED, redacted_at=MORNING), {}, nobody_else) == ()
