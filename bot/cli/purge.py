"""``desk purge``: what is past its time goes now."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.backup.making import backups_of
from bot.cli.options import settings_option
from bot.cli.stores import Moment, of_running_desk, store_here
from bot.clock import DemoClock, RealClock
from bot.content.source import Folders, load
from bot.model.content import Event
from bot.model.errors import ContentError
from bot.model.people import Address
from bot.privacy.erasing import Eraser
from bot.privacy.keeping import Keeping
from bot.settings import Settings, content_root, read_settings
from bot.staff.audit import command_event


@click.command("purge")
@settings_option
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--now", type=Moment(), help="As if it were this time, such as 2023-12-24T12:00:00+07:00.")
def command(settings_file: Path | None, now: datetime | None, *, dry_run: bool) -> None:
    """Erase what is past its time, as the running desk does every hour by itself."""
    settings = read_settings(file=settings_file)
    asked = {"dry": dry_run, "now": now.isoformat() if now else ""}
    done = of_running_desk(settings, "purge", **asked) or asyncio.run(_here(settings, asked))
    verb = "would be erased" if dry_run else "erased"
    click.echo(f"As of {done['now']}:")
    click.echo(f"{done['people']} delegates with everything {verb}")
    click.echo(f"{done['requests']} private requests without their words{' (would be)' if dry_run else ''}")
    if not dry_run:
        click.echo(f"{done['small']} handled ids, sessions and updates set aside removed")


async def _here(settings: Settings, asked: dict[str, Any]) -> dict[str, Any]:
    event = _event(settings)
    clock = DemoClock(settings.clock, event.zone) if settings.clock else RealClock(event.zone)
    async with store_here(settings) as store:
        await store.audit(command_event(clock, "purge"))
        backups = backups_of(settings, store)
        eraser = Eraser(store, clock, _lanes(settings), *([backups.note_erased] if backups else []))
        return dict(await Keeping(store, lambda: event, clock, eraser).asked(asked))


def _lanes(settings: Settings) -> tuple[Address, ...]:
    """The staff group is told with the desk's next start."""
    if not settings.telegram_token or settings.staff_chat is None:
        return ()
    return (Address("reception-telegram", str(settings.staff_chat)),)


def _event(settings: Settings) -> Event:
    loaded = load(Folders.of(content_root(), settings.event))
    if loaded.snapshot is None:
        raise ContentError(loaded.faults)
    return loaded.snapshot.event
