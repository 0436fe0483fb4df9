"""``desk aside``: messages that could not be handled, as the running desk keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.cli.admin_client import ask
from bot.cli.options import settings_option
from bot.health.aside import lines
from bot.settings import read_settings


@click.group("aside")
def command() -> None:
    """Messages that could not be handled: kept for a week, shown to nobody else."""


@command.command("list")
@settings_option
def list_(settings_file: Path | None) -> None:
    """Their names, times and what was wrong; no words."""
    click.echo(lines(ask(read_settings(file=settings_file), "aside.list")["aside"]))


@command.command("show")
@settings_option
@click.argument("name")
def show(settings_file: Path | None, name: str) -> None:
    """One of them as it came, with its words: for whoever helps its sender."""
    found = ask(read_settings(file=settings_file), "aside.show", id=name)
    try:
        update = json.dumps(json.loads(found["update"]), ensure_ascii=False, indent=2)
    except ValueError:  # it was too long to be kept whole
        update = found["update"]
    click.echo(f"{found['id']}  {found['at']}\n{found['reason']}\n{update}")


@command.command("drop")
@settings_option
@click.argument("name")
def drop(settings_file: Path | None, name: str) -> None:
    """Remove one; its sender was helped."""
    click.echo(f"Dropped {ask(read_settings(file=settings_file), 'aside.drop', id=name)['dropped']}.")
