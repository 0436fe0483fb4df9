"""From folders of YAML to one snapshot: every file is read and every fault noted before anything is decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.content import cue_forms, desk, desk_schema, schema
from bot.content.load_dialog import read_dialog
from bot.content.yaml12 import Document, Key, read
from bot.model.content import (
    Contact,
    Cues,
    Dates,
    Event,
    Fact,
    Library,
    Line,
    Money,
    Names,
    Nights,
    Number,
    Origin,
    Place,
    Retention,
    Session,
    SmallTalk,
    Span24,
    Team,
    Topic,
    Value,
)
from bot.model.errors import Fault
from bot.model.language import LANGUAGES, Language, Text

_In = TypeVar("_In", bound=BaseModel)
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
_QUESTIONS: Final = ("numbers_question", "precautions")
"""Cues of no kind: of questions that only name danger."""
_PROBLEMS: Final[Mapping[str, str]] = {  # what pydantic says to programmers, said to organisers
    "extra_forbidden": "this field is not known here",
    "missing": "this field is missing",
    "string_type": "a text is expected",
    "tuple_type": "a list is expected",
    "model_type": "a map of fields is expected",
    "dict_type": "a map of fields is expected",
    "literal_error": "this is none of the words that may stand here",
    "enum": "this is none of the words that may stand here",
    "datetime_from_date_parsing": "there is no such date or time",
    "datetime_parsing": "there is no such date or time",
    "date_from_datetime_parsing": "there is no such date",
    "date_parsing": "there is no such date",
    "decimal_type": "a number is expected",
    "decimal_parsing": "a number is expected",
    "too_long": "too many entries",
    "too_short": "too few entries",
    "bool_parsing": "true or false is expected",
    "bool_type": "true or false is expected",
}


@dataclass
class Reading:
    """The files of one loading, and the faults found so far."""

    roots: tuple[Path, ...]
    """Folders that a file is named from in faults; the first that holds it."""
    faults: list[Fault] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)

    def shown(self, path: Path) -> str:
        root = next((root for root in self.roots if path.is_relative_to(root)), None)
        return (path.relative_to(root) if root else path).as_posix()

    def document(self, path: Path, *, required: bool = True) -> Document | None:
        shown = self.shown(path)
        if not path.is_file():
            if required:
                self.faults.append(Fault(shown, 1, "", "this file is missing"))
            return None
        document, faults = read(path, shown)
        self.faults += faults
        if document is None:
            return None
        if document.value is None:  # also a file that an editor is just writing: never taken for "there are none"
            if not faults:
                self.faults.append(Fault(shown, 1, "", "this file is empty", allowed="[] or {} where there is nothing"))
            return None
        self.documents[shown] = document
        return document

    def fault(
        self,
        document: Document,
        path: Key,
        problem: str,
        *,
        value: object = "",
        allowed: str = "",
        warning: bool = False,
    ) -> None:
        shown = ".".join(map(str, _named(document, path)))
        self.faults.append(Fault(document.file, document.line(path), shown, problem, _shown(value), allowed, warning))

    def parse(self, document: Document, path: Key, value: object, shape: Any) -> Any:
        """The value in the given shape, or None with a fault for each thing wrong in it."""
        adapter = _ADAPTERS.get(shape) if _hashable(shape) else None
        if adapter is None:
            adapter = TypeAdapter(shape)
            if _hashable(shape):
                _ADAPTERS[shape] = adapter
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                self._schema_fault(document, path, found)
            return None

    def _schema_fault(self, document: Document, path: Key, found: Any) -> None:
        where = path
        for part in found["loc"]:  # the names of union members that pydantic adds are no places in the file
            if (*where, part) in document.lines:
                where = (*where, part)
        problem = _PROBLEMS.get(found["type"], found["msg"].removeprefix("Value error, "))
        context = found.get("ctx", {})
        value = found["input"]
        allowed = str(context.get("expected", ""))
        match found["type"]:
            case "missing":
                where, value = (*where, found["loc"][-1]), ""
            case "too_long":
                value, allowed = context["actual_length"], f"at most {context['max_length']}"
            case "too_short":
                value, allowed = context["actual_length"], f"at least {context['min_length']}"
            case "string_type" if isinstance(value, int | float | date):
                allowed = f'in quotes: "{value}"'
        self.fault(document, where, problem, value=value, allowed=allowed)


def _hashable(shape: object) -> bool:
    try:
        hash(shape)
    except TypeError:
        return False
    return True


def _shown(value: object) -> str:
    if value is None or value == "" or isinstance(value, dict | list | BaseModel):
        return ""
    written = str(value)
    return written if len(written) <= 80 else written[:77] + "…"


def _named(document: Document, path: Key) -> Key:
    """The path with entries of a list shown by their id rather than their position."""
    shown: list[str | int] = []
    value: Any = document.value
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
        shown.append(value["id"] if isinstance(part, int) and isinstance(value, dict) and "id" in value else part)
    return tuple(shown)


def _text(read: schema.TextIn) -> Text:
    return Text(en=read.en, vi=read.vi, ar=read.ar)


def _text_or_none(read: schema.TextIn | None) -> Text | None:
    return None if read is None else _text(read)


def _names(read: schema.NamesIn) -> Names:
    return Names(en=read.en, vi=read.vi, ar=read.ar)


def _hours(read: schema.HoursIn | None) -> Span24 | None:
    return None if read is None else Span24(read.start, read.end)


# ------------------------------------------------------------------ the event


def read_event(reading: Reading, folder: Path) -> Event | None:
    head_document = reading.document(folder / "event.yaml")
    facts = _entries(reading, folder / "facts.yaml", schema.FactIn)
    places = _entries(reading, folder / "places.yaml", schema.PlaceIn)
    contacts = _entries(reading, folder / "contacts.yaml", schema.ContactIn)
    sessions = _entries(reading, folder / "programme.yaml", schema.SessionIn)
    lines = _entries(reading, folder / "transport.yaml", schema.LineIn)
    if head_document is None:
        return None
    head = reading.parse(head_document, (), head_document.value, schema.EventIn)
    if head is None:
        return None
    try:
        zone = ZoneInfo(head.zone)
    except (LookupError, ValueError, OSError):  # OSError: "Asia" is a folder of zones
        reading.fault(
            head_document, ("zone",), "no such time zone", value=head.zone, allowed="a name such as Asia/Ho_Chi_Minh"
        )
        zone = ZoneInfo("UTC")
    else:
        _in_the_zone(reading, [*sessions, *lines], zone)
    for index, team in enumerate(head.teams):
        if team.id in [earlier.id for earlier in head.teams[:index]]:
            reading.fault(
                head_document,
                ("teams", index, "id"),
                "this id is another team's already",
                value=team.id,
                allowed="each id once",
            )
    waits = reading.parse(head_document, ("waits",), head.waits, desk_schema.WaitsIn)
    machine = reading.parse(
        head_document, ("machine_translation",), head.machine_translation, desk_schema.MachineTranslationIn
    )
    return Event(
        id=head.id,
        name=_text(head.name),
        short=head.short,
        zone=zone,
        languages=head.languages,
        starts=head.days.start,
        ends=head.days.end,
        currency=head.currency,
        teams={team.id: Team(team.id, _text(team.name)) for team in head.teams},
        nights=None
        if head.nights is None
        else Nights(head.nights.start, head.nights.end, head.nights.all_to, head.nights.excepted),
        retention=Retention(head.retention.chats, head.retention.private_cases, head.retention.private),
        waits=desk.waits(waits or desk_schema.WaitsIn()),
        machine_reads=frozenset(machine.restricted if machine is not None else ()),
        roster=desk.read_roster(reading, folder),
        venue=head.venue,
        desk=head.desk,
        programme_updated=head.programme_updated.astimezone(zone),
        audiences={key: _text(text) for key, text in head.audiences.items()},
        home_times=tuple((home.zone, _text(home.name)) for home in head.home_times),
        facts={
            entry.id: fact
            for entry, origin, document, path in facts
            if (fact := _fact(reading, entry, origin, document, path, zone))
        },
        places={entry.id: _place(entry, origin) for entry, origin, _, _ in places},
        contacts={entry.id: _contact(entry, origin) for entry, origin, _, _ in contacts},
        sessions={entry.id: _session(entry, origin, zone) for entry, origin, _, _ in sessions},
        lines={entry.id: _line(entry, origin, zone) for entry, origin, _, _ in lines},
    )


def _in_the_zone(reading: Reading, found: list[tuple[Any, Origin, Document, Key]], zone: ZoneInfo) -> None:
    """A time with another place's offset is seldom meant, and would be told hours off; in UTC it comes from a program."""
    for entry, _, document, path in found:
        for name in ("starts", "ends", "arrive_by", "departs", "returns"):
            given = getattr(entry, name, None)
            times = [((*path, name), given)] if isinstance(given, datetime) else []
            if isinstance(given, list | tuple):
                times = [((*path, name, index), at) for index, at in enumerate(given)]
            for where, at in times:
                meant = at.astimezone(zone)
                if at.utcoffset() not in (meant.utcoffset(), timedelta(0)):
                    reading.fault(
                        document,
                        where,
                        f"this offset is not the one of {zone.key}",
                        value=at.isoformat(),
                        allowed=f"{meant.isoformat()[-6:]} there",
                        warning=True,
                    )


def _entries(reading: Reading, path: Path, shape: type[_In]) -> list[tuple[Any, Origin, Document, Key]]:
    document = reading.document(path)
    if document is None:
        return []
    if not isinstance(document.value, list):
        reading.fault(document, (), "a list of entries is expected")
        return []
    found: list[tuple[Any, Origin, Document, Key]] = []
    seen: dict[str, int] = {}
    for index, value in enumerate(document.value):
        entry = reading.parse(document, (index,), value, shape)
        if entry is None:
            continue
        line = document.line((index,))
        if entry.id in seen:
            reading.fault(
                document,
                (index, "id"),
                f"this id stands already in line {seen[entry.id]}",
                value=entry.id,
                allowed="each id once",
            )
            continue
        seen[entry.id] = line
        found.append((entry, Origin(entry.basis, entry.source, entry.checked, document.file, line), document, (index,)))
    return found


def _fact(
    reading: Reading, entry: schema.FactIn, origin: Origin, document: Document, path: Key, zone: ZoneInfo
) -> Fact | None:
    raw: Any = entry.value
    shape = schema.VALUES[entry.type]
    if entry.type == "number":
        raw = raw if isinstance(raw, dict) else {"amount": raw}
        raw = {**raw, "unit": entry.unit} if entry.unit else raw
    if entry.type == "list" and isinstance(raw, list) and not any(isinstance(item, dict) for item in raw):
        shape = schema.PLAIN_LIST
    value = reading.parse(document, (*path, "value"), raw, shape)
    if value is None:
        return None
    return Fact(entry.id, entry.type, _value(value, zone), origin)


def _value(read: Any, zone: ZoneInfo) -> Value:
    match read:
        case schema.TextIn():
            return _text(read)
        case schema.HoursIn():
            return Span24(read.start, read.end)
        case schema.DatesIn():
            return Dates(read.start, read.end)
        case schema.MoneyIn():
            low = read.amount if read.start is None else read.start
            return Money(low or Decimal(0), read.currency, read.end)
        case schema.NumberIn():
            low = read.amount if read.start is None else read.start
            return Number(low or Decimal(0), read.end, read.unit)
        case datetime():
            return read.astimezone(zone)
        case tuple():
            return tuple(_value(item, zone) for item in read)  # type: ignore[return-value]
        case str() | time() | date() | dict():
            return read
        case _:
            raise AssertionError(f"no such value: {type(read)}")


def _place(entry: schema.PlaceIn, origin: Origin) -> Place:
    return Place(
        id=entry.id,
        name=_text(entry.name),
        origin=origin,
        roles=entry.roles,
        where=_text_or_none(entry.where),
        address=_text_or_none(entry.address),
        map=entry.map,
        hours=_hours(entry.hours),
        names=_names(entry.names),
    )


def _contact(entry: schema.ContactIn, origin: Origin) -> Contact:
    return Contact(
        id=entry.id,
        name=_text(entry.name),
        phone=entry.phone,
        origin=origin,
        extension=entry.extension,
        hours=_hours(entry.hours),
        emergency=entry.emergency,
    )


def _session(entry: schema.SessionIn, origin: Origin, zone: ZoneInfo) -> Session:
    return Session(
        id=entry.id,
        title=_text(entry.title),
        starts=entry.starts.astimezone(zone),
        ends=entry.ends.astimezone(zone),
        place=entry.place,
        audience=entry.audience,
        track=entry.track,
        origin=origin,
        roles=entry.roles,
        tags=entry.tags,
        names=_names(entry.names),
        note=_text_or_none(entry.note),
        arrive_by=None if entry.arrive_by is None else entry.arrive_by.astimezone(zone),
        restricted=entry.restricted,
        line=entry.line,
        time_basis=entry.time_basis,
    )


def _line(entry: schema.LineIn, origin: Origin, zone: ZoneInfo) -> Line:
    return Line(
        id=entry.id,
        origin_place=entry.origin_place,
        to=entry.to,
        departs=tuple(at.astimezone(zone) for at in entry.departs),
        origin=origin,
        roles=entry.roles,
        returns=tuple(at.astimezone(zone) for at in entry.returns),
        returns_from=entry.returns_from,
        note=_text_or_none(entry.note),
        restricted=entry.restricted,
    )


# ---------------------------------------------------------------- the library


def read_library(reading: Reading, folder: Path, *, own: Path) -> Library:
    """The library, with the topics that the event brings itself (``own``) beside or instead of its own."""
    topics: dict[str, Topic] = {}
    for base in (folder, own):
        if not base.is_dir():
            continue
        asking = {language: _asking(reading, base / "asking" / language) for language in LANGUAGES}
        here: dict[str, Topic] = {}
        for path in sorted(base.glob("*.yaml")):
            if path.name not in ("smalltalk.yaml", "dialog.yaml", desk.CANNED):
                for topic in _topics(reading, path, asking):
                    _once(reading, topic, here)
        topics |= here
        _asked_without_topic(reading, asking, topics)
    small_talk, fillers = _small_talk(reading, folder / "smalltalk.yaml")
    cues: dict[Language, Mapping[str, Cues]] = {}
    numbers: dict[Language, tuple[str, ...]] = {}
    precautions: dict[Language, tuple[str, ...]] = {}
    for language in LANGUAGES:
        cues[language], questions = _emergencies(reading, folder / "emergencies" / f"{language}.yaml")
        numbers[language], precautions[language] = (questions.get(name, ()) for name in _QUESTIONS)
    offtopic = {language: _offtopic(reading, folder / "offtopic", language) for language in LANGUAGES}
    lexicon = _lexicon(reading, folder / "lexicon")
    danger = _examples(reading, folder / "emergencies" / "examples", schema.Example)
    kinds = tuple(kind.kind for kind in small_talk)
    chat = _examples(reading, folder / "smalltalk", Literal[kinds]) if kinds else {}
    dialog = read_dialog(reading, folder / "dialog.yaml")
    canned = desk.read_canned(reading, (folder, own))
    return Library(
        topics, small_talk, fillers, offtopic, cues, numbers, precautions, lexicon, chat, danger, dialog, canned
    )


def read_taught(
    reading: Reading, folder: Path, known: Mapping[str, Topic]
) -> tuple[dict[str, Topic], Mapping[Language, Mapping[str, tuple[str, ...]]]]:
    """Topics that a folder adds, and ways of asking for these and the known ones."""
    asking = {language: _asking(reading, folder / "asking" / language) for language in LANGUAGES}
    fresh: dict[str, Topic] = {}
    for path in sorted(folder.glob("*.yaml")):
        for topic in _topics(reading, path, asking):
            _once(reading, topic, fresh)
    _asked_without_topic(reading, asking, {**known, **fresh})
    return fresh, {language: {key: lines for key, (lines, _) in found.items()} for language, found in asking.items()}


def _once(reading: Reading, topic: Topic, here: dict[str, Topic]) -> None:
    """An event may bring a topic instead of the library's, but one folder has each only once."""
    other = here.setdefault(topic.id, topic)
    if other is not topic:
        reading.faults.append(
            Fault(
                topic.origin_file,
                topic.origin_line,
                topic.id,
                f"this topic stands already in {other.origin_file}:{other.origin_line}",
                allowed="each id once",
            )
        )


def _topics(
    reading: Reading, path: Path, asking: Mapping[Language, Mapping[str, tuple[tuple[str, ...], Document]]]
) -> Iterator[Topic]:
    document = reading.document(path)
    if document is None or not _is_map(reading, document):
        return
    for key, value in document.value.items():
        entry = reading.parse(document, (key,), value, schema.TopicIn)
        if reading.parse(document, (key,), key, schema.Id) is None or entry is None:
            continue
        yield Topic(
            id=key,
            area=path.stem,
            team=entry.team,
            urgency=entry.urgency,
            needs=entry.needs,
            title=_text(entry.title),
            origin_file=document.file,
            origin_line=document.line((key,)),
            answer=_text_or_none(entry.answer),
            buttons=entry.buttons,
            place=entry.place,
            copy=entry.copy_,
            restricted=entry.restricted,
            asking={language: found[key][0] for language, found in asking.items() if key in found},
        )


def _asking(reading: Reading, folder: Path) -> dict[str, tuple[tuple[str, ...], Document]]:
    found: dict[str, tuple[tuple[str, ...], Document]] = {}
    for document, key, value in _maps(reading, folder):
        lines = reading.parse(document, (key,), value, tuple[schema.Written, ...])
        if lines is not None:  # several people write ways of asking, each in files of their own
            found[key] = ((*found[key][0], *lines), found[key][1]) if key in found else (lines, document)
    return found


def _maps(reading: Reading, folder: Path) -> Iterator[tuple[Document, Any, Any]]:
    """The entries of all maps in a folder's files."""
    for path in sorted(folder.glob("*.yaml")):
        document = reading.document(path)
        if document is not None and _is_map(reading, document):
            for key, value in document.value.items():
                yield document, key, value


def _lexicon(reading: Reading, folder: Path) -> dict[str, Mapping[Language, tuple[str, ...]]]:
    """The concepts of all files; one that stands in two files has the words of both."""
    found: dict[str, Mapping[Language, tuple[str, ...]]] = {}
    for document, key, value in _maps(reading, folder):
        entry = reading.parse(document, (key,), value, schema.ConceptIn)
        if reading.parse(document, (key,), key, schema.Id) is None or entry is None:
            continue
        before = found.get(key, {})
        said: Mapping[Language, tuple[str, ...]] = {"en": entry.en, "vi": entry.vi, "ar": entry.ar}
        found[key] = {language: (*before.get(language, ()), *terms) for language, terms in said.items()}
    return found


def _examples(reading: Reading, folder: Path, kinds: Any) -> dict[str, tuple[str, ...]]:
    """Messages by what they are."""
    found: dict[str, tuple[str, ...]] = {}
    for document, key, value in _maps(reading, folder):
        lines = reading.parse(document, (key,), value, tuple[schema.Written, ...])
        kind = reading.parse(document, (key,), key, kinds)
        if lines is not None and kind is not None:
            found[key] = (*found.get(key, ()), *lines)
    return found


def _asked_without_topic(
    reading: Reading,
    asking: Mapping[Language, Mapping[str, tuple[tuple[str, ...], Document]]],
    topics: Mapping[str, Topic],
) -> None:
    for found in asking.values():
        for key, (_, document) in found.items():
            if key not in topics:
                reading.fault(document, (key,), "no such topic", value=key, allowed="the id of a topic of the library")


def _small_talk(reading: Reading, path: Path) -> tuple[tuple[SmallTalk, ...], Mapping[Language, tuple[str, ...]]]:
    document = reading.document(path)
    if document is None or not _is_map(reading, document):
        return (), {}
    kinds: list[SmallTalk] = []
    fillers: dict[Language, tuple[str, ...]] = {}
    for key, value in document.value.items():
        if key == "fillers":
            words = reading.parse(document, (key,), value, schema.FillersIn)
            if words is not None:
                fillers = {"en": words.en, "vi": words.vi, "ar": words.ar}
            continue
        kind = reading.parse(document, (key,), value, schema.SmallTalkKindIn)
        if kind is not None:
            kinds.append(
                SmallTalk(key, {"en": kind.says.en, "vi": kind.says.vi, "ar": kind.says.ar}, _text(kind.reply))
            )
    return tuple(kinds), fillers


def _emergencies(reading: Reading, path: Path) -> tuple[Mapping[str, Cues], Mapping[str, tuple[str, ...]]]:
    """The cues of each kind, and those of questions that only name danger."""
    document = reading.document(path)
    if document is None or not _is_map(reading, document):
        return {}, {}
    groups = reading.parse(document, ("groups",), document.value.get("groups", {}), dict[str, schema.Written]) or {}
    kinds: dict[str, Cues] = {}
    questions: dict[str, tuple[str, ...]] = {}
    for key, value in document.value.items():
        if key == "groups":
            continue
        if key in _QUESTIONS:
            written = reading.parse(document, (key,), value, tuple[schema.Written, ...]) or ()
            questions[key] = _expanded(reading, document, (key,), written, groups)
            continue
        cues = reading.parse(document, (key,), value, schema.CuesIn)
        if cues is not None:
            kinds[key] = Cues(
                _expanded(reading, document, (key, "certain"), cues.certain, groups, begins=True),
                _expanded(reading, document, (key, "likely"), cues.likely, groups, begins=True),
                _expanded(reading, document, (key, "never"), cues.never, groups),
            )
    return kinds, questions


def _expanded(
    reading: Reading,
    document: Document,
    path: Key,
    cues: tuple[str, ...],
    groups: Mapping[str, str],
    *,
    begins: bool = False,
) -> tuple[str, ...]:
    found: list[str] = []
    for index, cue in enumerate(cues):
        try:
            found.append(cue_forms.expand(cue, groups, begins=begins))
        except cue_forms.UnknownForm as error:
            allowed = f"a group of this file, or one of {', '.join(cue_forms.FORMS)}"
            reading.fault(document, (*path, index), "no such group or form", value=str(error), allowed=allowed)
    return tuple(found)


def _offtopic(reading: Reading, folder: Path, language: Language) -> tuple[str, ...]:
    """The lines of ``en.yaml`` and of what others wrote beside it, ``en-b.yaml`` and so on."""
    paths = [folder / f"{language}.yaml", *sorted(folder.glob(f"{language}-*.yaml"))]
    return tuple(line for path in paths for line in _sentences(reading, path))


def _sentences(reading: Reading, path: Path) -> tuple[str, ...]:
    document = reading.document(path)
    if document is None:
        return ()
    return reading.parse(document, (), document.value, tuple[str, ...]) or ()


def _is_map(reading: Reading, document: Document) -> bool:
    if isinstance(document.value, dict):
        return True
    reading.fault(document, (), "a map of ids is expected")
    return False


def version_of(*folders: Path) -> str:
    """A hash of every content file in the folders: what the snapshot and its caches are known by."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".yaml", ".lock"):
                digest.update(
                    path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
                )
    return digest.hexdigest()[:16]
