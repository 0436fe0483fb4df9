"""What a field of an answer text gives at this event, such as ``wifi.network`` or ``session.opening.when``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from bot.i18n import forms
from bot.model.content import Contact, Dates, Event, Fact, Line, Money, Number, Place, Session, Span24
from bot.model.language import Language, Text
from bot.model.rich import Rich, Span, join, plain

PLACE_PARTS: Final = ("", "where", "address", "hours")
CONTACT_PARTS: Final = ("phone", "name", "extension", "hours")
SESSION_PARTS: Final = ("title", "day", "start", "end", "time", "place", "where", "note", "when", "arrive-by")
LINE_PARTS: Final = ("departs", "returns", "from", "to", "day", "note", "returns-from")
PROGRAMME_PARTS: Final = ("asked", "now", "next", "now-next", "clock", "updated")
KINDS: Final = ("place", "contact", "session", "sessions", "line", "programme")


class MissingField(LookupError):
    """The event does not say what this field needs."""


def split(path: str) -> tuple[str, str, str]:
    """Kind, key and part of a path; the kind of a fact is ``fact``."""
    kind, _, rest = path.partition(".")
    if kind not in KINDS or not rest:
        return "fact", path, ""
    if kind in ("sessions", "programme"):
        return kind, rest, ""
    key, _, part = rest.rpartition(".")
    parts = {"place": PLACE_PARTS, "contact": CONTACT_PARTS, "session": SESSION_PARTS, "line": LINE_PARTS}[kind]
    return (kind, key, part) if key and part in parts else (kind, rest, "")


def shape_problem(path: str) -> str:
    """Why a path can be a field of no event; empty for a good one."""
    kind, key, part = split(path)
    match kind:
        case "programme" if key not in PROGRAMME_PARTS:
            return f"programme has {', '.join(PROGRAMME_PARTS)}"
        case "contact" if not part:
            return f"a contact has {', '.join(CONTACT_PARTS)}"
        case "session" if not part:
            return f"a session has {', '.join(SESSION_PARTS)}"
        case "line" if not part:
            return f"a line has {', '.join(LINE_PARTS)}"
        case _:
            return ""


def exists(event: Event, path: str) -> bool:
    """Whether the event says what a field needs, in a form that may be told to everyone."""
    kind, key, part = split(path)
    match kind:
        case "fact":
            return key in event.facts
        case "sessions":
            return any(key in (s.track, *s.tags) and not s.restricted for s in event.sessions.values())
        case "programme":
            return True
        case _:
            try:
                value(event, f"{kind}.{key}.{part}".rstrip("."), "en")
            except MissingField:
                return False
            return True


def value(event: Event, path: str, language: Language) -> Rich:
    """The value of a field, for every kind except ``sessions`` and ``programme`` (those need the time and the question).

    Raises:
        MissingField: The event has no such entry, or not this part of it, or it is restricted.
    """
    kind, key, part = split(path)
    found: Rich = ()
    match kind:
        case "fact":
            fact = event.facts.get(key)
            found = fact_value(fact, language) if fact else ()
        case "place":
            place = event.place(key)
            found = place_part(place, part, language) if place else ()
        case "contact":
            contact = event.contacts.get(key)
            found = _contact_part(contact, part, language) if contact else ()
        case "session":
            session = event.session(key)
            found = session_part(event, session, part, language) if session and not session.restricted else ()
        case "line":
            line = event.line(key)
            found = _line_part(event, line, part, language) if line and not line.restricted else ()
    if not found:
        raise MissingField(path)
    return found


def fact_value(fact: Fact, language: Language) -> Rich:
    read = fact.value
    match fact.type, read:
        case "text", Text():
            return plain(read.in_(language))
        case "code", str():
            return (Span(read, "code"),)
        case "url", str():
            return link(read)
        case "phone", str():
            return phone(read)
        case "countries", tuple():
            return _value(forms.listed([forms.country(str(code), language) for code in read], language))
        case "prayers", Mapping():
            return join(
                [
                    _value(f"{PRAYERS.get(name, Text(name, name, name)).in_(language)} {forms.hour(at)}")
                    for name, at in read.items()
                ],
                " · ",
            )
        case "list", tuple():
            said = [item.in_(language) if isinstance(item, Text) else str(item) for item in read]
            return plain(forms.listed(said, language))
        case _, _:
            return _plain_value(read, language)


def _plain_value(read: object, language: Language) -> Rich:
    match read:
        case datetime():
            return _value(forms.day_and_hour(read, language))
        case date():
            return _value(forms.day(read, language))
        case time():
            return _value(forms.hour(read))
        case Span24(start, end):
            return _value(forms.hours(start, end))
        case Dates(start, end):
            return _value(f"{forms.day(start, language)} – {forms.day(end, language)}")
        case Money(low, currency, high):
            return _value(forms.money(low, high, currency, language))
        case Number(low, high, unit):
            return _value(forms.number(low, high, unit, language))
        case tuple():
            return _value(forms.comma(language).join(forms.hour(at) for at in read if isinstance(at, datetime)))
        case _:
            return ()


PRAYERS: Final[Mapping[str, Text]] = {
    "fajr": Text("Fajr", "Fajr (rạng đông)", "الفجر"),
    "sunrise": Text("sunrise", "mặt trời mọc", "الشروق"),
    "dhuhr": Text("Dhuhr", "Dhuhr (trưa)", "الظهر"),
    "asr": Text("Asr", "Asr (chiều)", "العصر"),
    "asr-hanafi": Text("Asr (Hanafi)", "Asr (Hanafi)", "العصر (الحنفي)"),
    "maghrib": Text("Maghrib", "Maghrib (hoàng hôn)", "المغرب"),
    "isha": Text("Isha", "Isha (tối)", "العشاء"),
}


def place_part(place: Place, part: str, language: Language) -> Rich:
    match part:
        case "":
            return _value(place.name.in_(language))
        case "where":
            name = _value(place.name.in_(language))
            return (*name, Span(f"{forms.comma(language)}{place.where.in_(language)}")) if place.where else name
        case "address":
            return _value(place.address.in_(language)) if place.address else ()
        case "hours":
            return _value(forms.hours(place.hours.start, place.hours.end)) if place.hours else ()
        case _:
            return ()


def _contact_part(contact: Contact, part: str, language: Language) -> Rich:
    match part:
        case "phone":
            return phone(contact.phone)
        case "name":
            return _value(contact.name.in_(language))
        case "extension":
            return (Span(contact.extension, "code"),) if contact.extension else ()
        case "hours":
            return _value(forms.hours(contact.hours.start, contact.hours.end)) if contact.hours else ()
        case _:
            return ()


def session_part(event: Event, session: Session, part: str, language: Language) -> Rich:
    match part:
        case "title":
            return _value(session.title.in_(language))
        case "day":
            return _value(forms.day(session.starts.date(), language))
        case "start":
            return _value(forms.hour(session.starts))
        case "end":
            return _value(forms.hour(session.ends))
        case "time":
            return _value(forms.hours(session.starts, session.ends))
        case "when":
            return (
                *_value(forms.day(session.starts.date(), language)),
                Span(forms.comma(language)),
                *_value(forms.hours(session.starts, session.ends)),
            )
        case "place" | "where":
            place = event.places.get(session.place)
            return place_part(place, "" if part == "place" else "where", language) if place else ()
        case "note":
            return plain(session.note.in_(language)) if session.note else ()
        case "arrive-by":
            return _value(forms.hour(session.arrive_by)) if session.arrive_by else ()
        case _:
            return ()


def _line_part(event: Event, line: Line, part: str, language: Language) -> Rich:
    match part:
        case "departs":
            return _value(forms.comma(language).join(forms.hour(at) for at in line.departs))
        case "returns":
            return _value(forms.comma(language).join(forms.hour(at) for at in line.returns))
        case "day":
            return _value(forms.day(line.departs[0].date(), language))
        case "note":
            return plain(line.note.in_(language)) if line.note else ()
        case "from" | "to" | "returns-from":
            key = {"from": line.origin_place, "to": line.to, "returns-from": line.returns_from or line.to}[part]
            place = event.places.get(key)
            return place_part(place, "", language) if place else ()
        case _:
            return ()


def phone(number: str) -> Rich:
    return (Span(number, "phone", "tel:" + number.replace(" ", "")),)


def link(address: str) -> Rich:
    return (Span(address.removeprefix("https://").rstrip("/"), "link", address),)


def _value(said: str) -> Rich:
    return (Span(said, "value"),) if said else ()
