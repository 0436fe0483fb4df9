"""The backups that the settings ask for."""

from __future__ import annotations

from bot import __version__
from bot.backup.keeper import Backups, Bells
from bot.backup.places import folder_of
from bot.ports import Store
from bot.settings import Settings
from storage.crypt import read_key
from storage.logcopy import JOURNAL


def backups_of(settings: Settings, store: Store, alarms: Bells | None = None) -> Backups | None:
    """None when no folder is set, or when nothing is kept at all.

    Raises:
        SettingsError: The key cannot be read.
    """
    if settings.backup_dir is None or settings.store_url.startswith("memory:"):
        return None
    folder = folder_of(settings.store_url)
    return Backups(
        store,
        settings.backup_dir,
        read_key(settings.store_key, settings.store_key_file),
        __version__,
        journal=folder / JOURNAL if folder is not None else None,
        alarms=alarms,
    )
