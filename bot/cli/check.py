"""``desk check``: everything wrong with the content, all at once."""

from __future__ import annotations

import sys
from collections import Counter

import click

from bot.cli.options import event_option, settings_for
from bot.content.source import Folders, load, record_translations
from bot.model.errors import Fault
from bot.settings import content_root


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
    click.echo(_summary(loaded.faults))
    sys.exit(1 if loaded.faults else 0)


def _tell(unanswerable: object, files: dict[str, str]) -> None:
    """Topics that are handed over because the event lacks a fact."""
    assert isinstance(unanswerable, dict)  # noqa: S101 -- narrows the mapping of the snapshot
    for topic, missing in unanswerable.items():
        lacks = ", ".join(missing) if missing else "it has no answer text"
        click.echo(f"note: {files[topic]}: {topic} is handed over at this event: {lacks}")


def _summary(faults: tuple[Fault, ...]) -> str:
    errors = sum(not fault.warning for fault in faults)
    return "Nothing to mend." if not faults else f"{errors} to mend, {len(faults) - errors} to review."
