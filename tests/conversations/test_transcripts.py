"""Whole conversations of delegates, the bot and staff: every line that anybody reads, in files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answers.engine import Engine
from bot.i18n.translator import Speakers
from tests.conversations.play import Play
from tests.conversations.script import FOLDER, load

PATHS = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_everybody_reads_what_the_transcript_says(path: Path, content: Engine, speakers: Speakers) -> None:
    script = load(path)
    play = Play.of(script, content, speakers)
    await play.begin()

    for step in script.steps:
        assert await play.does(step.does) == step.read, f"{path.name}: {step.does}"


def test_there_are_enough_of_them() -> None:
    """Sixty at least, through both doors and in all three languages."""
    heads = [head for path in PATHS for head in load(path).heads if head.startswith("delegate ")]

    assert len(PATHS) >= 60
    for door in ("web", "telegram"):
        for language in ("en", "ar", "vi"):
            assert sum(head.endswith(f" on {door} in {language}") for head in heads) >= 3, (door, language)
