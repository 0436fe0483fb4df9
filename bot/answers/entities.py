"""What a question names: days, times, sessions, places, countries. They choose what an answer shows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final, TypeVar

from babel import Locale

from bot.answers.normal import fold, normalise, words
from bot.model.content import Event
from bot.model.decisions import Asked

_T = TypeVar("_T")
_ANOTHER_WORD: Final = frozenset({"sáng", "tối", "mốt", "đang", "đâu"})
"""Without marks these spell commoner words: toi is mostly "tôi" (I), mot "một" (one), dang ky "to register"."""


def _spelt(phrases: Mapping[str, _T]) -> dict[str, _T]:
    """Vietnamese phrases as written and as typed without marks; in between, "tôi" is not "tối"."""
    shaped = {normalise(phrase): value for phrase, value in phrases.items()}
    return {**{fold(phrase): value for phrase, value in shaped.items() if phrase not in _ANOTHER_WORD}, **shaped}


_RELATIVE: Final[Mapping[str, int]] = _spelt(
    {
        **dict.fromkeys(["today", "tonight", "this morning", "this afternoon", "this evening"], 0),
        **dict.fromkeys(["hôm nay", "bữa nay", "tối nay", "sáng nay", "chiều nay", "trưa nay", "đêm nay"], 0),
        **dict.fromkeys(["اليوم", "الليلة", "النهارده", "انهارده", "هاليوم", "الحين", "المساء"], 0),
        **dict.fromkeys(["el yom", "elyom", "alyom"], 0),
        **dict.fromkeys(["tomorrow", "tmrw", "tmr", "tomorow", "tmw", "2moro", "tommorow", "tommorrow"], 1),
        **dict.fromkeys(["ngày mai", "mai", "sáng mai", "tối mai", "chiều mai", "trưa mai"], 1),
        **dict.fromkeys(["غدا", "غد", "الغد", "بكرة", "بكرا", "باكر", "باچر", "باجر", "غدوة", "bokra", "bukra"], 1),
        **dict.fromkeys(["day after tomorrow", "ngày kia", "ngày mốt", "mốt", "بعد غد", "بعد بكرة", "بعد بكرا"], 2),
        **dict.fromkeys(["yesterday", "hôm qua", "أمس", "امبارح", "مبارح"], -1),
    }
)
_WEEKDAYS: Final[Mapping[str, int]] = _spelt(
    {
        **dict.fromkeys(["monday", "mon", "thứ hai", "thứ 2", "الاثنين", "الاتنين", "اثنين"], 0),
        # "T2" alone is the airport's terminal.
        **dict.fromkeys(["sáng t2", "chiều t2", "tối t2", "ngày t2", "lịch t2"], 0),
        **dict.fromkeys(["tuesday", "tue", "tues", "thứ ba", "thứ 3", "t3"], 1),
        **dict.fromkeys(["الثلاثاء", "التلات", "الثلاثا", "التلاتا"], 1),
        **dict.fromkeys(["wednesday", "wed", "thứ tư", "thứ 4", "t4", "الأربعاء", "الاربعا", "الاربع"], 2),
        **dict.fromkeys(["thursday", "thu", "thurs", "thứ năm", "thứ 5", "t5", "الخميس"], 3),
        **dict.fromkeys(["friday", "fri", "thứ sáu", "thứ 6", "t6", "الجمعة"], 4),
        **dict.fromkeys(["saturday", "sat", "thứ bảy", "thứ bẩy", "thứ 7", "t7", "السبت"], 5),
        **dict.fromkeys(["sunday", "sun", "chủ nhật", "cn", "الأحد", "الحد"], 6),
    }
)
_SHORT_DAYS: Final = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
"""Also words of their own ("thu" is "thư", "thủ", "thu"; the sun), so they need a word beside them that speaks of days."""
_BEFORE_DAYS: Final = frozenset(
    {"on", "this", "next", "last", "for", "and", "until", "till", "by", "about", "from", "to", "of", "what", "every"}
)
_AFTER_DAYS: Final = frozenset({"morning", "afternoon", "evening", "night", "noon", "nov", "november", "am", "pm"})
_PARTS: Final[Mapping[str, tuple[time, time]]] = _spelt(
    {
        **dict.fromkeys(
            ["morning", "this morning", "am", "buổi sáng", "sáng", "sáng nay", "sáng mai", "sáng thứ", "sáng ngày"],
            (time(0), time(12)),
        ),
        **dict.fromkeys(["sáng hôm", "sáng t2", "الصبح", "صباحا", "صباح", "الصباح"], (time(0), time(12))),
        **dict.fromkeys(
            ["noon", "midday", "lunchtime", "buổi trưa", "trưa", "trưa nay", "trưa mai", "الظهر", "ظهرا"],
            (time(11, 30), time(14)),
        ),
        **dict.fromkeys(
            ["afternoon", "this afternoon", "pm", "buổi chiều", "chiều", "chiều nay", "chiều mai", "after lunch"],
            (time(12), time(18)),
        ),
        **dict.fromkeys(
            ["sau bữa trưa", "sau giờ ăn trưa", "sau ăn trưa", "بعد الظهر", "العصر", "عصرا", "بعد الغدا", "بعد الغداء"],
            (time(12), time(18)),
        ),
        **dict.fromkeys(
            ["evening", "this evening", "tonight", "night", "buổi tối", "tối", "tối nay", "tối mai", "đêm nay"],
            (time(17), time(23, 59)),
        ),
        **dict.fromkeys(
            [
                "tối thứ",
                "tối ngày",
                "tối hôm",
                "tối t2",
                "مساء",
                "المساء",
                "الليلة",
                "بالليل",
                "الليل",
                "ليلا",
                "العشية",
            ],
            (time(17), time(23, 59)),
        ),
    }
)
_NOW: Final = frozenset(
    _spelt(
        dict.fromkeys(
            [
                *[
                    "now",
                    "right now",
                    "currently",
                    "at the moment",
                    "bây giờ",
                    "lúc này",
                    "hiện tại",
                    "hiện giờ",
                    "đang",
                ],
                *["الآن", "الحين", "هلق", "هلأ", "دلوقتي", "هسه", "توا", "dilwa2ti", "halla2"],
            ]
        )
    )
)
_NEXT: Final = frozenset(
    _spelt(
        dict.fromkeys(
            [
                *["next", "coming up", "up next", "afterwards", "after this", "then"],
                *["tiếp theo", "kế tiếp", "sắp tới", "sau đó"],
                *["التالي", "القادم", "القادمة", "التالية", "بعدها", "بعد هيك", "بعدين", "الجاي", "الجاية"],
            ]
        )
    )
)
_WHERE: Final = frozenset(
    _spelt(
        dict.fromkeys(
            [
                *["where", "which room", "what room", "ở đâu", "phòng nào", "chỗ nào", "đâu", "đâu vậy", "đâu thế"],
                *["أين", "وين", "فين", "اي قاعة", "wein", "wen", "fein", "fen", "ween"],
            ]
        )
    )
)
_MONTHS: Final = {"november": 11, "nov": 11, "thang 11": 11, "نوفمبر": 11, "تشرين الثاني": 11}
_DATE: Final = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?:[/.-]|\s(?:th|st|nd|rd|of|thang|november|nov|نوفمبر|تشرين)\s*)\s*(?:of\s+)?(\d{1,2}|november|nov|thang 11|نوفمبر)?(?:[/.-](?:20)?23)?(?!\d)"
)
_DAY_NUMBER: Final = re.compile(
    r"(?:\b(?:ngay|mung|the|nov|november|day|يوم|on)\s+)(\d{1,2})(?:st|nd|rd|th)?\b(?!\s*[:h])|\b(\d{1,2})(?:st|nd|rd|th)\b|\b(\d{1,2})\s+(?:nov|november|نوفمبر|thang 11)\b"
)
_CLOCK: Final = re.compile(
    r"\b([01]?\d|2[0-3])(?:[:h.]([0-5]\d)|\s*(h|giờ|gio|o'?clock|oclock)\b)?\s*(am|pm|a\.m|p\.m|sáng|sang|chiều|chieu|tối|toi|صباحا|مساء|ص\b|م\b)?"
)


_TIME_PHRASES: Final = sorted({*_RELATIVE, *_WEEKDAYS, *_PARTS, *_NOW, *_NEXT}, key=len, reverse=True)
_TIME_WORDS: Final = frozenset(phrase.split()[0] for phrase in _TIME_PHRASES if phrase[0] > "\u0600")
"""With what Arabic phrases of time begin."""


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
        normal = normalise(text)
        folded = " ".join(words(fold(normal)))
        plain = " ".join(_unjoined(word) for word in words(normal))
        sessions = self._sessions.longest(folded)
        places = self._places.longest(folded)
        return Asked(
            day=self._day(plain, normal, now),
            part=_part(plain, _DATE.sub(_without_date, normal)),
            sessions=tuple(dict.fromkeys(sessions)),
            place=places[0] if places else "",
            country=next(iter(self._countries.longest(folded)), ""),
            now=_says(plain, _NOW),
            next=_says(plain, _NEXT),
            where=_says(plain, _WHERE) or plain.endswith(" dau"),
        )

    def frame_only(self, text: str, frame: frozenset[str]) -> bool:
        """Whether a message consists of times ("after lunch", "tomorrow") and words of the frame alone."""
        return all(token in frame or token.isdigit() for token in self.beside_times(text))

    def beside_times(self, text: str) -> list[str]:
        """The words that are no part of a time: "lunch" in "lunch tomorrow", none in "tomorrow after lunch"."""
        rest = f" {' '.join(_unjoined(word) for word in words(normalise(text)))} "
        for phrase in _TIME_PHRASES:
            rest = rest.replace(f" {phrase} ", " ")
        return [fold(word) for word in rest.split()]

    def _day(self, plain: str, raw: str, now: datetime) -> date | None:
        today = now.date()
        numbered = self._numbered_day(fold(raw))
        if numbered is not None:
            return numbered
        padded = f" {plain} "
        for word in sorted(_WEEKDAYS, key=len, reverse=True):
            if f" {word} " in padded and (word not in _SHORT_DAYS or _is_day(word, plain.split())):
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
        self._lengths: dict[str, tuple[int, ...]] = {}
        """Of the phrases that begin with a word, the longest first."""

    def add(self, phrase: str, key: str) -> None:
        shaped = " ".join(words(fold(normalise(phrase))))
        if len(shaped) > 2 and key not in self._ids[shaped]:
            self._ids[shaped].append(key)
            first, *rest = shaped.split()
            self._lengths[first] = tuple(sorted({*self._lengths.get(first, ()), 1 + len(rest)}, reverse=True))

    def longest(self, folded: str) -> list[str]:
        tokens = folded.split()
        found: list[str] = []
        position = 0
        while position < len(tokens):
            for length in self._lengths.get(tokens[position], ()):
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


def _unjoined(word: str) -> str:
    """An Arabic word of time without the "and", "so" or "for" written as one with it: "وغدا", "للخميس"."""
    if word in _TIME_WORDS:
        return word
    candidates = (word[1:] if word[0] in "وف" else "", "ا" + word[1:] if word.startswith("لل") else "")
    return next((bare for bare in candidates if bare in _TIME_WORDS), word)


def _is_day(word: str, tokens: list[str]) -> bool:
    """Whether a short name of a day is meant as one, by the words beside it."""
    for position, token in enumerate(tokens):
        before = tokens[position - 1] if position else ""
        after = tokens[position + 1] if position + 1 < len(tokens) else ""
        if token == word and (
            len(tokens) == 1 or before in _BEFORE_DAYS or after in _AFTER_DAYS or after.isdigit() or before.isdigit()
        ):
            return True
    return False


def _part(plain: str, raw: str) -> tuple[time, time] | None:
    padded = f" {plain} "
    named = next(
        (
            _PARTS[word]
            for word in sorted(_PARTS, key=len, reverse=True)
            if f" {word} " in padded and word not in ("am", "pm")
        ),
        None,
    )
    clock = _clock(raw)
    if clock is None:
        return named
    if named and clock.hour < 12 and named[0].hour >= 11 and time(clock.hour + 12, clock.minute) <= named[1]:
        clock = clock.replace(hour=clock.hour + 12)  # "tonight at 8"
    return clock, clock


def _without_date(found: re.Match[str]) -> str:
    """A date written with a dot or a stroke is no time of the day."""
    return " " if found[2] and (found[2] == "11" or found[2] in _MONTHS) else found[0]


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


def _says(plain: str, phrases: Iterable[str]) -> bool:
    padded = f" {plain} "
    return any(f" {phrase} " in padded for phrase in phrases)
