"""How often a bot may speak, and whether it waits as long as it was told."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from .errors import slow_down
from .ledger import Json

EARLY = 0.05  # seconds: clocks differ a little
UNDER_WAY = 0.25  # seconds: calls that left before the bot had read the 429 are no fault
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's limits; ``None`` in place of this switches them off."""

    overall: int = 30  # messages a second
    per_chat: float = 1.0  # messages a second
    burst: int = 5  # messages a chat may get at once
    per_group: int = 20  # messages and edits a minute


def speaks(method: str) -> bool:
    """Whether a call counts as a message."""
    return method.startswith(("send", "copy", "forward", "edit")) and method not in (
        "sendChatAction",
        "editForumTopic",
    )


@dataclass(slots=True)
class Wait:
    """A 429: until when it holds, and since when the bot knows of it."""

    until: float
    heard: float | None = None  # its process had read the answer; not before the fake saw that it had


@dataclass(slots=True)
class Flood:
    limits: Limits | None
    _waits: dict[str, Wait] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=deque)
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _tokens: dict[int, tuple[float, float]] = field(default_factory=dict)  # left, at

    def punish(self, method: str, fields: Json, seconds: int, now: float) -> None:
        """The bot has been told to wait."""
        self._waits[_lane(method, fields)] = Wait(now + seconds)

    def wait(self, method: str, fields: Json) -> Wait | None:
        """The last 429 of calls like this one."""
        return self._waits.get(_lane(method, fields))

    @property
    def heard(self) -> bool:
        """Whether the bot has read every 429."""
        return all(wait.heard is not None for wait in self._waits.values())

    def admit(self, method: str, fields: Json, now: float, *, came: float) -> None:
        """Counts a call.

        Args:
            method: What was called.
            fields: Its arguments.
            now: Seconds since 1970.
            came: When its first byte was read.

        Raises:
            Refusal: Too many, or too early after an earlier refusal.
        """
        wait = self.wait(method, fields)
        if wait is not None and now < wait.until - EARLY:
            knew = wait.heard is not None and came - wait.heard > UNDER_WAY
            raise slow_down(math.ceil(wait.until - now), blame="ignored retry_after" if knew else "")
        chat_id = fields.get("chat_id")
        if self.limits is None or not speaks(method) or not isinstance(chat_id, int):
            return
        weight = len(fields.get("media") or fields.get("message_ids") or [0])
        seconds = math.ceil(self._too_early(self.limits, chat_id, weight, now, editing=method.startswith("edit")))
        if seconds > 0:
            self.punish(method, fields, seconds, now)
            raise slow_down(seconds)

    def _too_early(self, limits: Limits, chat_id: int, weight: int, now: float, *, editing: bool) -> float:
        group = self._groups[chat_id] if chat_id < 0 else deque[float]()
        _forget(self._all, now - 1.0)
        _forget(group, now - MINUTE)
        left, at = self._tokens.get(chat_id, (float(limits.burst), now))
        left = min(float(limits.burst), left + (now - at) * limits.per_chat)
        if chat_id < 0 and len(group) + weight > limits.per_group:
            return group[0] + MINUTE - now if group else MINUTE
        if not editing and left < min(weight, limits.burst):
            return (min(weight, limits.burst) - left) / limits.per_chat
        if not editing and len(self._all) + weight > limits.overall:
            return 1.0
        group.extend([now] * weight)
        if not editing:
            self._all.extend([now] * weight)
            self._tokens[chat_id] = (left - weight, now)
        return 0.0


def _lane(method: str, fields: Json) -> str:
    """Messages to one chat wait together; other calls each for themselves."""
    chat_id = fields.get("chat_id")
    return str(chat_id) if speaks(method) and chat_id is not None else f"{method} {chat_id}"


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
