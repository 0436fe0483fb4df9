"""Moving to another store: all of it, also after an interruption, and the source stays as it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.move import MOVING, NotTheSame, _fingerprint, digest, migrate
from bot.backup.places import NotEmpty, opened
from bot.model.errors import StoreLocked
from bot.ports import Record, Store
from tests.contract import postgres
from tests.contract.world import AMINA, BINH, NOON, ask, known, note, put
from tests.unit.backup.people import Site


def silent(_line: str) -> None:
    """Nobody watches."""


async def odd(site: Site, store: Store) -> None:
    """People, and what a store may find hard to keep."""
    await site.fill(store)
    await put(store, note("r1", due=NOON + timedelta(hours=3)), note("r2", BINH))
    await known(store, AMINA, "telegram:77")
    await store.remember("webchat:session:x", "s-2", until=NOON + timedelta(days=9), who=BINH.delegate)
    await ask(store, BINH, "half a letter \ud83d, nothing \x00, a tab \t and a line\nbreak")


async def digests(store: Store) -> set[int]:
    return {digest(record) async for record in store.records()}


@pytest.fixture(params=["tinydb", pytest.param("postgres", marks=pytest.mark.postgres)])
async def other(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty store."""
    if request.param == "tinydb":
        yield f"tinydb:{tmp_path / 'other'}"
        return
    url = postgres.schema_url(str(tmp_path))
    yield url
    postgres.drop(url)


async def test_there_and_back_again(site: Site, other: str) -> None:
    async with site.running() as (store, _):
        await odd(site, store)
        before = await digests(store)
        counts = await store.counts()

    there = await migrate(site.url, other, key=None, say=silent)
    back = await migrate(other, f"tinydb:{site.root / 'back'}", key=None, say=silent)

    assert {table: found.count for table, found in there.items()} == counts
    assert there == back
    async with site.running() as (store, _), opened(f"tinydb:{site.root / 'back'}", None) as again:
        assert await digests(store) == await digests(again) == before
        assert await again.recall(MOVING) is None


async def test_the_desk_goes_on_in_the_new_store(site: Site, other: str) -> None:
    async with site.running() as (store, _):
        await site.fill(store)
    await migrate(site.url, other, key=None, say=silent)

    async with opened(other, None) as store:
        assert not await known(store, AMINA, "new")
        assert (await ask(store, AMINA)).id == 4
        assert [entry.seq for entry in await store.entries(AMINA.delegate)] == [1, 2, 3]
        assert await store.waiting() == 4


async def test_a_move_that_was_interrupted_is_taken_up_again(
    site: Site, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.running() as (store, _):
        await odd(site, store)
    told: list[str] = []

    def ends(line: str) -> None:
        told.append(line)
        if len(told) == 3:  # in the middle of the tables: some batches are in, others are not
            raise KeyboardInterrupt

    monkeypatch.setattr("bot.backup.places._BATCH", 4)
    with pytest.raises(KeyboardInterrupt):
        await migrate(site.url, other, key=None, say=ends)
    async with opened(other, None) as store:
        assert 0 < sum((await store.counts()).values()) < 15

    done = await migrate(site.url, other, key=None, say=silent)

    async with site.running() as (store, _):
        assert {table: found.count for table, found in done.items()} == await store.counts()


async def test_a_source_that_changed_meanwhile_is_told(site: Site) -> None:
    target = f"tinydb:{site.root / 'other'}"
    async with site.running() as (store, _), opened(target, None) as unfinished:
        await site.fill(store)
        await unfinished.load([record async for record in store.records()])
        await unfinished.remember(MOVING, _source_mark(site))
        await store.erase(AMINA.delegate)

    with pytest.raises(NotTheSame, match="delegates: 2 in the source, 3 in the target"):
        await migrate(site.url, target, key=None, say=silent)


def _source_mark(site: Site) -> str:
    """What an earlier run from this source left behind."""
    return _fingerprint(site.url)


async def test_a_target_with_something_in_it_is_left_alone(site: Site, other: str) -> None:
    async with site.running() as (store, _), opened(other, None) as target:
        await site.fill(store)
        await site.arrives(target, BINH)

    with pytest.raises(NotEmpty):
        await migrate(site.url, other, key=None, say=silent)

    async with opened(other, None) as target:
        assert [delegate.id for delegate in await target.delegates()] == [BINH.delegate]


async def test_a_source_that_is_open_elsewhere_is_not_moved(site: Site) -> None:
    async with site.running() as (store, _):
        await site.fill(store)

        with pytest.raises(StoreLocked):
            await migrate(site.url, f"tinydb:{site.root / 'other'}", key=None, say=silent)


@pytest.mark.postgres
async def test_a_database_on_which_a_desk_runs_is_not_moved(site: Site, tmp_path: Path) -> None:
    url = postgres.schema_url(str(tmp_path))
    try:
        async with opened(url, None) as store:
            assert await store.lead("telegram", "a desk", timedelta(seconds=30))

            with pytest.raises(StoreLocked, match="A desk is running"):
                await migrate(url, site.url, key=None, say=silent)
    finally:
        postgres.drop(url)


async def test_a_store_is_not_moved_to_itself(site: Site) -> None:
    with pytest.raises(NotEmpty):
        await migrate(site.url, site.url, key=None, say=silent)


def test_a_digest_looks_at_what_is_said_and_not_at_how() -> None:
    one = Record("seen", "x", b'{"by":"telegram:1","until":"2023-11-21T12:00:00+07:00"}')
    same = Record("seen", "x", b'{ "until": "2023-11-21T05:00:00+00:00", "by": "telegram:\\u0031" }')
    other = Record("seen", "x", json.dumps({"by": "telegram:1", "until": "2023-11-21T12:00:01+07:00"}).encode())

    assert digest(one) == digest(same) != digest(other)
    assert digest(replace(one, key="y")) != digest(one)
