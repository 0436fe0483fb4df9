"""What is asked of the desk itself: to go on in another language, what it can do, what became of a request; and messages that are nothing but a room's number."""

from __future__ import annotations

from typing import Final

from bot.answers.phrases import PhraseSet, shape
from bot.answers.smalltalk import SmallTalk
from bot.model.content import DialogWords
from bot.model.language import Language

_LONGEST: Final = 80  # characters of a message that asks for a language
_ROOM_DIGITS: Final = (3, 4)


class Wishes:
    """Whole messages, by the words of one library; politeness around them is left out."""

    def __init__(self, said: DialogWords, small_talk: SmallTalk) -> None:
        self._small_talk = small_talk
        self._rooms = PhraseSet.of(said.rooms)
        self._abilities = {self._bare(phrase) for phrases in said.abilities.values() for phrase in phrases}
        self._requests = {self._bare(phrase) for phrases in said.requests.values() for phrase in phrases} - {""}
        self._speak = {self._bare(phrase): language for language, phrases in said.speak.items() for phrase in phrases}

    def language(self, text: str) -> Language | None:
        """The language that a message asks to go on in, where it asks for nothing else."""
        return self._speak.get(self._bare(text)) if len(text) <= _LONGEST else None

    def abilities(self, text: str) -> bool:
        """Whether a message asks what the desk can do."""
        return self._bare(text) in self._abilities

    def requests(self, text: str) -> bool:
        """Whether a message asks for one's own requests, or to withdraw one."""
        return self._bare(text) in self._requests

    def only_a_room(self, text: str) -> bool:
        """Nothing but the number of a room: it goes with what was said before, which people know."""
        tokens = shape(text)
        head = self._rooms.at(tokens, 0)
        return len(tokens) == head + 1 and tokens[-1].isdecimal() and len(tokens[-1]) in _ROOM_DIGITS

    def _bare(self, text: str) -> str:
        """A message without its politeness."""
        return " ".join(self._small_talk.content(text))
