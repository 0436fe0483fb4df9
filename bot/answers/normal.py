"""One spelling for what people write in many: case, marks, letter variants, digits, stretched letters, invisible signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ARABIC_MARKS: Final = [*range(0x610, 0x61B), *range(0x64B, 0x660), 0x670, *range(0x6D6, 0x6EE)]
_INVISIBLE: Final = (
    "\u00ad\u0640\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_DROPPED: Final = "'’‘ʼ`´"
_LETTER_VARIANTS: Final = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ئ": "ي",
    "ی": "ي",
    "ة": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ؤ": "و",
    "گ": "ك",
    "ک": "ك",
    "ڤ": "ف",
    "پ": "ب",
    "چ": "ج",
}
_TABLE: Final[dict[int, str | None]] = {
    **dict.fromkeys([*_ARABIC_MARKS, *map(ord, _INVISIBLE + _DROPPED)], None),
    **{ord(variant): letter for variant, letter in _LETTER_VARIANTS.items()},
    **{0x660 + digit: str(digit) for digit in range(10)},
    **{0x6F0 + digit: str(digit) for digit in range(10)},
}
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}")
_WORD: Final = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """Lower case, one form of every letter, Latin digits, no invisible signs; Vietnamese marks stay."""
    composed = unicodedata.normalize("NFKC", text).lower().translate(_TABLE)
    # Lower-casing and dropping signs can leave marks that compose further (İ becomes i and a dot above).
    return _STRETCHED.sub(r"\1", unicodedata.normalize("NFC", composed))


def fold(text: str) -> str:
    """The same without Vietnamese (and any other Latin) marks: how it looks when typed without them."""
    return text if text.isascii() else "".join(map(_fold_letter, text))


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if letter in "đð":
        return "d"
    if "\u0600" <= letter <= "\u06ff":
        return letter
    return "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))


def words(normalised: str) -> list[str]:
    """Runs of letters and digits."""
    return _WORD.findall(normalised)


def has_marks(normalised: str) -> bool:
    """Whether the writer used Vietnamese marks; then they are to be believed."""
    return fold(normalised) != normalised
