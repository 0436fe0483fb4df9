"""The parts of the desk, how each is, why, and since when; what ``/readyz`` shows and the heartbeat depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Level = Literal["green", "amber", "red"]
"""Amber: it does its work, and somebody should look. Red: it does not."""


@dataclass(frozen=True, slots=True)
class Part:
    level: Level
    reason: str = ""
    """A word for machines, such as ``conflict``; empty when all is well. See docs/reference/health.md."""
    since: datetime | None = None

    @property
    def ok(self) -> bool:
        return self.level != "red"


@dataclass
class Board:
    """Keeps since when each part is as it is."""

    now: Callable[[], datetime]
    _parts: dict[str, Part] = field(default_factory=dict)

    def note(self, name: str, level: Level, reason: str = "") -> None:
        known = self._parts.get(name)
        if known is None or (known.level, known.reason) != (level, reason):
            self._parts[name] = Part(level, reason, self.now())

    def mend(self, name: str, reason: str) -> None:
        """Green again, if that was the reason."""
        known = self._parts.get(name)
        if known is not None and known.reason == reason:
            self.note(name, "green")

    @property
    def parts(self) -> Mapping[str, Part]:
        return dict(self._parts)

    @property
    def green(self) -> bool:
        return bool(self._parts) and all(part.level == "green" for part in self._parts.values())
