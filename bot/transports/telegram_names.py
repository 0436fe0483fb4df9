"""Names that people gave themselves, made safe to show: no invisible letters to look like somebody else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 64
_KEPT = frozenset("\u200c\u200d")  # joiners: names in Persian, Urdu and some emoji need them
_INKLESS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_SPACES = re.compile(r"\s+")


def clean_name(name: str) -> str:
    """Without control, direction and other invisible characters, and of a length that fits a line."""
    if name.isascii() and name.isprintable() and name.isalnum() and len(name) <= LONGEST:  # as most are
        return name
    shown = "".join(letter for letter in name if letter in _KEPT or not _invisible(letter))
    shown = _SPACES.sub(" ", shown).strip()
    if not any(letter.isalnum() or unicodedata.category(letter).startswith("S") for letter in shown):
        return ""
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1].rstrip() + "…"


def _invisible(letter: str) -> bool:
    # Format, control, private and unassigned characters, and the fillers that are letters without ink.
    if letter.isspace():
        return False
    return unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn", "Cs") or letter in _INKLESS
