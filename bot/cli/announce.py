"""``desk announce``: one message to many delegates, deliberately."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from bot.cli.admin_client import ask
from bot.cli.options import settings_option
from bot.i18n.forms import number
from bot.model.language import LANGUAGES
from bot.settings import Settings, read_settings


@click.group("announce")
@settings_option
@click.pass_context
def command(ctx: click.Context, settings_file: Path | None) -> None:
    """Send one message to many delegates through the running desk."""
    ctx.obj = read_settings(file=settings_file)


@command.command("send")
@click.option("--en", "english", required=True, help="The text in English, or @FILE.")
@click.option("--ar", "arabic", required=True, help="The text in Arabic, or @FILE.")
@click.option("--vi", "vietnamese", required=True, help="The text in Vietnamese, or @FILE.")
@click.option(
    "--lang", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Only who speaks it (repeatable)."
)
@click.option("--door", "doors", multiple=True, help="Only who comes through it: telegram, webchat (repeatable).")
@click.option("--yes", "count", type=int, help="Confirm without being asked: the number of people that was shown.")
@click.pass_obj
def send(
    settings: Settings,
    english: str,
    arabic: str,
    vietnamese: str,
    languages: tuple[str, ...],
    doors: tuple[str, ...],
    count: int | None,
) -> None:
    """Show what would be sent and to how many; send it when that number is typed. Ten seconds are left to undo it."""
    texts = {"en": _text(english), "ar": _text(arabic), "vi": _text(vietnamese)}
    draft = ask(settings, "announce.preview", texts=texts, languages=languages, doors=doors)
    _show(draft)
    if count is None:
        if not sys.stdin.isatty():
            raise click.ClickException(f"Nothing was sent. Confirm with: --yes {draft['count']}")
        count = click.prompt("Type the number of people it goes to, to send it", type=int)
    sent = ask(settings, "announce.confirm", id=draft["id"], count=count)
    click.echo(
        f"Starts in {sent['starts_in']:.0f} seconds, for {_people(sent['count'])}. Stop it: desk announce undo {sent['id']}"
    )


@command.command("undo")
@click.argument("announcement")
@click.pass_obj
def undo(settings: Settings, announcement: str) -> None:
    """Withdraw it. Within ten seconds nobody has read anything; later, what was sent stays sent."""
    done = ask(settings, "announce.undo", id=announcement)
    click.echo("Withdrawn; nobody had got it." if not done["sent"] else f"Withdrawn; {done['sent']} had it already.")


@command.command("pause")
@click.argument("announcement")
@click.pass_obj
def pause(settings: Settings, announcement: str) -> None:
    """Send no more for now."""
    _line(ask(settings, "announce.pause", id=announcement))


@command.command("resume")
@click.argument("announcement")
@click.pass_obj
def resume(settings: Settings, announcement: str) -> None:
    """Go on after a pause."""
    _line(ask(settings, "announce.resume", id=announcement))


@command.command("list")
@click.pass_obj
def overview(settings: Settings) -> None:
    """Every announcement and how far it is."""
    ask(settings, "announce.list", each=_line)


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{given[1:]} cannot be read as UTF-8 text.") from error


def _show(draft: dict[str, Any]) -> None:
    for language, text in draft["previews"].items():
        click.echo(f"--- {language} ({_people(draft['languages'].get(language, 0))}) ---\n{text}\n")
    for doubt in draft["doubts"]:
        click.echo(f"look again: {doubt}")
    doors = ", ".join(f"{count} on {door}" for door, count in sorted(draft["doors"].items()))
    click.echo(
        f"It reaches {_people(draft['count'])}{f' ({doors})' if doors else ''}; {draft['blocked']} cannot be reached."
    )


def _people(count: int) -> str:
    return number(Decimal(count), None, "people", "en")


def _line(told: dict[str, Any]) -> None:
    missed = f", {told['unreachable']} could not be reached" if told["unreachable"] else ""
    click.echo(f"{told['id']}  {told['state']:<14} {told['sent']} of {told['count']}{missed}  {told['begins']}")
