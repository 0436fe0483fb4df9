"""Names of staff: cleaned of what cannot be seen, and folded so that one cannot be taken for another."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 60  # characters

_LIKE_LATIN: Final = dict(zip("авеікмнорстухѕјԁһԛԝɡαβεικνορτυχ", "abelkmhopctyxsjdhqwgabelkvoptux", strict=True))
"""Cyrillic and Greek letters that look like Latin ones."""
_CONFUSED: Final = str.maketrans(
    _LIKE_LATIN
    | {"0": "o", "1": "l", "|": "l", "i": "l", "ı": "l"}
    # Arabic letters that are written in more than one way.
    | {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
)
_VIETNAMESE_MARKS: Final = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323")
_ARABIC_MARKS: Final = re.compile("[\u064b-\u065f\u0670]")


def clean_name(name: str) -> str:
    """Without invisible and direction characters, which could make a name look like another."""
    seen = "".join(letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter)[0] != "C")
    return " ".join(seen.split())[:LONGEST]


def folded(name: str) -> str:
    """Two names that are folded to the same could be taken for each other.

    Vietnamese marks stay: Lan and Lân are different names, and look it to whoever reads Vietnamese.
    """
    plain = unicodedata.normalize("NFKC", clean_name(name)).casefold()
    letters = unicodedata.normalize("NFD", _ARABIC_MARKS.sub("", plain.translate(_CONFUSED)))
    kept = (mark for mark in letters if not unicodedata.combining(mark) or mark in _VIETNAMESE_MARKS)
    bare = "".join(letter for letter in kept if letter.isalnum() or unicodedata.combining(letter))
    return bare.replace("rn", "m").replace("vv", "w")
