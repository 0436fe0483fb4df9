"""The three languages, and a text that exists in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeGuard

Language = Literal["en", "ar", "vi"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ar", "vi")
RIGHT_TO_LEFT: Final[frozenset[Language]] = frozenset({"ar"})
OWN_NAMES: Final[dict[Language, str]] = {"en": "English", "ar": "العربية", "vi": "Tiếng Việt"}


def is_language(tag: str) -> TypeGuard[Language]:
    return tag in LANGUAGES


def closest(tag: str | None) -> Language | None:
    """The language of a tag such as ``ar-EG`` or ``vi``; None for one we do not speak."""
    base = (tag or "").lower().replace("_", "-").partition("-")[0]
    return base if is_language(base) else None


@dataclass(frozen=True, slots=True)
class Text:
    """One text in each language; none may be empty (checked where content is loaded)."""

    en: str
    vi: str
    ar: str

    def in_(self, language: Language) -> str:
        return {"en": self.en, "vi": self.vi, "ar": self.ar}[language]
