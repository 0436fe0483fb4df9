"""Hears "still not solved": a message that tells nothing but that the trouble lasts. What was said before is what it is about."""

from __future__ import annotations

from typing import Final

from bot.answers.phrases import PhraseSet, shape
from bot.model.content import Library
from bot.model.decisions import GENERAL_TEAM, Unresolved
from bot.model.people import Dialog

_AROUND: Final = ("greeting", "sorry", "negative", "thanks")
"""Kinds of small talk that such a message is wrapped in."""


class Lasting:
    """The words of one library."""

    def __init__(self, library: Library) -> None:
        self._teams = {topic.id: topic.team for topic in library.topics.values()}
        self._phrases = PhraseSet.of(library.dialog.lasting)
        around = [line for lines in library.fillers.values() for line in lines]
        for kind in library.small_talk:
            if kind.kind in _AROUND:
                around += [line for lines in kind.says.values() for line in lines]
        self._around = PhraseSet(around)

    def heard(self, text: str) -> bool:
        tokens = shape(text)
        position = said = 0
        while position < len(tokens):
            length = self._phrases.at(tokens, position)
            said += length
            length = length or self._around.at(tokens, position)
            if not length:
                return False
            position += length
        return said > 0

    def whose(self, dialog: Dialog) -> Unresolved:
        """Those who know of the trouble: it names no topic, so that a request of theirs is opened again."""
        return Unresolved(self._teams.get(dialog.topic or "", GENERAL_TEAM), 0.0)
