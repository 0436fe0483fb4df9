"""What organisers must know now: raised once, kept until it is over, told wherever staff look.

Any room raises an alarm under a key of its own and clears it when the cause is gone; doing either twice changes
nothing. Nothing here waits or fails, so an alarm can be raised where everything else has failed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from bot.i18n.forms import hour
from bot.i18n.translator import Speaker

log = structlog.get_logger("alarms")

_REMEMBERED: Final = 50  # alarms that are over, for whoever could not be told while they lasted


@dataclass(frozen=True, slots=True)
class Alarm:
    key: str
    message: str
    """A marked catalog message with named fields; ``{clock}`` is when it began."""
    fields: Mapping[str, str]
    since: datetime
    """By the clock of the house."""
    began: float
    """The same in seconds that only go forward."""

    def said(self, speaker: Speaker) -> str:
        return speaker.text(self.message, **{"clock": hour(self.since), **self.fields})


@dataclass(frozen=True, slots=True)
class Over:
    """An alarm whose cause is gone."""

    alarm: Alarm
    at: datetime
    ended: float

    @property
    def lasted(self) -> float:
        """Seconds."""
        return self.ended - self.alarm.began


@dataclass
class Alarms:
    """The registry of one process.

    Args:
        now: The present of the house.
        tick: Seconds that only go forward.
    """

    now: Callable[[], datetime]
    tick: Callable[[], float] = time.monotonic
    _current: dict[str, Alarm] = field(default_factory=dict)
    _over: deque[Over] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def raise_(self, key: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        """Something is wrong; said again with other figures it is still the same alarm.

        Args:
            key: A name such as ``store`` or ``backup``; it stands in the log, in health and in the figures.
            message: A marked catalog message for organisers.
            fields: Its values; no personal data.
        """
        known = self._current.get(key)
        if known is not None:
            self._current[key] = replace(known, message=message, fields=dict(fields or {}))
            return
        self._current[key] = Alarm(key, message, dict(fields or {}), self.now(), self.tick())
        log.error("alarm", alarm=key)

    def clear(self, key: str) -> None:
        known = self._current.pop(key, None)
        if known is None:
            return
        self._over.append(Over(known, self.now(), self.tick()))
        log.info("alarm_over", alarm=key, lasted=round(self._over[-1].lasted, 1))

    def set(self, key: str, message: str, fields: Mapping[str, str] | None = None, *, on: bool) -> None:
        """Raise or clear, as a look at the cause says."""
        if on:
            self.raise_(key, message, fields)
        else:
            self.clear(key)

    @property
    def current(self) -> Sequence[Alarm]:
        """What is wrong now, oldest first."""
        return sorted(self._current.values(), key=lambda alarm: alarm.began)

    @property
    def over(self) -> Sequence[Over]:
        """The last ones that ended, oldest first."""
        return tuple(self._over)
