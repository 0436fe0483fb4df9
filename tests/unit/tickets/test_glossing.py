"""Staff read in their language and answer in the delegate's, from texts that exist in both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.model.content import Canned, Event, Snapshot
from bot.model.decisions import PLAINLY, Asked
from bot.model.errors import Refused, Unsure
from bot.model.language import LANGUAGES, Language, Text
from bot.model.messages import Entry, Message
from bot.model.people import DelegateId
from bot.model.rich import Rich, letters, plain
from bot.tickets import canned, glossing
from tests.conftest import MORNING
from tests.unit.content.small import SmallContent
from tests.unit.tickets.samples import ticket

REPLY = Canned(
    "coming",
    Text("Coming", "Đang đến", "قادم"),
    Text(
        "Somebody comes in {{ fill.minutes }} to {{ fill.place }}.",
        "{{ fill.minutes }} nữa có người đến {{ fill.place }}.",
        "يصل أحدنا إلى {{ fill.place }} بعد {{ fill.minutes }}.",
    ),
)


@pytest.fixture
def snapshot(tmp_path: Any) -> Snapshot:
    loaded = SmallContent.write(tmp_path).load().snapshot
    assert loaded is not None
    return replace(loaded, library=replace(loaded.library, canned={"coming": REPLY}))


def compose(topic: str, language: Language, at: datetime, asked: Asked = PLAINLY) -> Rich | None:
    del asked
    return plain(f"{topic} in {language} at {at:%H:%M}") if topic == "hotel.breakfast" else None


def line(answer: str = "", language: Language = "ar") -> Entry:
    return Entry(1, DelegateId("webchat:1"), MORNING, "desk", Message(plain("as sent"), language), answer=answer)


def test_the_topic_is_named_in_the_readers_language(snapshot: Snapshot) -> None:
    about = ticket(topic="hotel.breakfast")

    assert {glossing.title(about, snapshot, language) for language in ("en", "vi", "ar")} == {
        snapshot.library.topics["hotel.breakfast"].title.in_(language) for language in ("en", "vi", "ar")
    }
    assert glossing.title(ticket(), snapshot, "vi") == snapshot.event.teams["reception"].name.vi


def test_what_the_desk_answered_is_read_in_the_readers_language(snapshot: Snapshot) -> None:
    found = glossing.glossed([line("topic:hotel.breakfast"), line("canned:coming"), line()], snapshot, "vi", compose)

    assert [letters(one.gloss, isolate=False) for one in found] == [
        "hotel.breakfast in vi at 07:40",
        "… phút nữa có người đến ….",
        "",
    ]


def test_what_is_in_the_readers_language_needs_no_gloss(snapshot: Snapshot) -> None:
    [found] = glossing.glossed([line("topic:hotel.breakfast", "vi")], snapshot, "vi", compose)

    assert found.gloss == ()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Somebody comes in 5 minutes to Room <b>5</b>."),
        ("vi", "5 phút nữa có người đến Room <b>5</b>."),
        ("ar", "يصل أحدنا إلى Room <b>5</b> بعد 5 دقائق."),
    ],
)
def test_a_canned_reply_is_sent_in_the_delegates_language(snapshot: Snapshot, language: Language, said: str) -> None:
    filled = {"minutes": " 5 ", "place": "Room\n <b>5</b>"}

    sent = glossing.approved("canned:coming", snapshot, language, filled, MORNING, compose)

    assert letters(sent, isolate=False) == said
    assert [span.style for span in sent if "5" in span.text] == ["value", "value"]


@pytest.mark.parametrize(
    ("typed", "en", "ar", "vi"),
    [
        ("1", "1 minute", "دقيقة", "1 phút"),
        ("2", "2 minutes", "دقيقتين", "2 phút"),
        ("10", "10 minutes", "10 دقائق", "10 phút"),
        ("15 min", "15 minutes", "15 دقيقة", "15 phút"),
        ("5-10", "5–10 minutes", "5–10 دقائق", "5–10 phút"),
        ("\u0661\u0665", "15 minutes", "15 دقيقة", "15 phút"),
        ("a few", "a few minutes", "a few دقيقة", "a few phút"),
    ],
)
def test_minutes_are_counted_as_each_language_counts(snapshot: Snapshot, typed: str, en: str, ar: str, vi: str) -> None:
    said = {
        language: letters(
            canned.render(REPLY, snapshot.event, {"minutes": typed, "place": "P"}, language), isolate=False
        )
        for language in LANGUAGES
    }

    assert said == {
        "en": f"Somebody comes in {en} to P.",
        "ar": f"يصل أحدنا إلى P بعد {ar}.",
        "vi": f"{vi} nữa có người đến P.",
    }


@pytest.mark.parametrize("answer", ["canned:gone", "topic:gone", "", "hotel.breakfast"])
def test_an_answer_that_is_gone_is_refused(snapshot: Snapshot, answer: str) -> None:
    with pytest.raises(Refused):
        glossing.approved(answer, snapshot, "en", {}, MORNING, compose)


@pytest.mark.parametrize("filled", [{}, {"minutes": "5"}, {"minutes": "5", "place": "  "}])
def test_a_blank_is_never_sent(snapshot: Snapshot, filled: dict[str, str]) -> None:
    with pytest.raises(Refused, match="fill in"):
        glossing.approved("canned:coming", snapshot, "en", filled, MORNING, compose)


def test_what_is_filled_in_is_short(snapshot: Snapshot) -> None:
    said = canned.render(REPLY, snapshot.event, {"minutes": "5", "place": "x" * 500}, "en")

    assert len(letters(said, isolate=False)) < 150


def test_a_reply_that_this_event_cannot_say_is_not_offered(event: Event) -> None:
    lacking = replace(REPLY, text=Text(*["Call {{ contact.nobody.phone }}"] * 3))

    assert canned.sendable(REPLY, event)
    assert not canned.sendable(lacking, event)
    with pytest.raises(Refused):
        canned.render(lacking, event, {}, "en")


@pytest.mark.parametrize(
    ("guessed", "reads", "stops"),
    [(("en", True), "ar", True), (("en", True), "en", False), (("en", False), "ar", False)],
)
def test_a_text_in_another_language_is_stopped(guessed: tuple[Language, bool], reads: Language, *, stops: bool) -> None:
    def check() -> None:
        glossing.check_language("words", reads, lambda _: guessed)

    if stops:
        with pytest.raises(Unsure, match="This delegate reads العربية, and this looks like English"):
            check()
    else:
        check()


def test_a_free_text_goes_to_those_who_read_it() -> None:
    arabic, english = ticket(language="ar"), ticket(language="en")

    assert glossing.readers([arabic, english], "en") == ([english], [arabic])
    assert glossing.readers([arabic, english], None) == ([arabic, english], [])


def test_the_samples_stand_in_every_language(event: Event, content: Any) -> None:
    """Each canned reply of the library can be sent at the sample event, with its blanks filled in."""
    library = content.snapshot.library
    assert len(library.canned) >= 25
    for reply in library.canned.values():
        filled = dict.fromkeys(canned.fills(reply), "7")
        for language in ("en", "vi", "ar"):
            assert letters(canned.render(reply, event, filled, language)).strip()
