"""The staff list and the record of a desk that does not run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.backup.places import folder_of
from bot.cli.stores import key_of, store_here
from bot.clock import RealClock, real_now
from bot.settings import Settings
from bot.staff.commands import StaffCommands
from bot.staff.credentials import Credentials
from bot.staff.list import StaffList
from storage import open_store
from storage.chain import chain_key


@asynccontextmanager
async def staff_here(settings: Settings, *, begin: bool = True) -> AsyncIterator[StaffCommands]:
    """The commands on the store of the settings, while no desk runs on it.

    Args:
        settings: Where it lies.
        begin: Make the store when there is none yet: the first administrator comes before the first start.

    Raises:
        click.ClickException: A desk runs on it that could not be asked, or there is none.
    """
    folder = folder_of(settings.store_url)
    if begin and folder is not None and not await asyncio.to_thread(_begun, folder):
        async with open_store(settings.store_url, key=key_of(settings)):
            pass
    clock = RealClock(ZoneInfo("UTC"))
    async with store_here(settings) as store:
        staff = StaffList(store, clock)
        url = settings.public_url or f"http://{settings.http}"
        yield StaffCommands(staff, Credentials(staff, real_now), lambda: url, chain_key(key_of(settings)))


def _begun(folder: Path) -> bool:
    return any(folder.glob("desk.journal*"))
