"""What several commands share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from bot.model.language import LANGUAGES
from bot.settings import Settings, read_settings

DEMO_START: Final = datetime.fromisoformat("2023-11-21T07:40:00+07:00")
"""The sample conference's first morning, when the desk is asked most."""

language_option = click.option(
    "--lang", type=click.Choice(LANGUAGES), help="The language of the chat; by default each message's own."
)
event_option = click.option("--event", help="A folder, or a name under content/ (default: DESK_EVENT, else ap11).")
settings_option = click.option(
    "--settings", "settings_file", type=click.Path(path_type=Path, dir_okay=False), help="A file of NAME=value lines."
)


def settings_for(event: str | None, *, file: Path | None = None, **given: object) -> Settings:
    """The settings, with the sample event's clock where nothing else is said and the sample event is asked."""
    return read_settings(file=file, given={**given, **({"event": event} if event else {})})


def tell_learning() -> None:
    """So that nobody wonders what a first start is waiting for."""
    click.echo(
        "Reading the content and learning its ways of asking (only when they are new; about 20 seconds) …", err=True
    )
