"""Figures with their units as they are said: CLDR's words in English, our own in Arabic and Vietnamese.

Babel's CLDR has no dual and no forms of many Arabic units, no words for some at all, and writes kilometres in Vietnamese
as nobody does; the plural forms themselves are CLDR's in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from babel import Locale

from bot.model.language import Language

LOCALES: Final[Mapping[Language, str]] = {"en": "en_GB", "ar": "ar", "vi": "vi"}  # day before month in all three

UNITS: Final[Mapping[str, str]] = {
    "second": "duration-second",
    "minute": "duration-minute",
    "hour": "duration-hour",
    "day": "duration-day",
    "week": "duration-week",
    "month": "duration-month",
    "year": "duration-year",
    "km": "length-kilometer",
    "metre": "length-meter",
    "degree-celsius": "temperature-celsius",
    "percent": "concentr-percent",
    "degree": "angle-degree",
    "litre": "volume-liter",
    "gram": "mass-gram",
    "kg": "mass-kilogram",
    "volt": "electric-volt",
    "person": "",
}
"""By our name: CLDR's, which has no people."""
_ALSO: Final[Mapping[str, str]] = {
    "seconds": "second",
    "minutes": "minute",
    "hours": "hour",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "kilometer": "km",
    "meter": "metre",
    "m": "metre",
    "celsius": "degree-celsius",
    "liter": "litre",
    "g": "gram",
    "persons": "person",
    "people": "person",
}

Forms = Mapping[str, str]
"""By plural form (CLDR's names); ``{}`` is the figure, which Arabic says in the word itself for one and two."""


def _arabic(one: str, two: str, few: str, many: str, other: str) -> Forms:
    """Two stands as it does behind "after", "within" and "about", which is where figures stand in texts."""
    return {"one": one, "two": two, "few": f"{{}} {few}", "many": f"{{}} {many}", "other": f"{{}} {other}"}


OWN: Final[Mapping[Language, Mapping[str, Forms]]] = {
    "en": {
        "person": {"one": "{} person", "other": "{} people"},
        "percent": {"other": "{}%"},
    },
    "vi": {
        unit: {"other": f"{{}}{word}"}
        for unit, word in {
            "second": " giây",
            "minute": " phút",
            "hour": " giờ",
            "day": " ngày",
            "week": " tuần",
            "month": " tháng",
            "year": " năm",
            "km": " km",
            "metre": " mét",
            "degree-celsius": " độ C",
            "percent": "%",
            "degree": " độ",
            "litre": " lít",
            "gram": " g",
            "kg": " kg",
            "volt": " V",
            "person": " người",
        }.items()
    },
    "ar": {
        "second": _arabic("ثانية", "ثانيتين", "ثوانٍ", "ثانية", "ثانية"),
        "minute": _arabic("دقيقة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"),
        "hour": _arabic("ساعة", "ساعتين", "ساعات", "ساعة", "ساعة"),
        "day": _arabic("يوم", "يومين", "أيام", "يومًا", "يوم"),
        "week": _arabic("أسبوع", "أسبوعين", "أسابيع", "أسبوعًا", "أسبوع"),
        "month": _arabic("شهر", "شهرين", "أشهر", "شهرًا", "شهر"),
        "year": _arabic("سنة", "سنتين", "سنوات", "سنة", "سنة"),
        "km": _arabic("كيلومتر", "كيلومترين", "كيلومترات", "كيلومترًا", "كيلومتر"),
        "metre": _arabic("متر", "مترين", "أمتار", "مترًا", "متر"),
        "degree-celsius": _arabic("درجة مئوية", "درجتين مئويتين", "درجات مئوية", "درجة مئوية", "درجة مئوية"),
        "degree": _arabic("درجة", "درجتين", "درجات", "درجة", "درجة"),
        "litre": _arabic("لتر", "لترين", "لترات", "لترًا", "لتر"),
        "gram": _arabic("غرام", "غرامين", "غرامات", "غرامًا", "غرام"),
        "kg": _arabic("كيلوغرام", "كيلوغرامين", "كيلوغرامات", "كيلوغرامًا", "كيلوغرام"),
        "percent": {"other": "{}٪"},
        "volt": {"other": "{} فولت"},
        "person": _arabic("شخص واحد", "شخصين", "أشخاص", "شخصًا", "شخص"),
    },
}


def named(unit: str) -> str:
    """Our name of a unit; empty for none that we know."""
    name = _ALSO.get(unit, unit)
    return name if name in UNITS else ""


def form_of(forms: Forms, category: str) -> str:
    return forms.get(category, forms["other"])


def category(number: Decimal, language: Language) -> str:
    """The plural form that goes with a number, by CLDR's name."""
    return str(Locale.parse(LOCALES[language]).plural_form(number))
