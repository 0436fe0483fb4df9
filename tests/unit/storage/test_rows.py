"""The arrangement of waiting rows gives what looking at all of them gives, and quickly."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.messages import Lane, Message, Outbound, OutboundId, ShowTicket, TicketId
from bot.model.people import Address
from storage.rows import Rows
from tests.contract.world import LEASE, NOON, at, note


class Plain:
    """The same, by looking at every row each time."""

    def __init__(self) -> None:
        self.rows: dict[OutboundId, Outbound] = {}
        self.leases: dict[OutboundId, datetime] = {}

    def _heads(self, doors: Collection[str] | None, paused: Collection[str]) -> list[Outbound]:
        heads: dict[Any, Outbound] = {}
        for row in self.rows.values():
            if (doors is None or row.to.channel in doors) and row.broadcast not in paused:
                line = (row.to, None if isinstance(row.body, Message) else row.ticket)
                if line not in heads or row.lane < heads[line].lane:
                    heads[line] = row
        return list(heads.values())

    def claim(
        self, limit: int, now: datetime, lease: timedelta, doors: Collection[str] | None, paused: Collection[str]
    ) -> Sequence[Outbound]:
        due = [row for row in self._heads(doors, paused) if row.due_at <= now or row.created_at > now]
        free = [row for row in due if self.leases.get(row.id, now) <= now]
        claimed = sorted(free, key=lambda row: (row.lane, row.due_at, row.id))[:limit]
        self.leases |= {row.id: now + lease for row in claimed}
        return claimed

    def next_due(self, doors: Collection[str] | None, paused: Collection[str]) -> datetime | None:
        heads = self._heads(doors, paused)
        return min((max(row.due_at, self.leases.get(row.id, row.due_at)) for row in heads), default=None)


addresses = st.sampled_from([Address("telegram", "1"), Address("telegram", "2"), Address("web", "1")])
acts = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 30), addresses, st.sampled_from(Lane), st.integers(-90, 90),
              st.sampled_from(["", "x", "y"]), st.sampled_from([None, 1, 2]), st.integers(-60, 60)),
    st.tuples(st.just("remove"), st.integers(0, 30)),
    st.tuples(st.just("postpone"), st.integers(0, 30), st.integers(-60, 120)),
    st.tuples(st.just("claim"), st.integers(1, 4), st.integers(-80, 80),
              st.sampled_from([None, ["telegram"], ["web", "telegram"]]), st.sets(st.sampled_from(["x", "y"]))),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(acts, max_size=40))
def test_arranged_rows_leave_as_if_all_were_looked_at(history: list[tuple[Any, ...]]) -> None:
    rows, plain, seconds = Rows(), Plain(), 0
    for act in history:
        match act:
            case ("put", number, to, lane, due, broadcast, ticket, created):
                row = replace(note(f"n{number}", to, lane=lane, due=at(seconds + due)), broadcast=broadcast)
                row = replace(row, created_at=at(seconds + created))
                if ticket is not None:
                    row = replace(row, ticket=TicketId(ticket), body=ShowTicket(TicketId(ticket)))
                if row.id not in plain.rows:
                    rows.put(row)
                    plain.rows[row.id] = row
            case ("remove", number):
                rows.remove(OutboundId(f"n{number}"))
                plain.rows.pop(OutboundId(f"n{number}"), None)
                plain.leases.pop(OutboundId(f"n{number}"), None)
            case ("postpone", number, due):
                later = rows.postpone(OutboundId(f"n{number}"), at(seconds + due), unsure=False)
                if later is not None:
                    rows.put(later)
                    plain.rows[later.id] = later
                    plain.leases.pop(later.id, None)
            case ("claim", limit, passed, doors, paused):
                seconds += passed  # also back
                asked = (limit, at(seconds), LEASE, doors, paused)
                assert rows.claim(*asked) == plain.claim(*asked)
                assert rows.next_due(doors, paused) == plain.next_due(doors, paused)
    assert rows.next_due(None, ()) == plain.next_due(None, ())
    assert list(rows) == list(plain.rows.values())


def test_claim_costs_the_same_however_many_wait() -> None:
    rows = Rows(note(f"n{n}", Address("telegram", f"{n}"), due=at(n % 7 - 3)) for n in range(10_000))
    rows.claim(1, NOON, LEASE, None, ())
    taken = []
    for number in range(50):
        began = time.process_time()
        assert rows.claim(1, at(number), LEASE, None, ())
        assert rows.next_due(None, ()) is not None
        taken.append(time.process_time() - began)

    assert sorted(taken)[25] < 0.001
