"""Dates, times, money, numbers, countries and lists as readers of each language expect them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from bot.i18n import forms, units
from bot.model.language import LANGUAGES


@pytest.mark.parametrize(
    ("on", "en", "ar", "vi"),
    [
        (date(2023, 11, 19), "Sun 19 Nov", "الأحد، 19 نوفمبر", "Chủ Nhật, 19 tháng 11"),
        (date(2023, 11, 21), "Tue 21 Nov", "الثلاثاء، 21 نوفمبر", "Thứ Ba, 21 tháng 11"),
        (date(2024, 1, 1), "Mon 1 Jan", "الاثنين، 1 يناير", "Thứ Hai, 1 tháng 1"),
    ],
)
def test_a_day_in_each_language(on: date, en: str, ar: str, vi: str) -> None:
    assert [forms.day(on, language) for language in LANGUAGES] == [en, ar, vi]


def test_a_full_date_and_a_weekday() -> None:
    on = date(2023, 11, 21)
    assert [forms.full_date(on, language) for language in LANGUAGES] == [
        "21 November 2023",
        "21 نوفمبر 2023",
        "21 tháng 11 năm 2023",
    ]
    assert [forms.weekday(on, language) for language in LANGUAGES] == ["Tuesday", "الثلاثاء", "Thứ Ba"]


def test_hours_are_of_the_twenty_four_hour_clock() -> None:
    assert forms.hour(time(8, 5)) == "08:05"
    assert forms.hour(datetime(2023, 11, 21, 20, 0, tzinfo=UTC)) == "20:00"
    assert forms.hours(time(8, 30), time(10, 0)) == "08:30–10:00"


@pytest.mark.parametrize(
    ("low", "high", "currency", "en", "ar", "vi"),
    [
        ("25", None, "USD", "25 US dollars", "25 دولارًا أمريكيًا", "25 đô la Mỹ"),
        ("300000", "450000", "VND", "300,000–450,000 VND", "300,000–450,000 دونغ فيتنامي", "300.000–450.000 đồng"),
        ("12.5", None, "EUR", "12.5 EUR", "12.5 EUR", "12,5 EUR"),
        ("0", None, "VND", "0 VND", "0 دونغ فيتنامي", "0 đồng"),
    ],
)
def test_money(low: str, high: str | None, currency: str, en: str, ar: str, vi: str) -> None:
    upper = None if high is None else Decimal(high)
    assert [forms.money(Decimal(low), upper, currency, language) for language in LANGUAGES] == [en, ar, vi]


@pytest.mark.parametrize(
    ("low", "high", "unit", "en", "ar", "vi"),
    [
        ("15", None, "minute", "15 minutes", "15 دقيقة", "15 phút"),
        ("30", "40", "minute", "30–40 minutes", "30–40 دقيقة", "30–40 phút"),
        ("1", None, "hour", "1 hour", "ساعة", "1 giờ"),
        ("2", None, "day", "2 days", "يومين", "2 ngày"),
        ("3", None, "day", "3 days", "3 أيام", "3 ngày"),
        ("11", None, "days", "11 days", "11 يومًا", "11 ngày"),
        ("1", "2", "day", "1–2 days", "1–2 أيام", "1–2 ngày"),
        ("3", "5", "day", "3–5 days", "3–5 أيام", "3–5 ngày"),
        ("2", None, "month", "2 months", "شهرين", "2 tháng"),
        ("40", None, "km", "40 kilometres", "40 كيلومترًا", "40 km"),
        ("2500", "3000", "metre", "2,500–3,000 metres", "2,500–3,000 متر", "2.500–3.000 mét"),
        ("25", "29", "degree-celsius", "25–29 degrees Celsius", "25–29 درجة مئوية", "25–29 độ C"),
        ("45", None, "degree", "45 degrees", "45 درجة", "45 độ"),
        ("10", None, "percent", "10%", "10٪", "10%"),
        ("10", "15", "percent", "10–15%", "10–15٪", "10–15%"),
        ("220", None, "volt", "220 volts", "220 فولت", "220 V"),
        ("1", None, "person", "1 person", "شخص واحد", "1 người"),
        ("2", None, "person", "2 people", "شخصين", "2 người"),
        ("1", "2", "person", "1–2 people", "1–2 أشخاص", "1–2 người"),
        ("6", None, "person", "6 people", "6 أشخاص", "6 người"),
        ("45", None, "person", "45 people", "45 شخصًا", "45 người"),
        ("100", None, "person", "100 people", "100 شخص", "100 người"),
        ("1", None, "minute", "1 minute", "دقيقة", "1 phút"),
        ("2", None, "minute", "2 minutes", "دقيقتين", "2 phút"),
        ("10", None, "minute", "10 minutes", "10 دقائق", "10 phút"),
        ("11", None, "minute", "11 minutes", "11 دقيقة", "11 phút"),
        ("103", None, "minutes", "103 minutes", "103 دقائق", "103 phút"),
        ("1.5", None, "hour", "1.5 hours", "1.5 ساعة", "1,5 giờ"),
        ("1", "2", "hour", "1–2 hours", "1–2 ساعات", "1–2 giờ"),
        ("1", None, "week", "1 week", "أسبوع", "1 tuần"),
        ("2", None, "weeks", "2 weeks", "أسبوعين", "2 tuần"),
        ("11", None, "week", "11 weeks", "11 أسبوعًا", "11 tuần"),
        ("3", None, "degree-celsius", "3 degrees Celsius", "3 درجات مئوية", "3 độ C"),
        ("20", None, "kg", "20 kilograms", "20 كيلوغرامًا", "20 kg"),
        ("1234.5", None, "", "1,234.5", "1,234.5", "1.234,5"),
    ],
)
def test_numbers_with_their_units(low: str, high: str | None, unit: str, en: str, ar: str, vi: str) -> None:
    upper = None if high is None else Decimal(high)
    assert [forms.number(Decimal(low), upper, unit, language) for language in LANGUAGES] == [en, ar, vi]


@pytest.mark.parametrize("unit", units.UNITS)
def test_every_unit_has_a_word_in_every_language(unit: str) -> None:
    assert forms.is_unit(unit)
    for language in LANGUAGES:
        for low, high in (("0", None), ("1", None), ("2", None), ("7", None), ("11", None), ("2", "4")):
            said = forms.number(Decimal(low), None if high is None else Decimal(high), unit, language)

            assert said.strip(" 0123456789–"), "a figure without its unit"
            assert "-" not in said, "the code of the unit instead of its word"
            assert high is None or said.startswith(f"{low}–{high}")


@pytest.mark.parametrize("unit", ["persone", "duration-minute", "celcius", "USD"])
def test_other_words_are_no_units(unit: str) -> None:
    assert not forms.is_unit(unit)


def test_countries_are_named_in_the_readers_language() -> None:
    assert [forms.country("NO", language) for language in LANGUAGES] == ["Norway", "النرويج", "Na Uy"]
    assert [forms.country("VN", language) for language in LANGUAGES] == ["Vietnam", "فيتنام", "Việt Nam"]


@pytest.mark.parametrize("code", ["NO", "SE", "VN", "PS", "MV", "XK"])
def test_codes_of_countries(code: str) -> None:
    assert forms.is_country(code)


@pytest.mark.parametrize("code", ["ZZ", "XA", "XB", "SW", "no", "NOR", "", "419", "False", "N O"])
def test_other_codes_are_none(code: str) -> None:
    assert not forms.is_country(code)


def test_lists_read_as_sentences() -> None:
    assert [forms.listed(["a", "b", "c"], language) for language in LANGUAGES] == ["a, b and c", "a وb وc", "a, b và c"]
    assert [forms.listed(["a"], language) for language in LANGUAGES] == ["a"] * 3
    assert [forms.listed([], language) for language in LANGUAGES] == [""] * 3
    assert [forms.comma(language) for language in LANGUAGES] == [", ", "، ", ", "]
