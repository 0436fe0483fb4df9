"""What was removed leaves the files in the end, also when the journal could not be rewritten at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.model.errors import StoreUnavailable
from storage.documents import DocumentStore
from storage.group import TinyTables
from storage.tables import SCRUB_OWED
from tests.contract.world import AMINA, BINH, NOON, ask, say
from tests.unit.storage.folders import kept

Removes = Callable[[DocumentStore], Awaitable[object]]


async def _erases(store: DocumentStore) -> None:
    await store.erase(AMINA.delegate)


async def _redacts(store: DocumentStore) -> None:
    await store.redact((await store.tickets())[0].id, NOON)


async def _refuse() -> None:
    raise StoreUnavailable("No space left on device")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[DocumentStore, TinyTables]]:
    tables = TinyTables(folder)
    try:
        yield DocumentStore(tables), tables
    finally:
        await tables.close()


async def refused(removes: Removes, store: DocumentStore, tables: TinyTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are there and removed, and the journal cannot be rewritten."""
    await ask(store, AMINA, "Zanzibar")
    with monkeypatch.context() as patch:
        patch.setattr(tables, "_rewrite", _refuse)
        with pytest.raises(StoreUnavailable):
            await removes(store)


def words_in(folder: Path) -> bool:
    return any(b"Zanzibar" in path.read_bytes() for path in folder.iterdir())


def owed(folder: Path) -> bool:
    return SCRUB_OWED in kept(folder).get("settings", {})


@pytest.mark.parametrize("removes", [_erases, _redacts])
async def test_refused_rewriting_is_made_up_for_by_the_hourly_look(
    folder: Path, removes: Removes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder) as (store, tables):
        await refused(removes, store, tables, monkeypatch)
        assert words_in(folder)

        await store.sweep(NOON)

        assert not words_in(folder)
    assert not owed(folder)


@pytest.mark.parametrize("removes", [_erases, _redacts])
async def test_refused_rewriting_is_made_up_for_by_the_next_start(
    folder: Path, removes: Removes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder) as (store, tables):
        await refused(removes, store, tables, monkeypatch)

    async with opened(folder):
        assert not words_in(folder)


async def test_full_disk_does_not_keep_a_store_that_owes_from_being_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder) as (store, tables):
        await say(store, AMINA, "Zanzibar")
        await say(store, BINH, "Hanoi")
        monkeypatch.setattr(tables, "_rewrite", _refuse)
        with pytest.raises(StoreUnavailable):
            await store.erase(AMINA.delegate)
    monkeypatch.setattr("storage.journal.Fresh", _refuses)

    async with opened(folder) as (store, _):
        assert len(await store.entries(BINH.delegate)) == 1


def _refuses(*_: object) -> object:
    raise OSError(28, "No space left on device")


async def test_one_who_rewrote_in_time_does_not_pay_for_another_who_could_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder) as (store, tables):
        await say(store, AMINA, "Zanzibar")
        await say(store, BINH, "Hanoi")
        rewrite, began, goes_on = tables._rewrite, asyncio.Event(), asyncio.Event()

        async def first_only() -> None:
            if began.is_set():
                await _refuse()
            began.set()
            await rewrite()
            await goes_on.wait()

        monkeypatch.setattr(tables, "_rewrite", first_only)
        first = asyncio.create_task(store.erase(BINH.delegate))
        await began.wait()
        removed = asyncio.ensure_future(anext(store.changes()))
        second = asyncio.create_task(store.erase(AMINA.delegate))
        await removed  # but only after the first rewriting had begun
        goes_on.set()
        await first
        with pytest.raises(StoreUnavailable):
            await second

        monkeypatch.undo()
        await store.sweep(NOON)
        assert not words_in(folder)


async def test_nothing_is_owed_after_erasures_at_the_same_time(folder: Path) -> None:
    async with opened(folder) as (store, _):
        for who in (AMINA, BINH):
            await say(store, who, "Zanzibar")

        await asyncio.gather(*(store.erase(who.delegate) for who in (AMINA, BINH)))

        assert not words_in(folder)
    assert not owed(folder)
