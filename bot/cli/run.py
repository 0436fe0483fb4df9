"""``desk run``: all doors, with the settings of the environment."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import click

from bot.app import House, open_house, ring_on_signals, serve
from bot.cli.logs import quiet_logging
from bot.cli.open_files import allow_many
from bot.cli.options import settings_option, tell_learning
from bot.model.errors import DeskError
from bot.settings import Settings, read_settings
from bot.staff.audit import record_settings


@click.command("run")
@settings_option
@click.option(
    "--staff",
    default="Reception",
    show_default=True,
    help="Whose sign-in link is printed; on an empty staff list they are the first.",
)
def command(settings_file: Path | None, staff: str) -> None:
    """Open the desk: web page, console and, with a token, Telegram."""
    settings = read_settings(file=settings_file)
    quiet_logging(settings.log_level)
    allow_many()
    asyncio.run(_run(settings, staff))


async def _run(settings: Settings, staff: str) -> None:
    # A million small things are made at the opening and stay: looking at them again and again for garbage took a
    # third of the start, and would slow down everything later.
    gc.disable()
    async with open_house(settings, learning=tell_learning) as house:
        gc.collect()
        gc.freeze()
        gc.enable()
        # Only now: before, an interrupt ends the opening at once.
        stop = asyncio.Event()
        ring_on_signals(stop)
        await record_settings(house.store, house.clock, settings.model_dump(exclude_unset=True, mode="json"))
        await announce(house, staff)
        tell_unsealed(settings)
        await serve(house, stop)


def tell_unsealed(settings: Settings) -> None:
    """One line, where delegates can write to this desk and anybody who gets at its disk could read it."""
    reachable = settings.telegram_token or settings.public_url
    if reachable and settings.store_url.startswith("tinydb:") and not (settings.store_key or settings.store_key_file):
        click.echo("Store    not encrypted on the disk (desk key prints a key; set DESK_STORE_KEY)", err=True)


async def announce(house: House, staff: str) -> None:
    """Where everything is, for whoever started it."""
    click.echo(f"Chat     {house.server.url}/chat")
    try:
        click.echo(f"Console  {await house.first_link(staff)}   (works once)")
    except DeskError:
        click.echo(f"Console  {house.server.url}/desk/   (desk staff link NAME prints a sign-in link)")
    if house.telegram is None:
        click.echo("Telegram off (set DESK_TELEGRAM_TOKEN)")
    elif house.telegram.trouble:
        click.echo(f"Telegram off: {house.telegram.trouble}")
    else:
        click.echo(
            f"Telegram @{house.telegram.username or '?'}"
            + ("" if house.telegram.lanes else " (no staff group: set DESK_STAFF_CHAT)")
        )
