"""Hears "no, not that": a message that turns down the last answer or the topics that were offered, and what was meant instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.answers.normal import fold, normalise
from bot.answers.phrases import PhraseSet
from bot.model.content import Library
from bot.model.decisions import Answer, Clarify, Decision, Emergency
from bot.model.people import Dialog

_WORD: Final = re.compile(r"[^\W_]+")
_COMPLETE: Final = 4  # words of a denial that needs no pause after it: "that is not what I asked, …"
_AROUND: Final = ("no", "sorry", "negative")  # kinds of small talk that a denial is wrapped in


@dataclass(frozen=True, slots=True)
class Denied:
    """What was turned down is in the dialog; this is the rest of the message."""

    rest: str
    """What was meant instead, normalised; empty when the message says no more."""
    turned_down: bool = True
    """False after a bare "I meant …": that is read like any other message."""


class Denials:
    """The words of one library."""

    def __init__(self, library: Library) -> None:
        said = library.dialog
        self._denials = PhraseSet.of(said.denials)
        self._meant = PhraseSet.of(said.meant)
        self._correcting = PhraseSet.of(said.correcting)
        self._no = PhraseSet(_small_talk(library, ("no",)))
        self._around = PhraseSet(
            [*_small_talk(library, _AROUND), *(line for lines in library.fillers.values() for line in lines)]
        )

    def heard(self, text: str, dialog: Dialog) -> Denied | None:
        """None when the message denies nothing, or when there is nothing to deny.

        A bare "no" only answers a question of the desk; after an answer it may be politeness. "I meant …" says what was
        meant of a question that a person has got, also without a "no".
        """
        handed = dialog.handed is not None
        if not (dialog.topic or dialog.options or dialog.asked_back or handed):
            return None
        normal = normalise(text)
        spans = list(_WORD.finditer(fold(normal)))
        # Folding may change how many letters a word has; then the rest is cut from the folded text.
        source = normal if len(fold(normal)) == len(normal) else fold(normal)
        tokens = [span[0] for span in spans]
        position, denied, introduced = self._lead(tokens, asked_back=dialog.asked_back)
        meant = self._correcting.at(tokens, 0) if handed and not denied else 0
        if 0 < meant < len(tokens):
            return Denied(source[spans[meant].start() :], turned_down=False)
        if not denied:
            return None
        if position == len(tokens):
            return Denied("")
        pause = source[spans[position - 1].end() : spans[position].start()].strip()
        if not (introduced or pause or denied >= _COMPLETE):
            return None
        return Denied(source[spans[position].start() :])

    def _lead(self, tokens: Sequence[str], *, asked_back: bool) -> tuple[int, int, bool]:
        """Where the denial at the head ends, how many words it has, and whether "I meant" ends it."""
        position = denied = 0
        said_no = False
        while position < len(tokens):
            length = self._denials.at(tokens, position)
            if length:
                denied += length
            elif (denied or said_no) and (length := self._meant.at(tokens, position)):
                return position + length, denied or 1, True
            elif length := self._no.at(tokens, position):
                said_no = True
            elif not (length := self._around.at(tokens, position)):
                break
            position += length
        return position, denied or int(said_no and asked_back), False


def without_topics(decision: Decision, denied: Collection[str]) -> Decision | None:
    """A decision without the topics that were turned down; None when it says nothing else."""
    match decision:
        case Answer(topic):
            return None if topic in denied else decision
        case Clarify(options):
            left = tuple(topic for topic in options if topic not in denied)
            return replace(decision, options=left) if left else None
        case Emergency():
            return decision
        case _:
            return None


def _small_talk(library: Library, kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    return [
        line for kind in library.small_talk if kind.kind in wanted for lines in kind.says.values() for line in lines
    ]
