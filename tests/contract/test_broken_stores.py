"""Stores that break a promise each: the contract has to catch every one of them, or it promises nothing.

Each fault is tried against a check of the contract, after the same check passed on the store as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from tinydb import TinyDB
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import JSONStorage

from bot.model.messages import InboundId, Outbound, TicketId
from bot.model.people import DelegateId
from bot.ports import Store
from storage.documents import DocumentStore, DocumentTransaction
from storage.group import TinyTables
from storage.tables import TABLES, Damage, Document, Put, Write, nothing
from tests.contract import test_store as contract
from tests.contract import test_store_keeping as keeping
from tests.contract.world import AMINA, BINH, Keeper, ask, say

Tables = Any
Make = Callable[[Path], DocumentStore]


class TriedKeeper(Keeper):
    """Opens the store with a fault."""

    def __init__(self, folder: Path, make: Make) -> None:
        super().__init__("tinydb", folder)
        self._make = make
        self._stores = AsyncExitStack()

    async def open(self) -> Store:
        store = self._make(self.folder)
        self._stores.push_async_callback(store._tables.close)  # type: ignore[attr-defined]
        return store

    async def close(self) -> None:
        await self._stores.aclose()


# -------------------------------------------------------------------- faults of the logic


class NoDedupe(DocumentStore):
    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[DocumentTransaction]:
        async with super().transaction(who) as turn:
            turn.known = self._never  # type: ignore[method-assign]
            yield turn

    async def _never(self, inbound: InboundId, *, now: datetime, until: datetime) -> bool:
        del inbound, now, until
        return False


class EverSinceDedupe(DocumentStore):
    """A number that comes again after its time is taken for the old message."""

    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[DocumentTransaction]:
        async with super().transaction(who) as turn:
            known = turn.known

            async def ever(inbound: InboundId, *, now: datetime, until: datetime) -> bool:
                return await known(inbound, now=now - timedelta(days=999), until=until)

            turn.known = ever  # type: ignore[method-assign]
            yield turn


class KeepsHalfATurn(DocumentStore):
    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[DocumentTransaction]:
        turn = DocumentTransaction(self, who)
        try:
            yield turn
        finally:
            await self._commit(turn.writes, lambda: self._committed(turn))


class IgnoresLeases(DocumentStore):
    async def claim_outbox(self, **asked: Any) -> Sequence[Outbound]:
        rows = await super().claim_outbox(**asked)
        for row in rows:
            self._rows.release(row.id)
        return rows


class OrdersByDueTime(DocumentStore):
    async def claim_outbox(self, *, limit: int, now: datetime, lease: timedelta, **_: Any) -> Sequence[Outbound]:
        free = [row for row in self._rows if self._leases.get(row.id, now) <= now and row.due_at <= now]
        rows = sorted(free, key=lambda row: (row.lane, row.due_at, row.id))[:limit]
        for row in rows:
            self._rows.lease(row.id, now + lease)
        return rows


class GivesNumbersAgain(DocumentStore):
    """Gives the numbers of erased tickets again."""

    def next_ticket(self) -> TicketId:
        return TicketId(self._tables.count("tickets") + 1)


class NoticesNoStaleness(DocumentStore):
    @asynccontextmanager
    async def transaction(self, who: DelegateId) -> AsyncIterator[DocumentTransaction]:
        async with super().transaction(who) as turn:
            save = turn.save_ticket

            async def anyway(ticket: Any) -> Any:
                stored = await turn.ticket(ticket.id)
                return await save(replace(ticket, version=stored.version) if stored else ticket)

            turn.save_ticket = anyway  # type: ignore[method-assign]
            yield turn


class LetsPausedHoldUp(DocumentStore):
    async def claim_outbox(self, *, paused: Any = (), **asked: Any) -> Sequence[Outbound]:
        rows = await super().claim_outbox(**asked)
        return [row for row in rows if row.broadcast not in paused]


class TellsOutcomesTwice(DocumentStore):
    def _is_there(self, row: Outbound) -> bool:
        del row
        return True


# -------------------------------------------------------------------- faults of the keeper


class ConfirmsBeforeItIsStored(TinyTables):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._later: list[asyncio.Task[None]] = []

    async def commit(self, writes: Sequence[Write], then: Callable[[], None] = nothing, *, hurry: bool = True) -> None:
        self._storage.apply(writes)
        then()
        self._later.append(asyncio.create_task(super().commit(writes, hurry=hurry)))

    async def close(self) -> None:
        await asyncio.gather(*self._later, return_exceptions=True)
        await super().close()


class NoCompactionAfterErasure(TinyTables):
    async def scrub(self) -> None:
        """The words stay in the journal."""


class Stock:
    """TinyDB as it is shipped."""

    damage: Sequence[Damage] = ()

    def storage(self) -> Any:
        return JSONStorage

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = TinyDB(folder / "db.json", storage=self.storage())
        self._rows: dict[str, dict[str, Document]] = {name: {} for name in TABLES}
        for name, rows in (self._db.storage.read() or {}).items():
            self._rows[name] = {key: text.encode() for key, text in rows.items()}

    def get(self, table: str, key: str) -> Document | None:
        return self._rows[table].get(key)

    def items(self, table: str) -> Any:
        return iter(list(self._rows[table].items()))

    def count(self, table: str) -> int:
        return len(self._rows[table])

    async def commit(
        self,
        writes: Sequence[Write],
        then: Callable[[], None] = nothing,
        *,
        hurry: bool = True,  # noqa: ARG002
    ) -> None:
        for write in writes:
            if isinstance(write, Put):
                self._rows[write.table][write.key] = write.document
            else:
                self._rows[write.table].pop(write.key, None)
        self._db.storage.write(
            {name: {key: text.decode() for key, text in rows.items()} for name, rows in self._rows.items()}
        )
        then()

    async def settled(self) -> None: ...

    async def scrub(self) -> None: ...

    async def close(self) -> None:
        self._db.close()


class StockCached(Stock):
    def storage(self) -> Any:
        return CachingMiddleware(JSONStorage)  # type: ignore[no-untyped-call]


# -------------------------------------------------------------------- checks for any keeper of files


async def killed_at_any_sync_it_opens_with_what_was_confirmed(keeper: Keeper) -> None:
    """A copy of the folder before and behind every sync is what a kill in that moment would leave."""
    copies = keeper.folder.parent / "copies"
    confirmed: list[int] = []
    numbers = count()
    kept: list[tuple[Path, int]] = []
    store = await keeper.open()
    with pytest.MonkeyPatch.context() as patch:

        def keep() -> None:
            place, before = copies / f"{next(numbers)}", len(confirmed)
            with suppress(shutil.Error):  # another thread renames meanwhile: not a moment that stands still
                shutil.copytree(keeper.folder, place)
                kept.append((place, before))

        def copied(call: Callable[..., Any]) -> Callable[..., Any]:
            def between(*arguments: Any) -> Any:
                keep()
                done = call(*arguments)
                keep()
                return done

            return between

        patch.setattr(os, "pwrite", copied(os.pwrite))
        patch.setattr(os, "fsync", copied(os.fsync))
        patch.setattr(os, "fdatasync", copied(os.fdatasync))
        for _ in range(3):
            await ask(store, AMINA)
            confirmed.append(1)
            await store.erase(BINH.delegate)
            await say(store, BINH, "long " * 100)
    kept.append((shutil.copytree(keeper.folder, copies / "last"), len(confirmed)))
    for place, there in kept:
        found = await TriedKeeper(place, keeper._make).open()  # type: ignore[attr-defined]
        assert len(await found.tickets()) >= there, "a confirmed turn is lost"
        await found._tables.close()  # type: ignore[attr-defined]


def _on(tables: Callable[[Path], Tables]) -> Make:
    return lambda folder: DocumentStore(tables(folder))


def _in(store: type[DocumentStore]) -> Make:
    return lambda folder: store(TinyTables(folder))


def _given(check: Callable[[Any], Awaitable[None]], *, keeper: bool = False) -> Callable[[Keeper], Awaitable[None]]:
    async def run(tried: Keeper) -> None:
        async with asyncio.timeout(20):
            await check(tried if keeper else await tried.open())

    return run


KILLED: Final = _given(killed_at_any_sync_it_opens_with_what_was_confirmed, keeper=True)
FAULTS: Final[dict[str, tuple[Make, Callable[[Keeper], Awaitable[None]]]]] = {
    "no dedupe": (_in(NoDedupe), _given(contract.test_known_id_is_known_after_its_turn)),
    "no dedupe, thrice at once": (_in(NoDedupe), _given(contract.test_same_message_three_times_at_once_counts_once)),
    "dedupe for ever": (_in(EverSinceDedupe), _given(keeping.test_id_is_known_until_its_time_is_over)),
    "half a turn": (_in(KeepsHalfATurn), _given(contract.test_turn_with_an_exception_leaves_nothing)),
    "lease ignored": (_in(IgnoresLeases), _given(contract.test_two_claims_never_share_a_row)),
    "lease ignored at once": (_in(IgnoresLeases), _given(contract.test_claim_takes_one_row_for_an_address)),
    "order by due time": (
        _in(OrdersByDueTime),
        _given(contract.test_row_waits_behind_an_earlier_one_that_is_leased_or_postponed),
    ),
    "order by due time, clock set back": (
        _in(OrdersByDueTime),
        _given(contract.test_rows_for_an_address_leave_in_order_when_the_clock_is_set_back),
    ),
    "numbers given again": (
        _in(GivesNumbersAgain),
        _given(contract.test_number_of_an_erased_ticket_is_not_given_again, keeper=True),
    ),
    "stale writes": (_in(NoticesNoStaleness), _given(contract.test_of_many_claims_of_a_ticket_one_wins)),
    "paused holds up": (_in(LetsPausedHoldUp), _given(keeping.test_paused_broadcast_stays_and_holds_up_nothing)),
    "outcome counted twice": (_in(TellsOutcomesTwice), _given(keeping.test_outcome_that_is_told_twice_counts_once)),
    "no compaction": (
        _on(NoCompactionAfterErasure),
        _given(contract.test_no_file_holds_a_word_of_an_erased_delegate, keeper=True),
    ),
    "no compaction after redaction": (
        _on(NoCompactionAfterErasure),
        _given(keeping.test_no_file_holds_a_word_of_a_redacted_ticket, keeper=True),
    ),
    "confirmed before it is stored": (_on(ConfirmsBeforeItIsStored), KILLED),
    "TinyDB's JSON storage": (_on(Stock), KILLED),
    "TinyDB's caching middleware": (_on(StockCached), KILLED),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fault", FAULTS)
async def test_contract_catches(tmp_path: Path, fault: str) -> None:
    make, check = FAULTS[fault]
    sound = TriedKeeper(tmp_path / "sound" / "store", lambda folder: DocumentStore(TinyTables(folder)))
    await check(sound)
    await sound.close()

    broken = TriedKeeper(tmp_path / "broken" / "store", make)
    with pytest.raises((AssertionError, json.JSONDecodeError, pytest.fail.Exception)):
        await check(broken)
    await broken.close()
