"""Letters, marks and parts: nothing is lost, nothing moves."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telegram.constants import MessageEntityType

from bot.model.rich import FSI, LRI, PDI, Rich, Span, Style
from bot.transports.telegram_shapes import entities
from bot.transports.telegram_text import LONGEST, RLM, Mark, Shown, clean, parts, shown, units

LETTERS = st.sampled_from("ab \n\n\t.é\u0301ếộ😀👩\u200d⚕️مرحباهب٣12\u200f\u202e\u2067\u2069\r\x00\u2028")
WORDS = st.text(LETTERS, max_size=60) | st.text(max_size=20)
STYLES: list[Style] = ["plain", "bold", "value", "code", "phone", "link", "quote"]
SPANS = st.builds(Span, WORDS, st.sampled_from(STYLES), st.sampled_from([None, "https://example.org", "tel:115"]))
RICH = st.lists(SPANS, max_size=12).map(tuple)
LANGUAGES = st.sampled_from(["en", "ar", "vi"])


def covered(part: Shown, mark: Mark) -> str:
    """The letters of a mark by the numbers that Telegram gets."""
    coded = part.text.encode("utf-16-le")
    [entity] = entities(Shown(part.text, (mark,)))
    return coded[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def inked(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)  # other work on the machine is no failure
@given(RICH, LANGUAGES, st.integers(8, 90))
def test_parts_joined_are_the_text(spans: Rich, language: str, longest: int) -> None:
    whole = shown(spans, language)  # type: ignore[arg-type]

    found = parts(whole, longest)

    kept = inked("".join(part.text for part in found))
    invisible = set("\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff\u2800\u3000\ufffc\u00a0")
    assert [c for c in kept if c not in invisible] == [c for c in inked(whole.text) if c not in invisible]
    assert all(0 < units(part.text) <= longest for part in found)
    assert all(part.text == part.text.strip(" \n\t") for part in found)


@settings(deadline=None)  # other work on the machine is no failure
@given(RICH, LANGUAGES, st.integers(8, 90))
def test_every_mark_keeps_its_letters_over_all_parts(spans: Rich, language: str, longest: int) -> None:
    whole = shown(spans, language)  # type: ignore[arg-type]

    found = parts(whole, longest)

    for kind in ("bold", "code", "text_link", "blockquote"):
        before = inked("".join(whole.text[m.start : m.end] for m in whole.marks if m.kind == kind))
        after = inked("".join(covered(part, m) for part in found for m in part.marks if m.kind == kind))
        invisible = str.maketrans("", "", "\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff\u2800")
        assert after.translate(invisible) == before.translate(invisible)


@settings(deadline=None)  # other work on the machine is no failure
@given(RICH, LANGUAGES)
@example((Span("\u200f\u2067\u200f", "value"),), "ar")
def test_what_is_shown_is_clean_already(spans: Rich, language: str) -> None:
    whole = shown(spans, language)  # type: ignore[arg-type]

    assert clean(whole.text) == whole.text
    assert whole.text.encode() is not None


@settings(deadline=None)  # other work on the machine is no failure
@given(st.text(max_size=40))
def test_a_value_cannot_end_its_isolate(value: str) -> None:
    text = shown((Span("مرحبا "), Span(value, "value"), Span(" end")), "ar").text

    assert text.count(FSI) == text.count(PDI) == 1


def test_arabic_line_with_a_latin_start_gets_a_mark_and_others_do_not() -> None:
    said = (Span("AP-11 يبدأ غداً\n"), Span("يبدأ غداً\n"), Span("36 Hang Bai\n"), Span("08:30 يبدأ"))

    lines = shown(said, "ar").text.split("\n")

    assert lines == [RLM + "AP-11 يبدأ غداً", "يبدأ غداً", "36 Hang Bai", "08:30 يبدأ"]


def test_marks_stay_on_their_letters_behind_a_direction_mark() -> None:
    whole = shown((Span("AP-11", "bold"), Span(" يبدأ "), Span("915", "code")), "ar")

    assert [(mark.kind, whole.text[mark.start : mark.end]) for mark in whole.marks] == [
        ("bold", "AP-11"),
        ("code", "915"),
    ]


def test_styles_become_entities_and_isolates_only_where_needed() -> None:
    said = (
        Span("😀 "), Span("Now", "bold"), Span(" at "), Span("08:30", "value"), Span(", "), Span("قاعة", "value"),
        Span(" call "), Span("115", "phone", "tel:115"), Span(" "), Span("map", "link", "https://example.org/m"),
        Span(" or "), Span("home", "link", "file:///etc"),
    )  # fmt: skip

    whole = shown(said, "en")

    assert whole.text == f"😀 Now at 08:30, {FSI}قاعة{PDI} call {LRI}115{PDI} map or home"
    assert [(e.type, e.offset, e.length, e.url) for e in entities(whole)] == [
        (MessageEntityType.BOLD, 3, 3, None),
        (MessageEntityType.TEXT_LINK, whole.text.index("map") + 1, 3, "https://example.org/m"),
    ]


def test_quotes_stand_alone_and_can_be_covered() -> None:
    whole = shown((Span("You wrote: "), Span(" <b>hi</b>\n", "quote"), Span("Thanks")), "en", covered=True)

    assert whole.text == "You wrote: \n<b>hi</b>\nThanks"
    assert [(m.kind, whole.text[m.start : m.end]) for m in whole.marks] == [
        ("blockquote", "<b>hi</b>"),
        ("spoiler", "<b>hi</b>"),
    ]


@pytest.mark.parametrize("letter", ["a", "😀", "ế", "م"])
def test_longest_text_fits_one_part(letter: str) -> None:
    fitting = letter * (LONGEST // units(letter))

    assert [part.text for part in parts(Shown(fitting))] == [fitting]
    assert len(parts(Shown(fitting + letter))) == 2


def test_cut_between_paragraphs_before_lines_before_words() -> None:
    text = "one two\n\nthree four\nfive six seven"

    assert [part.text for part in parts(Shown(text), 20)] == ["one two", "three four", "five six seven"]
    assert [part.text for part in parts(Shown("one two three"), 8)] == ["one two", "three"]


def test_a_long_word_is_not_cut_between_letter_and_accent() -> None:
    found = [part.text for part in parts(Shown("e\u0301" * 10), 9)]

    assert found == ["e\u0301" * 4, "e\u0301" * 4, "e\u0301" * 2]


def test_surplus_marks_are_left_out_and_no_letters() -> None:
    whole = shown(tuple(Span(f"w{n} ", "bold") for n in range(150)), "en")

    [part] = parts(whole)

    assert len(part.marks) == 100
    assert part.text == whole.text.strip()
