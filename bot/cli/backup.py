"""``desk backup``: a snapshot now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from bot import __version__
from bot.backup.keeper import Backups, told
from bot.cli.options import settings_option
from bot.cli.stores import key_of, of_running_desk, store_here
from bot.settings import Settings, read_settings


@click.command("backup")
@settings_option
def command(settings_file: Path | None) -> None:
    """Make a snapshot of everything in DESK_BACKUP_DIR, beside those that the running desk makes every hour."""
    settings = read_settings(file=settings_file)
    if settings.backup_dir is None:
        raise click.ClickException("DESK_BACKUP_DIR is not set: there is nowhere to put it.")
    made = of_running_desk(settings, "backup") or asyncio.run(_here(settings, settings.backup_dir))
    click.echo(f"{made['records']} records in {made['folder']}, made {made['made']}, read back and whole.")


async def _here(settings: Settings, folder: Path) -> dict[str, Any]:
    async with store_here(settings) as store:
        backups = Backups(store, folder, key_of(settings), __version__)
        return told(await backups.snapshot(), folder)
