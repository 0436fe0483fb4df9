"""A store with people in it, and backups of it, by a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.backup.keeper import Backups
from bot.backup.places import opened
from bot.ports import Store
from bot.privacy.erasing import Eraser
from storage.crypt import Key, new_key, parse_key
from storage.logcopy import JOURNAL
from tests.contract.world import AMINA, BINH, CHLOE, ask, person, say

PEOPLE = (AMINA, BINH, CHLOE)
WORDS = {AMINA: "حقيبتي الزرقاء ضاعت", BINH: "vali màu xanh của tôi", CHLOE: "my blue suitcase"}
KEY = parse_key(new_key())


@dataclass
class Watch:
    at: datetime = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def passes(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class Site:
    """A data folder and a backup folder."""

    root: Path
    key: Key | None = None
    watch: Watch = field(default_factory=Watch)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def url(self) -> str:
        return f"tinydb:{self.data}"

    @property
    def folder(self) -> Path:
        return self.root / "backup"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Store, Backups]]:
        """As a desk has them while it runs."""
        async with opened(self.url, self.key) as store:
            yield store, self.backups(store)

    def backups(self, store: Store, version: str = "1.0") -> Backups:
        return Backups(store, self.folder, self.key, version, self.data / JOURNAL, now=self.watch.now)

    def eraser(self, store: Store, backups: Backups) -> Eraser:
        return Eraser(store, self.watch, note=backups.note_erased)

    async def fill(self, store: Store) -> None:
        for who in PEOPLE:
            await self.arrives(store, who)

    async def arrives(self, store: Store, who: object) -> None:
        """Somebody writes for the first time, now."""
        address = next(one for one in PEOPLE if one == who)
        async with store.transaction(address.delegate) as tx:
            await tx.save_delegate(replace(person(address), first_seen=self.watch.now()))
        await say(store, address, WORDS[address], at=self.watch.now())
        await ask(store, address, WORDS[address])


async def known(store: Store) -> set[str]:
    return {delegate.id for delegate in await store.delegates()}


async def everything(store: Store) -> set[tuple[str, str, bytes]]:
    return {(record.table, record.key, record.document) async for record in store.records()}
