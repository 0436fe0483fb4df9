"""Telegram's limits at their strictest: what may pass, and what everybody pays when it does not; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

OVERALL: Final = 30  # messages in any trailing second
PENALTY: Final = 5.0  # seconds for which everything is refused after one message too many
CHAT, CHAT_BURST = 1.0, 3  # messages a second in a chat, after so many at once


@dataclass
class Strict:
    refused: int = 0
    fullest: int = 0
    """The most messages in a second."""
    _second: deque[float] = field(default_factory=deque)
    _chats: dict[str, tuple[float, float]] = field(default_factory=dict)
    _until: float = float("-inf")

    def admit(self, chat: str, now: float) -> float:
        """Seconds to wait; 0.0 when the message was taken."""
        while self._second and self._second[0] <= now - 1.0:
            self._second.popleft()
        left, at = self._chats.get(chat, (float(CHAT_BURST), now))
        left = min(float(CHAT_BURST), left + (now - at) * CHAT)
        if now >= self._until and (len(self._second) >= OVERALL or left < 0.95):
            self._until = now + PENALTY
        if now < self._until:
            self.refused += 1
            return self._until - now
        self._second.append(now)
        self.fullest = max(self.fullest, len(self._second))
        self._chats[chat] = (left - 1.0, now)
        return 0.0
