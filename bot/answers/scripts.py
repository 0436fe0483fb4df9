"""Whether a message is written in letters that the desk does not read, such as Chinese or Cyrillic ones."""

from __future__ import annotations

import unicodedata
from typing import Final

_READ: Final = ("LATIN", "ARABIC")
_LOOKED_AT: Final = 200  # letters


def foreign(text: str) -> bool:
    """Whether more than half of the letters are of another script; a name or two in one's own do not count."""
    letters = [letter for letter in text if letter.isalpha()][:_LOOKED_AT]
    others = sum(not unicodedata.name(letter, "LATIN").startswith(_READ) for letter in letters)
    return others * 2 > len(letters)
