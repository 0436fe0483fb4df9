"""How fast messages may leave over Telegram; pure: time is passed in, in seconds of a clock that goes forward.

Telegram takes about 30 messages a second from a bot, 1 a second in a private chat and 20 a minute in a group,
and answers 429 to more. Each pace is a GCRA: it remembers one time, at which the next message is on schedule.
Bulk always leaves room for answers, and a refusal stops no more than it must.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.model.messages import Lane

ALL: Final = 28.0  # a second
BULK: Final = 27.0  # a second
SLACK: Final = 0.03  # seconds a message may be early, so that the lateness of timers does not add up
CHAT: Final = 1.0  # a second in a private chat
CHAT_BURST: Final = 3  # messages at once after a pause
GROUP: Final = 18.0 / 60.0  # a second in a group: 18 a minute
GROUP_BURST: Final = 2  # 2 at once and then 18 a minute: 19 in any minute, which leaves one for an emergency
FORGET: Final = 4_096  # chats whose pace is remembered


@dataclass(slots=True)
class Rate:
    """A steady pace that allows a few messages at once after a pause."""

    per_second: float
    tolerance: float
    due: float = float("-inf")

    def wait(self, now: float, extra: float = 0.0) -> float:
        """Seconds until the next message; ``extra`` messages more than usual may be early."""
        return max(0.0, self.due - self.tolerance - extra / self.per_second - now)

    def take(self, now: float, count: int = 1) -> None:
        self.due = max(self.due, now) + count / self.per_second


class Pace:
    """The pace of one bot, over all its chats."""

    def __init__(self) -> None:
        self._all = Rate(ALL, SLACK)
        self._bulk = Rate(BULK, SLACK)
        self._chats: dict[str, Rate] = {}
        self._held: dict[str, float] = {}
        self._bulk_held = float("-inf")
        self._all_held = float("-inf")

    def wait_for(self, key: str, lane: Lane, now: float, *, group: bool = False) -> float:
        """Seconds until a message may leave for a chat; 0.0 means now."""
        waits = [
            self._all.wait(now),
            self._all_held - now,
            self._held.get(key, now) - now,
            self._chat(key, group=group).wait(now, extra=1.0 if group and lane is Lane.EMERGENCY else 0.0),
        ]
        if lane is Lane.BROADCAST:
            waits += [self._bulk.wait(now), self._bulk_held - now]
        return max(0.0, *waits)

    def sent(self, key: str, lane: Lane, now: float, *, group: bool = False, count: int = 1) -> None:
        """Count messages that leave now, edits in groups included."""
        self._all.take(now, count)
        self._chat(key, group=group).take(now, count)
        if lane is Lane.BROADCAST:
            self._bulk.take(now, count)
        if len(self._chats) > FORGET:
            self._forget(now)

    def refused(self, key: str, lane: Lane, until: float, now: float) -> None:
        """Telegram said 429: that chat waits; when it was bulk, all of bulk waits too."""
        self._held = {chat: end for chat, end in self._held.items() if end > now}
        self._held[key] = max(self._held.get(key, until), until)
        if lane is Lane.BROADCAST:
            self._bulk_held = max(self._bulk_held, until)

    def hold(self, until: float) -> None:
        """Telegram is out of reach: nothing leaves before."""
        self._all_held = max(self._all_held, until)

    def _chat(self, key: str, *, group: bool) -> Rate:
        rate = self._chats.get(key)
        if rate is None:
            per_second, burst = (GROUP, GROUP_BURST) if group else (CHAT, CHAT_BURST)
            rate = self._chats[key] = Rate(per_second, (burst - 1) / per_second)
        return rate

    def _forget(self, now: float) -> None:
        """Paces that are back at rest say nothing."""
        self._chats = {key: rate for key, rate in self._chats.items() if rate.due > now}
