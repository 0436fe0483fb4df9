"""``desk check``: everything wrong with the content, all at once."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import Final

import click

from bot.cli.options import event_option, settings_for
from bot.content.source import Folders, load, record_translations
from bot.model.errors import Fault
from bot.settings import Settings, content_root

_REASONS: Final = {
    "unreachable": "the service at DESK_TRANSLATE_URL does not answer as LibreTranslate does",
    "busy": "the service asks to be left alone for a while",
    "refused": "the service does not accept DESK_TRANSLATE_KEY",
    "languages": "the service does not translate between English, Arabic and Vietnamese",
}


@click.command("check")
@click.argument("path", required=False)
@event_option
@click.option("--stamp", is_flag=True, help="Mark all translations as reviewed now.")
def command(path: str | None, event: str | None, *, stamp: bool) -> None:
    """Check the library and the event in PATH (default: the event of the settings). Ends with 1 if anything must be mended."""
    settings = settings_for(path or event)
    folders = Folders.of(content_root(), settings.event)
    if stamp:
        click.echo(f"{record_translations(folders)} texts recorded as reviewed together.")
    loaded = load(folders)
    for fault in loaded.faults:
        click.echo(("warning: " if fault.warning else "") + str(fault))
    if loaded.snapshot is not None:
        _tell(
            loaded.snapshot.unanswerable,
            {key: str(topic.origin_file) for key, topic in loaded.snapshot.library.topics.items()},
        )
        samples = Counter(fact.origin.basis for fact in loaded.snapshot.event.facts.values())
        click.echo(
            f"{len(loaded.snapshot.library.topics)} topics, {len(loaded.snapshot.event.sessions)} sessions, "
            f"{len(loaded.snapshot.event.facts)} facts ({samples['sample']} sample values to replace, {samples['check']} to confirm)."
        )
    if settings.translate_url:
        click.echo(asyncio.run(translation_said(settings)))
    click.echo(_summary(loaded.faults))
    sys.exit(1 if loaded.faults else 0)


def _tell(unanswerable: object, files: dict[str, str]) -> None:
    """Topics that are handed over because the event lacks a fact."""
    assert isinstance(unanswerable, dict)  # noqa: S101 -- narrows the mapping of the snapshot
    for topic, missing in unanswerable.items():
        lacks = ", ".join(missing) if missing else "it has no answer text"
        click.echo(f"note: {files[topic]}: {topic} is handed over at this event: {lacks}")


async def translation_said(settings: Settings) -> str:
    """Whether what delegates write can be translated by a machine, and whether that works now; nothing is sent there."""
    # Loaded only here: the library of the web takes longer than the whole check.
    from bot.translation.watching import reason_of  # noqa: PLC0415
    from bot.transports.libretranslate import LibreTranslate  # noqa: PLC0415

    async with LibreTranslate(settings.translate_url, settings.translate_key) as service:
        reason = await reason_of(service)
    if not reason:
        return "Machine translation is on: the service answers and translates between all languages."
    return f"note: machine translation is on, but of no use now: {_REASONS.get(reason, reason)}"


def _summary(faults: tuple[Fault, ...]) -> str:
    errors = sum(not fault.warning for fault in faults)
    return "Nothing to mend." if not faults else f"{errors} to mend, {len(faults) - errors} to review."
