"""One fault planted into good content: it is found, alone, with its file, line, field, and what was read and allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from bot.model.errors import Fault
from tests.unit.content.small import SmallContent

HOTEL: Final = "library/hotel.yaml"
SCHEDULE: Final = "library/schedule.yaml"
ASKING: Final = "library/asking/en/hotel.yaml"
LEXICON: Final = "library/lexicon/things.yaml"
EVENT: Final = "tiny/event.yaml"
FACTS: Final = "tiny/facts.yaml"
PLACES: Final = "tiny/places.yaml"
CONTACTS: Final = "tiny/contacts.yaml"
PROGRAMME: Final = "tiny/programme.yaml"
TRANSPORT: Final = "tiny/transport.yaml"
WHOLE: Final = ""  # the new words replace the whole file


@dataclass(frozen=True)
class Planted:
    kind: str
    file: str
    old: str
    new: str
    found: tuple[Fault, ...]
    everywhere: bool


def planted(kind: str, file: str, old: str, new: str, *found: Fault, everywhere: bool = False) -> Planted:
    return Planted(kind, file, old, new, found, everywhere)


PLANTED: Final = (
    planted(
        "a colon in a text without quotes",
        CONTACTS,
        '  phone: "115"\n',
        "  phone: by hand: 115\n",
        Fault(
            CONTACTS,
            11,
            "",
            "not valid YAML: mapping values are not allowed here",
            "",
            "a text with a colon stands in quotes",
        ),
    ),
    planted(
        "broken YAML",
        FACTS,
        "  type: code\n",
        "  type: [code\n",
        Fault(FACTS, 3, "", "not valid YAML: expected ',' or ']', but got ':'"),
    ),
    planted(
        "a tab for indentation",
        PROGRAMME,
        "  place: hall",
        "\tplace: hall",
        Fault(
            PROGRAMME,
            5,
            "",
            "not valid YAML: found character '\\t' that cannot start any token",
            "",
            "spaces, never a tab",
        ),
    ),
    planted(
        "a double key",
        FACTS,
        "  type: code\n",
        "  type: code\n  type: code\n",
        Fault(FACTS, 3, "type", "stands here a second time", "", "each key once"),
    ),
    planted(
        "a control character",
        FACTS,
        "Delegates",
        "Dele\x07gates",
        Fault(FACTS, 3, "", "not valid YAML: a control character stands here: 0x0007"),
    ),
    planted(
        "two documents in a file",
        TRANSPORT,
        "- id: t2",
        "---\n- id: t2",
        Fault(TRANSPORT, 11, "", "not valid YAML: but found another document"),
    ),
    planted(
        "an unknown key",
        PROGRAMME,
        "  track: plenary\n",
        "  tracks: plenary\n  track: plenary\n",
        Fault(PROGRAMME, 7, "s1.tracks", "this field is not known here", "plenary"),
    ),
    planted(
        "a field left out",
        CONTACTS,
        '  phone: "115"\n',
        "",
        Fault(CONTACTS, 9, "ambulance.phone", "this field is missing"),
    ),
    planted(
        "a text missing in one language",
        PLACES,
        "{en: Lobby, vi: Sảnh, ar: البهو}",
        "{en: Lobby, vi: Sảnh}",
        Fault(PLACES, 11, "lobby.name.ar", "this field is missing"),
    ),
    planted(
        "an empty text",
        FACTS,
        "vi: Xin giữ yên lặng.",
        'vi: ""',
        Fault(FACTS, 31, "hotel.rules.value.vi", "this text is missing"),
    ),
    planted(
        "a text that only says TODO",
        HOTEL,
        "ar: الفطور}",
        "ar: TODO}",
        Fault(HOTEL, 28, "hotel.breakfast.title.ar", "this is a placeholder, not a text", "TODO"),
    ),
    planted(
        "question marks for a text",
        FACTS,
        "ar: يُرجى الهدوء.",
        'ar: "???"',
        Fault(FACTS, 31, "hotel.rules.value.ar", "this is a placeholder, not a text", "???"),
    ),
    planted(
        "translate me",
        SCHEDULE,
        "vi: Khai mạc",
        "vi: Translate me",
        Fault(SCHEDULE, 5, "schedule.opening.title.vi", "this is a placeholder, not a text", "Translate me"),
    ),
    planted(
        "a text that begins with TODO",
        SCHEDULE,
        "vi: Khai mạc",
        'vi: "TODO: xem lại"',
        Fault(SCHEDULE, 5, "schedule.opening.title.vi", "this is a placeholder, not a text", "TODO: xem lại"),
    ),
    planted(
        "a placeholder for a password",
        FACTS,
        "value: lotus-2023",
        "value: TBD",
        Fault(FACTS, 10, "wifi.password.value", "this is a placeholder, not a text", "TBD"),
    ),
    planted(
        "a time without its zone",
        PROGRAMME,
        "08:30:00+07:00",
        "08:30:00",
        Fault(
            PROGRAMME,
            3,
            "s1.starts",
            "the time has no zone: write it with its offset, as 2023-11-22T20:00:00+07:00",
            "2023-11-21T08:30:00",
        ),
    ),
    planted(
        "a time with another place's offset",
        PROGRAMME,
        "starts: 2023-11-21T08:30:00+07:00",
        "starts: 2023-11-21T08:30:00+08:00",
        Fault(
            PROGRAMME,
            3,
            "s1.starts",
            "this offset is not the one of Asia/Ho_Chi_Minh",
            "2023-11-21T08:30:00+08:00",
            "+07:00 there",
            warning=True,
        ),
    ),
    planted(
        "an impossible date",
        PROGRAMME,
        "2023-11-21T10:30",
        "2023-02-31T10:30",
        Fault(PROGRAMME, 16, "s2.starts", "there is no such date or time", "2023-02-31T10:30:00+07:00"),
    ),
    planted(
        "session ends before it starts",
        PROGRAMME,
        "ends: 2023-11-21T10:00",
        "ends: 2023-11-21T08:00",
        Fault(
            PROGRAMME, 4, "s1.ends", "ends before it starts (2023-11-21T08:30:00+07:00)", "2023-11-21T08:00:00+07:00"
        ),
    ),
    planted(
        "two sessions in one room at a time",
        PROGRAMME,
        "starts: 2023-11-21T10:30",
        "starts: 2023-11-21T09:30",
        Fault(
            PROGRAMME,
            16,
            "s2.starts",
            "overlaps with s1 in the same place (hall)",
            "21 Nov 09:30–12:00 and 08:30–10:00",
            "one session at a time in a room, or the tag 'shared' on one of them",
        ),
    ),
    planted(
        "unknown place",
        PROGRAMME,
        "place: palace",
        "place: castle",
        Fault(PROGRAMME, 30, "s3.place", "no such place", "castle", "an id of places.yaml"),
    ),
    planted(
        "unknown place of a line",
        TRANSPORT,
        "to: palace",
        "to: castle",
        Fault(TRANSPORT, 14, "t2.to", "no such place", "castle", "an id of places.yaml"),
    ),
    planted(
        "unknown venue",
        EVENT,
        "venue: hall",
        "venue: castle",
        Fault(EVENT, 16, "venue", "no such place", "castle", "an id of places.yaml"),
    ),
    planted(
        "unknown line",
        PROGRAMME,
        "line: t1",
        "line: t9",
        Fault(PROGRAMME, 10, "s1.line", "no such line", "t9", "an id of transport.yaml"),
    ),
    planted(
        "unknown team of topic",
        SCHEDULE,
        "team: security",
        "team: protocol",
        Fault(
            SCHEDULE,
            18,
            "schedule.audience.team",
            "the event has no such team",
            "protocol",
            "reception, programme, security",
        ),
    ),
    planted(
        "unknown team at night",
        EVENT,
        "all_to: reception",
        "all_to: night-shift",
        Fault(EVENT, 15, "nights.all_to", "no such team", "night-shift", "reception, programme, security"),
    ),
    planted(
        "double id",
        FACTS,
        "- id: wifi.password",
        "- id: wifi.network",
        Fault(FACTS, 8, "wifi.network.id", "this id stands already in line 1", "wifi.network", "each id once"),
    ),
    planted(
        "a topic in two files",
        SCHEDULE,
        "schedule.audience:",
        "hotel.breakfast:\n  team: reception\n  urgency: normal\n  needs: person\n  title: {en: Meals, vi: Bữa ăn, ar: الوجبات}\n\nschedule.audience:",
        Fault(
            SCHEDULE, 17, "hotel.breakfast", "this topic stands already in library/hotel.yaml:24", "", "each id once"
        ),
    ),
    planted(
        "double team",
        EVENT,
        "nights:",
        "  - id: reception\n    name: {en: Desk, vi: Quầy, ar: المكتب}\nnights:",
        Fault(EVENT, 15, "teams.reception.id", "this id is another team's already", "reception", "each id once"),
    ),
    planted(
        "bad phone",
        CONTACTS,
        '"+84 24 5555 0101"',
        '"+84-24-5555-0101"',
        Fault(
            CONTACTS,
            3,
            "reception.phone",
            "a phone number is digits and spaces with an optional + before them",
            "+84-24-5555-0101",
        ),
    ),
    planted(
        "a phone number that no telephone dials",
        CONTACTS,
        '"115"',
        '"١١٥"',
        Fault(
            CONTACTS, 11, "ambulance.phone", "a phone number is digits and spaces with an optional + before them", "١١٥"
        ),
    ),
    planted(
        "a web address without https",
        FACTS,
        "https://example",
        "http://example",
        Fault(
            FACTS,
            45,
            "visa.page.value",
            "a web address begins with https:// and holds no spaces",
            "http://example.org/visa",
        ),
    ),
    planted(
        "unknown fact type",
        FACTS,
        "type: span",
        "type: hours",
        Fault(
            FACTS,
            16,
            "hotel.breakfast.type",
            "this is none of the words that may stand here",
            "hours",
            "'text', 'code', 'url', 'phone', 'time', 'span', 'date', 'dates', 'moment', 'moments', 'money', 'number', 'list', 'countries' or 'prayers'",
        ),
    ),
    planted(
        "an hour without minutes",
        FACTS,
        'from: "06:00"',
        "from: 6",
        Fault(FACTS, 17, "hotel.breakfast.value.from", 'a time of day is written in quotes as "08:30"', "6"),
    ),
    planted(
        "unknown country",
        FACTS,
        "[NO, SE]",
        "[NO, SW]",
        Fault(
            FACTS,
            24,
            "visa.free.value.1",
            "no such country: two capital letters of ISO 3166, such as NO for Norway",
            "SW",
        ),
    ),
    planted(
        "neither true nor false",
        TRANSPORT,
        "restricted: true",
        "restricted: maybe",
        Fault(TRANSPORT, 16, "t2.restricted", "true or false is expected", "maybe"),
    ),
    planted(
        "unknown field kind",
        SCHEDULE,
        "session.opening.title",
        "session.opening.colour",
        Fault(
            SCHEDULE,
            8,
            "schedule.opening.answer.en",
            "unknown field: a session has title, day, start, end, time, place, where, note, when, arrive-by",
            "session.opening.colour",
        ),
        Fault(
            SCHEDULE,
            11,
            "schedule.opening.answer.vi",
            "unknown field: a session has title, day, start, end, time, place, where, note, when, arrive-by",
            "session.opening.colour",
        ),
        Fault(
            SCHEDULE,
            14,
            "schedule.opening.answer.ar",
            "unknown field: a session has title, day, start, end, time, place, where, note, when, arrive-by",
            "session.opening.colour",
        ),
        everywhere=True,
    ),
    planted(
        "broken braces",
        HOTEL,
        "is served {{ hotel.breakfast }}",
        "is served {{ hotel.breakfast }",
        Fault(HOTEL, 31, "hotel.breakfast.answer.en", "this is not a field", "{{ hotel.breakfast }", "{{ area.name }}"),
    ),
    planted(
        "a template of another system",
        HOTEL,
        "Breakfast is",
        "{% if true %} is",
        Fault(HOTEL, 31, "hotel.breakfast.answer.en", "this is not a field", "%}", "{{ area.name }}"),
        Fault(HOTEL, 31, "hotel.breakfast.answer.en", "this is not a field", "{%", "{{ area.name }}"),
    ),
    planted(
        "a field lost in a translation",
        HOTEL,
        "phục vụ {{ hotel.breakfast }}",
        "phục vụ",
        Fault(
            HOTEL,
            32,
            "hotel.breakfast.answer.vi",
            "a field of the English text is lost in this translation",
            "hotel.breakfast",
        ),
    ),
    planted(
        "an invented field",
        HOTEL,
        "يُقدَّم الفطور {{ hotel.breakfast }}",
        "يُقدَّم الفطور {{ hotel.breakfast }} {{ hotel.pool }}",
        Fault(HOTEL, 35, "hotel.breakfast.answer.ar", "this field is not in the English text", "hotel.pool"),
    ),
    planted(
        "time typed",
        HOTEL,
        "Breakfast is",
        "Breakfast at 6:30 is",
        Fault(
            HOTEL,
            31,
            "hotel.breakfast.answer.en",
            "a time, phone, price or address is typed into the text",
            "6:30",
            "a {{ field }} of the event",
        ),
    ),
    planted(
        "phone typed",
        HOTEL,
        "Breakfast is",
        "Call +84 24 5555 0101; breakfast is",
        Fault(
            HOTEL,
            31,
            "hotel.breakfast.answer.en",
            "a time, phone, price or address is typed into the text",
            "+84 24 5555 0101",
            "a {{ field }} of the event",
        ),
    ),
    planted(
        "price typed",
        HOTEL,
        "Bữa sáng phục vụ",
        "Bữa sáng 300.000 đồng phục vụ",
        Fault(
            HOTEL,
            33,
            "hotel.breakfast.answer.vi",
            "a time, phone, price or address is typed into the text",
            "300.000 đồng",
            "a {{ field }} of the event",
        ),
    ),
    planted(
        "url typed",
        HOTEL,
        "Breakfast is",
        "See https://example.org; breakfast is",
        Fault(
            HOTEL,
            31,
            "hotel.breakfast.answer.en",
            "a time, phone, price or address is typed into the text",
            "https://example.org;",
            "a {{ field }} of the event",
        ),
    ),
    planted(
        "a time typed in Arabic digits",
        HOTEL,
        "يُقدَّم الفطور",
        "يُقدَّم الفطور ٠٦:٣٠",
        Fault(
            HOTEL,
            35,
            "hotel.breakfast.answer.ar",
            "a time, phone, price or address is typed into the text",
            "٠٦:٣٠",
            "a {{ field }} of the event",
        ),
    ),
    planted(
        "bold that never ends",
        HOTEL,
        "Breakfast is",
        "**Breakfast is",
        Fault(
            HOTEL,
            31,
            "hotel.breakfast.answer.en",
            "bold is opened and not closed",
            "**Breakfast is served {{ hotel.breakfast }}.",
            "**words**",
        ),
    ),
    planted(
        "a field outside an answer",
        FACTS,
        "en: Please keep quiet.",
        'en: "Quiet in {{ place.hall }}."',
        Fault(
            FACTS,
            31,
            "hotel.rules.value.en",
            "a field is filled in only in the answer of a topic",
            "{{ place.hall }}",
            "the words themselves",
        ),
    ),
    planted(
        "a copy button with braces",
        HOTEL,
        "copy: [wifi.password]",
        'copy: ["{{ wifi.password }}"]',
        Fault(HOTEL, 22, "hotel.wifi.copy", "this is not a field", "{{ wifi.password }}", "area.name, without braces"),
    ),
    planted(
        "title too long",
        HOTEL,
        "{en: Breakfast,",
        "{en: Breakfast and everything else that can be eaten,",
        Fault(
            HOTEL,
            28,
            "hotel.breakfast.title.en",
            "too long for a button: at most 40 characters",
            "Breakfast and everything else that can be eaten",
        ),
    ),
    planted(
        "too many buttons",
        HOTEL,
        "[hotel.breakfast]",
        "[hotel.breakfast, hotel.wifi, schedule.opening, schedule.audience]",
        Fault(HOTEL, 20, "hotel.wifi.buttons", "too many entries", "4", "at most 3"),
    ),
    planted(
        "a button to an unknown topic",
        HOTEL,
        "[hotel.breakfast]",
        "[hotel.pool]",
        Fault(HOTEL, 20, "hotel.wifi.buttons", "no such topic", "hotel.pool", "the id of a topic of the library"),
    ),
    planted(
        "ways of asking for an unknown topic",
        ASKING,
        "hotel.breakfast:",
        "hotel.brunch:",
        Fault(ASKING, 7, "hotel.brunch", "no such topic", "hotel.brunch", "the id of a topic of the library"),
    ),
    planted(
        "a concept without words in one language",
        LEXICON,
        "  ar: [نت]\n",
        "",
        Fault(LEXICON, 1, "wifi.ar", "this field is missing"),
    ),
    planted(
        "a star that stands for everything",
        LEXICON,
        "eat*",
        "e*",
        Fault(LEXICON, 6, "meal.en.1", "a * stands at the end of a word, after at least three letters", "e*"),
    ),
    planted(
        "a whole question as a term",
        LEXICON,
        "internet",
        "how do i get on the internet here",
        Fault(LEXICON, 2, "wifi.en.1", "a term has at most 6 words", "how do i get on the internet here"),
    ),
    planted(
        "the same wording under two topics",
        ASKING,
        "  - breakfast hours",
        "  - Wifi  please",
        Fault(
            ASKING,
            10,
            "hotel.breakfast.asking.en",
            "the same words stand under hotel.breakfast and hotel.wifi",
            "Wifi  please",
            "one topic per wording",
        ),
    ),
    planted(
        "too few ways of asking",
        ASKING,
        "  - breakfast hours\n",
        "",
        Fault(ASKING, 7, "hotel.breakfast.asking.en", "only 4 ways of asking", "", "at least 5", warning=True),
    ),
    planted(
        "placeholder way of asking",
        ASKING,
        "  - breakfast hours",
        "  - ...",
        Fault(ASKING, 10, "hotel.breakfast.2", "this is a placeholder, not a text", "..."),
    ),
    planted(
        "a topic whose id is none",
        SCHEDULE,
        "schedule.audience:",
        "Schedule Meals:\n  team: reception\n  urgency: normal\n  needs: person\n  title: {en: Meals, vi: Bữa ăn, ar: الوجبات}\n\nschedule.audience:",
        Fault(SCHEDULE, 17, "Schedule Meals", "an id is small letters and digits, joined by . or -", "Schedule Meals"),
    ),
    planted(
        "no emergency number",
        CONTACTS,
        "  emergency: true\n",
        "",
        Fault(CONTACTS, 1, "emergency", "no emergency number", "", "at least one contact with emergency: true"),
    ),
    planted(
        "no desk phone",
        CONTACTS,
        "- id: reception",
        "- id: front-desk",
        Fault(CONTACTS, 1, "reception", "the desk's own number is missing", "", "a contact with the id reception"),
    ),
    planted(
        "no emergency words",
        "library/emergencies/vi.yaml",
        'medical:\n  certain: ["đau tim"]\n',
        "{}\n",
        Fault("library/emergencies/vi.yaml", 1, "", "no emergency words for this language"),
    ),
    planted(
        "an empty file",
        FACTS,
        WHOLE,
        "",
        Fault(FACTS, 1, "", "this file is empty", "", "[] or {} where there is nothing"),
    ),
    planted(
        "nothing but a comment",
        EVENT,
        WHOLE,
        "# nothing\n",
        Fault(EVENT, 1, "", "this file is empty", "", "[] or {} where there is nothing"),
    ),
    planted(
        "a map where a list belongs", PLACES, WHOLE, "hall: {}\n", Fault(PLACES, 1, "", "a list of entries is expected")
    ),
    planted("a list where a map belongs", SCHEDULE, WHOLE, "- a\n", Fault(SCHEDULE, 1, "", "a map of ids is expected")),
    planted(
        "a role used twice",
        PLACES,
        "- id: lobby\n",
        "- id: lobby\n  roles: [main-hall]\n",
        Fault(PLACES, 11, "lobby.roles", "this role is hall's already", "main-hall", "each role once among places"),
    ),
    planted(
        "a coach that returns before it leaves",
        TRANSPORT,
        "returns: [2023-11-21T18",
        "returns: [2023-11-21T07",
        Fault(
            TRANSPORT,
            6,
            "t1.returns",
            "returns before it has left",
            "2023-11-21T07:00:00+07:00",
            "after 2023-11-21T08:00:00+07:00",
        ),
    ),
    planted(
        "an unknown time zone",
        EVENT,
        "Asia/Ho_Chi_Minh",
        "Asia/Hanoi",
        Fault(EVENT, 4, "zone", "no such time zone", "Asia/Hanoi", "a name such as Asia/Ho_Chi_Minh"),
    ),
    planted(
        "a folder of time zones",
        EVENT,
        "Asia/Ho_Chi_Minh",
        "Asia",
        Fault(EVENT, 4, "zone", "no such time zone", "Asia", "a name such as Asia/Ho_Chi_Minh"),
    ),
    planted(
        "an unknown time zone of a home",
        EVENT,
        "Asia/Tokyo",
        "Tokyo",
        Fault(EVENT, 22, "home_times.0.zone", "no such time zone: a name such as Asia/Ho_Chi_Minh", "Tokyo"),
    ),
    planted(
        "a range that ends before it starts",
        FACTS,
        '  type: phone\n  value: "+84 24 5555 0100"',
        "  type: number\n  value: {from: 29, to: 25}",
        Fault(FACTS, 38, "hotel.desk-number.value", "ends before it starts"),
    ),
    planted(
        "both an amount and a range",
        FACTS,
        '  type: phone\n  value: "+84 24 5555 0100"',
        "  type: money\n  value: {amount: 5, from: 25, currency: USD}",
        Fault(FACTS, 38, "hotel.desk-number.value", "give either an amount, or from and to"),
    ),
    planted(
        "unknown prayer",
        FACTS,
        '  type: phone\n  value: "+84 24 5555 0100"',
        '  type: prayers\n  value: {noon: "11:43"}',
        Fault(
            FACTS,
            38,
            "hotel.desk-number.value.noon",
            "no such prayer: fajr, sunrise, dhuhr, asr, asr-hanafi, maghrib, isha",
            "noon",
        ),
    ),
    planted(
        "a text longer than a message",
        FACTS,
        "en: Please keep quiet.",
        "en: " + "a" * 4001,
        Fault(FACTS, 31, "hotel.rules.value.en", "too long for one message: at most 4,000 characters", "a" * 77 + "…"),
    ),
    planted(
        "anchor",
        FACTS,
        "value: Delegates",
        "value: &name Delegates",
        Fault(FACTS, 3, "", "not valid YAML: &name: anchors and aliases are not used here"),
    ),
    planted(
        "tag",
        FACTS,
        "value: Delegates",
        "value: !!python/name:os.system Delegates",
        Fault(
            FACTS, 3, "value", "tags are not used here", "tag:yaml.org,2002:python/name:os.system", "the plain value"
        ),
    ),
    planted(
        "a field without quotes",
        FACTS,
        "value: Delegates",
        "value: {{ wifi.network }}",
        Fault(FACTS, 3, "value", "this key is not a word", "", "a text that begins with { stands in quotes"),
        Fault(FACTS, 3, "wifi.network.value", "a text is expected"),
    ),
)


def test_the_small_content_is_without_fault(content: SmallContent) -> None:
    assert content.load().faults == ()


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: case.kind.replace(" ", "-"))
def test_a_planted_fault_is_named_exactly(content: SmallContent, case: Planted) -> None:
    if case.old == WHOLE:
        content.put(case.file, case.new)
    else:
        content.edit(case.file, case.old, case.new, everywhere=case.everywhere)

    assert content.faults() == case.found
    assert (content.load().snapshot is None) == any(not fault.warning for fault in case.found)
