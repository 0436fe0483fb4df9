"""Wires what keeps the data in order: backups, erasure, and what goes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bot.backup.keeper import Backups
from bot.backup.making import backups_of
from bot.health.alarms import Alarms
from bot.model.content import Event
from bot.model.errors import DeskError, StoreUnavailable
from bot.model.people import Address
from bot.ports import Clock, Store
from bot.privacy.erasing import Eraser
from bot.privacy.exporting import export_asked
from bot.privacy.keeping import Keeping
from bot.settings import Settings
from bot.transports.admin import AdminDoor

log = structlog.get_logger("app")

_RESIGN_WITHIN: Final = 3.0  # seconds for the store to answer at the end


@dataclass(frozen=True)
class DataKeeping:
    store: Store
    eraser: Eraser
    retention: Keeping
    backups: Backups | None

    @property
    def loops(self) -> dict[str, Callable[[], Awaitable[None]]]:
        loops: dict[str, Callable[[], Awaitable[None]]] = {"retention": self.retention.run}
        if self.backups is not None:
            loops["backup"] = self.backups.run
        return loops

    async def resign(self) -> None:
        """Give the duties back, so that nobody has to wait for their leases to end."""
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_RESIGN_WITHIN):
                await self.retention.resign()
                if self.backups is not None:
                    await self.backups.resign()

    def offer(self, admin: AdminDoor) -> None:
        """What the commands ask of the running desk."""

        async def export(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            return await export_asked(self.store, asked)

        async def no_backups(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
            raise DeskError("This desk runs without DESK_BACKUP_DIR: there is nowhere to put a backup.")

        admin.offer("purge", self.retention.asked)
        admin.offer("export", export)
        admin.offer("backup", no_backups if self.backups is None else self.backups.asked)


async def open_keeping(
    settings: Settings,
    store: Store,
    event: Callable[[], Event],
    clock: Clock,
    lanes: tuple[Address, ...],
    alarms: Alarms,
) -> DataKeeping:
    """Raises SettingsError when the key of the backups cannot be read."""
    backups = backups_of(settings, store, alarms)
    eraser = Eraser(store, clock, lanes) if backups is None else Eraser(store, clock, lanes, backups.note_erased)
    if backups is not None:
        try:
            await backups.before_upgrade()
        except (DeskError, OSError) as error:  # the desk opens all the same; the alarm for overdue backups follows
            log.error("no_backup_before_upgrade", problem=str(error))  # noqa: TRY400 -- a sentence for the organiser
    return DataKeeping(store, eraser, Keeping(store, event, clock, eraser), backups)
