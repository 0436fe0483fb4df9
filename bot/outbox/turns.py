"""Whose turn it is among the rows that wait for one group: its minute takes few of them, and the order decides which.

Emergencies first, then what is new, then what only brings up to date what stands there already; of each the oldest.
Without it, whoever's clock rings first takes a place that became free, and new requests wait behind edits of old ones.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.model.messages import Outbound


@dataclass(order=True, slots=True)
class Place:
    """A row's place among the others of its group, until it leaves."""

    lane: int
    since: datetime
    number: int
    _first: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    @property
    def first(self) -> bool:
        return self._first.is_set()

    async def comes(self) -> None:
        """Returns when it is the first, if only for a moment."""
        await self._first.wait()


@dataclass
class Turns:
    _waiting: defaultdict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    _numbers: count[int] = field(default_factory=count)

    def join(self, row: Outbound) -> Place:
        """A row that wants to leave for its group; whoever joins leaves."""
        place, waiting = Place(row.lane, row.created_at, next(self._numbers)), self._waiting[row.to.key]
        before = waiting[0] if waiting else None
        insort(waiting, place)
        if before is not None and waiting[0] is place:
            before._first.clear()  # noqa: SLF001 -- of its own file
        waiting[0]._first.set()  # noqa: SLF001
        return place

    def leave(self, row: Outbound, place: Place) -> None:
        """It is sent, or does not wait any more; leaving twice changes nothing."""
        waiting = self._waiting.get(row.to.key, [])
        if place not in waiting:
            return
        waiting.remove(place)
        if waiting:
            waiting[0]._first.set()  # noqa: SLF001
        else:
            del self._waiting[row.to.key]
