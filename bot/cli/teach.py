"""``desk teach``: questions that the desk could not answer or answered wrongly, to learn from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bot.cli.options import language_option, settings_option
from bot.cli.stores import of_running_desk, store_here
from bot.desk.teach import Teaching
from bot.settings import Settings, read_settings

Wording = Mapping[str, Any]


@click.group("teach")
def command() -> None:
    """What the desk could not answer or answered wrongly: masked, counted, for whoever writes ways of asking."""


@command.command("list")
@settings_option
@language_option
@click.option("--most", default=50, show_default=True, help="How many to show.")
def list_(settings_file: Path | None, lang: str | None, most: int) -> None:
    """The most frequent first: how often (and how often of these the answer was turned down), language, words, likely topics."""
    found = _wordings(read_settings(file=settings_file), lang)
    for wording in found[:most]:
        count = wording["unanswered"] + wording["denied"]
        click.echo(f"{count:>4} ({wording['denied']} denied)  {wording['language']}  {wording['text']}")
        click.echo(f"      {', '.join(wording['candidates']) or '-'}")
    if not found:
        click.echo("Nothing to teach.")
    elif len(found) > most:
        click.echo(f"… and {len(found) - most} more")


@command.command("export")
@settings_option
@language_option
@click.option("--format", "form", type=click.Choice(["jsonl", "yaml"]), default="jsonl", show_default=True)
def export(settings_file: Path | None, lang: str | None, form: str) -> None:
    """All of them on standard output: JSON lines, or YAML as in content/library/asking/, under the likeliest topic."""
    found = _wordings(read_settings(file=settings_file), lang)
    click.echo("\n".join(_yaml(found) if form == "yaml" else (json.dumps(one, ensure_ascii=False) for one in found)))


def _yaml(wordings: Sequence[Wording]) -> list[str]:
    """To be looked through by a person: the likeliest topic is often not the right one."""
    lines = ["# Move each line under the topic it asks for, and drop the rest; # and … stand for what was masked."]
    topics = {wording["candidates"][0] if wording["candidates"] else "unknown": None for wording in wordings}
    for topic in sorted(topics):
        lines.append(f"{topic}:")
        for wording in wordings:
            if (wording["candidates"][0] if wording["candidates"] else "unknown") == topic:
                lines.append(f"  - {json.dumps(wording['text'], ensure_ascii=False)}  # {wording['language']}")  # noqa: PERF401 -- reads as the file looks
    return lines


def _wordings(settings: Settings, language: str | None) -> list[Wording]:
    found = of_running_desk(settings, "teach.list") or asyncio.run(_here(settings))
    return [wording for wording in found["wordings"] if language in (None, wording["language"])]


async def _here(settings: Settings) -> Mapping[str, Any]:
    async with store_here(settings) as store:
        return await Teaching(store).listed({})
