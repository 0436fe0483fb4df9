"""``desk staff``: who works at the desk, and how they come in."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click
import segno

from bot.cli.options import settings_option
from bot.cli.stopped import staff_here
from bot.cli.stores import of_running_desk
from bot.model.language import LANGUAGES
from bot.model.people import Role
from bot.settings import Settings, read_settings

Json = dict[str, Any]

role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="What they may see and do (repeatable; default: desk).",
)
language_option = click.option("--language", type=click.Choice(LANGUAGES), help="In which they read the desk.")
telegram_option = click.option("--telegram", type=click.IntRange(min=1), help="Their Telegram user id.")


@click.group("staff")
@settings_option
@click.pass_context
def command(ctx: click.Context, settings_file: Path | None) -> None:
    """The staff list: who may sign in to the console, act on Telegram, and with which rights."""
    ctx.obj = read_settings(file=settings_file)


@command.command("add")
@click.argument("name")
@role_option
@language_option
@telegram_option
@click.pass_obj
def add(settings: Settings, name: str, roles: tuple[str, ...], language: str | None, telegram: int | None) -> None:
    """Add NAME, as delegates and colleagues will read it, and print a sign-in link."""
    done = _ask(settings, "staff.add", name=name, roles=roles, language=language, telegram=telegram)
    click.echo(f"{done['person']['name']} is on the staff list: {', '.join(done['person']['roles'])}.")
    _show_link(done)


@command.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """Everybody on the list."""
    people = _ask(settings, "staff.list")["people"]
    for person in people:
        marks = [
            name for name, is_so in (("Telegram", person["telegram"]), ("password set", person["password"])) if is_so
        ]
        click.echo("  ".join([person["name"], ",".join(person["roles"]), person["language"], *marks]))
    if not people:
        click.echo("The list is empty. Begin with: desk staff add NAME --role admin")


@command.command("change")
@click.argument("name")
@role_option
@language_option
@telegram_option
@click.option("--no-telegram", "unlink", is_flag=True, help="Unlink their Telegram account.")
@click.pass_obj
def change(
    settings: Settings, name: str, roles: tuple[str, ...], language: str | None, telegram: int | None, *, unlink: bool
) -> None:
    """Change what is said of NAME; new roles end their sessions."""
    done = _ask(settings, "staff.change", name=name, roles=roles, language=language, telegram=telegram, unlink=unlink)
    click.echo(f"{done['person']['name']}: {', '.join(done['person']['roles'])}, {done['person']['language']}.")


@command.command("remove")
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, name: str) -> None:
    """Remove NAME: their sessions, links and buttons end within seconds."""
    click.echo(f"{_ask(settings, 'staff.remove', name=name)['person']['name']} was removed.")


@command.command("link")
@click.argument("name")
@click.pass_obj
def link(settings: Settings, name: str) -> None:
    """A new sign-in link for NAME: good once, for 12 hours."""
    _show_link(_ask(settings, "staff.link", name=name))


@command.command("reset")
@click.argument("name")
@click.pass_obj
def reset(settings: Settings, name: str) -> None:
    """Forget password, second factor and sessions of NAME, and print a link to set up anew."""
    _show_link(_ask(settings, "staff.reset", name=name))


@command.command("code")
@click.argument("name")
@click.pass_obj
def code(settings: Settings, name: str) -> None:
    """A code that links NAME's Telegram account: good once, for 15 minutes."""
    done = _ask(settings, "staff.code", name=name)
    click.echo(f"{done['person']['name']} writes this to the bot, in a chat of their own: /link {done['code']}")


def _ask(settings: Settings, do: str, **asked: object) -> Json:
    found = of_running_desk(settings, do, **asked)
    return found if found is not None else asyncio.run(_here(settings, do, asked))


async def _here(settings: Settings, do: str, asked: Json) -> Json:
    async with staff_here(settings) as commands:
        return dict(await commands.offers()[do](asked))


def _show_link(done: Json) -> None:
    click.echo(f"Sign-in link, good once, for 12 hours:\n{done['link']}")
    if sys.stdout.isatty():
        segno.make(done["link"], error="m").terminal(compact=True)
    if done["person"]["administrator"]:
        click.echo(
            "Administrators choose a password there, and set up an app for sign-in codes: have a telephone at hand."
        )
