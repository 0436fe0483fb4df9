"""Asks the running desk to do something, over the socket in its data folder; see ``bot/transports/admin.py``."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click

from bot.settings import Settings
from bot.transports.admin import SOCKET, socket_path

_CONNECT_WITHIN: Final = 5.0  # seconds
_ANSWER_WITHIN: Final = 600.0  # seconds between two lines
_LONGEST_ANSWER: Final = 256 << 20  # bytes of a line: a whole export is one

Json = dict[str, Any]


class NoDesk(click.ClickException):
    """No desk runs with this data folder."""


def ask(settings: Settings, do: str, *, each: Callable[[Json], None] | None = None, **asked: object) -> Json:
    """What the desk answers.

    Args:
        settings: Where its data lies.
        do: The name under which it was offered, such as ``backup.now``.
        each: Called with every line that comes before the end.
        asked: What goes with it; values that JSON knows.

    Raises:
        NoDesk: None is running; the sentence says where it was looked for.
        click.ClickException: The desk refused, with its sentence.
    """
    for line in _lines(settings, {"do": do, **asked}):
        if "fault" in line:
            raise click.ClickException(str(line["fault"]))
        if "done" in line:
            return dict(line["done"])
        if each is not None:
            each(dict(line.get("line", {})))
    raise click.ClickException("The desk ended before it had answered.")


def _lines(settings: Settings, asked: Mapping[str, object]) -> Iterator[Json]:
    path = settings.data_dir / SOCKET
    missing = NoDesk(f"No desk is running with the data folder {settings.data_dir} (start it with: desk run).")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
        talk.settimeout(_CONNECT_WITHIN)
        try:
            with socket_path(path) as name:
                talk.connect(name)
        except OSError:
            raise missing from None
        talk.settimeout(_ANSWER_WITHIN)
        try:
            talk.sendall(json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            with talk.makefile("rb") as answers:
                while line := answers.readline(_LONGEST_ANSWER):
                    yield json.loads(line)
        except (OSError, ValueError):
            raise click.ClickException("The desk stopped talking in the middle of its answer.") from None
