"""Updates that were confirmed before they were handled: they lie in the store, in the order in which they came."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.channels.telegram.salvage import salvaged
from bot.model.errors import StoreUnavailable
from bot.model.people import DelegateId
from bot.ports import Clock, Store

PREFIX: Final = "telegram:inbox:"
KEPT: Final = timedelta(days=30)
"""They are handled within minutes, or after the next start with a token. This is for a desk that never gets one
again: what was written to it must not lie there for ever."""


@dataclass(frozen=True, slots=True)
class _Kept:
    key: str
    text: str
    who: DelegateId | None
    """Whose private chat it comes from: it is erased with them."""


@dataclass
class StoreInbox:
    """See ``bot.transports.telegram_updates.Inbox``.

    A wish to forget erases all that lies here of its sender, itself included, before the files are rewritten: so no
    word of it is left in them. What they wrote after it is kept anew, for it is still to be handled.
    """

    store: Store
    clock: Clock
    _kept: dict[int, _Kept] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)
    """Keys that are to be removed, and that the store has not yet removed for sure."""
    _removing: set[str] = field(default_factory=set)
    """Those of them that are being removed."""
    _order: itertools.count[int] = field(default_factory=lambda: itertools.count(time.time_ns()))

    async def keep(self, found: Mapping[int, object]) -> None:
        new = {
            number: self._read(f"{PREFIX}{next(self._order):020d}:{number}", number, raw)
            for number, raw in found.items()
        }
        try:
            await self._write(new.values())
        except StoreUnavailable:
            # Some may be kept all the same: they are handled one by one now, and nobody would ever remove them.
            self._over |= {kept.key for kept in new.values()}
            with suppress(StoreUnavailable):
                await self._remove()
            raise
        self._kept |= new

    async def drop(self, number: int) -> None:
        kept = self._kept.pop(number, None)
        if kept is None:
            return
        if kept.who is not None and await self.store.recall(kept.key) is None:
            await self._write([one for one in self._kept.values() if one.who == kept.who])
            return
        self._over.add(kept.key)
        await self._remove()

    async def waiting(self) -> Sequence[object]:
        found = sorted((await self.store.recall_all(PREFIX)).items())
        raws = {key: json.loads(text) for key, text in found if key not in self._over}
        for key, raw in raws.items():
            number = int(key.rpartition(":")[2])
            self._kept[number] = self._read(key, number, raw)
        return list(raws.values())

    def _read(self, key: str, number: int, raw: object) -> _Kept:
        inbound = salvaged(number, raw, self.clock.now())
        who = inbound.sender.address.delegate if inbound is not None else None
        return _Kept(key, json.dumps(raw, ensure_ascii=False), who)

    async def _write(self, kept: Collection[_Kept]) -> None:
        until: datetime = self.clock.now() + KEPT
        # All at once: the store writes them with one sync.
        writing = [self.store.remember(one.key, one.text, until=until, who=one.who) for one in kept]
        _raise_first(await asyncio.gather(*writing, return_exceptions=True))

    async def _remove(self) -> None:
        """Also what could not be removed before; what somebody else removes just now is left to them."""
        over = list(self._over - self._removing)
        self._removing.update(over)
        try:
            done = await asyncio.gather(*(self.store.forget(key) for key in over), return_exceptions=True)
        finally:
            self._removing.difference_update(over)
        self._over -= {key for key, outcome in zip(over, done, strict=True) if not isinstance(outcome, BaseException)}
        _raise_first(done)


def _raise_first(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
