"""Rich text as Telegram shows it: letters and marks, cleaned as the server cleans, in parts short enough.

Positions count characters here; ``bot.transports.telegram_shapes`` turns them into the Bot API's UTF-16 units.
No markup language is used at all, so there is nothing that a text could break.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.model.language import Language
from bot.model.rich import FSI, LRI, PDI, Rich, Span

LONGEST: Final = 4096  # for the server characters, for some clients UTF-16 units: we stay below both
MOST_MARKS: Final = 100  # more are refused; the letters matter, so surplus marks are left out
RLM: Final = "\u200f"  # right-to-left mark: a line that starts with it runs from the right

Kind = Literal["bold", "code", "text_link", "blockquote", "spoiler"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of letters that is shown in its own way."""

    kind: Kind
    start: int
    end: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text with its marks."""

    text: str
    marks: tuple[Mark, ...] = ()


def shown(spans: Rich, language: Language, *, covered: bool = False) -> Shown:
    """The letters and marks of a rich text.

    Args:
        spans: What to show.
        language: Of the sentences around the values.
        covered: Hide quotes until they are tapped; covered words do not stand in notifications either.
    """
    page = _Page(language, covered=covered)
    for span in spans:
        page.add(span)
    whole = Shown(page.text, tuple(page.marks))
    return _with_directions(whole) if language == "ar" else whole


class _Page:
    def __init__(self, language: Language, *, covered: bool) -> None:
        self.text = ""
        self.marks: list[Mark] = []
        self._arabic = language == "ar"
        self._covered = covered
        self._line_ends = False  # a quote was the last thing: the next one starts a line of its own

    def add(self, span: Span) -> None:
        words = clean(span.text)
        if span.style == "plain":
            self._letters(words)
        elif span.style == "bold":
            self._marked(words, "bold")
        elif span.style == "quote":
            self._quote(without_isolates(words))
        else:
            self._value(span, without_isolates(words))

    def _value(self, span: Span, words: str) -> None:
        first, last = _isolates(span, words, arabic=self._arabic)
        self._letters(first)
        if span.style == "code":
            self._marked(words, "code")
        elif span.style == "link" and span.href and span.href.startswith(("https://", "http://", "tg://")):
            self._marked(words, "text_link", span.href)
        else:
            self._letters(words)
        self._letters(last)

    def _quote(self, words: str) -> None:
        if self.text and not self.text.endswith("\n"):
            self._letters("\n")
        start = len(self.text)
        self._marked(words.strip(), "blockquote")
        if self._covered and len(self.text) > start:
            self.marks.append(Mark("spoiler", start, len(self.text)))
        self._line_ends = True

    def _marked(self, words: str, kind: Kind, url: str = "") -> None:
        start = self._letters(words)
        if len(self.text) > start:
            self.marks.append(Mark(kind, start, len(self.text), url))

    def _letters(self, words: str) -> int:
        """Adds letters; returns where they begin."""
        if self._line_ends and words:
            self._line_ends = False
            if not words.startswith("\n"):
                self.text += "\n"
        if self.text.endswith(("\u200e", RLM)):
            words = words.lstrip(_DIRECTIONS)  # of several marks in a row the server keeps one
        start = len(self.text)
        self.text += words
        return start


def _isolates(span: Span, words: str, *, arabic: bool) -> tuple[str, str]:
    """What keeps a value apart from the direction of the text around it."""
    if span.style == "phone":
        return LRI, PDI
    if not arabic and not has_arabic(words):
        return "", ""
    return (LRI if span.style == "code" else FSI), PDI


_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
# What the server removes, what it shows as blanks and what no text may hold: else our positions would be wrong.
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_MARKS = re.compile("[\u200e\u200f]*([\u200e\u200f])")  # of several in a row it keeps one
_UNCLEAN = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a\x00-\x09\x0b\x0c\x0e-\x1f\ud800-\udfff\u200e\u200f]")
_DIRECTIONS: Final = "\u200e\u200f"
_ISOLATES = re.compile("[\u2066-\u2069]")


def clean(text: str) -> str:
    """The text as the server leaves it, save the white space around it."""
    if _UNCLEAN.search(text) is None:  # nearly always, and one look is cheaper than three
        return text
    return _MARKS.sub(r"\1", _CONTROL.sub(" ", _REMOVED.sub("", text)))


def without_isolates(text: str) -> str:
    """Values may not end the isolate that stands around them; marks that stood around one now stand together."""
    return _MARKS.sub(r"\1", _ISOLATES.sub("", text))


def has_arabic(text: str) -> bool:
    return _ARABIC.search(text) is not None


def _with_directions(whole: Shown) -> Shown:
    """Arabic lines that begin with a Latin letter get a mark in front: clients look at the first letter only.

    Lines without any Arabic stay as they are, such as an address for the driver; quotes are a person's words.
    """
    quotes = [mark for mark in whole.marks if mark.kind == "blockquote"]
    places: list[int] = []
    start = 0
    for line in whole.text.split("\n"):
        if _misleads(line) and not any(q.start <= start < q.end for q in quotes):
            places.append(start)
        start += len(line) + 1
    return _inserted(whole, places) if places else whole


def _misleads(line: str) -> bool:
    if line.startswith(("\u200e", RLM)) or not has_arabic(line):
        return False
    strong = (unicodedata.bidirectional(letter) for letter in line)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "AL") == "L"


def _inserted(whole: Shown, places: Sequence[int]) -> Shown:
    text, last = "", 0
    for place in places:
        text += whole.text[last:place] + RLM
        last = place
    text += whole.text[last:]
    return Shown(
        text,
        tuple(
            replace(
                mark,
                start=mark.start + sum(place <= mark.start for place in places),
                end=mark.end + sum(place < mark.end for place in places),
            )
            for mark in whole.marks
        ),
    )


# ---------------------------------------------------------------- parts


def parts(whole: Shown, longest: int = LONGEST) -> list[Shown]:
    """The text in parts of at most ``longest`` UTF-16 units, cut between paragraphs, else lines, else words.

    Only white space is lost at the cuts; a mark across a cut goes on behind it. Parts without ink are left out.
    """
    found: list[Shown] = []
    start, end = 0, len(whole.text)
    while start < end:
        reach = _reach(whole.text, start, longest)
        cut = end if reach == end else _cut(whole.text, start, reach)
        if (part := _part(whole, start, cut)) is not None:
            found.append(part)
        start = cut
    return found


def _part(whole: Shown, start: int, end: int) -> Shown | None:
    text = whole.text[start:end]
    start += len(text) - len(text.lstrip(_SPACE))
    text = text.strip(_SPACE)
    if not text.strip(_INKLESS):
        return None
    marks = [
        replace(mark, start=max(mark.start - start, 0), end=min(mark.end - start, len(text)))
        for mark in whole.marks
        if mark.start - start < len(text) and mark.end > start
    ]
    return Shown(text, tuple(marks[:MOST_MARKS]))


_SPACE: Final = " \n\t"
_INKLESS: Final = (
    " \n\t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e"
    "\u200f\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u2800\u3000\ufeff\ufffc"
)


def _reach(text: str, start: int, longest: int) -> int:
    """How far one part may go at most."""
    if units(text[start : start + longest]) <= longest:
        return min(len(text), start + longest)
    left = longest
    for place in range(start, len(text)):
        left -= 2 if text[place] > "\uffff" else 1
        if left < 0:
            return place
    return len(text)


def _cut(text: str, start: int, reach: int) -> int:
    for least in (start + (reach - start) // 4, start + 1):  # rather a line's end than a tiny part
        for gap in ("\n\n", "\n", " "):
            if (place := text.rfind(gap, least, reach + len(gap))) > start:
                return place
    return _between_letters(text, start, reach)


def _between_letters(text: str, start: int, reach: int) -> int:
    """A word longer than a part: cut it, but not between a letter and its accents."""
    place = reach
    while place > start + 1 and (
        unicodedata.category(text[place])[0] == "M" or "\u200d" in text[place - 1 : place + 1]
    ):
        place -= 1
    return place if place > start + 1 else reach


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
