"""Updates that were confirmed before they were handled: they lie in the store, in the order in which they came."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.ports import Clock, Store

PREFIX: Final = "telegram:inbox:"
KEPT: Final = timedelta(days=1)
"""They are handled within minutes. This is for what is left when a disk was full; it must be less than the time for
which handled updates are known."""


@dataclass
class StoreInbox:
    """See ``bot.transports.telegram_updates.Inbox``.

    Nothing here is a delegate's to erase: what was written before a wish to forget is handled, and gone, before it.
    """

    store: Store
    clock: Clock
    _keys: dict[int, str] = field(default_factory=dict)
    _order: itertools.count[int] = field(default_factory=lambda: itertools.count(time.time_ns()))

    async def keep(self, found: Mapping[int, object]) -> None:
        until = self.clock.now() + KEPT
        keys = {number: f"{PREFIX}{next(self._order):020d}:{number}" for number in found}
        # All at once: the store writes them with one sync.
        texts = {number: json.dumps(raw, ensure_ascii=False) for number, raw in found.items()}
        writing = [self.store.remember(keys[number], text, until=until) for number, text in texts.items()]
        for outcome in await asyncio.gather(*writing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome  # some may be kept all the same; they are known when they are handled again
        self._keys |= keys

    async def drop(self, number: int) -> None:
        key = self._keys.pop(number, None)
        if key is not None:
            await self.store.forget(key)

    async def waiting(self) -> Sequence[object]:
        found = [(key, json.loads(text)) for key, text in sorted((await self.store.recall_all(PREFIX)).items())]
        self._keys |= {int(key.rpartition(":")[2]): key for key, _ in found}
        return [raw for _, raw in found]
