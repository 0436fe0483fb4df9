"""Translations that are known, in memory alone: bounded, for a while, and gone with their ticket."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.model.messages import TicketId

MOST: Final = 1_000
KEPT: Final = 6 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    ticket: TicketId
    until: float


@dataclass
class Memory:
    """``ticks``: seconds that only go forward."""

    ticks: Callable[[], float]
    most: int = MOST
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)

    def recall(self, text: str, source: str, target: str, ticket: TicketId) -> str | None:
        """None when it is not known; empty when the service will not translate it."""
        key = _key(text, source, target, ticket)
        found = self._known.get(key)
        if found is None or found.until < self.ticks():
            return None
        self._known.move_to_end(key)
        return found.text

    def keep(self, text: str, source: str, target: str, ticket: TicketId, translated: str) -> None:
        self._known[_key(text, source, target, ticket)] = _Known(translated, ticket, self.ticks() + KEPT)
        while len(self._known) > self.most:
            self._known.popitem(last=False)

    def tickets(self) -> frozenset[TicketId]:
        return frozenset(one.ticket for one in self._known.values())

    def forget(self, ticket: TicketId) -> None:
        """Its words were erased, and so is what a machine made of them."""
        self._known = OrderedDict((key, one) for key, one in self._known.items() if one.ticket != ticket)

    def sweep(self) -> None:
        now = self.ticks()
        self._known = OrderedDict((key, one) for key, one in self._known.items() if one.until >= now)


def _key(text: str, source: str, target: str, ticket: TicketId) -> str:
    return hashlib.sha256(f"{ticket}\0{source}\0{target}\0{text}".encode(errors="surrogatepass")).hexdigest()
