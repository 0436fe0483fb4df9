"""Loading as a whole: several faults at once, files that are not there, stale translations, events elsewhere, caches."""

from __future__ import annotations

import pickle
import shutil
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.content import fields
from bot.content.source import Folders, load, load_or_raise, record_translations
from bot.content.stamp import FILE
from bot.model.content import Span24
from bot.model.errors import ContentError, Fault
from bot.model.language import Text
from tests.unit.content.small import SmallContent

HOTEL = "library/hotel.yaml"


# ------------------------------------------------------------------ what is read


def test_a_list_of_countries_is_read_as_written(content: SmallContent) -> None:
    snapshot = load_or_raise(content.folders)

    assert snapshot.event.facts["visa.free"].value == ("NO", "SE")
    said = fields.value(snapshot.event, "visa.free", "en")
    assert [span.text for span in said] == ["Norway and Sweden"]


def test_an_hour_without_quotes_is_no_number_of_seconds(content: SmallContent) -> None:
    content.edit("tiny/facts.yaml", '"06:00"', "10:30")
    content.edit("tiny/facts.yaml", '"10:00"', "23:59")

    assert content.faults() == ()
    hours = load_or_raise(content.folders).event.facts["hotel.breakfast"].value
    assert hours == Span24(time(10, 30), time(23, 59))


@pytest.mark.parametrize("written", ["true", "yes", "True", '"true"', "on", "1"])
def test_restricted_is_restricted_however_it_is_written(content: SmallContent, written: str) -> None:
    content.edit("tiny/programme.yaml", "restricted: true", f"restricted: {written}")

    assert content.faults() == ()
    assert load_or_raise(content.folders).event.sessions["s3"].restricted


def test_yes_stays_yes_under_a_line_that_asks_for_the_old_rules(content: SmallContent) -> None:
    programme = (content.root / "tiny/programme.yaml").read_text("utf-8")
    content.put("tiny/programme.yaml", "%YAML 1.1\n---\n" + programme.replace("restricted: true", "restricted: yes"))

    assert content.faults() == ()
    assert load_or_raise(content.folders).event.sessions["s3"].restricted


def test_leading_zeros_of_a_code_are_not_lost(content: SmallContent) -> None:
    content.edit("tiny/facts.yaml", "value: lotus-2023", "value: 0042")
    assert content.faults() == (
        Fault("tiny/facts.yaml", 10, "wifi.password.value", "a text is expected", "42", 'in quotes: "42"'),
    )

    content.edit("tiny/facts.yaml", "value: 0042", 'value: "0042"')
    assert content.faults() == ()
    assert load_or_raise(content.folders).event.facts["wifi.password"].value == "0042"


def test_the_head_of_the_event_is_read(content: SmallContent) -> None:
    event = load_or_raise(content.folders).event

    assert (event.id, event.short, event.zone) == ("tiny", "TINY", ZoneInfo("Asia/Ho_Chi_Minh"))
    assert (event.starts, event.ends) == (date(2023, 11, 21), date(2023, 11, 22))
    assert event.teams["programme"].name == Text(en="Programme", vi="Chương trình", ar="البرنامج")
    assert event.nights is not None
    assert (event.nights.all_to, event.nights.excepted) == ("reception", ("security",))
    assert [contact.id for contact in event.emergency_numbers()] == ["ambulance"]
    assert event.facts["wifi.network"].origin.line == 1
    assert event.facts["wifi.network"].origin.file == "tiny/facts.yaml"


def test_an_event_brings_topics_of_its_own_and_may_replace_one(content: SmallContent) -> None:
    with_own_topics(content.root / "tiny")

    loaded = content.load()

    assert loaded.errors == ()
    assert loaded.snapshot is not None
    topics = loaded.snapshot.library.topics
    assert topics["hotel.breakfast"].title.en == "Our breakfast"
    assert topics["hotel.breakfast"].origin_file == "tiny/topics/own.yaml"
    assert topics["hotel.wifi"].title.en == "Wi-Fi"


# ------------------------------------------------------------------ what is wrong


def test_a_file_that_is_not_utf8_names_the_line(content: SmallContent) -> None:
    path = content.root / "tiny/places.yaml"
    path.write_bytes(path.read_bytes().replace("Sảnh".encode(), "Sảnh".encode("utf-16-le")))

    assert content.faults() == (
        Fault("tiny/places.yaml", 11, "", "this is not UTF-8 text", "", "a file saved as UTF-8"),
    )


@pytest.mark.parametrize(
    "name",
    [
        *(f"tiny/{name}.yaml" for name in ("event", "facts", "places", "contacts", "programme", "transport")),
        *(f"library/emergencies/{language}.yaml" for language in ("en", "vi", "ar")),
        "library/offtopic/vi.yaml",
        "library/smalltalk.yaml",
    ],
)
def test_a_missing_file_is_named_and_nothing_that_follows_from_it(content: SmallContent, name: str) -> None:
    (content.root / name).unlink()

    assert content.faults() == (Fault(name, 1, "", "this file is missing"),)
    assert content.load().snapshot is None


def test_a_topic_without_ways_of_asking_in_one_language_is_a_fault(content: SmallContent) -> None:
    (content.root / "library/asking/vi/schedule.yaml").unlink()

    problem = ("only 0 ways of asking", "", "at least 5")
    assert content.faults() == (
        Fault("library/schedule.yaml", 1, "schedule.opening.asking.vi", *problem),
        Fault("library/schedule.yaml", 17, "schedule.audience.asking.vi", *problem),
    )


def asked(content: SmallContent, topic: str) -> tuple[str, ...]:
    snapshot = content.load().snapshot
    assert snapshot is not None
    return snapshot.library.topics[topic].asking["en"]


def test_ways_of_asking_may_stand_in_several_files_and_faults_name_the_right_one(content: SmallContent) -> None:
    before = asked(content, "hotel.wifi")
    second = content.root / "library/asking/en/hotel-b.yaml"
    second.write_text("hotel.wifi:\n  - is there internet\n", "utf-8")

    assert asked(content, "hotel.wifi") == ("is there internet", *before)

    second.write_text("hotel.breakfast:\n  - is there coffee\n  - wifi please\n", "utf-8")
    [fault] = content.faults()
    assert (fault.file, fault.line) == ("library/asking/en/hotel-b.yaml", 3)


def test_all_faults_of_all_files_are_told_at_once(content: SmallContent) -> None:
    content.edit("tiny/event.yaml", "Asia/Ho_Chi_Minh", "Asia/Hanoi")
    content.edit("tiny/facts.yaml", "type: span", "type: hours")
    content.edit("tiny/facts.yaml", "https://", "http://")
    content.edit("tiny/places.yaml", ", ar: البهو}", "}")
    content.edit("tiny/programme.yaml", "starts: 2023-11-21T10:30", "starts: 2023-11-21T09:30")
    content.edit("tiny/transport.yaml", "returns: [2023-11-21T18", "returns: [2023-11-21T07")
    content.edit(HOTEL, "ar: الفطور}", "ar: TODO}")
    content.edit("library/schedule.yaml", "team: security", "team: protocol")
    content.edit("library/asking/en/hotel.yaml", "  - breakfast hours", "  - wifi please")

    assert [(fault.file, fault.line, fault.field) for fault in content.faults()] == [
        (HOTEL, 28, "hotel.breakfast.title.ar"),
        ("library/schedule.yaml", 18, "schedule.audience.team"),
        ("tiny/event.yaml", 4, "zone"),
        ("tiny/facts.yaml", 16, "hotel.breakfast.type"),
        ("tiny/facts.yaml", 45, "visa.page.value"),
        ("tiny/places.yaml", 11, "lobby.name.ar"),
        ("tiny/programme.yaml", 16, "s2.starts"),
        ("tiny/transport.yaml", 6, "t1.returns"),
    ]


def test_off_topic_sentences_may_stand_in_several_files_and_faults_name_the_right_one(content: SmallContent) -> None:
    before = content.load().snapshot
    assert before is not None
    second = content.root / "library/offtopic/en-b.yaml"
    second.write_text("- which tram goes to the zoo\n", "utf-8")

    after = content.load().snapshot
    assert after is not None
    assert after.library.offtopic["en"] == (*before.library.offtopic["en"], "which tram goes to the zoo")
    assert after.library.offtopic["vi"] == before.library.offtopic["vi"]

    second.write_text("- which tram goes to the zoo\n- 7\n", "utf-8")
    (fault,) = content.faults()
    assert (fault.file, fault.line) == ("library/offtopic/en-b.yaml", 2)


def test_several_faults_of_one_entry_are_told_at_once(content: SmallContent) -> None:
    content.edit("tiny/programme.yaml", "audience: all", "audience: everyone")
    content.edit("tiny/programme.yaml", "08:30:00+07:00", "08:30:00")
    content.edit("tiny/programme.yaml", "title: {en: Opening session, ", 'title: {en: "", ')

    assert [(fault.line, fault.field, fault.read) for fault in content.faults()] == [
        (3, "s1.starts", "2023-11-21T08:30:00"),
        (6, "s1.audience", "everyone"),
        (9, "s1.title.en", ""),
    ]


def test_a_shuttle_may_return_between_two_runs(content: SmallContent) -> None:
    content.edit(
        "tiny/transport.yaml",
        "returns: [2023-11-21T18:00:00+07:00]",
        "returns: [2023-11-21T07:50:00+07:00, 2023-11-21T18:00:00+07:00]",
    )
    assert content.faults() == ()


def test_sessions_may_share_a_room_when_they_say_so(content: SmallContent) -> None:
    content.edit("tiny/programme.yaml", "starts: 2023-11-21T10:30", "starts: 2023-11-21T09:30")
    content.edit("tiny/programme.yaml", "tags: [streamed]", "tags: [shared]")
    assert content.faults() == ()


def test_one_session_may_begin_when_another_ends(content: SmallContent) -> None:
    content.edit("tiny/programme.yaml", "starts: 2023-11-21T10:30", "starts: 2023-11-21T10:00")
    assert content.faults() == ()


# ------------------------------------------------------------------ what an event does not say


def test_a_topic_without_its_fact_is_handed_over_and_is_no_fault(content: SmallContent) -> None:
    text = (content.root / "tiny/facts.yaml").read_text("utf-8")
    content.put("tiny/facts.yaml", text.replace("- id: hotel.breakfast\n", "- id: hotel.brunch\n"))

    loaded = content.load()

    assert content.faults() == ()
    assert loaded.snapshot is not None
    assert loaded.snapshot.unanswerable == {"hotel.breakfast": ("hotel.breakfast",)}


def test_a_restricted_session_or_coach_answers_no_topic(content: SmallContent) -> None:
    content.edit(HOTEL, "{{ place.hall.where }}", "{{ session.heads-audience.when }}", everywhere=True)
    content.edit(HOTEL, "{{ hotel.breakfast }}", "{{ line.t2.departs }}", everywhere=True)

    loaded = content.load()

    assert content.faults() == ()
    assert loaded.snapshot is not None
    assert loaded.snapshot.unanswerable == {
        "hotel.wifi": ("session.heads-audience.when",),
        "hotel.breakfast": ("line.t2.departs",),
    }


def test_a_topic_without_an_answer_that_needs_no_person_is_handed_over(content: SmallContent) -> None:
    content.edit("library/schedule.yaml", "needs: person", "needs: none")

    loaded = content.load()

    assert loaded.snapshot is not None
    assert loaded.snapshot.unanswerable == {"schedule.audience": ()}


def test_a_topic_whose_place_the_event_lacks_keeps_its_answer(content: SmallContent) -> None:
    content.edit("tiny/places.yaml", "  roles: [main-hall]\n", "")

    assert content.faults() == (
        Fault(HOTEL, 21, "hotel.wifi.place", "the event has no such place", "main-hall", warning=True),
    )
    loaded = content.load()
    assert loaded.snapshot is not None
    assert loaded.snapshot.unanswerable == {}


# ------------------------------------------------------------------ translations


def test_a_stale_translation_is_told_and_still_serves(content: SmallContent) -> None:
    content.edit(
        "tiny/facts.yaml", "en: Please keep quiet., vi: Xin giữ yên lặng.", "en: Please whisper., vi: Xin nói khẽ."
    )

    loaded = content.load()

    assert loaded.faults == (
        Fault(
            "tiny/facts.yaml",
            31,
            "fact.hotel.rules.value",
            "the English changed, but ar did not: stale translation",
            "",
            "translate again, then 'desk check --stamp'",
            warning=True,
        ),
    )
    assert loaded.snapshot is not None


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "field"),
    [
        (HOTEL, "en: Wi-Fi", "en: Internet", 6, "topic.hotel.wifi.title"),
        (HOTEL, "Breakfast is", "Breakfast will be", 29, "topic.hotel.breakfast.answer"),
        ("library/smalltalk.yaml", "en: Hello!", "en: Welcome!", 3, "smalltalk.greeting.reply"),
        ("tiny/event.yaml", "en: Tiny", "en: Small", 2, "event.name"),
        ("tiny/event.yaml", "en: Programme", "en: Agenda", 12, "event.teams.programme.name"),
        ("tiny/event.yaml", "en: heads of", "en: leaders of", 20, "event.audiences.heads"),
        ("tiny/event.yaml", "{en: Tokyo", "{en: Tōkyō", 23, "event.home_times.0.name"),
        ("tiny/places.yaml", "en: Lotus Hall", "en: Lotus Room", 3, "place.hall.name"),
        ("tiny/places.yaml", "by the stairs", "by the lift", 4, "place.hall.where"),
        ("tiny/places.yaml", "en: 1 Lotus Street", "en: 2 Lotus Street", 12, "place.lobby.address"),
        ("tiny/contacts.yaml", "en: Ambulance", "en: Rescue", 10, "contact.ambulance.name"),
        ("tiny/programme.yaml", "en: First plenary", "en: Plenary 1", 21, "session.s2.title"),
    ],
)
def test_every_text_has_a_record(content: SmallContent, name: str, old: str, new: str, line: int, field: str) -> None:
    content.edit(name, old, new)

    (fault,) = content.load().faults

    assert (fault.file, fault.line, fault.field, fault.warning) == (name, line, field, True)
    assert fault.problem == "the English changed, but vi and ar did not: stale translation"


def test_each_text_of_a_list_has_a_record(content: SmallContent) -> None:
    content.edit(
        "tiny/facts.yaml",
        "type: text\n  value: {en: Please keep quiet., vi: Xin giữ yên lặng., ar: يُرجى الهدوء.}",
        "type: list\n  value:\n    - {en: a passport, vi: hộ chiếu, ar: جواز سفر}\n    - {en: a photo, vi: ảnh, ar: صورة}",
    )
    record_translations(content.folders)
    content.edit("tiny/facts.yaml", "en: a photo", "en: two photos")

    assert [(fault.line, fault.field) for fault in content.load().faults] == [(33, "fact.hotel.rules.value.1")]


def test_an_edited_translation_waits_for_review(content: SmallContent) -> None:
    content.edit("tiny/facts.yaml", "vi: Xin giữ yên lặng.", "vi: Xin giữ im lặng.")

    (fault,) = content.load().faults

    assert (fault.problem, fault.warning) == ("changed since its translations were last reviewed", True)


def test_a_new_text_waits_for_review_until_it_is_recorded(content: SmallContent) -> None:
    content.edit(
        "tiny/programme.yaml",
        "  line: t1\n",
        "  line: t1\n  note: {en: Be early., vi: Xin đến sớm., ar: احضر مبكرًا.}\n",
    )

    assert content.load().faults == (
        Fault(
            "tiny/programme.yaml",
            11,
            "session.s1.note",
            "new text: its translations are not yet marked as reviewed",
            "",
            "review, then 'desk check --stamp'",
            warning=True,
        ),
    )

    record_translations(content.folders)
    assert content.load().faults == ()


def test_nothing_is_recorded_while_there_are_faults(content: SmallContent) -> None:
    before = (content.root / "tiny" / FILE).read_bytes()
    content.edit("tiny/facts.yaml", ", ar: يُرجى الهدوء.", "")

    with pytest.raises(ContentError) as raised:
        record_translations(content.folders)

    assert [str(fault) for fault in raised.value.faults] == [
        "tiny/facts.yaml:31: hotel.rules.value.ar: this field is missing"
    ]
    assert (content.root / "tiny" / FILE).read_bytes() == before


def test_a_record_that_cannot_be_read_only_means_review_again(content: SmallContent) -> None:
    (content.root / "tiny" / FILE).write_bytes(b"<<<<<<< HEAD\n\xff\xfe\x00 binary\n=======\n")

    loaded = content.load()

    assert loaded.snapshot is not None
    assert {fault.problem for fault in loaded.faults} == {"new text: its translations are not yet marked as reviewed"}


# ------------------------------------------------------------------ folders and caches


def test_an_event_outside_the_content_folder_works(content: SmallContent, tmp_path: Path) -> None:
    elsewhere = tmp_path / "my conference"
    shutil.move(content.root / "tiny", elsewhere)
    folders = Folders.of(content.root, str(elsewhere))

    assert load(folders).faults == ()

    with_own_topics(elsewhere)
    loaded = load(folders)
    assert loaded.errors == ()
    assert loaded.snapshot is not None
    assert loaded.snapshot.library.topics["hotel.breakfast"].title.en == "Our breakfast"


def test_faults_of_an_event_elsewhere_name_its_own_folder(content: SmallContent, tmp_path: Path) -> None:
    elsewhere = SmallContent(tmp_path)
    shutil.move(content.root / "tiny", tmp_path / "mine")
    elsewhere.edit("mine/event.yaml", "venue: hall", "venue: castle")
    elsewhere.edit("mine/contacts.yaml", "  emergency: true\n", "")
    elsewhere.edit("mine/facts.yaml", "[NO, SE]", "[NO, Sweden]")

    loaded = load(Folders.of(content.root, str(tmp_path / "mine")))

    assert [(fault.file, fault.line, fault.field, fault.read) for fault in loaded.faults] == [
        ("mine/contacts.yaml", 1, "emergency", ""),
        ("mine/event.yaml", 16, "venue", "castle"),
        ("mine/facts.yaml", 24, "visa.free.value.1", "Sweden"),
    ]


def test_a_folder_that_is_not_there_is_said_to_be_missing(content: SmallContent, tmp_path: Path) -> None:
    loaded = load(Folders.of(content.root, str(tmp_path / "nowhere")))

    assert loaded.snapshot is None
    assert Fault("nowhere/event.yaml", 1, "", "this file is missing") in loaded.faults


def test_the_version_follows_every_file(content: SmallContent) -> None:
    first = load_or_raise(content.folders).version
    content.edit("tiny/facts.yaml", "lotus-2023", "lotus-2024")
    second = load_or_raise(content.folders).version
    content.edit("tiny/facts.yaml", "lotus-2024", "lotus-2023")

    assert first != second
    assert load_or_raise(content.folders).version == first


def test_the_cache_gives_back_what_was_read(content: SmallContent, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = load_or_raise(content.folders, cache)
    (kept,) = cache.iterdir()

    assert load_or_raise(content.folders, cache) == first
    assert pickle.loads(kept.read_bytes()) == first  # noqa: S301 -- written two lines above


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_damaged_cache_is_read_anew(content: SmallContent, tmp_path: Path, share: float) -> None:
    cache = tmp_path / "cache"
    first = load_or_raise(content.folders, cache)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()

    kept.write_bytes(whole[: int(len(whole) * share)])
    assert load_or_raise(content.folders, cache) == first

    for odd in (b"garbage\n.", b"\x80\x05\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", b"I1x\n.", b"\x8c\x01\xff.", b"0."):
        kept.write_bytes(odd)
        assert load_or_raise(content.folders, cache) == first


def test_faulty_content_leaves_no_cache(content: SmallContent, tmp_path: Path) -> None:
    content.edit("tiny/facts.yaml", "type: span", "type: hours")

    with pytest.raises(ContentError):
        load_or_raise(content.folders, tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


# ------------------------------------------------------------------ helpers


def with_own_topics(event: Path) -> None:
    folder = event / "topics"
    (folder / "asking").mkdir(parents=True)
    title = "  title: {en: Our breakfast, vi: Bữa sáng của chúng tôi, ar: فطورنا}\n"
    (folder / "own.yaml").write_text(
        "hotel.breakfast:\n  team: reception\n  urgency: normal\n  needs: person\n" + title, "utf-8"
    )
    for language, words in (("en", "our own breakfast"), ("vi", "bữa sáng riêng"), ("ar", "فطورنا الخاص")):
        (folder / "asking" / language).mkdir()
        lines = "".join(f"  - {words} {number}\n" for number in range(5))
        (folder / "asking" / language / "own.yaml").write_text("hotel.breakfast:\n" + lines, "utf-8")
