"""``desk key``: a fresh key for the store."""

from __future__ import annotations

import click

from storage.crypt import new_key


@click.command("key")
def command() -> None:
    """Print a fresh store key. Keep it apart from the data: without it nothing that is stored can be read again."""
    click.echo(new_key())
