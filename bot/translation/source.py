"""What language a text is in, as far as a translation service has to know; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from bot.model.language import Language

AUTO: Final = "auto"
"""The service finds out: the text is in a script that none of our languages is written in."""

Guess = Callable[[str, Language], tuple[Language, bool]]
"""The language of a text in a chat, and whether that is sure."""

_OURS: Final = ("LATIN", "ARABIC")


def source_of(text: str, chat: Language, guess: Guess) -> Language | str | None:
    """The language of a text, ``AUTO``, or None for what nobody translates: numbers, signs, Arabic in Latin letters.

    Args:
        text: What somebody wrote.
        chat: The language in which they use the desk; it counts when the text itself does not tell.
        guess: Of the engine.
    """
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return None
    ours = sum(unicodedata.name(letter, "").startswith(_OURS) for letter in letters)
    if ours * 2 < len(letters):
        return AUTO
    language, sure = guess(text, chat)
    found = language if sure else chat
    if found == "ar" and not any(map(_arabic, letters)):
        return None  # a service reads only the script, and would make nonsense of it
    return found


def _arabic(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("ARABIC")
