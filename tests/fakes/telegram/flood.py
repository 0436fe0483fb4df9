"""How often a bot may speak, and whether it waits as long as it was told."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from .errors import slow_down
from .ledger import Json

EARLY = 0.05  # seconds: clocks differ a little
UNDER_WAY = 0.25  # seconds: calls sent before the 429 reached the bot are no fault
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
class Flood:
    limits: Limits | None
    _waits: dict[str, tuple[float, float]] = field(default_factory=dict)  # since, until
    _all: deque[float] = field(default_factory=deque)
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _tokens: dict[int, tuple[float, float]] = field(default_factory=dict)  # left, at

    def punish(self, method: str, fields: Json, seconds: int, now: float) -> None:
        """The bot has been told to wait."""
        self._waits[_lane(method, fields)] = (now, now + seconds)

    def admit(self, method: str, fields: Json, now: float) -> None:
        """Counts a call.

        Raises:
            Refusal: Too many, or too early after an earlier refusal.
        """
        since, until = self._waits.get(_lane(method, fields), (0.0, 0.0))
        if now < until - EARLY:
            blame = "ignored retry_after" if now - since > UNDER_WAY else ""
            raise slow_down(math.ceil(until - now), blame=blame)
        chat_id = fields.get("chat_id")
        if self.limits is None or not speaks(method) or not isinstance(chat_id, int):
            return
        weight = len(fields.get("media") or fields.get("message_ids") or [0])
        wait = self._wait(self.limits, chat_id, weight, now, editing=method.startswith("edit"))
        if wait > 0:
            self.punish(method, fields, math.ceil(wait), now)
            raise slow_down(math.ceil(wait))

    def _wait(self, limits: Limits, chat_id: int, weight: int, now: float, *, editing: bool) -> float:
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
