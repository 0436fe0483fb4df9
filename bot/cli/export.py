"""``desk export``: everything kept about one delegate."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot.cli.options import settings_option
from bot.cli.stores import of_running_desk, store_here
from bot.clock import RealClock
from bot.privacy.exporting import export_asked
from bot.settings import Settings, read_settings
from bot.staff.audit import command_event
from bot.staff.commands import about_command


@click.command("export")
@click.argument("who")
@settings_option
@click.option("--notes", is_flag=True, help="Also what staff noted for themselves.")
def command(who: str, settings_file: Path | None, *, notes: bool) -> None:
    """Print everything kept about WHO as JSON: a delegate's id (telegram:12345), or #7, a request of theirs."""
    settings = read_settings(file=settings_file)
    asked = {"who": who, "notes": notes}
    found = of_running_desk(settings, "export", **asked) or asyncio.run(_here(settings, asked))
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


async def _here(settings: Settings, asked: dict[str, Any]) -> dict[str, Any]:
    async with store_here(settings) as store:
        await store.audit(command_event(RealClock(ZoneInfo("UTC")), "export", about_command(asked)))
        return dict(await export_asked(store, asked))
