"""What the commands around the store share: the running desk does it, or the store is opened here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.backup.places import folder_of, opened
from bot.cli.admin_client import Json, NoDesk, ask
from bot.model.errors import StoreLocked
from bot.ports import Store
from bot.settings import Settings
from storage.crypt import Key, read_key
from storage.logcopy import JOURNAL


def of_running_desk(settings: Settings, do: str, **asked: Any) -> Json | None:
    """The answer of the desk that runs with this data folder; None when none does."""
    try:
        return ask(settings, do, **asked)
    except NoDesk:
        return None


@asynccontextmanager
async def store_here(settings: Settings) -> AsyncIterator[Store]:
    """The store of the settings, while no desk runs on it.

    Raises:
        click.ClickException: There is none, or a desk runs that could not be asked.
    """
    folder = folder_of(settings.store_url)
    if settings.store_url.startswith("memory:") or (folder is not None and not (folder / JOURNAL).is_file()):
        raise click.ClickException(f"There is no store at {settings.store_url}.")
    try:
        async with opened(settings.store_url, key_of(settings)) as store:
            yield store
    except StoreLocked as error:
        raise click.ClickException(f"{error} (or ask it: a desk that runs here takes commands itself).") from error


def key_of(settings: Settings) -> Key | None:
    return read_key(settings.store_key, settings.store_key_file)


class Moment(click.ParamType[Any]):
    """A time with its offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2023-11-24T12:00:00+07:00", param, ctx)
        if read.tzinfo is None:
            self.fail(f"{value!r} has no offset: write it as {value}+07:00", param, ctx)
        return read


FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
