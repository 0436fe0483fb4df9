"""Whether the translation service is there and speaks our languages: for the board of health, alarms and ``desk check``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.health.alarms import Alarms
from bot.health.parts import Board
from bot.i18n.translator import mark
from bot.model.language import LANGUAGES
from bot.translation.machine import MachineTranslation
from bot.transports.libretranslate import LibreTranslate, NotTranslated

PART: Final = "translation"
EVERY: Final = 60.0  # seconds between two looks
WITHIN: Final = 5.0
LASTS: Final = 60.0  # seconds after which it is told of

AWAY: Final = mark(
    "The translation service has not answered since {clock}. What delegates write stands as they wrote it; answers are sent as they are, or from the approved ones."
)
_REASONS: Final = {"away": "unreachable", "busy": "busy", "key": "refused", "text": "unreachable"}


async def reason_of(service: LibreTranslate) -> str:
    """Why it is of no use now, as a word; empty when it is well. No word of anybody is sent."""
    try:
        async with asyncio.timeout(WITHIN):
            known = await service.languages()
    except NotTranslated as fault:
        return _REASONS[fault.trouble]
    except TimeoutError:
        return "unreachable"
    missing = [
        (source, target)
        for source in LANGUAGES
        for target in LANGUAGES
        # An older service names no targets: then it translates into all that it knows.
        if source != target and target not in (known.get(source, frozenset()) or known)
    ]
    return "languages" if missing or not known.keys() >= set(LANGUAGES) else ""


@dataclass
class TranslationCheck:
    """A look of ``bot.health``: what its list of languages says, and what became of the last texts."""

    machine: MachineTranslation
    alarms: Alarms
    board: Board
    ticks: Callable[[], float] = time.monotonic
    _since: float | None = None

    async def __call__(self) -> None:
        reason = await reason_of(self.machine.service)
        if not reason and self.machine.circuit.rests_for and self.machine.trouble is not None:
            reason = _REASONS[self.machine.trouble]
        now = self.ticks()
        self._since = (now if self._since is None else self._since) if reason else None
        lasts = self._since is not None and now - self._since >= LASTS
        # The desk needs it for nothing: a short break is no reason to send somebody to look.
        self.board.note(PART, "amber" if lasts else "green", reason)
        self.alarms.set(PART, AWAY, on=lasts)
