"""Finding messages in code and bringing catalogs up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n.extract import NotLiteral, find_messages, in_source, update
from bot.i18n.translator import read_catalog
from bot.model.language import LANGUAGES

CODE = """
from bot.i18n.translator import mark

NOT_NOW = mark("Not now.")

def said(self, speaker, open, name):
    speaker._("Welcome to "
              "{event}!", event=name)
    self.speaker.text("Open" if open else "Closed")
    speaker._(NOT_NOW)
    speaker.count("{n} seat", "{n} seats", 3)
    name.count("a")
    WAITS = mark_count("{n} row", "{n} rows")
    self._static.text("index.html")
    other.format("Not a message")
"""


def write(root: Path, code: str) -> None:
    (root / "bot").mkdir(exist_ok=True)
    (root / "bot" / "one.py").write_text(code, encoding="utf-8")


def translate(root: Path, said: dict[str, str]) -> None:
    path = root / "locales" / "vi" / "LC_MESSAGES" / "messages.po"
    text = path.read_text(encoding="utf-8")
    for source, words in said.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{words}"')
    path.write_text(text, encoding="utf-8")


def test_literals_are_found_with_their_lines() -> None:
    assert list(in_source(CODE)) == [
        ("Not now.", 4),
        ("Welcome to {event}!", 7),
        ("Open", 9),
        ("Closed", 9),
        (("{n} seat", "{n} seats"), 11),
        (("{n} row", "{n} rows"), 13),
    ]


def test_places_are_listed_from_the_root(tmp_path: Path) -> None:
    write(tmp_path, 'mark("Now")\nmark("Later")\nmark("Now")\n')

    assert find_messages(tmp_path) == {"Now": ["bot/one.py:1", "bot/one.py:3"], "Later": ["bot/one.py:2"]}


@pytest.mark.parametrize("code", ['mark(f"Room {room}")', 'speaker._("Room " + room)', 'speaker.text(f"{room}")'])
def test_message_made_at_run_time_is_refused_with_its_place(tmp_path: Path, code: str) -> None:
    write(tmp_path, f"\n{code}\n")

    with pytest.raises(NotLiteral, match=r"^bot/one\.py:2: a message must be one literal"):
        find_messages(tmp_path)


def test_update_adds_new_messages_keeps_translations_and_drops_the_rest(tmp_path: Path) -> None:
    write(tmp_path, 'mark("Now")\nmark("Later")\n')
    first = update(tmp_path)
    translate(tmp_path, {"Now": "Bây giờ", "Later": "Để sau"})
    write(tmp_path, 'mark("Today")\nmark("Now")\n')

    second = update(tmp_path)

    vietnamese = read_catalog("vi", tmp_path / "locales")
    assert first == {"en": 0, "ar": 2, "vi": 2}
    assert second == {"en": 0, "ar": 2, "vi": 1}
    assert {m.id: m.string for m in vietnamese if m.id} == {"Today": "", "Now": "Bây giờ"}
    assert not vietnamese.obsolete


def test_english_says_what_the_code_says(tmp_path: Path) -> None:
    write(tmp_path, 'mark("Now")\nspeaker.count("{n} seat", "{n} seats", 3)\n')

    update(tmp_path)

    english = read_catalog("en", tmp_path / "locales")
    assert [m.string for m in english if m.id] == ["Now", ("{n} seat", "{n} seats")]


def test_message_that_becomes_a_plural_is_new(tmp_path: Path) -> None:
    write(tmp_path, 'mark("{n} seat")\n')
    update(tmp_path)
    translate(tmp_path, {"{n} seat": "{n} chỗ"})
    write(tmp_path, 'speaker.count("{n} seat", "{n} seats", 3)\n')

    assert update(tmp_path) == {"en": 0, "ar": 1, "vi": 1}


def test_second_update_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, CODE)
    update(tmp_path)
    before = [read_bytes(tmp_path, language) for language in LANGUAGES]

    update(tmp_path)

    assert [read_bytes(tmp_path, language) for language in LANGUAGES] == before


def read_bytes(root: Path, language: str) -> bytes:
    return (root / "locales" / language / "LC_MESSAGES" / "messages.po").read_bytes()
