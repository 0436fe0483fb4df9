"""How an answer text becomes spans: paragraphs, lists, bold, fields."""

from __future__ import annotations

import pytest

from bot.content import template
from bot.model.rich import Rich, Span


def value_of(path: str) -> Rich:
    return (Span(f"<{path}>", "value"),)


def rendered(text: str) -> Rich:
    return template.render(text, value_of)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One line\nof an editor.\n", "One line of an editor."),
        ("  One.  \n\n\n  Two.\n", "One.\n\nTwo."),
        ("One.\n \t \nTwo.", "One.\n\nTwo."),
        ("Bring:\n- a passport\n- a photo\n", "Bring:\n• a passport\n• a photo"),
        ("- one that goes\n  on\n- two", "• one that goes on\n• two"),
        ("Before.\n\n- one\n- two\n\nAfter.", "Before.\n\n• one\n• two\n\nAfter."),
        ("a - b, -c and\n-d", "a - b, -c and -d"),
        ("1. one\n2. two", "1. one 2. two"),
        ("", ""),
    ],
)
def test_lines_become_paragraphs_and_lists(text: str, said: str) -> None:
    assert rendered(text) == ((Span(said),) if said else ())


def test_a_field_is_its_value() -> None:
    assert rendered("Network {{ wifi.network }}.") == (Span("Network "), Span("<wifi.network>", "value"), Span("."))


def test_spaces_in_a_field_do_not_matter() -> None:
    assert rendered("{{a.b}}{{  a.b  }}{{ a.b\n }}") == (Span("<a.b>", "value"),) * 3


def test_bold_is_a_span_of_its_own() -> None:
    assert rendered("Call **now**, please.") == (Span("Call "), Span("now", "bold"), Span(", please."))


def test_bold_goes_on_over_an_editors_line_end() -> None:
    assert rendered("**very\nimportant**") == (Span("very important", "bold"),)


def test_bold_ends_with_its_paragraph() -> None:
    assert rendered("**a\n\nb**") == (Span("**a\n\nb**"),)


def test_a_field_inside_bold_keeps_its_own_meaning() -> None:
    assert rendered("**Password: {{ wifi.password }}!**") == (
        Span("Password: ", "bold"),
        Span("<wifi.password>", "value"),
        Span("!", "bold"),
    )
    assert rendered("**{{ wifi.password }}**") == (Span("<wifi.password>", "value"),)


def test_plain_values_join_the_text_around_them() -> None:
    assert template.render("a {{ b }} c", lambda path: (Span(path),)) == (Span("a b c"),)


def test_a_value_is_never_read_as_a_text() -> None:
    said = template.render("{{ a }}", lambda _: (Span("**x** {{ b }}\n- y", "value"),))
    assert said == (Span("**x** {{ b }}\n- y", "value"),)


@pytest.mark.parametrize("text", ["{ a }", "{{ A }}", "{{ a_b }}", "{{ a..b }}", "{{ a.b", "a }}", "{{{a}}", "{%x%}"])
def test_what_is_no_field_stays_as_written(text: str) -> None:
    assert "".join(span.text for span in rendered(text)).replace("<a>", "{{a}}") == text


def test_fields_are_listed_in_order() -> None:
    assert template.fields("{{ b }} **{{ a.c-d }}** {{ b }} {{ X }}") == ("b", "a.c-d", "b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ a }} and {{ b.c }}", ()),
        ("{{ a }", ("{{ a }",)),
        ("{ a }}", ("}}",)),
        ("{{ a b }}", ("{{ a b }}",)),
        ("{% if %}", ("{%", "%}")),
        ("{ a } % {a}", ()),
    ],
)
def test_broken_fields_are_found(text: str, found: tuple[str, ...]) -> None:
    assert template.broken_fields(text) == found


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("at 08:30 and 8.30, 8h30, 20:00", ("08:30", "8.30", "8h30", "20:00")),
        ("from 7 am to 11PM or 9 p.m.", ("7 am", "11PM", "9 p.m")),
        ("الساعة ٠٨:٣٠", ("٠٨:٣٠",)),
        ("call +84 24 3934 3343", ("+84 24 3934 3343",)),
        ("gọi 024 3934 3343", ("024 3934 3343",)),
        ("25 USD, $25, 300.000 đồng, 25 دولارًا", ("25 USD", "$25", "300.000 đồng", "25 دولار")),
        ("https://a.vn/x www.b.org evisa.gov.vn", ("https://a.vn/x", "www.b.org", "evisa.gov.vn")),
        ("{{ wifi.hours }} 24/7, floor 3, room 1204, 2 hours, 40 km, 5G, Mr. A, e.g. this", ()),
        ("I am here; 3 amps; version 2.0", ()),
        ("24 giờ, 25 độ, ngày 21 tháng 11", ()),
    ],
)
def test_typed_values_are_found(text: str, typed: tuple[str, ...]) -> None:
    assert template.typed_values(text) == typed


@pytest.mark.parametrize(
    ("text", "open_one"),
    [
        ("**a** b **c**", ""),
        ("a ** b", "a ** b"),
        ("Fine.\n\n- **one\n- two**", "• **one"),
        ("**{{ a }}**", ""),
        ("2 * 3", ""),
    ],
)
def test_bold_without_a_partner_is_found(text: str, open_one: str) -> None:
    assert template.open_bold(text) == open_one
