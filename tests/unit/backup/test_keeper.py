"""Snapshots come every hour and go after a week; what goes wrong is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.backup.keeper import LOG, SNAPSHOTS, snapshots, stamp
from bot.model.errors import StoreUnavailable
from storage.logcopy import generations, points_of
from tests.contract.world import AMINA, BINH
from tests.unit.backup.people import Site


class Bells:
    def __init__(self) -> None:
        self.ringing: dict[str, Mapping[str, str]] = {}

    def raise_(self, key: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        assert "{last}" in message
        self.ringing[key] = fields or {}

    def clear(self, key: str) -> None:
        self.ringing.pop(key, None)


async def test_a_snapshot_every_hour_and_none_older_than_a_week(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        for _ in range(9 * 24):
            await backups.look()
            await backups.look()  # between two hours nothing is due
            site.watch.passes(hours=1)

    made = [made for made, _ in snapshots(site.folder)]
    last = site.watch.now() - timedelta(hours=1)
    assert made == [last - timedelta(hours=back) for back in range(7 * 24, -1, -1)]


async def test_a_full_folder_gets_room_again_and_keeps_the_newest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    old = [site.watch.now() - timedelta(days=days) for days in (30, 20, 10)]
    (site.folder / SNAPSHOTS).mkdir(parents=True)
    for made in old:
        (site.folder / SNAPSHOTS / f"{stamp(made)}.desk").write_bytes(b"sealed")

    async def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("No space left on device")

    def nothing_fits(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.backup.keeper.write_snapshot", full)
    monkeypatch.setattr("storage.logcopy.LogCopy.follow", nothing_fits)
    async with site.running() as (_, backups):
        await backups.look()
        await backups.look()

    assert [made for made, _ in snapshots(site.folder)] == [old[-1]]


async def test_the_log_is_never_a_minute_behind(site: Site) -> None:
    async with site.running() as (store, backups):
        for who in (AMINA, BINH):
            await site.arrives(store, who)
            site.watch.passes(seconds=20)
            await backups.look()

    [copy] = generations(site.folder / LOG)
    assert copy.read_bytes()[: (site.data / "desk.journal").stat().st_size] == copy.read_bytes()
    assert points_of(copy)[-1].at == site.watch.now()


async def test_a_backup_that_fails_for_two_hours_rings_until_it_works(site: Site) -> None:
    bells = Bells()
    site.folder.write_text("a file where the folder should be")
    async with site.running() as (store, backups):
        backups.alarms = bells
        backups._began = site.watch.now()
        await site.arrives(store, AMINA)
        site.watch.passes(hours=1)
        await backups.look()
        assert bells.ringing == {}

        site.watch.passes(hours=2)
        await backups.look()
        assert bells.ringing == {"backup": {"last": "–"}}

        site.folder.unlink()
        await backups.look()
        assert bells.ringing == {}


async def test_another_version_of_the_project_finds_a_snapshot_from_before(site: Site) -> None:
    async with site.running() as (store, backups):
        await backups.before_upgrade()
        await site.arrives(store, AMINA)
    assert snapshots(site.folder) == []  # the first start ever has nothing to save

    async with site.running() as (store, _):
        await site.backups(store, "1.0").before_upgrade()
        assert snapshots(site.folder) == []
        await site.backups(store, "1.1").before_upgrade()
        await site.backups(store, "1.1").before_upgrade()

    assert len(snapshots(site.folder)) == 1


async def test_an_erasure_does_not_wait_for_a_folder_that_is_away(site: Site) -> None:
    site.folder.write_text("a file where the folder should be")
    async with site.running() as (store, backups):
        await site.fill(store)

        await site.eraser(store, backups).erase(AMINA.delegate)

        assert await store.delegate(AMINA.delegate) is None
        site.folder.unlink()
        await backups.snapshot()
    assert (site.folder / "erased.list").read_text().count("\n") == 1
