"""The rows of the outbox in memory, so arranged that what leaves next is found without looking at all that wait."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from bot.model.messages import Message, Outbound, OutboundId, TicketId
from bot.model.people import Address

_Line = tuple[Address, TicketId | None]
"""Rows of one line leave one after another. All tickets share the staff group's address, and one that cannot be shown
must not hold up the others, so each has a line of its own."""

_SPARE: Final = 8  # stale entries per line that a door's queues may hold before they are built afresh


def _line_of(row: Outbound) -> _Line:
    return row.to, None if isinstance(row.body, Message) else row.ticket


@dataclass(slots=True)
class _Queue:
    """A line's rows by lane, in the order of their commits, and the one that leaves next."""

    lanes: dict[int, dict[OutboundId, None]] = field(default_factory=dict)
    head: OutboundId | None = None


@dataclass(slots=True)
class _Door:
    """The heads of a channel's lines. An entry whose stamp is no longer its row's is stale and skipped."""

    ready: list[tuple[int, datetime, OutboundId, int]] = field(default_factory=list)
    """What may leave, urgent first."""
    later: list[tuple[datetime, OutboundId, int]] = field(default_factory=list)
    """What may leave when its time has come: its due time, or the end of its lease."""
    wake: list[tuple[datetime, OutboundId, int]] = field(default_factory=list)
    """Every head by the time at which it is next to be looked at."""
    looked: datetime | None = None
    """The present of the last claim: ``ready`` and ``later`` are sorted for it."""
    lines: dict[_Line, _Queue] = field(default_factory=dict)

    @property
    def crowded(self) -> bool:
        return len(self.ready) + len(self.later) + len(self.wake) > 64 + _SPARE * len(self.lines)


class Rows:
    """All waiting rows.

    Of each line, the first row of its most urgent lane leaves next; the others wait behind it, also while it is leased
    or postponed: order per chat. It is the order of the commits, which survives opening again, and not that of a clock.
    """

    def __init__(self, rows: Iterable[Outbound] = ()) -> None:
        self._rows: dict[OutboundId, Outbound] = {}
        self.leases: dict[OutboundId, datetime] = {}
        self._doors: dict[str, _Door] = {}
        self._stamps: dict[OutboundId, int] = {}
        """Of the heads of lines."""
        self._numbers = count(1)
        self._broadcasts: dict[str, dict[OutboundId, None]] = {}
        self._paused: frozenset[str] = frozenset()
        for row in rows:
            self.put(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row: object) -> bool:
        return row in self._rows

    def __iter__(self) -> Iterator[Outbound]:
        return iter(self._rows.values())

    def get(self, row: OutboundId) -> Outbound | None:
        return self._rows.get(row)

    def of_broadcast(self, broadcast: str) -> Sequence[OutboundId]:
        return list(self._broadcasts.get(broadcast, ()))

    # ---------------------------------------------------------------- changes

    def put(self, row: Outbound) -> None:
        """A new row stands last in its line; a known one keeps its place, if it has the same line and lane."""
        known = self._rows.get(row.id)
        if known is not None and (_line_of(known), known.lane) != (_line_of(row), row.lane):
            self.remove(row.id)
        self._rows[row.id] = row
        line = _line_of(row)
        door = self._doors.setdefault(row.to.channel, _Door())
        queue = door.lines.setdefault(line, _Queue())
        queue.lanes.setdefault(row.lane, {})[row.id] = None
        if row.broadcast:
            self._broadcasts.setdefault(row.broadcast, {})[row.id] = None
        self.leases.pop(row.id, None)
        self._arrange(door, queue)

    def remove(self, row_id: OutboundId) -> None:
        row = self._rows.pop(row_id, None)
        if row is None:
            return
        self.leases.pop(row_id, None)
        line = _line_of(row)
        door = self._doors[row.to.channel]
        queue = door.lines[line]
        del queue.lanes[row.lane][row_id]
        if not queue.lanes[row.lane]:
            del queue.lanes[row.lane]
        if row.broadcast:
            del self._broadcasts[row.broadcast][row_id]
            if not self._broadcasts[row.broadcast]:
                del self._broadcasts[row.broadcast]
        self._arrange(door, queue)
        if not queue.lanes:
            del door.lines[line]

    def lease(self, row_id: OutboundId, until: datetime) -> None:
        """Nobody gets the row until then."""
        row = self._rows[row_id]
        self.leases[row_id] = until
        door = self._doors[row.to.channel]
        self._arrange(door, door.lines[_line_of(row)])

    def release(self, row_id: OutboundId) -> None:
        row = self._rows.get(row_id)
        if row is not None and self.leases.pop(row_id, None) is not None:
            door = self._doors[row.to.channel]
            self._arrange(door, door.lines[_line_of(row)])

    def postpone(self, row_id: OutboundId, until: datetime, *, unsure: bool) -> Outbound | None:
        """The row as it will be; it is changed with ``put``."""
        row = self._rows.get(row_id)
        return row and replace(row, due_at=until, attempts=row.attempts + 1, unsure=row.unsure or unsure)

    # ---------------------------------------------------------------- what leaves next

    def claim(
        self, limit: int, now: datetime, lease: timedelta, doors: Collection[str] | None, paused: Collection[str]
    ) -> Sequence[Outbound]:
        self._pause(paused)
        chosen = [door for name, door in self._doors.items() if doors is None or name in doors]
        for door in chosen:
            self._look(door, now)
        claimed: list[Outbound] = []
        while len(claimed) < limit:
            tops = [(top, door) for door in chosen if (top := self._top(door, now)) is not None]
            if not tops:
                break
            top, door = min(tops, key=lambda pair: pair[0])
            heapq.heappop(door.ready)
            claimed.append(self._rows[top[2]])
            self.lease(top[2], now + lease)
        return claimed

    def next_due(self, doors: Collection[str] | None, paused: Collection[str]) -> datetime | None:
        self._pause(paused)
        times = []
        for name, door in self._doors.items():
            if doors is None or name in doors:
                while door.wake and self._stamps.get(door.wake[0][1]) != door.wake[0][2]:
                    heapq.heappop(door.wake)
                if door.wake:
                    times.append(door.wake[0][0])
        return min(times, default=None)

    def _pause(self, paused: Collection[str]) -> None:
        wanted = frozenset(paused)
        if wanted == self._paused:
            return
        lines = {
            _line_of(self._rows[row])
            for broadcast in wanted ^ self._paused
            for row in self._broadcasts.get(broadcast, ())
        }
        self._paused = wanted
        for line in lines:
            door = self._doors[line[0].channel]
            self._arrange(door, door.lines[line])

    def _head(self, queue: _Queue) -> Outbound | None:
        for lane in sorted(queue.lanes):
            for row_id in queue.lanes[lane]:
                row = self._rows[row_id]
                if row.broadcast not in self._paused:
                    return row
        return None

    def _arrange(self, door: _Door, queue: _Queue) -> None:
        """Something changed in a line: its head is queued as it is now, and what was queued before is stale."""
        head = self._head(queue)
        if queue.head is not None:
            self._stamps.pop(queue.head, None)
        if head is None:
            queue.head = None
            return
        queue.head = head.id
        self._stamps[head.id] = stamp = next(self._numbers)
        heapq.heappush(door.wake, (max(head.due_at, self.leases.get(head.id, head.due_at)), head.id, stamp))
        if door.looked is not None:
            self._sort_in(door, head, stamp, door.looked)
        if door.crowded:
            self._build(door, door.looked)

    def _look(self, door: _Door, now: datetime) -> None:
        """Bring a door's queues to the present."""
        if door.looked is None or now < door.looked:  # the first time, or the clock was set back
            self._build(door, now)
        door.looked = now
        while door.later and door.later[0][0] <= now:
            _, row_id, stamp = heapq.heappop(door.later)
            if self._stamps.get(row_id) == stamp:
                self._sort_in(door, self._rows[row_id], stamp, now)

    def _build(self, door: _Door, now: datetime | None) -> None:
        heads = [(self._rows[queue.head], self._stamps[queue.head]) for queue in door.lines.values() if queue.head]
        door.ready, door.later = [], []
        door.wake = [(max(row.due_at, self.leases.get(row.id, row.due_at)), row.id, stamp) for row, stamp in heads]
        heapq.heapify(door.wake)
        if now is not None:
            for row, stamp in heads:
                self._sort_in(door, row, stamp, now)

    def _sort_in(self, door: _Door, row: Outbound, stamp: int, now: datetime) -> None:
        leased = self.leases.get(row.id)
        if leased is not None and leased > now:
            heapq.heappush(door.later, (leased, row.id, stamp))
        elif _may_leave(row, now):
            heapq.heappush(door.ready, (row.lane, row.due_at, row.id, stamp))
        else:
            heapq.heappush(door.later, (row.due_at, row.id, stamp))

    def _top(self, door: _Door, now: datetime) -> tuple[int, datetime, OutboundId, int] | None:
        while door.ready:
            top = door.ready[0]
            if self._stamps.get(top[2]) == top[3]:
                row = self._rows[top[2]]
                if _may_leave(row, now):
                    return top
                heapq.heappush(door.later, (row.due_at, row.id, top[3]))
            heapq.heappop(door.ready)
        return None


def _may_leave(row: Outbound, now: datetime) -> bool:
    # A row from the future means that the clock was set back since: waiting for that time again would be absurd.
    return row.due_at <= now or row.created_at > now
