"""What an announcement is, what is wrong with it, and whom it reaches; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.i18n.translator import Speaker, mark
from bot.model.language import LANGUAGES, Language
from bot.model.messages import Message
from bot.model.people import Delegate
from bot.model.remark import Remark
from bot.model.rich import Span

UNDO: Final = timedelta(seconds=10)
"""Between the confirmation and the first message: until then nobody has read anything."""
LONGEST: Final = 3_500  # characters of a text, so that it stays one message on Telegram
DOORS: Final = ("telegram", "webchat")
NOBODY_THERE: Final = frozenset({"drill", "counter"})
"""Doors at which nobody reads: of rehearsals, and of requests made at the counter."""

_PLACEHOLDER: Final = re.compile(
    r"\{[^}]*\}?|\}|\[[^\]]*\]|<[^>]+>|\bTODO\b|\bTBD\b|\bXXX+\b|\blorem ipsum\b|\?\?\?|__+", re.IGNORECASE
)
_ARABIC: Final = re.compile(r"[\u0620-\u064a]")
_NUMBER: Final = re.compile(r"\d+(?:[:.]\d+)*")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is for; nothing named means everybody."""

    languages: tuple[Language, ...] = ()
    doors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Announcement:
    """What organisers want, by their commands."""

    id: str
    texts: Mapping[Language, str]
    audience: Audience
    made_at: datetime
    confirmed_at: datetime | None = None
    count: int = 0
    """The recipients that were shown and confirmed."""
    paused: bool = False
    withdrawn_at: datetime | None = None
    removed: int = 0
    """Rows that left the outbox unsent because it was withdrawn."""

    def due(self, now: datetime) -> bool:
        """Whether messages may go out. Confirmed in the future: the clock was set back, and nobody waits for it again."""
        if self.confirmed_at is None or self.paused or self.withdrawn_at is not None:
            return False
        return self.confirmed_at + UNDO <= now or self.confirmed_at > now


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is; only the process that sends changes it."""

    queued: int = 0
    """Recipients whose message is in the outbox or through."""
    complete: bool = False
    """Every recipient was looked at."""
    unreachable: int | None = None
    """How many could not be reached; known when nothing waits any more."""
    sent: int | None = None
    """How many got it although it was withdrawn; known when nothing waits any more."""

    def sent_of(self, wish: Announcement, waiting: int) -> int:
        """How many have it, while that many rows wait."""
        return self.sent if self.sent is not None else max(0, self.queued - wish.removed - waiting)


def problems(texts: Mapping[str, str]) -> list[Remark]:
    """Everything for which the texts cannot be sent."""
    found = [
        Remark(mark("{language}: there is no text"), {"language": language})
        for language in LANGUAGES
        if not texts.get(language, "").strip()
    ]
    found += [
        Remark(mark("{language}: no such language here"), {"language": language})
        for language in texts
        if language not in LANGUAGES
    ]
    for language, text in texts.items():
        found += _problems_of(language, text)
    if texts.get("ar", "").strip() and not _ARABIC.search(texts["ar"]):
        found.append(Remark(mark("{language}: this is not Arabic"), {"language": "ar"}))
    same = [
        (one, other) for one in texts for other in texts if one < other and texts[one].strip() == texts[other].strip()
    ]
    return found + [
        Remark(mark("{language} and {other}: the same text twice"), {"language": one, "other": other})
        for one, other in same
        if texts[one].strip()
    ]


def _problems_of(language: str, text: str) -> list[Remark]:
    found = []
    if len(text) > LONGEST:
        fields = {"language": language, "count": str(len(text)), "most": str(LONGEST)}
        found.append(Remark(mark("{language}: {count} characters, and at most {most} are one message"), fields))
    if placeholder := _PLACEHOLDER.search(text):
        fields = {"language": language, "placeholder": repr(placeholder[0])}
        said = mark("{language}: {placeholder} looks like a placeholder that was never filled in")
        found.append(Remark(said, fields))
    return found


def faults(texts: Mapping[str, str]) -> list[str]:
    """The same as English sentences, for commands."""
    return [problem.english for problem in problems(texts)]


def look_again(texts: Mapping[str, str]) -> list[Remark]:
    """What somebody should look at twice: times and numbers that are not the same in every language."""
    numbers = {language: Counter(map(_plain, _NUMBER.findall(text))) for language, text in texts.items()}
    everywhere = sorted({number for found in numbers.values() for number in found})
    return [
        Remark(
            mark("{number} stands in {languages}, but not in {others}"),
            {"number": number, "languages": ", ".join(has), "others": ", ".join(sorted(set(numbers) - set(has)))},
        )
        for number in everywhere
        if len(has := sorted(language for language in numbers if number in numbers[language])) < len(numbers)
    ]


def doubts(texts: Mapping[str, str]) -> list[str]:
    return [remark.english for remark in look_again(texts)]


def _plain(number: str) -> str:
    """Arabic digits as others write them."""
    return "".join(str(int(letter)) if letter.isdigit() else letter for letter in number)


def message(text: str, speaker: Speaker) -> Message:
    """As it is shown at every door: marked as what it is, so that nobody takes it for an answer."""
    # Translators: the head of a message that organisers send to many delegates at once.
    head = "📣 " + speaker.text("Announcement")
    return Message((Span(head, "bold"), Span("\n"), Span(text.strip())), speaker.language)


def recipients(everybody: Iterable[Delegate], wanted: Announcement, *, before: datetime) -> list[Delegate]:
    """Whom it reaches: each person once, through a door at which they can be reached."""
    people = [
        delegate
        for delegate in everybody
        if not delegate.blocked
        and delegate.address.channel not in NOBODY_THERE
        and delegate.first_seen <= before
        and _meant(delegate, wanted.audience)
    ]
    # Who linked the web page with Telegram gets it there only; a link counts when both sides say so.
    pages = {(one.other, one.address) for one in people if one.address.channel == "telegram"}
    return [one for one in people if (one.address, one.other) not in pages]


def _meant(delegate: Delegate, audience: Audience) -> bool:
    return _in(delegate.language, audience.languages) and _in(delegate.address.channel, audience.doors)


def _in(value: str, wanted: Collection[str]) -> bool:
    return not wanted or value in wanted


def unknown_audience(languages: Sequence[str], doors: Sequence[str]) -> list[str]:
    return [f"no such language: {name}" for name in languages if name not in LANGUAGES] + [
        f"no such door: {name} (there are {' and '.join(DOORS)})" for name in doors if name not in DOORS
    ]
