"""Random histories on a lasting store, closed and opened again at random, beside the same history in memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.model.errors import StaleWrite
from bot.model.messages import InboundId, Lane, Outbound, OutboundId, Receipt, TicketId
from bot.model.people import Address
from bot.model.tickets import Priority, Ticket, TicketState
from bot.ports import Store
from storage import open_store
from storage.documents import DocumentStore
from storage.group import TinyTables
from tests.contract.world import (
    AMINA,
    BINH,
    CHLOE,
    GROUP,
    LEASE,
    NOON,
    WINDOW,
    at,
    card,
    entry,
    message,
    note,
    person,
    readable,
    ticket,
)

_Read = TypeVar("_Read")

PEOPLE: Final = (AMINA, BINH, CHLOE)
REFS: Final = ("55", "56", "thread")
SETTINGS: Final = ("a", "b")
BROADCASTS: Final = ("x", "y")
DOORS: Final = ("telegram", "webchat")

people = st.sampled_from(PEOPLE)
texts = st.sampled_from(["Where is the bus?", "وين الباص؟", "Xe buýt ở đâu?", "\n\u2028", ""])
numbers = st.integers(1, 4)
picks = st.integers(0, 20)


@asynccontextmanager
async def lasting(folder: Path) -> AsyncIterator[Store]:
    async with open_store(f"tinydb:{folder}") as store:
        yield store


class Histories(RuleBasedStateMachine):
    """Every rule does the same to both stores and compares what they say; the invariant compares what they show."""

    opened: Callable[[Path], AbstractAsyncContextManager[Store]] = staticmethod(lasting)

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0
        self.claimed: list[Outbound] = []
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._runner.run(self._start())

    async def _start(self) -> None:
        self.reference = await self._open.enter_async_context(open_store("memory:"))
        await self._open_lasting()

    async def _open_lasting(self) -> None:
        self._lasting = AsyncExitStack()
        self.store = await self._lasting.enter_async_context(self.opened(Path(self._folder.name) / "store"))

    def teardown(self) -> None:
        self._runner.run(self._lasting.aclose())
        self._runner.run(self._open.aclose())
        self._runner.close()
        self._folder.cleanup()

    def both(self, act: Callable[[Store], Awaitable[_Read]]) -> _Read:
        expected, found = self._runner.run(self._on_both(act))
        assert found == expected
        return expected

    async def _on_both(self, act: Callable[[Store], Awaitable[_Read]]) -> tuple[_Read, _Read]:
        return await act(self.reference), await act(self.store)

    def a_ticket(self, pick: int) -> Ticket | None:
        tickets = self.both(_all_tickets)
        return tickets[pick % len(tickets)] if tickets else None

    # ---------------------------------------------------------------- turns

    @rule(who=people, number=numbers, text=texts)
    def write(self, who: Address, number: int, text: str) -> None:
        self.both(partial(_write, who=who, number=number, text=text))

    @rule(who=people, text=texts)
    def give_up_in_the_middle(self, who: Address, text: str) -> None:
        self.both(partial(_give_up, who=who, text=text))

    @rule(who=people, text=texts, priority=st.sampled_from(Priority), seconds=st.integers(0, 5))
    def open_ticket(self, who: Address, text: str, priority: Priority, seconds: int) -> None:
        opened = replace(ticket(who, text, priority=priority), opened_at=at(self.seconds + seconds))
        self.both(partial(_open_ticket, opened=opened))

    @rule(pick=picks, state=st.sampled_from(TicketState), late=st.booleans())
    def change_ticket(self, pick: int, state: TicketState, *, late: bool) -> None:
        if (known := self.a_ticket(pick)) is not None:
            changed = replace(known, state=state, version=known.version - late)
            self.both(partial(_save, changed=changed))

    # ---------------------------------------------------------------- outbox

    @rule(
        number=numbers,
        who=st.sampled_from([*PEOPLE, GROUP]),
        lane=st.sampled_from(Lane),
        due=st.integers(-5, 30),
        text=texts,
        line=st.none() | numbers,
    )
    def enqueue(self, number: int, who: Address, lane: Lane, due: int, text: str, line: int | None) -> None:
        row = note(f"n{number}", who, lane=lane, due=at(self.seconds + due), body=message(text), entry=line)
        self.both(partial(_enqueue, row=row))

    @rule(pick=picks)
    def enqueue_card(self, pick: int) -> None:
        if (known := self.a_ticket(pick)) is not None:
            self.both(partial(_enqueue, row=card(known.id, known.address)))

    @rule(limit=st.integers(1, 5), seconds=st.integers(0, 40))
    def claim(self, limit: int, seconds: int) -> None:
        self.seconds += seconds
        self.claimed += self.both(partial(_claim, limit=limit, seconds=self.seconds))

    @precondition(lambda self: self.claimed)
    @rule(pick=picks, ref=st.sampled_from(REFS), thread=st.booleans())
    def deliver(self, pick: int, ref: str, *, thread: bool) -> None:
        row = self.claimed.pop(pick % len(self.claimed))
        receipt = Receipt((ref,), "thread" if thread else "")
        self.both(lambda store: store.delivered(row, receipt, at(self.seconds)))

    @precondition(lambda self: self.claimed)
    @rule(pick=picks, seconds=st.integers(0, 40))
    def postpone(self, pick: int, seconds: int) -> None:
        row = self.claimed.pop(pick % len(self.claimed))
        self.both(lambda store: store.postpone(row.id, at(self.seconds + seconds)))

    @precondition(lambda self: self.claimed)
    @rule(pick=picks, reason=texts)
    def give_up(self, pick: int, reason: str) -> None:
        row = self.claimed.pop(pick % len(self.claimed))
        self.both(lambda store: store.undeliverable(row, reason))

    @precondition(lambda self: self.claimed)
    @rule(pick=picks, to=st.sampled_from([*PEOPLE, GROUP]))
    def redirect(self, pick: int, to: Address) -> None:
        row = self.claimed.pop(pick % len(self.claimed))
        self.both(lambda store: store.redirect(row, to))

    @rule(number=numbers, who=people, broadcast=st.sampled_from(BROADCASTS))
    def announce(self, number: int, who: Address, broadcast: str) -> None:
        row = note(f"{broadcast}-{number}-{who.key}", who, lane=Lane.BROADCAST, due=at(self.seconds))
        self.both(partial(_enqueue, row=replace(row, broadcast=broadcast)))

    @rule(paused=st.sets(st.sampled_from(BROADCASTS)), limit=st.integers(1, 3))
    def claim_while_paused(self, paused: set[str], limit: int) -> None:
        now = at(self.seconds)
        self.claimed += self.both(
            lambda store: store.claim_outbox(limit=limit, now=now, lease=LEASE, paused=paused, doors=DOORS)
        )

    @rule(broadcast=st.sampled_from(BROADCASTS))
    def withdraw(self, broadcast: str) -> None:
        self.both(lambda store: store.withdraw(broadcast))

    # ---------------------------------------------------------------- the rest

    @rule(pick=picks)
    def redact(self, pick: int) -> None:
        if (known := self.a_ticket(pick)) is not None:
            self.both(lambda store: store.redact(known.id, at(self.seconds)))

    @rule(key=st.sampled_from(SETTINGS), seconds=st.integers(0, 40), who=people)
    def remember_for_a_while(self, key: str, seconds: int, who: Address) -> None:
        self.both(lambda store: store.remember(key, "v", until=at(self.seconds + seconds), who=who.delegate))

    @rule()
    def sweep(self) -> None:
        self.both(lambda store: store.sweep(at(self.seconds)))

    @rule()
    def load_what_is_there(self) -> None:
        """A backup that is put back onto the store that it is of changes nothing."""
        self._runner.run(_load_own(self.reference))
        self._runner.run(_load_own(self.store))

    @rule(key=st.sampled_from(SETTINGS), value=st.none() | texts)
    def remember(self, key: str, value: str | None) -> None:
        self.both(lambda store: store.forget(key) if value is None else store.remember(key, value))

    @rule(who=people)
    def erase(self, who: Address) -> None:
        self.both(lambda store: store.erase(who.delegate))

    @rule()
    def reopen(self) -> None:
        # Leases are not kept, so they run out first; then both have to give the same rows again.
        self.seconds += int(LEASE / timedelta(seconds=1)) + 1
        self._runner.run(self._lasting.aclose())
        self._runner.run(self._open_lasting())

    @invariant()
    def they_show_the_same(self) -> None:
        refs = [(GROUP, ref) for ref in REFS]
        self.both(lambda store: _shown(store, refs, self.seconds))


async def _shown(store: Store, refs: list[tuple[Address, str]], seconds: int) -> object:
    """Also the time of the next row, unless it is past: a lease that ran out is remembered by one and not by the other."""
    seen = dict(await readable(store, PEOPLE, refs, SETTINGS))
    seen["counts"] = await store.counts()
    seen["people"] = await store.delegates()
    seen["broadcasts"] = [await store.waiting(broadcast=one) for one in BROADCASTS]
    seen["small"] = await store.recall_all("")
    due = seen.pop("due")
    return seen, None if due is None else max(due, at(seconds))


async def _load_own(store: Store) -> None:
    await store.load([record async for record in store.records()])


async def _all_tickets(store: Store) -> list[Ticket]:
    return sorted(await store.tickets(include_resolved=True), key=lambda one: one.id)


async def _write(store: Store, who: Address, number: int, text: str) -> object:
    async with store.transaction(who.delegate) as turn:
        if await turn.known(InboundId(f"{who.key}-{number}"), now=NOON, until=NOON + WINDOW):
            return await turn.delegate()
        await turn.save_delegate(person(who, text))
        line = await turn.append(entry(who, text))
        await turn.enqueue(note(f"{who.key}-{number}>1", who, delegate=who.delegate, entry=line.seq))
        return line


async def _give_up(store: Store, who: Address, text: str) -> None:
    try:
        async with store.transaction(who.delegate) as turn:
            await turn.known(InboundId(f"{who.key}-1"), now=NOON, until=NOON + WINDOW)
            await turn.save_delegate(person(who, text))
            await turn.append(entry(who, text))
            await turn.enqueue(note("given up", who))
            raise ZeroDivisionError  # noqa: TRY301 -- a fault in the middle of a turn
    except ZeroDivisionError:
        pass


async def _open_ticket(store: Store, opened: Ticket) -> TicketId:
    async with store.transaction(opened.delegate) as turn:
        line = await turn.append(entry(opened.address, opened.question))
        numbered = await turn.add_ticket(opened)
        await turn.assign(line, numbered.id)
        return numbered.id


async def _save(store: Store, changed: Ticket) -> Ticket | None:
    try:
        async with store.transaction(changed.delegate) as turn:
            return await turn.save_ticket(changed)
    except StaleWrite:
        return None


async def _enqueue(store: Store, row: Outbound) -> None:
    async with store.transaction(row.delegate or row.to.delegate) as turn:
        await turn.enqueue(row)


async def _claim(store: Store, limit: int, seconds: int) -> list[Outbound]:
    return list(await store.claim_outbox(limit=limit, now=at(seconds), lease=LEASE))


BOUNDED = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it survives a power cut is not asked here, and a busy disk would make these tests long."""
    monkeypatch.setattr(os, "fdatasync", lambda _: None)
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_random_histories_are_the_same_in_memory_and_on_disk() -> None:
    run_state_machine_as_test(Histories, settings=BOUNDED)


# -------------------------------------------------------------------- that it can fail


class OverwritesKnownRows(DocumentStore):
    """Planted: a row that is enqueued again replaces the one that waits."""

    def has_row(self, row: OutboundId) -> bool:
        del row
        return False


class TurnsTicketsAround(DocumentStore):
    """Planted: after opening again, the tickets of a delegate stand newest first."""

    def __init__(self, tables: TinyTables) -> None:
        super().__init__(tables)
        for mine in self._index.tickets_of.values():
            mine.sort(reverse=True)


def _planted(fault: type[DocumentStore]) -> type[Histories]:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Store]:
        tables = TinyTables(folder)
        try:
            yield fault(tables)
        finally:
            await tables.close()

    return type(fault.__name__, (Histories,), {"opened": staticmethod(opened)})


@pytest.mark.parametrize("fault", [OverwritesKnownRows, TurnsTicketsAround])
def test_planted_fault_is_found(fault: type[DocumentStore]) -> None:
    once = settings(
        BOUNDED, max_examples=200, derandomize=True, database=None, phases=[Phase.generate], report_multiple_bugs=False
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(_planted(fault), settings=once)
