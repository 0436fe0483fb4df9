"""What waits to be translated, and who waits for it: bounded, urgent tickets first, nothing waits for long."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.ports import Awaits

MOST: Final = 300
LONGEST: Final = 600.0  # seconds after which nobody needs it any more; whoever looks again asks again
TOGETHER: Final = 2.0  # seconds in which a place with more to come is told at most once


@dataclass
class Wish:
    """One text and the languages that its readers read."""

    text: str
    source: str
    ticket: TicketId
    into: tuple[Language, ...]
    until: float
    awaited: dict[str, Awaits] = field(default_factory=dict)
    tried: int = 0


@dataclass
class Wishes:
    """``ticks``: seconds that only go forward."""

    ticks: Callable[[], float]
    most: int = MOST
    _waiting: OrderedDict[tuple[object, ...], Wish] = field(default_factory=OrderedDict)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _told: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(
        self, text: str, source: str, ticket: TicketId, into: Sequence[Language], awaits: Awaits, *, urgent: bool
    ) -> bool:
        """False when there is no room for it."""
        key = (ticket, source, tuple(into), text)
        wish = self._waiting.get(key)
        if wish is None:
            if len(self._waiting) >= self.most:
                return False
            wish = self._waiting[key] = Wish(text, source, ticket, tuple(into), self.ticks() + LONGEST)
            if urgent:
                self._waiting.move_to_end(key, last=False)
        wish.awaited[awaits.place] = awaits
        self._bell.set()
        return True

    async def take(self) -> Wish:
        """The next one; waits until there is one. What nobody waits for any more is dropped."""
        while True:
            while self._waiting:
                _, wish = self._waiting.popitem(last=False)
                if wish.until >= self.ticks():
                    return wish
            self._bell.clear()
            await self._bell.wait()

    def put_back(self, wish: Wish) -> None:
        """It could not be had just now: it is tried again after all others, or lapses."""
        if wish.until < self.ticks():
            return
        key = (wish.ticket, wish.source, wish.into, wish.text)
        later = self._waiting.get(key)
        if later is not None:
            wish.awaited |= later.awaited
        self._waiting[key] = wish
        self._bell.set()

    def to_tell(self, wish: Wish) -> list[Awaits]:
        """Who is told now: a place for which more is on its way need not hear of each piece."""
        still = {place for other in self._waiting.values() for place in other.awaited}
        now, told = self.ticks(), []
        self._told = {place: at for place, at in self._told.items() if now - at < TOGETHER}
        for place, awaits in wish.awaited.items():
            if place in still and place in self._told:
                continue
            told.append(awaits)
            if place in still:
                self._told[place] = now
        return told
