"""Who of the colleagues looks at which ticket now, and who is writing; kept in memory, told to open pages only.

A page is there as long as its stream is. Other processes tell of theirs by ``sharing``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from bot.model.messages import TicketId
from bot.model.people import StaffId
from bot.reception.console.sessions import StaffSession
from bot.transports.web_feed import Wake

TYPES_FOR: Final = timedelta(seconds=6)
"""After the last key somebody is no longer writing."""
MOST_TABS: Final = 20  # of one session

Tab = tuple[str, str]
"""The session's key and the page's own name for itself: nobody can speak for another's page."""


class Looker(NamedTuple):
    """Somebody in front of a ticket."""

    person: StaffId
    name: str
    ticket: TicketId
    types: bool


@dataclass
class _Page:
    session: StaffSession
    ticket: TicketId | None = None
    types_until: float = 0.0


@dataclass
class Here:
    ticks: Callable[[], float] = time.monotonic
    _pages: dict[Tab, _Page] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the pages of this process look at something else."""
    _elsewhere: Sequence[Looker] = ()
    """On the pages of other processes."""
    _wakes: set[Wake] = field(default_factory=set)

    @contextmanager
    def page(self, session: StaffSession, name: str, wake: Wake) -> Iterator[None]:
        """An open page, for as long as it is open."""
        tab, mine = (session.key, name[:40]), _Page(session)
        if sum(key == session.key for key, _ in self._pages) < MOST_TABS:
            self._pages[tab] = mine
        self._wakes.add(wake)
        try:
            yield
        finally:
            self._wakes.discard(wake)
            if self._pages.get(tab) is mine:  # else it has come back already, by a new stream
                del self._pages[tab]
            self._moved()

    def looks(self, session: StaffSession, name: str, ticket: TicketId | None, *, types: bool) -> None:
        """What a page says of itself; one that has no stream is not heard."""
        page = self._pages.get((session.key, name[:40]))
        if page is None:
            return
        before = (page.ticket, self._types(page))
        page.ticket = ticket
        page.types_until = self.ticks() + TYPES_FOR.total_seconds() if types else 0.0
        if before != (page.ticket, types):
            self._moved()

    def mine(self) -> list[Looker]:
        """Who is in front of a ticket in this process."""
        found: dict[tuple[StaffId, str, TicketId], bool] = {}
        for page in self._pages.values():
            if page.ticket is not None:
                key = (page.session.person.id, page.session.name, page.ticket)
                found[key] = found.get(key, False) or self._types(page)
        return sorted(Looker(*key, types) for key, types in found.items())

    def hears(self, elsewhere: Sequence[Looker]) -> None:
        """What other processes tell of theirs."""
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._ring()

    def others(self, session: StaffSession) -> list[dict[str, Any]]:
        """Colleagues in front of a ticket, by name; not one's own pages."""
        found: dict[tuple[str, TicketId], bool] = {}
        for one in (*self.mine(), *self._elsewhere):
            if one.person != session.person.id:
                found[one.name, one.ticket] = found.get((one.name, one.ticket), False) or one.types
        return [{"name": name, "ticket": ticket, "types": types} for (name, ticket), types in sorted(found.items())]

    def _types(self, page: _Page) -> bool:
        return self.ticks() < page.types_until

    def _moved(self) -> None:
        self.changed.set()
        self._ring()

    def _ring(self) -> None:
        for wake in self._wakes:
            wake.nudge()
