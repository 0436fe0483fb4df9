"""What the bot called, and what it did wrong."""

from dataclasses import dataclass, field
from typing import Any

from .bell import Bell

Json = dict[str, Any]


@dataclass(slots=True)
class Call:
    """One request of the bot; ``status`` 0 means that it got no answer."""

    method: str
    fields: Json
    at: float
    status: int = 0
    description: str = ""
    result: Any = None
    fault: str = ""


@dataclass(slots=True)
class Violation:
    """Something a correct bot never does."""

    text: str
    call: Call | None = None

    def __str__(self) -> str:
        return f"{self.text} [{self.call.method} {self.call.fields}]" if self.call else self.text


@dataclass(slots=True)
class Ledger:
    calls: list[Call] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)  # after each call

    def blame(self, text: str, call: Call | None = None) -> None:
        if not any(part in text for part in self.tolerated):
            self.violations.append(Violation(text, call))
