"""What is the same Arabic word: with and without what is written onto it, in its own letters and in Latin ones (Arabizi).

A word gives beside itself its shapes without particles and pronouns, and its skeleton: the consonants, those that Arabizi does not
tell apart as one. "الغرفة", "ghorfa" and "ghorfeti" so share what no run of letters shows; the Arabic phrases, which are
nine in ten, then teach Arabizi too. Latin words give a skeleton only in messages that are written as nobody but Arabs
write, so that the other languages pay nothing for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from bot.answers.lexicon import forms

_SHORTEST: Final = 3  # consonants of a skeleton; fewer fit too many words
_SIGN: Final = "%"  # that no word begins with
_CONSONANTS: Final = dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنء", "bttg7kddrzsSsdtz3Gfqklmn2", strict=True))
_PAIRS: Final = (("sh", "ش"), ("ch", "ش"), ("kh", "خ"), ("gh", "غ"), ("th", "ت"), ("dh", "د"), ("ph", "ف"))
_SOUNDS: Final = {
    **dict(zip("bctdfgjklmnpqrsvxz", "bktdfggklmnbqrsfkz", strict=True)),
    **dict(zip("2356789", "23kt7qs", strict=True)),
}
"""Latin letters and digits by the consonant that they stand for; ``h`` is most often the end of a word."""
_SPELT: Final = re.compile(
    r"^(?!(?:2nd|3rd|[567]th|[235679][ap]m|b2[bc])$)(?:.*[a-z][235679][a-z]|[2357][a-z]{2}|.*[a-z]{3}[237]$)"
)
"""Digits that stand for sounds inside a word ("7abibi", "ma3rad"), and no ordinals, hours or firms."""
_SMALL_WORDS: Final = frozenset(
    "shu sho shou chno chnou chkoun shinu shno shnu wein wain ween fein feen emta imta mnein mnin bdi bedi bddi biddi "  # noqa: SIM905 -- a list of words is read as one
    "bghit dyal dyali mesh msh mish mosh mafi wala walla kifach ezay ezzay momken mumkin lazem lazim bel lel bekam "
    "bikam hada hatha".split()
)
"""Words of Arabic in Latin letters that neither English nor Vietnamese writes, nor Spanish or Malay."""
_SHARED_WORDS: Final = frozenset({"el", "il", "ana"})
"""Words that Spanish, Italian or Malay write as well."""


def arabizi(folded: Iterable[str], *, certainly: bool = True) -> bool:
    """Whether words of a message are written as Arabic in Latin letters is: as nothing else, or else as hardly anything else."""
    known = _SMALL_WORDS if certainly else _SMALL_WORDS | _SHARED_WORDS
    return any(word.isascii() and (word in known or _SPELT.search(word) is not None) for word in folded)


@lru_cache(maxsize=8192)
def shapes(folded: str) -> tuple[str, ...]:
    """What else an Arabic word may be without what its language writes onto it; nothing for words of other scripts."""
    return forms(folded)[1:] if _arabic(folded) else ()


@lru_cache(maxsize=8192)
def skeleton(folded: str) -> str | None:
    """The consonants of an Arabic word in either script, marked as such; None when too few are left."""
    if _arabic(folded):
        found = "".join(_CONSONANTS.get(letter, "") for letter in folded.removeprefix("ال"))
    elif folded.isascii() and not folded.isdigit():
        found = "".join(_SOUNDS.get(letter, _CONSONANTS.get(letter, "")) for letter in _paired(folded))
    else:
        return None
    return _SIGN + found if len(found) >= _SHORTEST else None


def _paired(latin: str) -> str:
    for pair, letter in _PAIRS:
        latin = latin.replace(pair, letter)
    return latin


def _arabic(folded: str) -> bool:
    return "\u0600" <= folded[0] <= "\u06ff"
