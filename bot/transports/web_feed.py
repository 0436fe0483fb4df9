"""One reader of the store's changes for all live pages: it wakes the streams that have something to look at.

A stream is woken, not fed: it reads the store again from where it stood. So nothing can be missed, doubled or
overtaken, however slow the page is, and a gap in the changes costs one more look.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog

from bot.model.errors import StoreUnavailable
from bot.model.messages import TicketId
from bot.model.people import DelegateId
from bot.ports import Change, Store

log = structlog.get_logger("web")

ABOUT_STAFF: Final = "staff:"
"""Turns that concern no delegate but who may be in."""
TRY_AGAIN: Final = timedelta(seconds=1)


class Wake:
    """What one stream should look at again."""

    def __init__(self) -> None:
        self.closed = False
        self._tickets: set[TicketId] = set()
        self._everything = False
        self._bell = asyncio.Event()

    async def wait(self, longest: timedelta) -> bool:
        """Whether something happened, rather than the time having passed."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._bell.wait()
        except TimeoutError:
            return False
        self._bell.clear()
        return True

    def take(self) -> tuple[frozenset[TicketId], bool]:
        """The changed tickets, and whether more changed than is known."""
        taken = (frozenset(self._tickets), self._everything)
        self._tickets.clear()
        self._everything = False
        return taken

    def ring(self, change: Change | None) -> None:
        if change is None or getattr(change, "gap", False):
            self._everything = True
        if change is not None:
            self._tickets.update(change.tickets)
        self._bell.set()

    def again(self, ticket: TicketId) -> None:
        """Something about a ticket is known that is in no store."""
        self._tickets.add(ticket)
        self._bell.set()

    def nudge(self) -> None:
        """Something happened that concerns no ticket."""
        self._bell.set()

    def close(self) -> None:
        self.closed = True
        self._bell.set()


class Feed:
    """The hub: ``run`` belongs into the app's task group, ``close`` to the stopping of the server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._delegates: dict[DelegateId, set[Wake]] = defaultdict(set)
        self._staff: set[Wake] = set()
        self._closed = False

    async def run(self) -> None:
        while True:
            try:
                async for change in self._store.changes():
                    self.tell(change)
            except StoreUnavailable:
                log.warning("changes are not to be had, trying again")
            self.tell(None)
            await asyncio.sleep(TRY_AGAIN.total_seconds())

    def tell(self, change: Change | None) -> None:
        """Wake whoever looks at what changed; None stands for "anything may have changed"."""
        if change is None or getattr(change, "gap", False):
            woken = [*self._staff, *(wake for wakes in self._delegates.values() for wake in wakes)]
        else:
            # A change of the staff list: whoever follows may have been removed.
            about_tickets = self._staff if change.tickets or change.delegate.startswith(ABOUT_STAFF) else ()
            woken = [*about_tickets, *self._delegates.get(change.delegate, ())]
        for wake in woken:
            wake.ring(change)

    def again(self, ticket: TicketId) -> None:
        """Staff look at a ticket once more, though nothing was committed."""
        for wake in self._staff:
            wake.again(ticket)

    @contextmanager
    def watch(self, who: DelegateId) -> Iterator[Wake]:
        """A delegate's stream."""
        wake = self._new()
        self._delegates[who].add(wake)
        try:
            yield wake
        finally:
            self._delegates[who].discard(wake)
            if not self._delegates[who]:
                del self._delegates[who]

    @contextmanager
    def watch_tickets(self) -> Iterator[Wake]:
        """A stream of the console."""
        wake = self._new()
        self._staff.add(wake)
        try:
            yield wake
        finally:
            self._staff.discard(wake)

    def end(self, who: DelegateId) -> None:
        """Close a delegate's streams: the chat was ended."""
        for wake in self._delegates.get(who, ()):
            wake.close()

    def close(self) -> None:
        """End every stream, and those that come while the server stops."""
        self._closed = True
        for wake in (*self._staff, *(wake for wakes in self._delegates.values() for wake in wakes)):
            wake.close()

    @property
    def streams(self) -> int:
        return len(self._staff) + sum(map(len, self._delegates.values()))

    def _new(self) -> Wake:
        wake = Wake()
        if self._closed:
            wake.close()
        return wake
