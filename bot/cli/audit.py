"""``desk audit``: the record of what staff did, and whether it is whole."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.admin_client import NoDesk, ask
from bot.cli.options import settings_option
from bot.cli.stopped import staff_here
from bot.cli.stores import Moment
from bot.settings import Settings, read_settings

Json = dict[str, Any]


@click.group("audit", invoke_without_command=True)
@settings_option
@click.option("--since", type=Moment(), help="Only from this time on, such as 2023-11-21T07:00:00+07:00.")
@click.option("--ticket", type=int, help="Only about this request.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.pass_context
def command(
    ctx: click.Context, settings_file: Path | None, since: datetime | None, ticket: int | None, *, as_json: bool
) -> None:
    """Print what staff did: number, time, who, what, which request."""
    ctx.obj = read_settings(file=settings_file)
    if ctx.invoked_subcommand is not None:
        return
    asked = {"since": since.isoformat() if since else "", "ticket": ticket}

    def show(line: Json) -> None:
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else _told(line))

    try:
        ask(ctx.obj, "audit", each=show, **asked)
    except NoDesk:
        asyncio.run(_lines_here(ctx.obj, asked, show))


@command.command("verify")
@click.pass_obj
def verify(settings: Settings) -> None:
    """Read the whole record and tell each line that was changed, removed, doubled, moved or added."""
    try:
        found = ask(settings, "audit.verify")
    except NoDesk:
        found = asyncio.run(_verify_here(settings))
    for fault in found["faults"]:
        click.echo(fault)
    if found["faults"]:
        raise click.exceptions.Exit(1)
    click.echo(f"{found['lines']} lines, whole; the last one: {found['end']}")
    if found["unkeyed"]:
        click.echo(
            f"{found['unkeyed']} of them were made before a key was set: anybody who could write could have made them."
        )
    elif not found["keyed"]:
        click.echo("Made without a key (DESK_STORE_KEY): whoever can write to the store could make all of it anew.")


async def _lines_here(settings: Settings, asked: Json, show: Any) -> None:
    async with staff_here(settings, begin=False) as commands:
        async for line in commands.audit(asked):
            show(dict(line))


async def _verify_here(settings: Settings) -> Json:
    async with staff_here(settings, begin=False) as commands:
        return dict(await commands.verify({}))


def _told(line: Json) -> str:
    who = line["name"] or line["by"]
    about = [f"#{line['ticket']}"] if line["ticket"] is not None else []
    lane = [line["lane"]] if line["lane"] else []
    return "  ".join([str(line["seq"]), line["at"], who, *lane, line["what"], *about, line["about"]]).rstrip()
