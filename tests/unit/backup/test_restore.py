"""A restore brings everything back but the people erased since, and touches nothing that it must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.keeper import LOG, snapshots
from bot.backup.places import NotEmpty, opened
from bot.backup.restore import NothingToRestore, Restored, restore
from bot.model.errors import SettingsError, StoreLocked
from storage.logcopy import generations
from tests.contract.world import AMINA, BINH, CHLOE
from tests.unit.backup.people import KEY, WORDS, Site, everything, known

HOUR = timedelta(hours=1)


def silent(_line: str) -> None:
    """What is told about broken backups is looked at in one test."""


async def bring_back(site: Site, to: str = "", **more: object) -> Restored:
    url = to or f"tinydb:{site.root / 'again'}"
    return await restore(site.folder, url, key=site.key, say=more.pop("say", silent), **more)  # type: ignore[arg-type]


async def found(site: Site, folder: str = "again") -> set[str]:
    async with opened(f"tinydb:{site.root / folder}", site.key) as store:
        return await known(store)


def lose_logs(site: Site) -> None:
    for copy in generations(site.folder / LOG):
        copy.unlink()


async def test_a_snapshot_brings_everything_back(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.fill(store)
        await backups.snapshot()
        before = await everything(store)

    done = await bring_back(site)

    async with opened(f"tinydb:{site.root / 'again'}", None) as again:
        assert await everything(again) == before
        assert (await again.delegates())[0].name == "Amina"
        assert [ticket.id for ticket in await again.tickets()] == [1, 2, 3]
        assert [entry.ticket for entry in await again.timeline((await again.tickets())[0].id)] == [1]
    assert done.until == site.watch.now()
    assert (done.erased, done.waiting) == (0, 3)


async def test_the_log_brings_back_what_came_after_the_snapshot(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.look()
        site.watch.passes(seconds=20)
        await site.arrives(store, BINH)
        await backups.look()
        expected = await everything(store)

    done = await bring_back(site)

    async with opened(f"tinydb:{site.root / 'again'}", None) as again:
        assert await everything(again) == expected
    assert done.until == site.watch.now()


async def test_an_earlier_moment_can_be_chosen(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.look()
        first = site.watch.now()
        site.watch.passes(seconds=20)
        await site.arrives(store, BINH)
        await backups.look()

    done = await bring_back(site, at=first + timedelta(seconds=19))

    assert done.until == first
    assert await found(site) == {AMINA.delegate}


async def test_erased_people_stay_erased_also_after_an_older_snapshot(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.fill(store)
        await backups.snapshot()
        site.watch.passes(minutes=10)
        await site.eraser(store, backups).erase(AMINA.delegate)
    lose_logs(site)

    done = await bring_back(site)

    assert done.erased == 1
    assert await found(site) == {BINH.delegate, CHLOE.delegate}
    journal = (site.root / "again" / "desk.journal").read_bytes()
    assert WORDS[AMINA].encode() not in journal
    assert WORDS[BINH].encode() in journal


@pytest.mark.parametrize("whole", [True, False], ids=["both doors", "one door"])
async def test_the_other_door_of_an_erased_person_does_not_bring_back_the_address(site: Site, *, whole: bool) -> None:
    async with site.running() as (store, backups):
        await site.fill(store)
        for one, other in ((AMINA, BINH), (BINH, AMINA)):
            async with store.transaction(one.delegate) as tx:
                delegate = await tx.delegate()
                assert delegate is not None
                await tx.save_delegate(replace(delegate, other=other))
        if whole:
            await backups.snapshot()
        site.watch.passes(minutes=10)
        await backups.note_erased(AMINA.delegate, site.watch.now())
        await store.erase(AMINA.delegate)
        if not whole:
            await backups.snapshot()
    lose_logs(site)

    await bring_back(site)

    async with opened(f"tinydb:{site.root / 'again'}", None) as again:
        binh = await again.delegate(BINH.delegate)
        assert binh is not None
        assert binh.other is None


async def test_erased_people_stay_erased_when_the_list_was_lost_but_a_later_snapshot_has_it(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.fill(store)
        await site.eraser(store, backups).erase(AMINA.delegate)
        (site.folder / "erased.list").unlink()
        await backups.snapshot()

        again = await bring_back(site)

    assert again.erased == 0
    assert (site.folder / "erased.list").read_text().count("\n") == 1  # brought along by the snapshot
    async with opened(f"tinydb:{site.root / 'again'}", None) as store:
        assert len(await store.recall_all("erased:")) == 1  # and carried on in what was restored


async def test_whoever_came_back_after_being_erased_is_restored(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.fill(store)
        await site.eraser(store, backups).erase(AMINA.delegate)
        site.watch.passes(minutes=10)
        await site.arrives(store, AMINA)
        site.watch.passes(minutes=10)
        await backups.snapshot()
    lose_logs(site)

    assert (await bring_back(site)).erased == 0
    assert AMINA.delegate in await found(site)


async def test_a_broken_backup_is_passed_over_for_an_older_one(site: Site) -> None:
    said: list[str] = []
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.snapshot()
        site.watch.passes(hours=1)
        await site.arrives(store, BINH)
        await backups.snapshot()
    newest = snapshots(site.folder)[-1][1]
    newest.write_bytes(newest.read_bytes()[:-9])

    done = await bring_back(site, say=said.append)

    assert done.until == site.watch.now() - HOUR
    assert await found(site) == {AMINA.delegate}
    assert len(said) == 1
    assert newest.name in said[0]


async def test_a_target_that_holds_something_is_left_alone(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.snapshot()
    site.watch.passes(hours=1)
    async with site.running() as (store, _):
        await site.arrives(store, BINH)

    with pytest.raises(NotEmpty, match="--replace"):
        await bring_back(site, site.url)

    assert await found(site, "data") == {AMINA.delegate, BINH.delegate}


async def test_replace_takes_its_place_and_leaves_nothing_of_it(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.snapshot()
    async with site.running() as (store, _):
        await site.arrives(store, BINH)

    await bring_back(site, site.url, replace=True)

    assert await found(site, "data") == {AMINA.delegate}
    assert files_with(site.data, WORDS[BINH]) == []


async def test_a_store_that_is_open_is_not_replaced(site: Site) -> None:
    async with site.running() as (store, backups):
        await site.arrives(store, AMINA)
        await backups.snapshot()

        with pytest.raises(StoreLocked):
            await bring_back(site, site.url, replace=True)


async def test_a_sealed_backup_needs_its_key_and_leaves_the_target_as_it_was(site: Site) -> None:
    site.key = KEY
    async with site.running() as (store, backups):
        await site.fill(store)
        await backups.snapshot()
    lose_logs(site)
    site.key = None

    with pytest.raises(SettingsError):
        await bring_back(site)

    assert files_with(site.folder, WORDS[BINH]) == []
    assert files_with(site.root / "again", "") in ([], ["desk.lock"])
    site.key = KEY
    assert (await bring_back(site)).counts["delegates"] == 3
    assert files_with(site.root / "again", WORDS[BINH]) == []


async def test_an_empty_folder_is_no_backup(site: Site) -> None:
    with pytest.raises(NothingToRestore):
        await bring_back(site)


def files_with(folder: Path, words: str) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes())
