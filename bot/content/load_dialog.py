"""Reads ``library/dialog.yaml``: the words that only make sense after what was said before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from bot.content import schema
from bot.model.content import DialogWords, Words
from bot.model.errors import Fault
from bot.model.language import LANGUAGES, Language

if TYPE_CHECKING:
    from pathlib import Path

    from bot.content.load import Reading

FILE: Final = "library/dialog.yaml"
_ONE_WORD: Final = ("follow-up", "programme", "meals")
"""Lists of single words; the others hold phrases."""
_APART: Final = (("denials", "meant"), ("denials", "joints"), ("denials", "asking"), ("meant", "joints"))
"""A word that stood in both of these would mean two things."""


def read_dialog(reading: Reading, path: Path) -> DialogWords:
    """The words by what they do; without the file, nothing goes on from what was said before."""
    if not path.is_file():
        return DialogWords()
    document = reading.document(path)
    if document is None:
        return DialogWords()
    read = reading.parse(document, (), document.value, schema.DialogWordsIn)
    if read is None:
        return DialogWords()
    said: dict[str, Words] = {
        name: {"en": words.en, "vi": words.vi, "ar": words.ar} for name, words in read if words is not None
    }
    return DialogWords(**said)


def dialog_faults(words: DialogWords) -> Iterable[Fault]:
    """What a list cannot know by itself: phrases where words are needed, and words that would mean two things."""
    for name in _ONE_WORD:
        for language in LANGUAGES:
            for phrase in _of(words, name)[language]:
                if len(phrase.split()) > 1:
                    yield _fault(name, language, "one word each is expected here", phrase)
    for first, second in _APART:
        for language in LANGUAGES:
            for phrase in sorted(_shaped(words, first, language) & _shaped(words, second, language)):
                yield _fault(first, language, f"this stands under {second} too", phrase)


def _of(words: DialogWords, name: str) -> Mapping[Language, tuple[str, ...]]:
    found: Mapping[Language, tuple[str, ...]] = getattr(words, name.replace("-", "_"))
    return {language: found.get(language, ()) for language in LANGUAGES}


def _shaped(words: DialogWords, name: str, language: Language) -> set[str]:
    return {" ".join(phrase.casefold().split()) for phrase in _of(words, name)[language]}


def _fault(name: str, language: Language, problem: str, phrase: str) -> Fault:
    return Fault(FILE, 1, f"{name}.{language}", problem, phrase)
