"""Takes what points to a person out of a question, so that it may be kept to learn from; pure.

Numbers, addresses of mail and pages, and names go. A name is found by the words before it, by its capital letter together with
being unknown to the library, or because the chat's owner has it; a name in small letters that nothing introduces is not found,
which is why a question that only one person asked is still erased with that person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from typing import Final

LONGEST: Final = 280  # characters; a longer message tells a story, and stories are about people
NUMBER: Final = "#"
NAME: Final = "…"
_ADDRESS: Final = re.compile(r"\S+@\S+|@\w+|https?://\S+|www\.\S+", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MOST_NAMES: Final = 3  # words of a name after the words that introduce it


def masked(
    text: str, known: Callable[[str], bool], introduces: Callable[[list[str]], bool], own: Collection[str]
) -> str:
    """The question without what points to a person; empty when it is too long to be one.

    Args:
        text: As it was written.
        known: Whether the library knows a word.
        introduces: Whether a name follows after these words.
        own: The words of the chat owner's own name.
    """
    if len(text) > LONGEST:  # looked at first: what is below takes its time with long texts
        return ""
    plain = " ".join(_ADDRESS.sub(NUMBER, unicodedata.normalize("NFKC", text)).split())
    if not plain or len(plain) > LONGEST:
        return ""
    mine = {word.casefold() for word in own}
    pieces: list[str] = []
    position = 0
    for word, name in _words(plain, known, introduces):
        pieces.append(plain[position : word.start()])
        pieces.append(_shown(word[0], hidden=name or word[0].casefold() in mine))
        position = word.end()
    return re.sub(r"…(?: …)+", NAME, "".join([*pieces, plain[position:]]))


def _words(
    plain: str, known: Callable[[str], bool], introduces: Callable[[list[str]], bool]
) -> Iterator[tuple[re.Match[str], bool]]:
    """Each word, with whether it is taken for a part of a name."""
    shouted = plain == plain.upper() != plain.lower()
    before: list[str] = []
    left = 0
    for word in _WORD.finditer(plain):
        unknown = not known(word[0])
        left = _MOST_NAMES if introduces(before) else left
        capital = word[0][0].isupper() and not shouted
        name = (unknown and (shouted or capital)) or (left > 0 and (unknown or capital))
        left = left - 1 if name else 0
        before.append(word[0])
        yield word, name


def _shown(word: str, *, hidden: bool) -> str:
    if any(letter.isdigit() for letter in word):
        return NUMBER
    return NAME if hidden else word
