"""Greetings, thanks and the like: a layer of its own, looked at only when no other word is left in the message.

As ordinary topics they would win over every politely wrapped question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from bot.answers.normal import fold, normalise, words
from bot.model.content import Library

# What a message answers to when it holds several kinds: "hello, thanks, bye" says goodbye.
_WEIGHT: Final = (
    "robot",
    "who-made-you",
    "negative",
    "wrong-chat",
    "bye",
    "thanks",
    "how-are-you",
    "praise",
    "sorry",
    "no",
    "yes",
    "test",
    "laugh",
    "greeting",
)
SPEAKS: Final = "language"
"""A kind whose reply is no text of the content: the desk goes on in the language that was asked for."""
HELPS: Final = "help"
"""Likewise: what the desk can do."""
ASKS_FOR_REQUESTS: Final = "requests"
"""Likewise: the list of one's own requests, each with a button to withdraw it."""
_TOLD_APART: Final = frozenset("🏻🏼🏽🏾🏿️")  # skin tones and the emoji selector change nothing


class SmallTalk:
    def __init__(self, library: Library) -> None:
        self._kinds: dict[str, str] = {}
        self._emoji: dict[str, str] = {}
        for kind in library.small_talk:
            for says in kind.says.values():
                for line in says:
                    key = _key(line)
                    if key:
                        self._kinds.setdefault(key, kind.kind)
                    elif line.strip():
                        self._emoji.setdefault(_bare(line), kind.kind)
        self._fillers = {key for lines in library.fillers.values() for line in lines if (key := _key(line))}
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in (*self._kinds, *self._fillers):
            lengths[key.split()[0]].add(len(key.split()))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
        """Of the phrases that begin with a word, the longest first."""

    def kind(self, text: str) -> str | None:
        """The kind of small talk that the whole message is; None when it holds anything else."""
        tokens = _key(text).split()
        if not tokens:
            return self._emoji_kind(text)
        kinds, rest = self._cover(tokens)
        if rest or not kinds:
            # Only fillers ("please", "bạn ơi") is somebody about to ask: a greeting.
            return "greeting" if not rest and tokens else None
        return min(kinds, key=lambda kind: _WEIGHT.index(kind) if kind in _WEIGHT else len(_WEIGHT))

    def content(self, text: str) -> list[str]:
        """The words that are left without small talk and politeness."""
        return self._cover(_key(text).split())[1]

    def _cover(self, tokens: list[str]) -> tuple[set[str], list[str]]:
        kinds: set[str] = set()
        rest: list[str] = []
        position = 0
        while position < len(tokens):
            for length in self._lengths.get(tokens[position], ()):
                phrase = " ".join(tokens[position : position + length])
                if phrase in self._kinds:
                    kinds.add(self._kinds[phrase])
                elif phrase not in self._fillers:
                    continue
                position += length
                break
            else:
                rest.append(tokens[position])
                position += 1
        return kinds, rest

    def _emoji_kind(self, text: str) -> str | None:
        bare = _bare(text)
        if bare in self._emoji:
            return self._emoji[bare]
        found = [self._emoji[sign] for sign in bare if sign in self._emoji]
        return found[0] if found and len(found) * 2 >= len(bare) else None


def _key(text: str) -> str:
    return " ".join(words(fold(normalise(text))))


def _bare(text: Iterable[str]) -> str:
    return "".join(sign for sign in text if not sign.isspace() and sign not in _TOLD_APART)
