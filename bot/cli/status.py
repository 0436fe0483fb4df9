"""``desk status``: how the running desk is."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.admin_client import ask
from bot.cli.options import settings_option
from bot.settings import read_settings


@click.command("status")
@settings_option
def command(settings_file: Path | None) -> None:
    """Ask the running desk how it is. Ends with 1 when none is running."""
    for name, value in ask(read_settings(file=settings_file), "status").items():
        click.echo(f"{name:<10} {', '.join(map(str, value)) if isinstance(value, list) else value}")
