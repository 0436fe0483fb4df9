"""Reads what an event says about its desk, and finds what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.content import desk_schema, fields, schema, template
from bot.model.content import Canned, Event, Library, Roster, Rostered, Shift, Span24, Wait, Waits
from bot.model.errors import Fault
from bot.model.language import LANGUAGES, Text

if TYPE_CHECKING:
    from bot.content.load import Reading

ROSTER: Final = "roster.yaml"
CANNED: Final = "canned.yaml"
FILL: Final = "fill."
"""Fields of a canned reply that staff fill in begin so: ``{{ fill.time }}``."""
_WORD_AFTER: Final = re.compile(r"\{\{\s*fill\.minutes\s*\}\}\s*(?:minutes?|phút|دقيقة|دقائق)", re.IGNORECASE)
FILLS: Final = ("time", "place", "name", "number", "minutes")


def waits(read: desk_schema.WaitsIn) -> Waits:
    given = {field.name: getattr(read, field.name) for field in fields_of(Waits)}
    return Waits(**{name: Wait(w.told, w.overdue, w.officer) for name, w in given.items() if w is not None})


def read_roster(reading: Reading, folder: Path) -> Roster:
    """The roster of an event; an empty one when it has none."""
    document = reading.document(folder / ROSTER, required=False)
    if document is None:
        return Roster()
    read = reading.parse(document, (), document.value, desk_schema.RosterIn)
    if read is None:
        return Roster()
    for index, person in enumerate(read.people):
        if person.name in [earlier.name for earlier in read.people[:index]]:
            reading.fault(
                document,
                ("people", index, "name"),
                "this name is another person's already",
                value=person.name,
                allowed="each name once",
            )
        for shift in person.shifts:
            if shift not in [known.id for known in read.shifts]:
                allowed = ", ".join(known.id for known in read.shifts)
                reading.fault(document, ("people", index, "shifts"), "no such shift", value=shift, allowed=allowed)
    return Roster(
        {shift.id: Shift(shift.id, Span24(shift.start, shift.end)) for shift in read.shifts},
        tuple(
            Rostered(
                person.name,
                person.teams,
                frozenset(person.roles),
                person.languages,
                person.shifts,
                person.days,
                person.lanes,
            )
            for person in read.people
        ),
    )


def read_canned(reading: Reading, folders: Iterable[Path]) -> Mapping[str, Canned]:
    """The library's canned replies, with those that the event brings beside or instead of them."""
    found: dict[str, Canned] = {}
    for folder in folders:
        document = reading.document(folder / CANNED, required=False)
        if document is None:
            continue
        if not isinstance(document.value, dict):
            reading.fault(document, (), "a map of ids is expected")
            continue
        for key, value in document.value.items():
            entry = reading.parse(document, (key,), value, desk_schema.CannedIn)
            if reading.parse(document, (key,), key, schema.Id) is None or entry is None:
                continue
            title = Text(entry.title.en, entry.title.vi, entry.title.ar)
            text = Text(entry.text.en, entry.text.vi, entry.text.ar)
            line = document.line((key,))
            found[key] = Canned(key, title, text, entry.asks, entry.closes, document.file, line)
    return found


def faults_of(event: Event | None, library: Library, folder: str) -> Iterable[Fault]:
    if event is not None:
        yield from _roster_faults(event, folder)
    for canned in library.canned.values():
        yield from _canned_faults(canned)


def texts(library: Library) -> Iterable[tuple[str, str, int, Text]]:
    for canned in library.canned.values():
        yield f"canned.{canned.id}.title", canned.origin_file, canned.origin_line, canned.title
        yield f"canned.{canned.id}.text", canned.origin_file, canned.origin_line, canned.text


def _roster_faults(event: Event, folder: str) -> Iterable[Fault]:
    for index, person in enumerate(event.roster.people):
        for team in person.teams:
            if team not in event.teams:
                yield Fault(
                    f"{folder}/{ROSTER}", 1, f"people.{index}.teams", "no such team", team, ", ".join(event.teams)
                )


def _canned_faults(canned: Canned) -> Iterable[Fault]:
    used = {language: set(template.fields(canned.text.in_(language))) for language in LANGUAGES}
    for language in LANGUAGES:
        text, field = canned.text.in_(language), f"{canned.id}.text.{language}"
        for broken in template.broken_fields(text):
            yield _fault(canned, field, "this is not a field", broken, "{{ area.name }} or {{ fill.time }}")
        for path in sorted(used[language]):
            if path.startswith(FILL):
                if path.removeprefix(FILL) not in FILLS:
                    yield _fault(
                        canned, field, "staff cannot fill this in", path, ", ".join(FILL + name for name in FILLS)
                    )
            elif problem := fields.shape_problem(path):
                yield _fault(canned, field, f"unknown field: {problem}", path)
        for typed in template.typed_values(text):
            problem = "a time, phone, price or address is typed into the text"
            yield _fault(canned, field, problem, typed, "a {{ field }} of the event")
        for doubled in _WORD_AFTER.findall(text):
            yield _fault(
                canned, field, "the word for minutes comes with the field", doubled, "{{ fill.minutes }} alone"
            )
        for path in sorted(used["en"] ^ used[language]):
            yield _fault(canned, field, "not the same fields as in the English text", path)


def _fault(canned: Canned, field: str, problem: str, read: str = "", allowed: str = "") -> Fault:
    return Fault(canned.origin_file, canned.origin_line, field, problem, read, allowed)
