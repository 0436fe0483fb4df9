"""Who sent what when, who read it where, and what stood in a wrong place; for ``bench.reception``.

Every request of a delegate and every reply of staff carries a mark of its own. All times are seconds of ``time.time``.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from bench import machine

Lane = Literal["console", "group", "direct"]
MARK: Final = re.compile(r"[QR]\d{5}x")


@dataclass
class Line:
    """A request of a delegate, or a reply to one."""

    mark: str
    owner: int
    """The one delegate who may read it."""
    sent: float
    accepted: float | None = None
    seen: dict[str, float] = field(default_factory=dict)
    """When each lane of staff first showed it; of a reply, when the delegate's own chat did."""
    private: bool = False
    """A medical case: only those responsible may read it."""


@dataclass(eq=False)
class Bell(asyncio.Event):
    """Rung by the answer to a question that was asked at this moment."""

    since: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        super().__init__()


@dataclass
class Watch:
    requests: dict[str, Line] = field(default_factory=dict)
    replies: dict[str, Line] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    """Seconds from a question that the desk answers by itself to its answer."""
    timed: dict[str, list[float]] = field(default_factory=dict)
    """Seconds that pages and buttons took, by what they were."""
    counts: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    """Why streams of pages had to be opened again."""
    wrong: list[str] = field(default_factory=list)
    """What stood where it must not."""
    winners: dict[str, set[str]] = field(default_factory=dict)
    """Who was told that a request is theirs, by its mark: its number may be opened again and have another owner then."""

    def request(self, owner: int, at: float, *, private: bool) -> Line:
        line = Line(f"Q{len(self.requests):05d}x", owner, at, private=private)
        self.requests[line.mark] = line
        return line

    def reply(self, to: Line, at: float) -> Line:
        line = Line(f"R{len(self.replies):05d}x", to.owner, at)
        self.replies[line.mark] = line
        return line

    def staff_read(self, text: str, lane: Lane, at: float, *, may_read_private: bool = False) -> list[Line]:
        """Requests that staff read for the first time on any lane."""
        first = []
        for mark in set(MARK.findall(text)):
            line = self.requests.get(mark)
            if line is None:
                continue
            if line.private and not may_read_private:
                self.wrong.append(f"{mark}, a medical case, at the {lane}")
            if not line.seen:
                first.append(line)
            line.seen.setdefault(lane, at)
        return first

    def delegate_read(self, text: str, reader: int, at: float) -> None:
        for mark in MARK.findall(text):
            line = self.requests.get(mark) or self.replies[mark]
            if line.owner != reader:
                self.wrong.append(f"{mark} of {line.owner} at {reader}")
            line.seen.setdefault("delegate", at)

    def answered(self, bell: Bell, at: float) -> None:
        self.answers.append(at - bell.since)
        bell.set()

    def took(self, what: str, seconds: float) -> None:
        self.timed.setdefault(what, []).append(seconds)

    # ---------------------------------------------------------------- the report

    def rows(self) -> list[str]:
        lines = [line for line in self.requests.values() if line.accepted is not None]
        first = [min(at) - line.sent for line in lines if (at := _staff(line))]
        found = [row("request → first staff lane", len(lines), first)]
        for lane in ("console", "direct", "group"):
            meant = [line for line in lines if lane == "console" or not line.private]
            took = [line.seen[lane] - line.sent for line in meant if lane in line.seen]
            found.append(row(f"request → {lane}", len(meant), took))
        replies = [line for line in self.replies.values() if line.accepted is not None]
        arrived = [line.seen["delegate"] - line.sent for line in replies if "delegate" in line.seen]
        found.append(row("reply → its delegate", len(replies), arrived))
        found.append(row("question → answer of the desk", self.counts["questions"], self.answers))
        return found + [row(what, len(took), took) for what, took in sorted(self.timed.items())]

    @property
    def lost(self) -> int:
        """Accepted, and never where it belongs."""
        unseen = sum(1 for line in self.requests.values() if line.accepted is not None and not _staff(line))
        unread = sum(1 for line in self.replies.values() if line.accepted is not None and "delegate" not in line.seen)
        return unseen + unread

    @property
    def contested(self) -> int:
        """Requests that two people were told to be theirs."""
        return sum(len(names) > 1 for names in self.winners.values())


def _staff(line: Line) -> list[float]:
    return [line.seen[lane] for lane in ("console", "direct", "group") if lane in line.seen]


def row(name: str, sent: int, took: list[float]) -> str:
    shares = [f"{1000 * machine.quantile(took, share):.0f}" for share in (0.5, 0.95, 0.99)] if took else ["–"] * 3
    return "| " + " | ".join([name, str(sent), str(sent - len(took)), *shares]) + " |"
