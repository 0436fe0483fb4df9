"""Checks across files: what each file alone cannot know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from bot.content import desk, fields, template
from bot.content.load_dialog import dialog_faults
from bot.model.content import Event, Library, Retention, Topic
from bot.model.errors import Fault
from bot.model.language import LANGUAGES, Language, Text

FEWEST_ASKING = 5  # ways of asking per topic and language below which a topic is hardly found


def faults_of(event: Event | None, library: Library, folder: str) -> list[Fault]:
    """Every fault across the files.

    Args:
        event: None if its head could not be read.
        library: With the topics that the event brings.
        folder: The event's, as faults name it.
    """
    found = [
        *_topic_faults(library),
        *_asking_faults(library),
        *_word_faults(library),
        *_brace_faults(event, library, folder),
        *dialog_faults(library.dialog),
        *desk.faults_of(event, library, folder),
    ]
    if event is not None:
        found += [
            *_team_faults(event, library),
            *_reference_faults(event),
            *_head_faults(event, folder),
            *_retention_faults(event, library, folder),
            *_overlaps(event),
            *_emergency_faults(event, folder),
            *_role_faults(event),
        ]
    return found


def unanswerable(event: Event, library: Library) -> Mapping[str, tuple[str, ...]]:
    """Topics that this event cannot answer, with the fields it lacks. They are handed over to their team."""
    lacking: dict[str, tuple[str, ...]] = {}
    for topic in library.topics.values():
        if topic.answer is None:
            if topic.needs != "person":
                lacking[topic.id] = ()
            continue
        missing = sorted({path for path in template.fields(topic.answer.en) if not fields.exists(event, path)})
        if missing:
            lacking[topic.id] = tuple(missing)
    return lacking


def texts(event: Event | None, library: Library, folder: str) -> Iterable[tuple[str, str, int, Text]]:
    """Every text in three languages with a stable key, its file and its line, for the record of translations."""
    yield from _library_texts(library)
    yield from desk.texts(library)
    if event is not None:
        yield from _head_texts(event, f"{folder}/event.yaml")
        yield from _event_texts(event)


def _library_texts(library: Library) -> Iterable[tuple[str, str, int, Text]]:
    for topic in library.topics.values():
        yield f"topic.{topic.id}.title", topic.origin_file, topic.origin_line, topic.title
        if topic.answer:
            yield f"topic.{topic.id}.answer", topic.origin_file, topic.origin_line, topic.answer
    for kind in library.small_talk:
        yield f"smalltalk.{kind.kind}.reply", "library/smalltalk.yaml", 1, kind.reply


def _head_texts(event: Event, file: str) -> Iterable[tuple[str, str, int, Text]]:
    yield "event.name", file, 1, event.name
    for team in event.teams.values():
        yield f"event.teams.{team.id}.name", file, 1, team.name
    for audience, text in event.audiences.items():
        yield f"event.audiences.{audience}", file, 1, text
    for index, (_, text) in enumerate(event.home_times):
        yield f"event.home_times.{index}.name", file, 1, text


def _event_texts(event: Event) -> Iterable[tuple[str, str, int, Text]]:
    for fact in event.facts.values():
        if isinstance(fact.value, Text):
            yield f"fact.{fact.id}.value", fact.origin.file, fact.origin.line, fact.value
        elif isinstance(fact.value, tuple):
            for index, item in enumerate(fact.value):
                if isinstance(item, Text):
                    yield f"fact.{fact.id}.value.{index}", fact.origin.file, fact.origin.line, item
    for place in event.places.values():
        for part, text in (("name", place.name), ("where", place.where), ("address", place.address)):
            if text:
                yield f"place.{place.id}.{part}", place.origin.file, place.origin.line, text
    for contact in event.contacts.values():
        yield f"contact.{contact.id}.name", contact.origin.file, contact.origin.line, contact.name
    for session in event.sessions.values():
        yield f"session.{session.id}.title", session.origin.file, session.origin.line, session.title
        if session.note:
            yield f"session.{session.id}.note", session.origin.file, session.origin.line, session.note
    for line in event.lines.values():
        if line.note:
            yield f"line.{line.id}.note", line.origin.file, line.origin.line, line.note


def _topic_faults(library: Library) -> Iterable[Fault]:
    restricted: dict[str, str] = {}
    for topic in library.topics.values():
        for role in topic.restricted:
            if restricted.setdefault(role, topic.id) != topic.id:
                yield _topic_fault(topic, "restricted", f"{restricted[role]} is about this role too", read=role)
        for other in topic.buttons:
            if other not in library.topics:
                yield _topic_fault(
                    topic, "buttons", "no such topic", read=other, allowed="the id of a topic of the library"
                )
        for path in topic.copy:
            if not template.is_path(path) or fields.shape_problem(path):
                yield _topic_fault(topic, "copy", "this is not a field", read=path, allowed="area.name, without braces")
        if topic.answer is None:
            continue
        used: dict[Language, set[str]] = {}
        broken_in: set[Language] = set()
        for language in LANGUAGES:
            text = topic.answer.in_(language)
            used[language] = set(template.fields(text))
            for broken in template.broken_fields(text):
                broken_in.add(language)
                yield _topic_fault(
                    topic, f"answer.{language}", "this is not a field", read=broken, allowed="{{ area.name }}"
                )
            for path in sorted(used[language]):
                if problem := fields.shape_problem(path):
                    yield _topic_fault(topic, f"answer.{language}", f"unknown field: {problem}", read=path)
            if stars := template.open_bold(text):
                yield _topic_fault(
                    topic, f"answer.{language}", "bold is opened and not closed", read=stars[:80], allowed="**words**"
                )
            for typed in template.typed_values(text):
                yield _topic_fault(
                    topic,
                    f"answer.{language}",
                    "a time, phone, price or address is typed into the text",
                    read=typed,
                    allowed="a {{ field }} of the event",
                )
        for language in LANGUAGES[1:]:
            if broken_in & {"en", language}:  # what is missing here may be the field with the broken braces
                continue
            for path in sorted(used["en"] - used[language]):
                yield _topic_fault(
                    topic, f"answer.{language}", "a field of the English text is lost in this translation", read=path
                )
            for path in sorted(used[language] - used["en"]):
                yield _topic_fault(topic, f"answer.{language}", "this field is not in the English text", read=path)


def _topic_fault(
    topic: Topic, field: str, problem: str, *, read: str = "", allowed: str = "", warning: bool = False
) -> Fault:
    return Fault(topic.origin_file, topic.origin_line, f"{topic.id}.{field}", problem, read, allowed, warning)


def _asking_faults(library: Library) -> Iterable[Fault]:
    holders: dict[str, list[tuple[str, Language, str]]] = defaultdict(list)
    for topic in library.topics.values():
        for language in LANGUAGES:
            lines = topic.asking.get(language, ())
            if len(lines) < FEWEST_ASKING:
                yield _topic_fault(
                    topic,
                    f"asking.{language}",
                    f"only {len(lines)} ways of asking",
                    allowed=f"at least {FEWEST_ASKING}",
                    warning=bool(lines),
                )
            for line in lines:
                holders[" ".join(line.casefold().split())].append((topic.id, language, line))
    for found in holders.values():
        owners = sorted({owner for owner, _, _ in found})
        if len(owners) > 1:
            last, language, line = found[-1]
            yield _topic_fault(
                library.topics[last],
                f"asking.{language}",
                f"the same words stand under {' and '.join(owners)}",
                read=line,
                allowed="one topic per wording",
            )


def _word_faults(library: Library) -> Iterable[Fault]:
    for language in LANGUAGES:
        if not library.emergencies.get(language):
            yield Fault(f"library/emergencies/{language}.yaml", 1, "", "no emergency words for this language")


def _brace_faults(event: Event | None, library: Library, folder: str) -> Iterable[Fault]:
    """Only answers have fields; anywhere else the braces themselves would be read out to delegates."""
    for key, file, line, text in texts(event, library, folder):
        kind, _, field = key.partition(".")
        if (kind == "topic" and key.endswith(".answer")) or (kind == "canned" and key.endswith(".text")):
            continue
        for language in LANGUAGES:
            for found in template.braces(text.in_(language)):
                yield Fault(
                    file,
                    line,
                    f"{field}.{language}",
                    "a field is filled in only in the answer of a topic",
                    found,
                    "the words themselves",
                )


def _team_faults(event: Event, library: Library) -> Iterable[Fault]:
    for topic in library.topics.values():
        if topic.team not in event.teams:
            yield _topic_fault(
                topic, "team", "the event has no such team", read=topic.team, allowed=", ".join(event.teams)
            )
        if topic.place and event.place(topic.place) is None:
            yield _topic_fault(topic, "place", "the event has no such place", read=topic.place, warning=True)


def _reference_faults(event: Event) -> Iterable[Fault]:
    for session in event.sessions.values():
        if session.place not in event.places:
            yield Fault(
                session.origin.file,
                session.origin.line,
                f"{session.id}.place",
                "no such place",
                session.place,
                "an id of places.yaml",
            )
        if session.line and event.line(session.line) is None:
            yield Fault(
                session.origin.file,
                session.origin.line,
                f"{session.id}.line",
                "no such line",
                session.line,
                "an id of transport.yaml",
            )
    for line in event.lines.values():
        for field, place in (("from", line.origin_place), ("to", line.to), ("returns_from", line.returns_from)):
            if place and place not in event.places:
                yield Fault(
                    line.origin.file,
                    line.origin.line,
                    f"{line.id}.{field}",
                    "no such place",
                    place,
                    "an id of places.yaml",
                )
        # A shuttle may come back and leave again: each way is compared with the other's first and last run.
        if line.returns and (min(line.returns) <= min(line.departs) or max(line.returns) <= max(line.departs)):
            yield Fault(
                line.origin.file,
                line.origin.line,
                f"{line.id}.returns",
                "returns before it has left",
                ", ".join(at.isoformat() for at in line.returns),
                f"after {max(line.departs).isoformat()}",
            )


def _head_faults(event: Event, folder: str) -> Iterable[Fault]:
    file = f"{folder}/event.yaml"
    for field, place in (("venue", event.venue), ("desk", event.desk)):
        if place not in event.places:
            yield Fault(file, 1, field, "no such place", place, "an id of places.yaml")
    if event.nights:
        for field, team in (
            ("nights.all_to", event.nights.all_to),
            *(("nights.except", team) for team in event.nights.excepted),
        ):
            if team not in event.teams:
                yield Fault(file, 1, field, "no such team", team, ", ".join(event.teams))


def _retention_faults(event: Event, library: Library, folder: str) -> Iterable[Fault]:
    """A misspelt team would quietly keep what should go."""
    known = {*event.teams, *(topic.area for topic in library.topics.values()), *Retention().private}
    for name in event.retention.private:
        if name not in known:
            allowed = "a team, or an area of topics"
            yield Fault(f"{folder}/event.yaml", 1, "retention.private", "no such team or area", name, allowed)


def _overlaps(event: Event) -> Iterable[Fault]:
    by_place: dict[str, list[str]] = defaultdict(list)
    for session in sorted(event.sessions.values(), key=lambda s: (s.starts, s.id)):
        for other_id in by_place[session.place]:
            other = event.sessions[other_id]
            if session.starts < other.ends and "shared" not in (*session.tags, *other.tags):
                yield Fault(
                    session.origin.file,
                    session.origin.line,
                    f"{session.id}.starts",
                    f"overlaps with {other.id} in the same place ({session.place})",
                    f"{session.starts:%d %b %H:%M}–{session.ends:%H:%M} and {other.starts:%H:%M}–{other.ends:%H:%M}",
                    "one session at a time in a room, or the tag 'shared' on one of them",
                )
        by_place[session.place].append(session.id)


def _role_faults(event: Event) -> Iterable[Fault]:
    for kind, entries in (("places", event.places), ("sessions", event.sessions), ("lines", event.lines)):
        holders: dict[str, str] = {}
        for entry in entries.values():
            for role in entry.roles:
                if role in holders:
                    yield Fault(
                        entry.origin.file,
                        entry.origin.line,
                        f"{entry.id}.roles",
                        f"this role is {holders[role]}'s already",
                        role,
                        f"each role once among {kind}",
                    )
                holders[role] = entry.id


def _emergency_faults(event: Event, folder: str) -> Iterable[Fault]:
    if not event.emergency_numbers():
        yield Fault(
            f"{folder}/contacts.yaml",
            1,
            "emergency",
            "no emergency number",
            allowed="at least one contact with emergency: true",
        )
    if "reception" not in event.contacts:
        yield Fault(
            f"{folder}/contacts.yaml",
            1,
            "reception",
            "the desk's own number is missing",
            allowed="a contact with the id reception",
        )
