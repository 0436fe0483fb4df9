"""``desk drill``: a marked test emergency through the real lanes, and how long people took."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from bot.cli.options import settings_option
from bot.cli.stores import of_running_desk
from bot.settings import Settings, read_settings

_LOOK_EVERY: Final = 1.0  # seconds


@click.command("drill")
@settings_option
@click.option("--wait", default=180, show_default=True, help="Seconds to wait for somebody to claim it.")
@click.option("--report", "number", type=int, help="Only tell of an earlier drill, by its number.")
def command(settings_file: Path | None, wait: int, number: int | None) -> None:
    """Send a marked test emergency to all of reception and tell how long it took to be seen and claimed.

    Ends with 1 when nobody claimed it in time: the event should not open then.
    """
    settings = read_settings(file=settings_file)
    if number is None:
        number = int(_ask(settings, "drill.start")["ticket"])
        click.echo(f"Drill: request #{number} is on its way to all lanes.")
        _wait(settings, number, wait)
    report = _ask(settings, "drill.report", ticket=number)
    click.echo("\n".join(lines(report)))
    sys.exit(0 if report["claimed"] is not None else 1)


def lines(report: Mapping[str, Any]) -> list[str]:
    """A drill as organisers read it."""
    said = [
        f"in front of staff after {_seconds(report['shown'])}",
        f"claimed after {_seconds(report['claimed'])}" + (f" by {report['claimedBy']}" if report["claimedBy"] else ""),
        f"steps of the ladder that were taken: {report['steps']}",
    ]
    people = sorted(report["people"].items(), key=lambda one: one[1])
    return [f"Drill #{report['ticket']}: {said[0]}", *said[1:], *(f"{name}: seen after {at} s" for name, at in people)]


def _wait(settings: Settings, number: int, longest: int) -> None:
    until = time.monotonic() + longest
    while time.monotonic() < until and _ask(settings, "drill.report", ticket=number)["claimed"] is None:
        time.sleep(_LOOK_EVERY)


def _ask(settings: Settings, what: str, **asked: Any) -> Mapping[str, Any]:
    answered = of_running_desk(settings, what, **asked)
    if answered is None:
        raise click.ClickException("The desk does not run here. Start it first: a drill goes through the real lanes.")
    return answered


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds} s"
