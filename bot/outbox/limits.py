"""How fast messages may leave over Telegram; pure: time is passed in, in seconds of a clock that goes forward.

Telegram takes about 30 messages a second from a bot, 1 a second in a chat and 20 a minute in a group, and answers
429 to more. The steady paces are GCRAs: each remembers one time, at which the next message is on schedule. The
minute of a group is counted instead: a pace of one in 3.3 seconds would hold up staff who do four things in a row.
Bulk always leaves room for answers, and a refusal stops no more than it must.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from bot.model.messages import Lane

ALL: Final = 28.0  # a second
BULK: Final = 27.0  # a second
SLACK: Final = 0.03  # seconds a message may be early, so that the lateness of timers does not add up
CHAT: Final = 1.0  # a second
CHAT_BURST: Final = 3  # messages at once after a pause
GROUP_BURST: Final = 5  # the same in a group, where most are edits of cards, which Telegram counts by the minute only
GROUP: Final = 18  # messages and edits a minute
GROUP_URGENT: Final = 20  # the same when there are emergencies among them: two places are kept for those
MINUTE: Final = 61.0  # seconds; one more than a minute, for messages do not all travel equally fast
FORGET: Final = 4_096  # chats whose pace is remembered


@dataclass(slots=True)
class Rate:
    """A steady pace; ``early`` is by how many seconds a message may be ahead of it."""

    per_second: float
    early: float
    due: float = float("-inf")

    def wait(self, now: float, more: float = 0.0) -> float:
        return max(0.0, self.due - self.early - more - now)

    def take(self, now: float, count: int = 1) -> None:
        self.due = max(self.due, now) + count / self.per_second


@dataclass(slots=True)
class ChatPace:
    """What one chat got lately."""

    rate: Rate = field(default_factory=lambda: Rate(CHAT, (CHAT_BURST - 1) / CHAT))
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_URGENT))

    def wait(self, now: float, lane: Lane, *, group: bool) -> float:
        most = GROUP_URGENT if lane is Lane.EMERGENCY else GROUP
        counted = self.sent[-most] + MINUTE - now if group and len(self.sent) >= most else 0.0
        return max(counted, self.rate.wait(now, (GROUP_BURST - CHAT_BURST) / CHAT if group else 0.0))

    def take(self, now: float, count: int) -> None:
        self.rate.take(now, count)
        self.sent.extend([now] * count)

    def rests(self, now: float) -> bool:
        """Nothing is left that could make a message wait."""
        return self.rate.due <= now and (not self.sent or self.sent[-1] + MINUTE <= now)


class Pace:
    """The pace of one bot, over all its chats."""

    def __init__(self, per_second: float = ALL) -> None:
        self._all = Rate(per_second, SLACK)
        self._bulk = Rate(per_second - (ALL - BULK), SLACK)
        self._chats: dict[str, ChatPace] = {}
        self._held: dict[str, float] = {}
        self._bulk_held = float("-inf")
        self._all_held = float("-inf")

    def wait_for(self, key: str, lane: Lane, now: float, *, group: bool = False) -> float:
        """Seconds until a message may leave for a chat; 0.0 means now."""
        waits = [self._all.wait(now), self._all_held - now, self._held.get(key, now) - now]
        if (chat := self._chats.get(key)) is not None:
            waits.append(chat.wait(now, lane, group=group))
        if lane is Lane.BROADCAST:
            waits += [self._bulk.wait(now), self._bulk_held - now]
        return max(0.0, *waits)

    def sent(self, key: str, lane: Lane, now: float, *, group: bool = False, count: int = 1) -> None:  # noqa: ARG002
        """Count messages that leave now, edits included; ``group`` as for ``wait_for``."""
        self._all.take(now, count)
        self._chats.setdefault(key, ChatPace()).take(now, count)
        if lane is Lane.BROADCAST:
            self._bulk.take(now, count)
        if len(self._chats) > FORGET:
            self._chats = {name: chat for name, chat in self._chats.items() if not chat.rests(now)}

    def refused(self, key: str, lane: Lane, until: float, now: float) -> None:
        """Telegram said 429: that chat waits; when it was bulk, all of bulk waits too."""
        self._held = {chat: end for chat, end in self._held.items() if end > now}
        self._held[key] = max(self._held.get(key, until), until)
        if lane is Lane.BROADCAST:
            self._bulk_held = max(self._bulk_held, until)

    def hold(self, until: float) -> None:
        """Telegram is out of reach: nothing leaves before."""
        self._all_held = max(self._all_held, until)
