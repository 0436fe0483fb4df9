"""``desk migrate``: everything to another kind of store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.backup.move import migrate
from bot.cli.options import settings_option
from bot.cli.stores import key_of
from bot.settings import read_settings


@click.command("migrate")
@click.argument("from_url")
@click.argument("to_url")
@settings_option
def command(from_url: str, to_url: str, settings_file: Path | None) -> None:
    """Copy everything FROM_URL TO_URL (tinydb:FOLDER or postgresql://…) and compare. The source stays as it is.

    Stop the desk first. An interrupted move is taken up by running the same command again.
    """
    key = key_of(read_settings(file=settings_file))
    say = lambda line: click.echo(line, err=True)  # noqa: E731 -- two words
    moved = asyncio.run(migrate(from_url, to_url, key=key, say=say))
    click.echo(f"{sum(table.count for table in moved.values())} records moved, counted and compared: the same.")
