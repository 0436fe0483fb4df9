"""What each field gives in each language, and what may not be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from bot.content import fields
from bot.content.source import load_or_raise
from bot.model.content import (
    Dates,
    Event,
    Fact,
    FactType,
    Money,
    Number,
    Origin,
    Span24,
    Value,
)
from bot.model.language import LANGUAGES, Language, Text
from bot.model.rich import Rich, Span, letters
from tests.unit.content.small import SmallContent

ORIGIN = Origin("sample", "T1", date(2023, 11, 19))
HANOI = timezone(timedelta(hours=7))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=HANOI)


@pytest.fixture
def event(content: SmallContent) -> Event:
    return load_or_raise(content.folders).event


@pytest.mark.parametrize(
    ("kind", "value", "style", "en", "ar", "vi"),
    [
        ("text", Text("Quiet, please", "Xin giữ yên lặng", "الهدوء من فضلك"), "plain", "Quiet, please", "الهدوء من فضلك", "Xin giữ yên lặng"),
        ("code", "lotus-2023", "code", "lotus-2023", "lotus-2023", "lotus-2023"),
        ("url", "https://example.org/visa/", "link", *["example.org/visa"] * 3),
        ("phone", "+84 24 5555 0100", "phone", *["+84 24 5555 0100"] * 3),
        ("time", time(14, 0), "value", *["14:00"] * 3),
        ("span", Span24(time(6), time(22)), "value", *["06:00–22:00"] * 3),
        ("date", date(2023, 11, 22), "value", "Wed 22 Nov", "الأربعاء، 22 نوفمبر", "Thứ Tư, 22 tháng 11"),
        ("dates", Dates(date(2023, 11, 18), date(2023, 11, 21)), "value", "Sat 18 Nov – Tue 21 Nov", "السبت، 18 نوفمبر – الثلاثاء، 21 نوفمبر", "Thứ Bảy, 18 tháng 11 – Thứ Ba, 21 tháng 11"),
        ("moment", at(22, 12), "value", "Wed 22 Nov, 12:00", "الأربعاء، 22 نوفمبر، 12:00", "Thứ Tư, 22 tháng 11, 12:00"),
        ("moments", (at(22, 8), at(22, 18, 30)), "value", "08:00, 18:30", "08:00، 18:30", "08:00, 18:30"),
        ("money", Money(Decimal(25), "USD"), "value", "25 US dollars", "25 دولارًا أمريكيًا", "25 đô la Mỹ"),
        ("number", Number(Decimal(25), Decimal(29), "degree-celsius"), "value", "25–29 degrees Celsius", "25–29 درجة مئوية", "25–29 độ C"),
        ("list", (Text("a passport", "hộ chiếu", "جواز سفر"), Text("a photo", "ảnh", "صورة"), Text("a letter", "thư mời", "رسالة")), "plain", "a passport, a photo and a letter", "جواز سفر وصورة ورسالة", "hộ chiếu, ảnh và thư mời"),
        ("list", ("Zalo", "Grab"), "plain", "Zalo and Grab", "Zalo وGrab", "Zalo và Grab"),
        ("countries", ("NO", "SE"), "value", "Norway and Sweden", "النرويج والسويد", "Na Uy và Thụy Điển"),
    ],
)  # fmt: skip
def test_a_fact_of_every_type(kind: FactType, value: Value, style: str, en: str, ar: str, vi: str) -> None:
    said = [fields.fact_value(Fact("a.b", kind, value, ORIGIN), language) for language in LANGUAGES]

    assert [[(span.text, span.style) for span in spans] for spans in said] == [[(text, style)] for text in (en, ar, vi)]


def test_prayers_stand_side_by_side() -> None:
    fact = Fact("faith.prayers", "prayers", {"fajr": time(4, 54), "maghrib": time(17, 14)}, ORIGIN)

    assert [letters(fields.fact_value(fact, language), isolate=False) for language in LANGUAGES] == [
        "Fajr 04:54 · Maghrib 17:14",
        "الفجر 04:54 · المغرب 17:14",
        "Fajr (rạng đông) 04:54 · Maghrib (hoàng hôn) 17:14",
    ]


def test_what_can_be_pressed_says_where_it_leads() -> None:
    assert fields.phone("+84 24 5555 0100") == (Span("+84 24 5555 0100", "phone", "tel:+842455550100"),)
    assert fields.link("https://example.org/") == (Span("example.org", "link", "https://example.org/"),)


@pytest.mark.parametrize(
    ("path", "en", "ar", "vi"),
    [
        ("hotel.breakfast", *["06:00–10:00"] * 3),
        ("place.hall", "Lotus Hall", "قاعة اللوتس", "Phòng Hoa Sen"),
        ("place.main-hall", "Lotus Hall", "قاعة اللوتس", "Phòng Hoa Sen"),
        ("place.hall.where", "Lotus Hall, first floor, by the stairs", "قاعة اللوتس، الطابق الأول بجانب الدرج", "Phòng Hoa Sen, tầng 1, cạnh cầu thang"),
        ("place.lobby.where", "Lobby", "البهو", "Sảnh"),
        ("place.hall.hours", *["07:00–22:00"] * 3),
        ("place.lobby.address", "1 Lotus Street", "شارع اللوتس 1", "1 phố Hoa Sen"),
        ("contact.reception.phone", *["+84 24 5555 0101"] * 3),
        ("contact.reception.name", "Reception", "الاستقبال", "Lễ tân"),
        ("contact.reception.extension", *["0"] * 3),
        ("session.opening.title", "Opening session", "الجلسة الافتتاحية", "Phiên khai mạc"),
        ("session.s1.title", "Opening session", "الجلسة الافتتاحية", "Phiên khai mạc"),
        ("session.opening.day", "Tue 21 Nov", "الثلاثاء، 21 نوفمبر", "Thứ Ba, 21 tháng 11"),
        ("session.opening.start", *["08:30"] * 3),
        ("session.opening.end", *["10:00"] * 3),
        ("session.opening.time", *["08:30–10:00"] * 3),
        ("session.opening.when", "Tue 21 Nov, 08:30–10:00", "الثلاثاء، 21 نوفمبر، 08:30–10:00", "Thứ Ba, 21 tháng 11, 08:30–10:00"),
        ("session.opening.place", "Lotus Hall", "قاعة اللوتس", "Phòng Hoa Sen"),
        ("session.opening.where", "Lotus Hall, first floor, by the stairs", "قاعة اللوتس، الطابق الأول بجانب الدرج", "Phòng Hoa Sen, tầng 1, cạnh cầu thang"),
        ("line.opening-coach.departs", "07:30, 08:00", "07:30، 08:00", "07:30, 08:00"),
        ("line.t1.returns", *["18:00"] * 3),
        ("line.t1.day", "Tue 21 Nov", "الثلاثاء، 21 نوفمبر", "Thứ Ba, 21 tháng 11"),
        ("line.t1.from", "Lobby", "البهو", "Sảnh"),
        ("line.t1.to", "Lotus Hall", "قاعة اللوتس", "Phòng Hoa Sen"),
        ("line.t1.returns-from", "Lotus Hall", "قاعة اللوتس", "Phòng Hoa Sen"),
    ],
)  # fmt: skip
def test_a_part_of_an_entry(event: Event, path: str, en: str, ar: str, vi: str) -> None:
    assert [letters(fields.value(event, path, language), isolate=False) for language in LANGUAGES] == [en, ar, vi]
    assert fields.exists(event, path)


def test_notes_and_arrival_are_told_where_they_stand(content: SmallContent) -> None:
    note = "note: {en: Bring your badge., vi: Mang theo thẻ., ar: أحضر بطاقتك.}"
    content.edit(
        "tiny/programme.yaml", "  line: t1\n", f"  line: t1\n  {note}\n  arrive_by: 2023-11-21T08:00:00+07:00\n"
    )
    content.edit("tiny/transport.yaml", "  roles: [opening-coach]\n", f"  roles: [opening-coach]\n  {note}\n")
    event = load_or_raise(content.folders).event

    def said(path: str) -> list[str]:
        return [letters(fields.value(event, path, language), isolate=False) for language in LANGUAGES]

    assert said("session.opening.note") == ["Bring your badge.", "أحضر بطاقتك.", "Mang theo thẻ."]
    assert said("session.opening.arrive-by") == ["08:00"] * 3
    assert said("line.t1.note") == ["Bring your badge.", "أحضر بطاقتك.", "Mang theo thẻ."]


def test_times_are_told_in_the_zone_of_the_event(content: SmallContent) -> None:
    content.edit("tiny/programme.yaml", "2023-11-21T08:30:00+07:00", "2023-11-21T01:30:00Z")
    event = load_or_raise(content.folders).event

    assert event.sessions["s1"].starts == datetime(2023, 11, 21, 1, 30, tzinfo=UTC)
    assert letters(fields.value(event, "session.s1.start", "en"), isolate=False) == "08:30"


@pytest.mark.parametrize(
    "path",
    [
        "hotel.pool",
        "place.pool",
        "place.palace.address",
        "place.palace.hours",
        "contact.police.phone",
        "contact.ambulance.extension",
        "contact.reception.hours",
        "session.closing.when",
        "session.opening.note",
        "session.opening.arrive-by",
        "line.t9.departs",
        "line.t1.note",
        *(f"session.heads-audience.{part}" for part in fields.SESSION_PARTS),
        *(f"session.s3.{part}" for part in fields.SESSION_PARTS),
        *(f"line.heads-convoy.{part}" for part in fields.LINE_PARTS),
        *(f"line.t2.{part}" for part in fields.LINE_PARTS),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_unknown_or_restricted_is_missing(event: Event, path: str, language: Language) -> None:
    with pytest.raises(fields.MissingField, match=path):
        fields.value(event, path, language)
    assert not fields.exists(event, path)


def test_a_group_exists_while_one_of_its_sessions_is_public(event: Event) -> None:
    assert fields.exists(event, "sessions.plenary")
    assert fields.exists(event, "sessions.streamed")
    assert not fields.exists(event, "sessions.protocol")
    assert not fields.exists(event, "sessions.nothing")
    assert all(fields.exists(event, f"programme.{part}") for part in fields.PROGRAMME_PARTS)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("wifi.network", ("fact", "wifi.network", "")),
        ("place", ("fact", "place", "")),
        ("place.hall", ("place", "hall", "")),
        ("place.hall.where", ("place", "hall", "where")),
        ("place.a.b.where", ("place", "a.b", "where")),
        ("contact.reception.phone", ("contact", "reception", "phone")),
        ("session.opening.when", ("session", "opening", "when")),
        ("session.opening.colour", ("session", "opening.colour", "")),
        ("sessions.side.heads", ("sessions", "side.heads", "")),
        ("programme.now", ("programme", "now", "")),
    ],
)
def test_a_path_is_split(path: str, parts: tuple[str, str, str]) -> None:
    assert fields.split(path) == parts


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("programme.yesterday", "programme has asked, now, next, now-next, clock, updated"),
        ("contact.reception", "a contact has phone, name, extension, hours"),
        ("contact.reception.fax", "a contact has phone, name, extension, hours"),
        ("session.opening", "a session has title, day, start, end, time, place, where, note, when, arrive-by"),
        ("line.t1.stops", "a line has departs, returns, from, to, day, note, returns-from"),
        ("wifi.network", ""),
        ("sessions.plenary", ""),
        ("place.hall.where", ""),
    ],
)
def test_a_path_that_no_event_could_have(path: str, problem: str) -> None:
    assert fields.shape_problem(path) == problem


def test_a_field_is_never_plain_where_its_direction_matters(event: Event) -> None:
    paths = ("place.hall", "session.opening.title", "session.opening.time", "hotel.breakfast", "contact.reception.name")
    said: list[Rich] = [fields.value(event, path, "ar") for path in paths]
    assert [span.style for spans in said for span in spans] == ["value"] * len(paths)
