"""Content cannot run, read or hang anything: what tries is a fault or letters on the screen, and quickly."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

import pytest

from bot.content import fields, template
from bot.content.yaml12 import read
from bot.model.rich import letters
from tests.unit.content.small import SmallContent

QUICK: Final = 3.0  # seconds for a whole loading, on a busy machine
ANSWER: Final = "Breakfast is served {{ hotel.breakfast }}."

BRACES: Final = (
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ settings }} {{ settings.telegram_token }}",
    "{{settings.telegram_token|safe}}",
    "{{ config.items() }}",
    "{{ 7*7 }}",
    "{{ self.__init__.__globals__['os'].popen('id').read() }}",
    "{{ request.application.__globals__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{{{{{{{{ hotel.breakfast }}}}}}}}",
    "{{ hotel.breakfast.__class__ }}",
    "{{ hotel_breakfast }}",
    "{{ HOTEL.BREAKFAST }}",
    "{{}}",
    "{{ hotel . breakfast }}",
    "{{ ../../etc/passwd }}",
)
LITERAL: Final = (
    "%(telegram_token)s %s %n",
    "{0.__class__} {settings} {!r} {}",
    "${TELEGRAM_TOKEN} $(id) `id` $HOME",
    "<script>alert(1)</script> <b>bold</b> <img src=x onerror=alert(1)>",
    "[press](javascript:alert(1)) _x_ `code`",
    "#{7*7} <%= 7*7 %> @{x}",
    "\\N{BULLET} \\u0041 \\x41",
    "'; DROP TABLE delegates; --",
    "__import__('os').system('id')",
)


@pytest.mark.parametrize("text", BRACES)
def test_braces_that_are_no_field_are_refused_in_answers_and_elsewhere(content: SmallContent, text: str) -> None:
    content.edit("library/hotel.yaml", ANSWER, f"{ANSWER} {text}")
    in_answer = content.faults()
    content.edit("library/hotel.yaml", f"{ANSWER} {text}", ANSWER)
    content.edit("tiny/facts.yaml", "en: Please keep quiet.", f"en: {json.dumps(text)}")
    in_fact = content.faults()

    assert in_answer
    assert {fault.field for fault in in_answer} <= {"hotel.breakfast.answer.en", *LOST}
    assert (
        any(fault.problem == "this is not a field" for fault in in_answer) or text == "{{ hotel.breakfast.__class__ }}"
    )
    assert {fault.field for fault in in_fact} == {"hotel.rules.value.en"}
    assert content.load().snapshot is None


LOST: Final = ("hotel.breakfast.answer.vi", "hotel.breakfast.answer.ar")  # a field that only the English names


@pytest.mark.parametrize("text", LITERAL)
def test_other_markup_is_letters(content: SmallContent, text: str) -> None:
    content.edit("library/hotel.yaml", ANSWER, f"{ANSWER} {text}")
    content.edit("tiny/facts.yaml", "en: Please keep quiet.", f"en: {json.dumps(text)}")

    loaded = content.load()

    assert loaded.errors == ()
    assert loaded.snapshot is not None
    snapshot = loaded.snapshot
    answer = snapshot.library.topics["hotel.breakfast"].answer
    assert answer is not None
    said = template.render(answer.en, lambda path: fields.value(snapshot.event, path, "en"))
    assert letters(said, isolate=False) == f"Breakfast is served 06:00–10:00. {text}"
    assert letters(fields.value(snapshot.event, "hotel.rules", "en"), isolate=False) == text


@pytest.mark.parametrize(
    "tagged",
    [
        '!!python/object/apply:os.system ["touch {canary}"]',
        '!!python/object/new:os.system ["touch {canary}"]',
        '!!python/object/apply:subprocess.Popen [["touch", "{canary}"]]',
        "!!python/name:os.system x",
        "!!python/module:os x",
        "!!binary aGVsbG8=",
        "!!set {{a, b}}",
        "!include /etc/passwd",
        "!ENV DESK_TELEGRAM_TOKEN",
        "!<tag:yaml.org,2002:python/object/apply:os.system> [id]",
    ],
)
def test_a_tag_runs_nothing(content: SmallContent, tmp_path: Path, tagged: str) -> None:
    canary = tmp_path / "canary"
    content.edit("tiny/facts.yaml", "value: Delegates", f"value: {tagged.format(canary=canary)}")

    faults = content.faults()

    assert [(fault.file, fault.line, fault.problem) for fault in faults][:1] == [
        ("tiny/facts.yaml", 3, "tags are not used here")
    ]
    assert not canary.exists()


def test_a_document_under_a_foreign_tag_is_refused(content: SmallContent) -> None:
    text = (content.root / "tiny/facts.yaml").read_text("utf-8")
    content.put("tiny/facts.yaml", "%TAG ! tag:yaml.org,2002:python/\n--- !object:os.system\n" + text)

    assert "tags are not used here" in {fault.problem for fault in content.faults()}


LAUGHS: Final = 'a0: &a0 ["lol", "lol"]\n' + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 30)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LAUGHS, "not valid YAML: &a0: anchors and aliases are not used here"),
        ("a: &a [*a]\n", "not valid YAML: &a: anchors and aliases are not used here"),
        ("a: *b\n", "not valid YAML: *b: anchors and aliases are not used here"),
        ("a: &x {k: 1}\nb: {<<: *x}\n", "not valid YAML: &x: anchors and aliases are not used here"),
        ("[" * 50_000, "nested too deeply"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
        ("{a: " * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
        ("- " * 5_000 + "x\n", "nested too deeply"),
        ("\n".join(" " * depth + "a:" for depth in range(1_000)), "nested too deeply"),
    ],
    ids=["billion laughs", "itself", "unknown", "merge", "open", "lists", "maps", "dashes", "indented"],
)
def test_bombs_are_refused_quickly(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "bomb.yaml").write_text(text, "utf-8")

    began = time.process_time()
    document, faults = read(tmp_path / "bomb.yaml", "bomb.yaml")

    assert time.process_time() - began < QUICK
    assert document is None
    assert [fault.problem for fault in faults] == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "?" * 3_900 + "a",
        "?" * 90_000 + "a",
        "{{ " * 1_300,
        "{{" + " " * 3_900,
        "}} " * 1_300,
        "**" * 1_900,
        "**a" * 1_300,
        "1" * 3_900,
        "1." * 1_900,
        "a-" * 1_900,
        "a." * 1_900,
        "+1 " * 1_300,
        "0" * 3_900 + " 123",
        "TODO " * 20_000,
        "- x\n" * 900,
        "a" * 200_000,
        "\u202e" * 3_900,
        "á̂" * 1_200,
    ],
    ids=lambda text: f"{text[:4]!a} x {len(text)}",
)
def test_no_text_keeps_the_check_busy(content: SmallContent, text: str) -> None:
    for language in ("en", "vi", "ar"):
        content.put(f"library/offtopic/{language}.yaml", f"- {json.dumps(text)}\n")
    content.edit("tiny/facts.yaml", "value: {en: Please keep quiet.", f"value: {{en: {json.dumps(text)}")
    content.edit("library/smalltalk.yaml", "reply: {en: Hello!", f"reply: {{en: {json.dumps(text)}")
    content.edit("library/hotel.yaml", "{en: Breakfast", f"{{en: {json.dumps(text)}")
    content.edit("library/hotel.yaml", f"    en: |\n      {ANSWER}\n", f"    en: {json.dumps(text)}\n")

    began = time.process_time()
    content.load()

    assert time.process_time() - began < QUICK


def test_a_number_of_a_million_digits_is_refused(content: SmallContent) -> None:
    content.edit("tiny/facts.yaml", 'type: phone\n  value: "+84 24 5555 0100"', 'type: number\n  value: "1e1000000"')

    assert [(fault.line, fault.field) for fault in content.faults()] == [(38, "hotel.desk-number.value")]


@pytest.mark.parametrize(
    "zone", ["../../../etc/passwd", "/etc/passwd", "Asia", "Asia/Ho_Chi_Minh\\0", "", "x" * 5_000, "."]
)
def test_a_zone_reads_no_other_file(content: SmallContent, zone: str) -> None:
    content.edit("tiny/event.yaml", "zone: Asia/Ho_Chi_Minh", f'zone: "{zone}"')

    assert [(fault.line, fault.field, fault.problem) for fault in content.faults()] == [
        (4, "zone", "no such time zone")
    ]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a b", "//x"]
)
def test_only_https_is_a_web_address(content: SmallContent, address: str) -> None:
    content.edit("tiny/facts.yaml", "value: https://example.org/visa", f"value: {json.dumps(address)}")

    assert [(fault.field, fault.read) for fault in content.faults()] == [("visa.page.value", address)]
