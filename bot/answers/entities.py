"""What a question names: days, times, sessions, places, countries. They choose what an answer shows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from babel import Locale

from bot.answers.normal import fold, normalise, words
from bot.model.content import Event
from bot.model.decisions import Asked

_RELATIVE: Final[Mapping[str, int]] = {
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "tomorow": 1,
    "tmw": 1,
    "day after tomorrow": 2,
    "yesterday": -1,
    "hom nay": 0,
    "bua nay": 0,
    "toi nay": 0,
    "sang nay": 0,
    "chieu nay": 0,
    "trua nay": 0,
    "ngay mai": 1,
    "mai": 1,
    "sang mai": 1,
    "toi mai": 1,
    "chieu mai": 1,
    "ngay kia": 2,
    "ngay mot": 2,
    "mot": 2,
    "hom qua": -1,
    "اليوم": 0,
    "الليله": 0,
    "النهارده": 0,
    "انهارده": 0,
    "هاليوم": 0,
    "الحين": 0,
    "المساء": 0,
    "غدا": 1,
    "غد": 1,
    "بكره": 1,
    "بكرا": 1,
    "باكر": 1,
    "باچر": 1,
    "باجر": 1,
    "غدوه": 1,
    "بعد غد": 2,
    "بعد بكره": 2,
    "بعد بكرا": 2,
    "امس": -1,
    "امبارح": -1,
    "مبارح": -1,
    "bokra": 1,
    "bukra": 1,
    "el yom": 0,
    "elyom": 0,
    "alyom": 0,
}
_WEEKDAYS: Final[Mapping[str, int]] = {
    "monday": 0,
    "mon": 0,
    "tuesday": 1,
    "tue": 1,
    "tues": 1,
    "wednesday": 2,
    "wed": 2,
    "thursday": 3,
    "thu": 3,
    "thurs": 3,
    "friday": 4,
    "fri": 4,
    "saturday": 5,
    "sat": 5,
    "sunday": 6,
    "sun": 6,
    "thu hai": 0,
    "thu 2": 0,
    "t2": 0,
    "thu ba": 1,
    "thu 3": 1,
    "t3": 1,
    "thu tu": 2,
    "thu 4": 2,
    "t4": 2,
    "thu nam": 3,
    "thu 5": 3,
    "t5": 3,
    "thu sau": 4,
    "thu 6": 4,
    "t6": 4,
    "thu bay": 5,
    "thu 7": 5,
    "t7": 5,
    "chu nhat": 6,
    "cn": 6,
    "الاثنين": 0,
    "الاتنين": 0,
    "اثنين": 0,
    "الثلاثاء": 1,
    "التلات": 1,
    "الثلاثا": 1,
    "التلاتا": 1,
    "الاربعاء": 2,
    "الاربعا": 2,
    "الاربع": 2,
    "الخميس": 3,
    "الجمعه": 4,
    "السبت": 5,
    "الاحد": 6,
    "الحد": 6,
}
_PARTS: Final[Mapping[str, tuple[time, time]]] = {
    **dict.fromkeys(
        [
            "morning",
            "this morning",
            "am",
            "buoi sang",
            "sang",
            "sang nay",
            "sang mai",
            "الصبح",
            "صباحا",
            "صباح",
            "الصباح",
        ],
        (time(0), time(12)),
    ),
    **dict.fromkeys(
        ["noon", "midday", "lunchtime", "buoi trua", "trua", "trua nay", "الظهر", "ظهرا"], (time(11, 30), time(14))
    ),
    **dict.fromkeys(
        [
            "afternoon",
            "this afternoon",
            "pm",
            "buoi chieu",
            "chieu",
            "chieu nay",
            "chieu mai",
            "after lunch",
            "sau bua trua",
            "sau gio an trua",
            "sau an trua",
            "بعد الظهر",
            "العصر",
            "عصرا",
            "بعد الغدا",
            "بعد الغداء",
        ],
        (time(12), time(18)),
    ),
    **dict.fromkeys(
        [
            "evening",
            "this evening",
            "tonight",
            "night",
            "buoi toi",
            "toi",
            "toi nay",
            "toi mai",
            "dem nay",
            "مساء",
            "المساء",
            "الليله",
            "بالليل",
            "الليل",
            "ليلا",
            "العشيه",
        ],
        (time(17), time(23, 59)),
    ),
}
_NOW: Final = frozenset(
    {
        "now",
        "right now",
        "currently",
        "at the moment",
        "bay gio",
        "luc nay",
        "hien tai",
        "hien gio",
        "dang",
        "الان",
        "الحين",
        "هلق",
        "هلا",
        "دلوقتي",
        "هسه",
        "توا",
        "dilwa2ti",
        "halla2",
    }
)
_NEXT: Final = frozenset(
    {
        "next",
        "coming up",
        "up next",
        "afterwards",
        "after this",
        "then",
        "tiep theo",
        "ke tiep",
        "sap toi",
        "sau do",
        "التالي",
        "القادم",
        "القادمه",
        "التاليه",
        "بعدها",
        "بعد هيك",
        "بعدين",
        "الجاي",
        "الجايه",
    }
)
_WHERE: Final = frozenset(
    {
        "where",
        "which room",
        "what room",
        "o dau",
        "phong nao",
        "cho nao",
        "dau",
        "اين",
        "وين",
        "فين",
        "اي قاعه",
        "wein",
        "wen",
        "fein",
        "fen",
        "ween",
    }
)
_MONTHS: Final = {"november": 11, "nov": 11, "thang 11": 11, "نوفمبر": 11, "تشرين الثاني": 11}
_DATE: Final = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?:[/.-]|\s(?:th|st|nd|rd|of|thang|november|nov|نوفمبر|تشرين)\s*)\s*(?:of\s+)?(\d{1,2}|november|nov|thang 11|نوفمبر)?(?:[/.-](?:20)?23)?(?!\d)"
)
_DAY_NUMBER: Final = re.compile(
    r"(?:\b(?:ngay|mung|the|nov|november|day|يوم|on)\s+)(\d{1,2})(?:st|nd|rd|th)?\b(?!\s*[:h])|\b(\d{1,2})(?:st|nd|rd|th)\b|\b(\d{1,2})\s+(?:nov|november|نوفمبر|thang 11)\b"
)
_CLOCK: Final = re.compile(
    r"\b([01]?\d|2[0-3])(?:[:h.]([0-5]\d)|\s*(h|gio|o'?clock|oclock)\b)?\s*(am|pm|a\.m|p\.m|sang|chieu|toi|صباحا|مساء|ص\b|م\b)?"
)


_TIME_PHRASES: Final = sorted({*_RELATIVE, *_WEEKDAYS, *_PARTS, *_NOW, *_NEXT}, key=len, reverse=True)


class Gazetteer:
    """The names of one event: sessions, places, countries, by their words in any of the three languages."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._sessions = _Phrases()
        self._places = _Phrases()
        self._countries = _Phrases()
        for session in event.sessions.values():
            for name in (*session.names.all(), session.title.en, session.title.vi, session.title.ar):
                self._sessions.add(name, session.id)
        for place in event.places.values():
            for name in (*place.names.all(), place.name.en, place.name.vi, place.name.ar):
                self._places.add(name, place.id)
        for language in ("en", "vi", "ar"):
            for code, name in Locale(language).territories.items():
                if len(code) == 2 and code.isalpha():
                    self._countries.add(str(name), code)

    def read(self, text: str, now: datetime) -> Asked:
        """What a message names; ``now`` is the venue's time, from which "tomorrow" is counted."""
        folded = " ".join(words(fold(normalise(text))))
        raw = fold(normalise(text))
        day = self._day(folded, raw, now)
        sessions = self._sessions.longest(folded)
        places = self._places.longest(folded)
        return Asked(
            day=day,
            part=_part(folded, raw),
            sessions=tuple(dict.fromkeys(sessions)),
            place=places[0] if places else "",
            country=next(iter(self._countries.longest(folded)), ""),
            now=_says(folded, _NOW),
            next=_says(folded, _NEXT),
            where=_says(folded, _WHERE),
        )

    def frame_only(self, text: str, frame: frozenset[str]) -> bool:
        """Whether a message consists of times ("after lunch", "tomorrow") and words of the frame alone."""
        rest = f" {' '.join(words(fold(normalise(text))))} "
        for phrase in _TIME_PHRASES:
            rest = rest.replace(f" {phrase} ", " ")
        return all(token in frame or token.isdigit() for token in rest.split())

    def _day(self, folded: str, raw: str, now: datetime) -> date | None:
        today = now.date()
        numbered = self._numbered_day(raw)
        if numbered is not None:
            return numbered
        padded = f" {folded} "
        for word in sorted(_WEEKDAYS, key=len, reverse=True):
            if f" {word} " in padded and not (word in ("sun", "sat", "mon") and len(folded.split()) > 6):
                return self._weekday(_WEEKDAYS[word], today)
        for word in sorted(_RELATIVE, key=len, reverse=True):
            if f" {word} " in padded:
                return today + timedelta(days=_RELATIVE[word])
        return None

    def _numbered_day(self, raw: str) -> date | None:
        for found in _DATE.finditer(raw):
            month = found[2]
            if month and (month == "11" or month in _MONTHS):
                return self._event_day(int(found[1]))
        for found in _DAY_NUMBER.finditer(raw):
            number = int(next(group for group in found.groups() if group))
            day = self._event_day(number)
            if day is not None:
                return day
        return None

    def _event_day(self, number: int) -> date | None:
        """The day of the event (or the week around it) with this number."""
        for offset in range((self._event.ends - self._event.starts).days + 3):
            day = self._event.starts + timedelta(days=offset)
            if day.day == number:
                return day
        return None

    def _weekday(self, wanted: int, today: date) -> date:
        """The event's day of that name; of several, or of none, the next one from today."""
        days = [self._event.starts + timedelta(days=n) for n in range((self._event.ends - self._event.starts).days + 1)]
        named = [day for day in days if day.weekday() == wanted]
        if len(named) == 1:
            return named[0]
        return today + timedelta(days=(wanted - today.weekday()) % 7)


class _Phrases:
    """Phrases by their folded words; of overlapping ones the longest counts."""

    def __init__(self) -> None:
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._longest = 1

    def add(self, phrase: str, key: str) -> None:
        shaped = " ".join(words(fold(normalise(phrase))))
        if len(shaped) > 2 and key not in self._ids[shaped]:
            self._ids[shaped].append(key)
            self._longest = max(self._longest, len(shaped.split()))

    def longest(self, folded: str) -> list[str]:
        tokens = folded.split()
        found: list[str] = []
        position = 0
        while position < len(tokens):
            for length in range(min(self._longest, len(tokens) - position), 0, -1):
                keys = self._ids.get(" ".join(tokens[position : position + length]))
                if keys:
                    found += keys
                    position += length - 1
                    break
            position += 1
        return found


def carried(asked: Asked, before: Asked | None) -> Asked:
    """What a short follow-up leaves open, filled in from the question before it."""
    if before is None:
        return asked
    return replace(
        asked,
        day=asked.day or before.day,
        sessions=asked.sessions or before.sessions,
        place=asked.place or before.place,
    )


def _part(folded: str, raw: str) -> tuple[time, time] | None:
    padded = f" {folded} "
    for word in sorted(_PARTS, key=len, reverse=True):
        if f" {word} " in padded and word not in ("am", "pm"):
            return _PARTS[word]
    clock = _clock(raw)
    return (clock, clock) if clock else None


def _clock(raw: str) -> time | None:
    for found in _CLOCK.finditer(raw):
        hour, minute, marked, half = found[1], found[2], found[3], found[4]
        if minute is None and marked is None and half is None:
            continue  # a bare number is a room, a bus or a count
        of_day = int(hour)
        if half and half[0] in "pctم" and of_day < 12:
            of_day += 12
        return time(of_day, int(minute or 0))
    return None


def _says(folded: str, phrases: Iterable[str]) -> bool:
    padded = f" {folded} "
    return any(f" {phrase} " in padded for phrase in phrases)
