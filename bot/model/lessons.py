"""Something that staff teach the desk during the event: ways of asking, or a topic with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.model.language import Language

LessonState = Literal["draft", "live", "withdrawn"]


@dataclass(frozen=True, slots=True)
class TaughtLesson:
    id: str
    topic: str
    asking: Mapping[str, tuple[str, ...]]
    """Per language."""
    by: str
    by_name: str
    at: datetime
    title: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, str] = field(default_factory=dict)
    """Of a new topic; empty when only ways of asking are added to one that is there."""
    team: str = ""
    state: LessonState = "draft"
    approved_name: str = ""

    @property
    def fresh(self) -> bool:
        return bool(self.answer)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be taught, before anybody looked at it."""

    asking: Mapping[Language, tuple[str, ...]]
    answer: Mapping[Language, str] = field(default_factory=dict)
    """Of a new topic, in the language in which it was given."""
    topic: str = ""
    """One that is there already, when its answer was the answer."""
    team: str = ""
