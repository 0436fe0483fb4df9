"""Short ways of writing many words in emergency cues: named groups, and the forms an Arabic word takes.

Arabic writes pronouns, articles, prepositions, tense and negation onto the word, and every dialect its own. Instead of listing
them, a cue says ``V3:ختنق`` (the verb, third person, with every prefix) or ``N:دخان`` (the noun with its particles).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_GROUP: Final = re.compile(r"\{(\w+)\}")
_FORM: Final = re.compile(r"([A-Z]\d?):(.+)")


def _with(prefixes: Sequence[str], word: str, *, persons: str = "", beginning: bool = True) -> list[str]:
    """The word behind each prefix (and sign of the person); ``beginning``: whatever follows it."""
    star = "*" if beginning else ""
    return [prefix + person + word + star for prefix in prefixes for person in (persons or [""])]


_TENSE_3: Final = ("", "ب", "ك", "د", "ه", "ح", "و", "وب", "عم", "م", "ف")
_TENSE_1: Final = ("", "ب", "د", "و", "عم", "ك", "ه", "ح")
_NEGATION: Final = (
    "ما",
    "م",
    "لا",
    "ماب",
    "مب",
    "ماك",
    "مك",
    "ماد",
    "مش",
    "ماعم",
    "ولا",
    "وما",
    "فما",
    "وماب",
    "بلا",
    "مو",
)
_PARTICLES: Final = ("", "ال", "و", "وال", "ب", "بال", "ل", "لل", "هال", "فال", "عال")
_OWNERS: Final = ("ي", "ه", "ها", "هم", "و", "نا", "ك")


def _verb_3(stem: str) -> list[str]:
    return _with(_TENSE_3, stem, persons="يت")


def _verb_1(stem: str) -> list[str]:
    return [*_with(_TENSE_1, stem, persons="ان"), f"ب{stem}*"]


def _owned(word: str) -> list[str]:
    bare = [word + owner for owner in _OWNERS]
    return [*bare, *("و" + form for form in bare[:5]), *("ب" + form for form in bare[:3]), "ال" + word, "بال" + word]


FORMS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "V3": _verb_3,
    "V1": _verb_1,
    "V": lambda stem: [*_verb_3(stem), *_verb_1(stem)],
    "M3": lambda stem: _with(_NEGATION[:12], stem, persons="يت"),
    "M": lambda stem: _with(_NEGATION, stem, persons="يتان"),
    "N": lambda word: _with(_PARTICLES, word, beginning=False),
    "B": lambda word: _with(("", "ال", "ب", "و", "وال", "بال", "ف", "ل", "ع"), word),
    "P": lambda word: _with(("", "و", "ف"), word),
    "Q": lambda word: _with(("", "ال", "و"), word),
    "S": lambda word: [word + owner for owner in (*_OWNERS, "هو", "كم")],
    "S2": _owned,
}


_MANY: Final = 60  # options


class UnknownForm(ValueError):
    """A cue names a group or a form that there is not."""


def expand(cue: str, groups: Mapping[str, str], *, begins: bool = False) -> str:
    """The cue with its groups and forms written out; whole-message cues (``^…$``) stand as they are.

    Args:
        cue: As written in the file.
        groups: Words by the name of the group, with spaces between.
        begins: Its first word may carry an Arabic "and", as the first word of a breathless message does.

    Raises:
        UnknownForm: With the group or form as written.
    """
    if cue.startswith("^"):
        return cue
    parts = [_options(part, groups) for part in cue.split()]
    if begins and parts:
        parts[0] = _and(parts[0])
    return " ".join("|".join(part) for part in parts)


def _and(options: list[str]) -> list[str]:
    """The words, and each with an Arabic "and" before it; so long a list names those forms itself."""
    if len(options) >= _MANY:
        return options
    return list(dict.fromkeys([*options, *("و" + option for option in options if _may_carry_and(option))]))


def _may_carry_and(option: str) -> bool:
    return "*" not in option and "\u0600" < option[0] < "\u06ff" and option[0] != "و"


def _options(part: str, groups: Mapping[str, str]) -> list[str]:
    options: list[str] = []
    for written in part.split("|"):
        if group := _GROUP.fullmatch(written):
            if group[1] not in groups:
                raise UnknownForm(written)
            options += _and(_options("|".join(groups[group[1]].split()), groups))
        elif form := _FORM.fullmatch(written):
            if form[1] not in FORMS:
                raise UnknownForm(written)
            options += FORMS[form[1]](form[2])
        else:
            options.append(written)
    return _shortest(list(dict.fromkeys(option for option in options if option)))


def _shortest(options: list[str]) -> list[str]:
    """Without those that a beginning among them covers."""
    begins = {option[:-1] for option in options if option.endswith("*")}
    return [
        option
        for option in options
        if not any(option.rstrip("*")[:length] in begins for length in range(1, len(option.rstrip("*"))))
        and (option.endswith("*") or option not in begins)
    ]
