"""What Telegram told the bot to wait with, whoever of the house was told; pure: time is passed in.

Cards, hints and alarms reach a chat on different ways, and a refusal that one of them hears holds for all. A call that
comes too early is not sent at all: Telegram answers haste with longer waits.
"""

from __future__ import annotations

from typing import Final

_MESSAGES: Final = ("send", "edit", "copy", "forward")
_NO_MESSAGES: Final = frozenset({"sendChatAction", "editForumTopic"})
_MANY: Final = 1_000  # waits that are remembered before those that ended are dropped


class Waits:
    """Until when which calls must not be sent, in seconds of a clock that goes forward."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, object], float] = {}

    def told(self, method: str, chat: object, seconds: float, now: float) -> None:
        """Telegram refused a call, and all like it for so many seconds."""
        if len(self._until) >= _MANY:
            self._until = {what: until for what, until in self._until.items() if until > now}
        what = _alike(method, chat)
        self._until[what] = max(self._until.get(what, now), now + seconds)

    def left(self, method: str, chat: object, now: float) -> float:
        """Seconds until a call may be sent; 0.0 means now."""
        return max(0.0, self._until.get(_alike(method, chat), now) - now)


def _alike(method: str, chat: object) -> tuple[str, object]:
    """Messages to one chat and their changes wait together; other calls each for themselves."""
    message = chat is not None and method.startswith(_MESSAGES) and method not in _NO_MESSAGES
    return ("message" if message else method), str(chat)
