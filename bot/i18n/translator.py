"""Gettext catalogs, compiled in memory at start, and a speaker for each language.

A speaker is passed to whoever says something; there is no ambient current language. Messages are whole English
sentences with named fields; a missing translation is a fault of the build (tests/unit/i18n), so at run time the
English stands in rather than nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.model.language import LANGUAGES, Language
from bot.model.rich import Rich, Span, merge

DOMAIN: Final = "messages"
PLURAL_NAMES: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": ("one", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "vi": ("other",),
}
"""CLDR's names of the forms, in the order in which catalogs have them."""
_FIELD = re.compile(r"\{(\w+)\}")
_COMMAND = re.compile(r"(?<=\s)/[a-z]+")
_LRM = "\u200e"


def mark(message: str) -> str:
    """Mark a message for extraction where it is only named; it is translated where it is said."""
    return message


@dataclass(frozen=True, slots=True)
class Counted:
    """A message that depends on a count, where it is only named: for one, and for many."""

    one: str
    many: str


def mark_count(one: str, many: str) -> Counted:
    """As ``mark``, for a message that depends on a count; ``{n}`` is the number."""
    return Counted(one, many)


@dataclass(frozen=True)
class Speaker:
    """Says catalog messages in one language."""

    language: Language
    _singular: Mapping[str, str]
    _plural: Mapping[str, tuple[str, ...]]
    _plural_rule: Callable[[int], int]

    @property
    def sentences(self) -> Mapping[str, str]:
        """Every message that depends on no count, as it stands in this language."""
        return self._singular

    def _(self, message: str, **fields: str | Rich) -> Rich:
        """A message with its fields filled in; fields become isolated values."""
        return fill(self._singular.get(message, message), fields)

    def text(self, message: str, **fields: str) -> str:
        """The same as bare letters, for labels."""
        said = self._singular.get(message, message)
        return _FIELD.sub(lambda found: fields.get(found[1], found[0]), said)

    def count(self, one: str, many: str, number: int, **fields: str | Rich) -> Rich:
        """A message that depends on a count, by the plural rules of the language; ``{n}`` is the number."""
        forms = self._plural.get(one)
        said = forms[self._plural_rule(number)] if forms else (one if number == 1 else many)
        return fill(said, {"n": str(number), **fields})

    def every_form(self, said: Counted) -> Mapping[str, str]:
        """By CLDR's name of each plural form, as bare letters, for a page that counts by itself."""
        forms = self._plural.get(said.one)
        if forms is None:
            return {"one": said.one, "other": said.many}
        return dict(zip(PLURAL_NAMES[self.language], forms, strict=True))


Speakers = Mapping[Language, Speaker]


def fill(said: str, fields: Mapping[str, str | Rich]) -> Rich:
    """A sentence with ``{named}`` fields as spans; an unknown field stays as written, so nothing can break it."""
    spans: list[Span] = []
    end = 0
    for found in _FIELD.finditer(said):
        spans.append(Span(said[end : found.start()]))
        value = fields.get(found[1])
        if value is None:
            spans.append(Span(found[0]))
        elif isinstance(value, str):
            spans.append(Span(value, "value"))
        else:
            spans.extend(value)
        end = found.end()
    spans.append(Span(said[end:]))
    return merge(tuple(spans))


def load_speakers(locales: Path) -> Speakers:
    """A speaker per language from ``locales/<lang>/LC_MESSAGES/messages.po``."""
    return {language: _speaker(language, locales) for language in LANGUAGES}


def read_catalog(language: Language, locales: Path) -> Catalog:
    path = locales / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def _speaker(language: Language, locales: Path) -> Speaker:
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    catalog = read_catalog(language, locales)
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if isinstance(message.string, str) and message.string:
                singular[message.id] = _turned(message.string, language)
        elif isinstance(message.string, tuple | list) and all(message.string):
            plural[message.id[0]] = tuple(_turned(form, language) for form in message.string)
    return Speaker(language, singular, plural, _rule(catalog))


def _turned(said: str, language: Language) -> str:
    """With commands as they are typed: among Arabic letters the slash would stand behind its command."""
    return _COMMAND.sub(rf"{_LRM}\g<0>", said) if language == "ar" else said


def _rule(catalog: Catalog) -> Callable[[int], int]:
    from gettext import c2py  # noqa: PLC0415 -- the parser of plural forms that gettext itself uses

    rule: Callable[[int], int] = c2py(catalog.plural_expr)
    return rule
