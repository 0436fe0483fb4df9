"""``desk restore``: a store from a backup folder."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click

from bot.backup.restore import Restored, restore
from bot.cli.options import settings_option
from bot.cli.stores import FOLDER, Moment, key_of
from bot.settings import read_settings


@click.command("restore")
@click.argument("backup_dir", type=FOLDER)
@click.argument("store_url")
@settings_option
@click.option("--at", type=Moment(), help="No later than this time, such as 2023-11-24T12:00:00+07:00.")
@click.option("--replace", is_flag=True, help="What is in the store goes (a store of files only).")
def command(
    backup_dir: Path, store_url: str, settings_file: Path | None, at: datetime | None, *, replace: bool
) -> None:
    """Fill STORE_URL (tinydb:FOLDER or postgresql://…) with the newest whole state in BACKUP_DIR."""
    key = key_of(read_settings(file=settings_file))
    say = lambda line: click.echo(line, err=True)  # noqa: E731 -- two words
    _tell(asyncio.run(restore(backup_dir, store_url, key=key, at=at, replace=replace, say=say)), store_url)


def _tell(done: Restored, url: str) -> None:
    kinds = ", ".join(f"{count} {table}" for table, count in done.counts.items() if count)
    click.echo(f"Restored from {done.source}: everything up to {done.until:%Y-%m-%d %H:%M:%S} UTC.")
    click.echo(f"{kinds or 'It was empty'}; compared with the backup.")
    if done.erased:
        click.echo(f"{done.erased} people were erased after the backup was made: they are erased here, too.")
    if done.waiting:
        click.echo(f"{done.waiting} messages wait in the outbox and leave when the desk starts.")
    if url.startswith("tinydb:"):
        click.echo(f"Start the desk with DESK_DATA_DIR={url.removeprefix('tinydb:')} (or move the folder there).")
