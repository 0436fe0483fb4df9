"""Alarms for the staff group: each is told once when it begins and once when it is over, in the General topic.

They go past the outbox, which may be what is broken, and wait for better times when Telegram is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.health.alarms import Alarm, Alarms, Over
from bot.i18n.forms import hour
from bot.i18n.translator import Speakers, mark
from bot.model.errors import StoreUnavailable
from bot.model.language import Language
from bot.reception.telegram.topics import Topics
from bot.transports.telegram_errors import waiting
from bot.transports.telegram_shapes import NO_PREVIEW

STEADY: Final = 3.0  # seconds that an alarm must have lasted before it is told: what mends itself at once is no news
QUIET: Final = 10.0  # seconds that it must be over
WORTH_TELLING: Final = 60.0  # seconds that one must have lasted to be told when it is already over
_LOOK: Final = 1.0
_AGAIN: Final = 5.0  # seconds until the next try when Telegram did not take it
_ANSWER: Final = 10.0  # seconds for Telegram to take it

_OVER: Final = mark("Over since {time}: {what}")
_PAST: Final = mark("From {start} to {end}: {what}")
_STAFF: Final[tuple[Language, ...]] = ("en", "vi")

log = structlog.get_logger("reception.telegram")


async def _nobody(said: Callable[[Language], str]) -> bool:
    del said
    return False


@dataclass
class Notices:
    """Run it beside the lane.

    Args:
        bot: Sends.
        topics: Know the group of today.
        alarms: What to tell.
        speakers: Staff read English and Vietnamese.
        sends: Whether this process is the one that talks to Telegram.
        tick: Seconds that only go forward.
        alone: Tells those responsible in chats of their own, when the group takes nothing.
    """

    bot: Bot
    topics: Topics
    alarms: Alarms
    speakers: Speakers
    sends: Callable[[], bool] = lambda: True
    tick: Callable[[], float] = time.monotonic
    steady: float = STEADY
    quiet: float = QUIET
    alone: Callable[[Callable[[Language], str]], Awaitable[bool]] = _nobody
    _told: dict[str, Alarm] = field(default_factory=dict)
    _known: set[tuple[str, float]] = field(default_factory=set)

    async def run(self) -> None:
        while True:
            taken = await self.tell()
            await asyncio.sleep(_LOOK if taken else _AGAIN)

    async def tell(self) -> bool:
        """Tell what has to be told now; False when Telegram does not take it."""
        if not self.sends():
            return True
        for alarm in self.alarms.current:
            if alarm.key in self._told:
                self._note(alarm)  # also when it was over for a moment: that is still one alarm
            elif self.tick() - alarm.began >= self.steady:
                if not await self._send("⚠️ ", partial(self._said, alarm)):
                    return False
                self._note(alarm)
        return await self._tell_ends()

    async def _tell_ends(self) -> bool:
        now_on = {alarm.key for alarm in self.alarms.current}
        for over in self.alarms.over:
            told = self._told.get(over.alarm.key)
            if told is not None and told.began == over.alarm.began:
                if over.alarm.key in now_on or self.tick() - over.ended < self.quiet:
                    continue  # it comes and goes: one alarm
                if not await self._send("✅ ", partial(self._ended, over)):
                    return False
                del self._told[over.alarm.key]
            elif over.lasted >= WORTH_TELLING and not await self._tell_past(over):
                return False
        return True

    async def _tell_past(self, over: Over) -> bool:
        """One that nobody could be told of while it lasted, such as Telegram being away."""
        if (over.alarm.key, over.alarm.began) in self._known:
            return True
        if not await self._send("✅ ", partial(self._was, over)):
            return False
        self._known.add((over.alarm.key, over.alarm.began))
        return True

    def _note(self, alarm: Alarm) -> None:
        self._told[alarm.key] = alarm
        self._known.add((alarm.key, alarm.began))

    # ---------------------------------------------------------------- the words

    def _said(self, alarm: Alarm, language: Language) -> str:
        return alarm.said(self.speakers[language])

    def _ended(self, over: Over, language: Language) -> str:
        speaker = self.speakers[language]
        return speaker.text(_OVER, time=hour(over.at), what=over.alarm.said(speaker))

    def _was(self, over: Over, language: Language) -> str:
        speaker = self.speakers[language]
        start, end = hour(over.alarm.since), hour(over.at)
        return speaker.text(_PAST, start=start, end=end, what=over.alarm.said(speaker))

    async def _send(self, sign: str, said: Callable[[Language], str]) -> bool:
        texts = list(dict.fromkeys(said(language) for language in _STAFF))
        try:
            async with asyncio.timeout(_ANSWER):
                # Without a thread's number: that is the General topic.
                await self.bot.send_message(
                    await self.topics.chat(), sign + "\n".join(texts), link_preview_options=NO_PREVIEW
                )
        except RetryAfter as error:
            await asyncio.sleep(waiting(error).total_seconds())
            return False
        except (BadRequest, Forbidden) as error:
            log.info("alarm_not_told", error=type(error).__name__)
            return await self._alone(sign, said)
        except (TelegramError, StoreUnavailable, TimeoutError) as error:
            log.info("alarm_not_told", error=type(error).__name__)
            return False
        return True

    async def _alone(self, sign: str, said: Callable[[Language], str]) -> bool:
        try:
            async with asyncio.timeout(_ANSWER):
                return await self.alone(lambda language: sign + said(language))
        except (StoreUnavailable, TimeoutError):
            return False
