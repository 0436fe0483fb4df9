"""``desk run``: all doors, with the settings of the environment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.__main__ import quiet_logging
from bot.app import House, open_house, ring_on_signals, serve
from bot.cli.options import settings_option, tell_learning
from bot.settings import Settings, read_settings


@click.command("run")
@settings_option
@click.option("--staff", default="Reception", show_default=True, help="The name for the console's first sign-in link.")
def command(settings_file: Path | None, staff: str) -> None:
    """Open the desk: web page, console and, with a token, Telegram."""
    settings = read_settings(file=settings_file)
    quiet_logging(settings.log_level)
    asyncio.run(_run(settings, staff))


async def _run(settings: Settings, staff: str) -> None:
    async with open_house(settings, learning=tell_learning) as house:
        # Only now: before, an interrupt ends the opening at once.
        stop = asyncio.Event()
        ring_on_signals(stop)
        await announce(house, staff)
        await serve(house, stop)


async def announce(house: House, staff: str) -> None:
    """Where everything is, for whoever started it."""
    click.echo(f"Chat     {house.server.url}/chat")
    click.echo(f"Console  {await house.staff_link(staff)}   (works once)")
    if house.telegram is None:
        click.echo("Telegram off (set DESK_TELEGRAM_TOKEN)")
    elif house.telegram.trouble:
        click.echo(f"Telegram off: {house.telegram.trouble}")
    else:
        click.echo(
            f"Telegram @{house.telegram.username or '?'}"
            + ("" if house.telegram.lanes else " (no staff group: set DESK_STAFF_CHAT)")
        )
