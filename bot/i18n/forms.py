"""How dates, times, money, numbers and lists look to a reader of each language.

Digits are Latin in all three languages, as printed on the programme and on tickets; the twenty-four-hour clock likewise.
"""

from __future__ import annotations

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

from bot.model.language import Language, Text

_UNITS: Final = {
    "minute": "duration-minute",
    "minutes": "duration-minute",
    "hour": "duration-hour",
    "hours": "duration-hour",
    "day": "duration-day",
    "days": "duration-day",
    "month": "duration-month",
    "months": "duration-month",
    "year": "duration-year",
    "years": "duration-year",
    "km": "length-kilometer",
    "kilometer": "length-kilometer",
    "metre": "length-meter",
    "meter": "length-meter",
    "m": "length-meter",
    "degree-celsius": "temperature-celsius",
    "celsius": "temperature-celsius",
    "percent": "concentr-percent",
    "degree": "angle-degree",
    "litre": "volume-liter",
    "liter": "volume-liter",
    "gram": "mass-gram",
    "g": "mass-gram",
    "volt": "electric-volt",
    "kg": "mass-kilogram",
    "week": "duration-week",
    "weeks": "duration-week",
}
_LOCALES: Final[Mapping[Language, str]] = {"en": "en_GB", "ar": "ar", "vi": "vi"}  # day before month in all three
_SPARE_WORDS: Final[Mapping[str, Text]] = {
    "day": Text(en="days", vi="ngày", ar="يومًا"),
    "days": Text(en="days", vi="ngày", ar="يومًا"),
    "percent": Text(en="%", vi="%", ar="%"),
    "degree": Text(en="°", vi="°", ar="°"),
}
_PEOPLE: Final[Mapping[Language, Mapping[str, str]]] = {  # by plural form; CLDR has no such unit
    "en": {"one": "{} person", "other": "{} people"},
    "vi": {"other": "{} người"},
    "ar": {
        "one": "شخص واحد",
        "two": "شخصان",
        "few": "{} أشخاص",
        "many": "{} شخصًا",
        "other": "{} شخص",
    },
}
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


def hour(at: time | datetime) -> str:
    return f"{at:%H:%M}"


def hours(start: time | datetime, end: time | datetime) -> str:
    return f"{hour(start)}–{hour(end)}"


@lru_cache(maxsize=512)
def day(on: date, language: Language) -> str:
    """A weekday with its date, such as "Tue 21 Nov"; Arabic and Vietnamese in their own order and words."""
    if language == "vi":  # CLDR's short weekday, "Th 3", is said by nobody
        return f"{weekday(on, language)}, {format_skeleton('MMMMd', on, locale=_LOCALES[language])}"
    return str(format_skeleton("MMMEd", on, locale=_LOCALES[language]))


@lru_cache(maxsize=512)
def full_date(on: date, language: Language) -> str:
    return str(format_date(on, "long", locale=_LOCALES[language]))


@lru_cache(maxsize=64)
def weekday(on: date, language: Language) -> str:
    return str(format_date(on, "EEEE", locale=_LOCALES[language]))


def amount(number: Decimal, language: Language) -> str:
    return str(format_decimal(number, locale=_LOCALES[language], numbering_system="latn"))


def money(low: Decimal, high: Decimal | None, currency: str, language: Language) -> str:
    name = _CURRENCIES[currency].in_(language) if currency in _CURRENCIES else currency
    if language == "ar" and currency == "USD":
        name = _DOLLARS[Locale("ar").plural_form(int(high or low))]
    figure = amount(low, language) if high is None else f"{amount(low, language)}–{amount(high, language)}"
    return f"{figure} {name}"


def number(low: Decimal, high: Decimal | None, unit: str, language: Language) -> str:
    if high is None:
        return _with_unit(low, unit, language)
    # The unit's word goes with the larger figure; the figure itself is replaced by the range.
    span = f"{amount(low, language)}–{amount(high, language)}"
    shown = amount(high, language)
    said = _with_unit(high, unit, language)
    if shown not in said:  # Arabic says "two days" in one word, which no range can stand before
        shown, said = "3", _with_unit(Decimal(3), unit, language)
    return said.replace(shown, span, 1)


def is_unit(unit: str) -> bool:
    return unit in _UNITS or unit in ("", "person", "persons", "people")


def _with_unit(number: Decimal, unit: str, language: Language) -> str:
    known = _UNITS.get(unit)
    if unit and known is None and is_unit(unit):
        forms = _PEOPLE[language]
        form = Locale.parse(_LOCALES[language]).plural_form(number)
        return forms.get(form, forms["other"]).replace("{}", amount(number, language))
    if known is None:
        return f"{amount(number, language)} {unit}".strip()
    for length in ("long", "short", "narrow"):  # CLDR has not every length in every language
        said = str(format_unit(number, known, length=length, locale=_LOCALES[language], numbering_system="latn"))
        if known not in said:
            return said
    return (
        f"{amount(number, language)} {_SPARE_WORDS[unit].in_(language)}"
        if unit in _SPARE_WORDS
        else f"{amount(number, language)} {unit}"
    )


@lru_cache(maxsize=256)
def country(code: str, language: Language) -> str:
    return str(Locale.parse(_LOCALES[language]).territories.get(code, code))


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
    return str(format_list(list(items), locale=_LOCALES[language])) if items else ""
