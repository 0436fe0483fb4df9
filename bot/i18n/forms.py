"""How dates, times, money, numbers and lists look to a reader of each language.

Digits are Latin in all three languages, as printed on the programme and on tickets; the twenty-four-hour clock likewise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from bot.i18n import units
from bot.model.language import Language, Text

_DOLLARS: Final[Mapping[str, str]] = {
    "zero": "دولار أمريكي",
    "one": "دولار أمريكي",
    "two": "دولار أمريكي",
    "few": "دولارات أمريكية",
    "many": "دولارًا أمريكيًا",
    "other": "دولار أمريكي",
}  # Arabic counts the noun with the number
_CURRENCIES: Final[Mapping[str, Text]] = {
    "USD": Text(en="US dollars", vi="đô la Mỹ", ar="دولارًا أمريكيًا"),
    "VND": Text(en="VND", vi="đồng", ar="دونغ فيتنامي"),
}


_MINUTES: Final = re.compile(
    r"\s*(\d{1,4})(?:\s*[-–]\s*(\d{1,4}))?(?:\s*(?:min\w*\.?|phút|دقيقة|دقائق))?\s*", re.IGNORECASE
)
_UNCOUNTED: Final = Decimal(100)
"""Stands for a number that is not known: the form after a hundred is the plain one in all three languages."""


def hour(at: time | datetime) -> str:
    return f"{at:%H:%M}"


def hours(start: time | datetime, end: time | datetime) -> str:
    return f"{hour(start)}–{hour(end)}"


@lru_cache(maxsize=512)
def day(on: date, language: Language) -> str:
    """A weekday with its date, such as "Tue 21 Nov"; Arabic and Vietnamese in their own order and words."""
    if language == "vi":  # CLDR's short weekday, "Th 3", is said by nobody
        return f"{weekday(on, language)}, {format_skeleton('MMMMd', on, locale=units.LOCALES[language])}"
    return str(format_skeleton("MMMEd", on, locale=units.LOCALES[language]))


@lru_cache(maxsize=512)
def full_date(on: date, language: Language) -> str:
    if language == "vi":  # CLDR's "19 tháng 11, 2023" is written by nobody
        return f"{on.day} tháng {on.month} năm {on.year}"
    return str(format_date(on, "long", locale=units.LOCALES[language]))


@lru_cache(maxsize=64)
def weekday(on: date, language: Language) -> str:
    return str(format_date(on, "EEEE", locale=units.LOCALES[language]))


def amount(number: Decimal, language: Language) -> str:
    return str(format_decimal(number, locale=units.LOCALES[language], numbering_system="latn"))


def money(low: Decimal, high: Decimal | None, currency: str, language: Language) -> str:
    name = _CURRENCIES[currency].in_(language) if currency in _CURRENCIES else currency
    if language == "ar" and currency == "USD":
        name = _DOLLARS[Locale("ar").plural_form(int(high or low))]
    figure = amount(low, language) if high is None else f"{amount(low, language)}–{amount(high, language)}"
    return f"{figure} {name}"


def number(low: Decimal, high: Decimal | None, unit: str, language: Language) -> str:
    """A figure or a range of figures with its unit, in the form that the language has for that count."""
    if high is None:
        return _with_unit(amount(low, language), low, unit, language)
    # The unit's word goes with the larger figure.
    return _with_unit(f"{amount(low, language)}–{amount(high, language)}", high, unit, language)


def minutes(given: str, language: Language) -> str:
    """What somebody typed for a number of minutes, with the word for it; "5", "5-10" and "5 min" are understood."""
    found = _MINUTES.fullmatch(given)
    if found is None:
        return _with_unit(given, _UNCOUNTED, "minute", language)
    low, high = Decimal(found[1]), Decimal(found[2]) if found[2] else None
    return number(low, high, "minute", language)


def is_unit(unit: str) -> bool:
    return not unit or bool(units.named(unit))


def _with_unit(shown: str, count: Decimal, unit: str, language: Language) -> str:
    name = units.named(unit)
    if not name:
        return f"{shown} {unit}".strip()
    known = units.OWN[language].get(name)
    if known is not None:
        form = units.form_of(known, units.category(count, language))
        if "{}" not in form and shown != amount(count, language):
            form = units.form_of(known, "few")  # Arabic says "two days" in one word, which no range can stand before
        return form.replace("{}", shown)
    said = format_unit(count, units.UNITS[name], locale=units.LOCALES[language], numbering_system="latn")
    return str(said).replace(amount(count, language), shown, 1)


@lru_cache(maxsize=256)
def country(code: str, language: Language) -> str:
    return str(Locale.parse(units.LOCALES[language]).territories.get(code, code))


def is_country(code: str) -> bool:
    """Whether this is a code of a country that can be named; Babel also has ZZ, XA and XB, which are none."""
    return (
        len(code) == 2 and code.isalpha() and code in Locale.parse("en").territories and code not in ("ZZ", "XA", "XB")
    )


def day_and_hour(at: datetime, language: Language) -> str:
    return f"{day(at.date(), language)}{comma(language)}{hour(at)}"


def time_seen(at: datetime, now: datetime, language: Language) -> str:
    """A time as somebody says it now: of today the hour alone. In the zone of ``now``, that of the event."""
    here = at.astimezone(now.tzinfo)
    return hour(here) if here.date() == now.date() else day_and_hour(here, language)


def comma(language: Language) -> str:
    return "، " if language == "ar" else ", "


def listed(items: Sequence[str], language: Language) -> str:
    return str(format_list(list(items), locale=units.LOCALES[language])) if items else ""
