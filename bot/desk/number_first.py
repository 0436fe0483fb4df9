"""Somebody in danger has the telephone number at once, whatever the store does: it goes past the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.answers.emergencies import emergency
from bot.answers.engine import Engine
from bot.desk.emergency_card import EmergencyCard
from bot.i18n.translator import Speakers
from bot.model.decisions import Emergency
from bot.model.errors import StoreUnavailable
from bot.model.messages import Inbound, Lane, Message, Outbound, OutboundId
from bot.model.people import DelegateId
from bot.ports import Clock

PATIENCE: Final = 0.7  # seconds that the store may take, before somebody in danger is told the number without it
KNOWN: Final = 0.1  # seconds, when it could not take what came before either
_BUSY: Final = 0.1  # seconds by which a timer is late when it is this process that is slow, and not the store
TELL_AGAIN: Final = timedelta(minutes=1)
"""A door hands the same message over again and again until the store is back: the number is said this often."""
REMEMBERED: Final = 1_000  # people who were told


@dataclass
class Memory:
    """What the desk remembers of it."""

    told: dict[tuple[DelegateId, str], datetime] = field(default_factory=dict)
    """When who was told what."""
    refused: bool = False
    """The store could not take the latest message."""


@dataclass(frozen=True)
class NumberFirst:
    engine: Callable[[], Engine]
    speakers: Speakers
    clock: Clock
    card: Callable[[], EmergencyCard]
    at_once: Callable[[Outbound], Awaitable[None]] | None
    """Delivers past the outbox; without it nothing is said."""
    memory: Memory

    @asynccontextmanager
    async def meanwhile(self, inbound: Inbound) -> AsyncIterator[None]:
        """Around what waits for the store: when that takes long, the number is said, and nothing that may not be true."""
        loop, telling = asyncio.get_running_loop(), list[asyncio.Task[None]]()

        def tell(due: float, *, again: bool = False) -> None:
            if loop.time() > due + _BUSY and not again:
                timers.append(loop.call_later(PATIENCE / 2, partial(tell, due, again=True)))
            else:
                telling.append(loop.create_task(self._say(inbound, "number"), name="number first"))

        due = loop.time() + (KNOWN if self.memory.refused else PATIENCE)
        timers = [loop.call_at(due, tell, due)]
        try:
            yield
            self.memory.refused = False
        except StoreUnavailable:
            self.memory.refused = True
            raise
        finally:
            timers[-1].cancel()
            if telling:
                await asyncio.wait(telling)  # it ends by itself within seconds
        if telling:
            telling[0].result()

    async def alone(self, inbound: Inbound) -> None:
        """The store is out of order: the number, and that nobody was alerted, for nobody was."""
        await self._say(inbound, "nobody")

    async def _say(self, inbound: Inbound, what: str) -> None:
        engine, now, key = self.engine(), self.clock.now(), (inbound.sender.address.delegate, what)
        danger = self._danger(inbound, engine)
        told = self.memory.told
        if self.at_once is None or danger is None or (key in told and now - told[key] < TELL_AGAIN):
            return
        if len(told) >= REMEMBERED:
            for old in list(told)[: REMEMBERED // 2]:
                del told[old]
        told[key] = now
        language = engine.language(inbound.text, inbound.sender.language_hint or "en").language
        card = self.card()
        say: Callable[..., Message] = card.bare if what == "nobody" else card.number
        message = say(danger.kind, language=language, speakers=self.speakers)
        row = OutboundId(f"{inbound.id}>{what}")
        await self.at_once(Outbound(row, inbound.sender.address, Lane.EMERGENCY, message, now, now))

    def _danger(self, inbound: Inbound, engine: Engine) -> Emergency | None:
        if inbound.press.startswith("emergency"):
            return emergency("medical", certain=True)
        return engine.danger(inbound.text)
