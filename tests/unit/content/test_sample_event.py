"""The real library with the sample event: complete, answerable in every language, and silent about what is restricted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

import pytest

from bot.answers.compose import Composer
from bot.content import fields, template
from bot.content.source import Folders, Loaded, load
from bot.i18n.translator import Speakers, load_speakers
from bot.model.content import Event, Snapshot, Span24
from bot.model.decisions import Answer, Asked
from bot.model.language import LANGUAGES, Language
from bot.model.rich import Rich, letters, plain
from bot.programme import view
from bot.settings import content_root, locales_root

AREAS: Final = {
    "schedule": 17,
    "venue": 5,
    "badge": 6,
    "hotel": 8,
    "visa": 10,
    "medical": 8,
    "transport": 9,
    "side": 10,
    "food": 4,
    "faith": 3,
    "practical": 6,
    "safety": 7,
    "language": 1,
    "media": 2,
    "privacy": 2,
    "desk": 1,
}
UNANSWERABLE_ON_PURPOSE: Final[frozenset[str]] = frozenset()
FEWEST_ASKING: Final = 12
LONGEST: Final = 1_500  # characters of an answer, before the lists of sessions in it
KINDS_OF_EMERGENCY: Final = {"medical", "fire", "missing-person", "harassment", "border"}
MORNING: Final = timedelta(hours=7, minutes=40)
EVENING: Final = timedelta(hours=18, minutes=10)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(Folders.of(content_root(), "ap11"))


@pytest.fixture(scope="module")
def snapshot(loaded: Loaded) -> Snapshot:
    assert loaded.snapshot is not None
    return loaded.snapshot


@pytest.fixture(scope="module")
def speakers() -> Speakers:
    return load_speakers(locales_root())


def test_nothing_is_to_be_mended(loaded: Loaded) -> None:
    assert [str(fault) for fault in loaded.faults if "--stamp" not in fault.allowed] == []


def test_every_area_has_its_topics(snapshot: Snapshot) -> None:
    topics = snapshot.library.topics

    assert Counter(topic.area for topic in topics.values()) == AREAS
    assert Counter(key.partition(".")[0] for key in topics) == AREAS
    assert len(topics) == 99


def test_the_programme_is_whole(snapshot: Snapshot) -> None:
    sessions = snapshot.event.sessions
    breaks = [key for key in sessions if key.startswith("b")]

    assert (len(sessions) - len(breaks), len(breaks)) == (48, 6)
    assert {session.starts.date() for session in sessions.values()} == set(_days(snapshot.event))


def test_every_topic_is_asked_for_in_many_ways(snapshot: Snapshot) -> None:
    few = {
        f"{topic.id} {language}": len(topic.asking.get(language, ()))
        for topic in snapshot.library.topics.values()
        for language in LANGUAGES
        if len(topic.asking.get(language, ())) < FEWEST_ASKING
    }
    assert few == {}


def test_every_topic_is_answered_unless_it_is_listed(snapshot: Snapshot) -> None:
    assert set(snapshot.unanswerable) == UNANSWERABLE_ON_PURPOSE


def test_emergency_words_exist_for_every_kind_in_every_language(snapshot: Snapshot) -> None:
    emergencies = snapshot.library.emergencies
    assert {language: KINDS_OF_EMERGENCY - emergencies[language].keys() for language in LANGUAGES} == {
        language: set() for language in LANGUAGES
    }


def test_every_answer_reads_well_in_every_language(snapshot: Snapshot) -> None:
    for topic in snapshot.library.topics.values():
        if topic.answer is None or topic.id in snapshot.unanswerable:
            continue
        for language in LANGUAGES:
            said = letters(_without_lists(snapshot.event, topic.answer.in_(language), language), isolate=False)

            assert said.strip(), f"{topic.id} {language}"
            assert len(said) <= LONGEST, f"{topic.id} {language}: {len(said)} characters"
            assert not any(mark in said for mark in ("{", "}", "**")), f"{topic.id} {language}"
            assert "  " not in said, f"{topic.id} {language}: a gap in {said!r}"


def test_every_topic_is_composed_in_every_language_on_every_day(snapshot: Snapshot, speakers: Speakers) -> None:
    for topic, language, said in _every_answer(snapshot, speakers):
        assert said, f"{topic} {language}"
        assert not any(mark in said for mark in ("{", "}", "**", "None")), f"{topic} {language}: {said}"


def test_no_answer_and_no_programme_tells_what_is_restricted(snapshot: Snapshot, speakers: Speakers) -> None:
    secret = _secrets(snapshot.event)
    assert {"18:45", "19:00–20:45", "20:50"} <= secret

    told = {
        (topic, language, word)
        for topic, language, said in _every_answer(snapshot, speakers)
        for word in secret
        if word in said
    }

    assert told == set()


def test_no_field_of_the_library_names_what_is_restricted(snapshot: Snapshot) -> None:
    event = snapshot.event
    sessions = {key for s in event.sessions.values() if s.restricted for key in (s.id, *s.roles)}
    lines = {key for line in event.lines.values() if line.restricted for key in (line.id, *line.roles)}
    named = {
        path
        for topic in snapshot.library.topics.values()
        if topic.answer
        for path in template.fields(topic.answer.en)
        if fields.split(path)[1] in {"session": sessions, "line": lines}.get(fields.split(path)[0], set())
    }

    assert sessions == {"s312", "s313", "heads-audience", "heads-dinner"}
    assert lines == {"t4", "heads-convoy"}
    assert named == set()


def test_the_programme_of_no_day_holds_a_restricted_session(snapshot: Snapshot) -> None:
    event = snapshot.event
    listed = {
        session.id
        for day in _days(event)
        for part in (None, (time(0), time(23, 59)), (time(17, 45), time(17, 45)), (time(19), time(19)))
        for session in view.on_day(event, day, part)
    }
    assert not {key for key in listed if event.sessions[key].restricted}
    assert len(listed) == len(event.sessions) - 2


# ------------------------------------------------------------------ helpers


def _days(event: Event) -> list[date]:
    return [event.starts + timedelta(days=number) for number in range((event.ends - event.starts).days + 1)]


def _without_lists(event: Event, text: str, language: Language) -> Rich:
    """The answer with a short word where a list of sessions would stand."""

    def value_of(path: str) -> Rich:
        if fields.split(path)[0] in ("sessions", "programme"):
            return plain("…")
        return fields.value(event, path, language)

    return template.render(text, value_of)


def _every_answer(snapshot: Snapshot, speakers: Speakers) -> Iterator[tuple[str, Language, str]]:
    """What each topic says in each language: for each day, mornings and evenings, also if a restricted session is named."""
    event = snapshot.event
    secret = tuple(session.id for session in event.sessions.values() if session.restricted)
    for language in LANGUAGES:
        for day in _days(event):
            midnight = datetime.combine(day, time(0), event.zone)
            for hour in (MORNING, EVENING):
                composer = Composer(snapshot, speakers[language], midnight + hour)
                for topic in snapshot.library.topics.values():
                    for sessions in ((), secret):
                        composed = composer.answer(Answer(topic.id, Asked(day=day, sessions=sessions, where=True), 1.0))
                        assert composed is not None, f"{topic.id} has no answer"
                        yield topic.id, language, letters(composed.message.text, isolate=False)


def _secrets(event: Event) -> set[str]:
    """Names of restricted places, and clock times that belong to nothing public."""
    sessions = [session for session in event.sessions.values() if session.restricted]
    lines = [line for line in event.lines.values() if line.restricted]
    places = {session.place for session in sessions}
    times = {f"{at:%H:%M}" for s in sessions for at in (s.starts, s.ends)}
    times |= {f"{at:%H:%M}" for line in lines for at in (*line.departs, *line.returns)}
    spans = {f"{s.starts:%H:%M}–{s.ends:%H:%M}" for s in sessions}
    names = {event.places[place].name.in_(language) for place in places for language in LANGUAGES}
    return names | spans | (times - _public_times(event))


def _public_times(event: Event) -> set[str]:
    found = {f"{at:%H:%M}" for s in view.public(event) for at in (s.starts, s.ends, s.arrive_by) if at}
    for line in event.lines.values():
        if not line.restricted:
            found |= {f"{at:%H:%M}" for at in (*line.departs, *line.returns)}
    for fact in event.facts.values():
        match fact.value:
            case Span24(start, end):
                found |= {f"{start:%H:%M}", f"{end:%H:%M}"}
            case time() | datetime():
                found.add(f"{fact.value:%H:%M}")
    return found
