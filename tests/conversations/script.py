"""Transcripts of whole conversations: who does what, and below it every line that anybody read because of it.

    # A lost folder is found            the first line is the title
    delegate Amal on web in en          people and what the matcher makes of words come first
    staff Lan as desk in vi
    words "My blue folder" are venue.lost-found
    machine "We have it" in ar is "..."   what a translation service makes of a text; without it there is none

    Amal: My blue folder                a step: what somebody says or does
      Amal < I am passing it to ...     what that made anybody read, in the order of reading;
           | [Medical emergency]        more lines of it, and its buttons
      group < #1 new ...
      (nobody reads anything)

Write the steps alone and ``python -m tests.conversations.script FILE`` puts in what is read: then read it. The steps are
the patterns of ``play.py``. A transcript whose lines change fails its test; look at the difference before writing anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "transcripts"
MORNING: Final = datetime(2023, 11, 21, 7, 40, tzinfo=timezone(timedelta(hours=7)))
SILENCE: Final = "  (nobody reads anything)"
HEADS: Final = ("#", "delegate ", "staff ", "words ", "clock ", "machine ")


@dataclass
class Step:
    does: str
    read: list[str] = field(default_factory=list)


@dataclass
class Script:
    """A conversation as it stands in its file."""

    heads: list[str] = field(default_factory=list)
    """The title, the people, the words and the clock."""
    steps: list[Step] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.heads[0].removeprefix("# ")


def load(path: Path) -> Script:
    script = Script()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        if line.startswith("  "):
            script.steps[-1].read.append(line)
        elif line.startswith(HEADS) and not script.steps:
            script.heads.append(line)
        else:
            script.steps.append(Step(line))
    return script


def text_of(script: Script) -> str:
    blocks = ["\n".join(script.heads), *("\n".join([step.does, *step.read]) for step in script.steps)]
    return "\n\n".join(blocks) + "\n"


def lines(reader: str, text: str, buttons: Sequence[Sequence[str]] = ()) -> list[str]:
    """What one reader reads, as it stands in a transcript."""
    first, *rest = text.splitlines() or [""]
    rest += [" ".join(f"[{label}]" for label in row) for row in buttons]
    gap = " " * len(reader)
    return [f"  {reader} < {first}".rstrip(), *(f"  {gap} | {line}".rstrip() for line in rest)]


def main(paths: Sequence[str]) -> None:
    """Write into each transcript what is read in it now."""
    from bot.content.source import Folders  # noqa: PLC0415 -- only here
    from bot.desk.live import prepare  # noqa: PLC0415
    from bot.i18n.translator import load_speakers  # noqa: PLC0415
    from bot.settings import content_root, locales_root, read_settings  # noqa: PLC0415
    from tests.conversations.play import Play  # noqa: PLC0415

    content = prepare(Folders.of(content_root(), "ap11"), read_settings(given={}).cache)
    speakers = load_speakers(locales_root())
    for path in map(Path, paths or sorted(map(str, FOLDER.glob("*.txt")))):
        script = load(path)
        try:
            asyncio.run(Play.of(script, content, speakers).write(script))
        except AssertionError as fault:
            sys.stderr.write(f"{path.name}: {fault}\n")
            continue
        path.write_text(text_of(script), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
