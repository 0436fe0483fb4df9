"""Everything of a delegate and nothing else, on pages and in a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.messages import Attachment, Author, Entry, Message, TicketId
from bot.model.people import Address, Delegate
from bot.model.rich import letters, plain
from bot.model.tickets import Priority, Ticket
from bot.privacy.kept import Kept
from bot.privacy.mydata import MOST_PAGES, PAGE, export, pages
from tests.unit.telegram.desk import SPEAKERS

AT = datetime(2023, 11, 21, 1, 5, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
HOME = Address("telegram", "4711")
AMAL = Delegate(HOME.delegate, HOME, "ar", AT, name="أمل", other=Address("webchat", "s-2"))


def line(text: str, seq: int = 1, author: Author = "delegate", **more: Any) -> Entry:
    return Entry(seq, AMAL.id, AT, author, Message(plain(text), "ar"), **more)


def read(kept: Kept) -> list[str]:
    return [letters(page.text, isolate=False) for page in pages(kept, HANOI, SPEAKERS["en"])]


def test_a_short_history_is_one_page() -> None:
    ticket = Ticket(TicketId(7), AMAL.id, HOME, "ar", "reception", Priority.NORMAL, AT, "حقيبتي")
    said = [
        line("أين حقيبتي؟", attachments=(Attachment("photo", "f1"),), ticket=TicketId(7)),
        line("Asking reception.", 2, "desk"),
        line("At the desk.", 3, "staff", name="Lan"),
    ]

    [page] = read(Kept(AMAL, said, [ticket]))

    assert page == (
        "Kept about you: your language (العربية), your first message on 21 November 2023, and:\n"
        "Your name as your app gave it: أمل\n"
        "The other door that you linked: webchat\n"
        "Your requests: #7\n"
        "2023-11-21 08:05 You: أين حقيبتي؟ [photo]\n"
        "2023-11-21 08:05 Information desk: Asking reception.\n"
        "2023-11-21 08:05 Lan: At the desk."
    )


def test_notes_among_staff_and_earlier_copies_are_left_out() -> None:
    kept = Kept(AMAL, [line("keeps calling", 1, "note", name="Lan"), line("Kept about you", 2, "desk", copy=True)], [])

    assert "calling" not in "".join(read(kept))
    assert export(kept)["messages"] == []
    assert [one["text"] for one in export(kept, notes=True)["messages"]] == ["keeps calling"]


@settings(deadline=None)
@given(st.lists(st.text("abcمرحباxin chào ", max_size=9_000), max_size=6))
def test_no_letter_is_left_out_and_no_page_is_too_long(texts: list[str]) -> None:
    told = read(Kept(AMAL, [line(text, seq) for seq, text in enumerate(texts, 1)], []))

    assert all(len(page) <= PAGE for page in told)
    joined = "".join(told).replace("\n", "")
    assert all(text in joined for text in texts)


def test_a_history_that_fills_too_many_pages_says_who_has_all_of_it() -> None:
    kept = Kept(AMAL, [line("x" * PAGE, seq) for seq in range(1, MOST_PAGES + 5)], [])

    told = read(kept)

    assert len(told) == MOST_PAGES
    assert told[-1].endswith("\nThere is more than fits here. Reception can give you all of it.")
    assert len(export(kept)["messages"]) == MOST_PAGES + 4
