"""How fast messages may leave over Telegram; pure: time is passed in, in seconds of a clock that goes forward.

Telegram takes about 30 messages a second from a bot, 1 a second in a chat and 20 a minute in a group, and answers
429 to more. The steady paces are GCRAs: each remembers one time, at which the next message is on schedule. The
minute of a group is counted instead: a pace of one in 3.3 seconds would hold up staff who do four things in a row.
Bulk always leaves room for answers, the more urgent goes first when several wait, and a refusal stops no more than
it must.

A pace alone is what leaves here, not what arrives there: on a slow network messages arrive in heaps. A message arrives
between its start and its answer, so as long as no more than thirty are under way or arrived within the last second,
no second at Telegram's holds more than thirty, whatever the network does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.model.messages import Lane

ALL: Final = 28.0  # a second
BULK: Final = 27.0  # a second
_NOTHING: Final = 1e-6  # seconds that come from rounding: a clock may not even move by them
CATCH_UP: Final = 0.5  # seconds of a pause in this process that may be made good
COURTESY: Final = 0.005  # seconds that bulk waits longer when the last second is full
WINDOW: Final = 30  # messages under way or answered within a second, when the pace is ALL
SLACK: Final = 0.03  # seconds a message may be early, so that the lateness of timers does not add up
CHAT: Final = 1.0  # a second
CHAT_BURST: Final = 3  # messages at once after a pause
GROUP_BURST: Final = 5  # the same in a group, where most are edits of cards, which Telegram counts by the minute only
GROUP: Final = 18  # messages and edits a minute
GROUP_URGENT: Final = 20  # the same when there are emergencies among them: two places are kept for those
GROUP_EDITS: Final = 15  # the same for what gives way to new requests: three places are kept for those
GROUP_MOST: Final[Mapping[Lane, int]] = {
    Lane.EMERGENCY: GROUP_URGENT,
    Lane.TICKET: GROUP,
    Lane.REPLY: GROUP_EDITS,
    Lane.BROADCAST: GROUP_EDITS,
}
MINUTE: Final = 61.0  # seconds; one more than a minute, for messages do not all travel equally fast
FORGET: Final = 4_096  # chats whose pace is remembered
SLOWER: Final = 0.8  # of the bulk pace, once for each time that Telegram refused some
FASTER: Final = 0.001  # of the full bulk pace, per second without a refusal: a lost fifth is back after 200 s
SLOWEST: Final = 1.0  # a second, however often bulk was refused
QUIET: Final = 1.0  # seconds after a start in which only emergencies leave: nobody knows what was sent just before
AHEAD: Final[Mapping[Lane, float]] = {Lane.EMERGENCY: 1.0, Lane.TICKET: 0.75, Lane.REPLY: 0.5, Lane.BROADCAST: 0.0}
"""By how many messages of the whole pace a lane may be early: who may be earlier goes first when several wait.
With the slack that makes at most thirty in any second."""


@dataclass(slots=True)
class Rate:
    """A steady pace; ``early`` is by how many seconds a message may be ahead of it.

    ``catch_up``: what a busy machine missed, up to so many seconds, is made good, but only in the middle of sending.
    """

    per_second: float
    early: float
    catch_up: float = 0.0
    due: float = float("-inf")
    last: float = float("-inf")

    def wait(self, now: float, more: float = 0.0) -> float:
        return max(0.0, self.due - self.early - more - now)

    def take(self, now: float, count: int = 1) -> None:
        sending = now - self.last <= 1.0
        self.due = max(self.due, now - self.catch_up if sending else now) + count / self.per_second
        self.last = now

    def give_back(self) -> None:
        self.due -= 1 / self.per_second


@dataclass(slots=True)
class ChatPace:
    """What one chat got lately."""

    rate: Rate = field(default_factory=lambda: Rate(CHAT, (CHAT_BURST - 1) / CHAT))
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_URGENT))

    def wait(self, now: float, lane: Lane, *, group: bool, more: float = 0.0) -> float:
        most = GROUP_MOST[lane]
        counted = self.sent[-most] + MINUTE - now if group and len(self.sent) >= most else 0.0
        return max(counted, self.rate.wait(now, more + ((GROUP_BURST - CHAT_BURST) / CHAT if group else 0.0)))

    def take(self, now: float, count: int) -> None:
        self.rate.take(now, count)
        self.sent.extend([now] * count)

    def rests(self, now: float) -> bool:
        """Nothing is left that could make a message wait."""
        return self.rate.due <= now and (not self.sent or self.sent[-1] + MINUTE <= now)


class Pace:
    """The pace of one bot, over all its chats."""

    def __init__(self, per_second: float = ALL) -> None:
        self._all = Rate(per_second, SLACK, CATCH_UP)
        self._bulk = Rate(per_second - (ALL - BULK), SLACK, CATCH_UP)
        self._chats: dict[str, ChatPace] = {}
        self._held: dict[str, float] = {}
        self._bulk_pace = self._bulk.per_second
        self._bulk_held = float("-inf")
        self._bulk_since = float("-inf")
        self._all_held = float("-inf")
        self._begun = float("-inf")
        self._window = per_second * WINDOW / ALL
        self._under_way = 0
        self._arrived: deque[float] = deque()
        """When messages of the last second reached Telegram at the latest."""
        self._quickest = float("inf")

    @property
    def bulk(self) -> float:
        """Bulk messages a second at present."""
        return self._bulk.per_second

    def begin(self, now: float, groups: Mapping[str, Iterable[float]]) -> None:
        """Start with care: what was sent just before, perhaps by another process, counts too.

        Args:
            now: The present.
            groups: When messages were sent to groups during the last minute, in seconds of this clock.
        """
        self._begun = now
        for key, times in groups.items():
            chat = self._chats[key] = self._chat(key, now)
            chat.sent.extend(sorted(time for time in times if now - MINUTE < time <= now))

    def minute(self, key: str, now: float) -> list[float]:
        """When messages were sent to a chat during the last minute, for ``begin`` of the next process."""
        chat = self._chats.get(key)
        return [] if chat is None else [time for time in chat.sent if time > now - MINUTE]

    def wait_for(self, key: str, lane: Lane, now: float, *, group: bool = False) -> float:
        """Seconds until a message may leave for a chat; 0.0 means now."""
        ahead = AHEAD[lane] / self._all.per_second
        waits = [
            self._all.wait(now, ahead),
            self._window_wait(lane, now),
            self._all_held - now,
            self._held.get(key, now) - now,
        ]
        careful = now < self._begun + CHAT_BURST / CHAT
        if lane is not Lane.EMERGENCY:
            waits.append(self._begun + QUIET - now)
        if careful or key in self._chats:
            urgent = careful and lane is Lane.EMERGENCY
            waits.append(self._chat(key, now).wait(now, lane, group=group, more=QUIET if urgent else 0.0))
        if lane is Lane.BROADCAST:
            self._recover(now)
            waits += [self._bulk.wait(now), self._bulk_held - now]
        longest = max(waits)
        return longest if longest > _NOTHING else 0.0

    def _window_wait(self, lane: Lane, now: float) -> float:
        while self._arrived and self._arrived[0] <= now - 1.0:
            self._arrived.popleft()
        over = self._under_way + len(self._arrived) - int(self._window)
        if over < 0:
            return 0.0
        if over >= len(self._arrived):
            return SLACK
        # A moment more: a rounded wait would end just before what it waits for. And bulk lets others go first.
        return self._arrived[over] + 1.0 - now + (COURTESY if lane is Lane.BROADCAST else 0.001)

    def sent(
        self,
        key: str,
        lane: Lane,
        now: float,
        *,
        group: bool = False,  # noqa: ARG002 -- as for wait_for
        count: int = 1,
        under_way: bool = False,
    ) -> None:
        """Count messages that leave now, edits included; one that is ``under_way`` is followed by ``answered``."""
        if under_way:
            self._under_way += count
        else:
            self._arrived.extend([now] * count)
        self._all.take(now, count)
        chat = self._chats[key] = self._chat(key, now)
        chat.take(now, count)
        if lane is Lane.BROADCAST:
            self._bulk.take(now, count)
        if len(self._chats) > FORGET:
            self._chats = {name: chat for name, chat in self._chats.items() if not chat.rests(now)}

    def spared(self, key: str) -> None:
        """A message that was counted did not have to leave: others may have its place."""
        self._all.give_back()
        if chat := self._chats.get(key):
            chat.rate.give_back()
            if chat.sent:
                chat.sent.pop()

    def answered(self, now: float, took: float = 0.0) -> None:
        """A message that was counted as sent is no longer under way, whatever became of it, after ``took`` seconds."""
        self._under_way -= 1
        # The way back takes at least about half of the quickest exchange of late.
        self._quickest = min(took, self._quickest * 1.02)
        self._arrived.append(max(now - self._quickest / 2, self._arrived[-1] if self._arrived else 0.0))

    def _chat(self, key: str, now: float) -> ChatPace:
        """What a chat got; shortly after a start it may have had all that it may get at once."""
        chat = self._chats.get(key)
        if chat is None:
            chat = ChatPace()
            if now < self._begun + CHAT_BURST / CHAT:
                chat.rate.due = self._begun + CHAT_BURST / CHAT
        return chat

    def refused(self, key: str, lane: Lane, until: float, now: float) -> None:
        """Telegram said 429: that chat waits; when it was bulk, all of bulk waits too and is slower afterwards."""
        self._held = {chat: end for chat, end in self._held.items() if end > now}
        self._held[key] = max(self._held.get(key, until), until)
        if lane is not Lane.BROADCAST:
            return
        if now >= self._bulk_held:  # else it was on its way already when the first was refused
            self._recover(now)
            self._bulk.per_second = max(SLOWEST, self._bulk.per_second * SLOWER)
        self._bulk_held = max(self._bulk_held, until)
        self._bulk_since = self._bulk_held

    def _recover(self, now: float) -> None:
        """Back to the full pace, little by little."""
        if now > self._bulk_since and self._bulk.per_second < self._bulk_pace:
            gained = (now - self._bulk_since) * FASTER * self._bulk_pace
            self._bulk.per_second = min(self._bulk_pace, self._bulk.per_second + gained)
            self._bulk_since = now

    def hold(self, until: float) -> None:
        """Telegram is out of reach: nothing leaves before."""
        self._all_held = max(self._all_held, until)
