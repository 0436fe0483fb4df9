"""``desk eval``: how well questions are understood whose topics are known."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from bot.answers.engine import Context, Engine
from bot.answers.holdout import held_out
from bot.answers.judging import FIGURES, Cell, Question, Tally, tally
from bot.answers.learnt import learn
from bot.cli.options import DEMO_START, event_option, settings_for
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.model.decisions import Understanding
from bot.model.language import LANGUAGES, is_language
from bot.settings import content_root

_CONFUSED: Final = 15  # pairs shown


@click.command("eval")
@event_option
@click.option("--markdown", is_flag=True, help="Tables for a page instead of columns.")
@click.option("--kinds", is_flag=True, help="A row for each kind of question too.")
@click.option(
    "--held-out", is_flag=True, help="Learn without a fifth of the content and ask that; takes half a minute."
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
def command(files: tuple[Path, ...], event: str | None, *, markdown: bool, kinds: bool, held_out: bool) -> None:
    """Ask the questions of FILES (JSON lines, or folders of *.jsonl) and count what was understood.

    A line is {"text", "lang", "topic", "accept"?, "kind"?, "emergency"?}.
    """
    if not files and not held_out:
        raise click.UsageError("give files of questions, or --held-out")
    settings = settings_for(event)
    engine = prepare(Folders.of(content_root(), settings.event), settings.cache)
    spent: list[float] = []
    if files:
        _print(tally(_asked(engine, read(files), spent), engine.snapshot.library), kinds=kinds, markdown=markdown)
    if held_out:
        engine, questions = _without_a_part(engine)
        _print(tally(_asked(engine, questions, spent), engine.snapshot.library), kinds=kinds, markdown=markdown)
    if not markdown:
        spent.sort()
        half, most = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
        click.echo(f"\nprocessor time per message: median {half * 1e3:.2f} ms, 99 of 100 below {most * 1e3:.2f} ms")


def _without_a_part(engine: Engine) -> tuple[Engine, list[Question]]:
    library, questions = held_out(engine.snapshot.library)
    return Engine(replace(engine.snapshot, library=library), learn(library)), questions


def _asked(
    engine: Engine, questions: Iterable[Question], spent: list[float]
) -> Iterator[tuple[Question, Understanding]]:
    now = DEMO_START.astimezone(engine.snapshot.event.zone)
    for question in questions:
        begun = time.process_time()
        understood = engine.understand(question.text, Context("en", now))
        spent.append(time.process_time() - begun)
        yield question, understood


def read(files: Sequence[Path]) -> Iterator[Question]:
    """Raises: click.ClickException: A line is none; names file and line."""
    for file in files:
        for path in sorted(file.glob("*.jsonl")) if file.is_dir() else [file]:
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if line.strip():
                    yield _question(line, f"{path}:{number}")


def _question(line: str, where: str) -> Question:
    try:
        item = json.loads(line)
        text, language, topic = item["text"], item["lang"], item.get("topic")
        kind, accept = str(item.get("kind", "plain")), tuple(map(str, item.get("accept", ())))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{where}: not a question: {error}") from error
    if not isinstance(text, str) or not is_language(language) or not isinstance(topic, str | None):
        raise click.ClickException(f"{where}: text and topic are strings; lang is en, ar or vi")
    return Question(text, language, topic, accept, kind, bool(item.get("emergency")))


def _print(found: Tally, *, kinds: bool, markdown: bool) -> None:
    every = sorted({kind for _, kind in found.counted} - {"all"}) if kinds else []
    cells = [(language, kind) for kind in ("all", *every) for language in ("all", *LANGUAGES)]
    rows = [_row(found, cell) for cell in cells if found.counted[cell]]
    _table(("language", "kind", *FIGURES), rows, markdown=markdown)
    click.echo()
    calibration = [(f"{trust:.2f}", f"{right:.2f}", str(number)) for trust, right, number in found.calibration()]
    _table(("trust of answers", "came true", "answers"), calibration, markdown=markdown)
    click.echo()
    pairs = [(meant, said, str(number)) for (meant, said), number in found.confused.most_common(_CONFUSED)]
    _table(("meant", "answered", "times"), pairs, markdown=markdown)


def _row(found: Tally, cell: Cell) -> tuple[str, ...]:
    shown = []
    for figure in FIGURES:
        share = found.share(cell, figure)
        shown.append("" if share is None else f"{share:.1%} of {found.counted[cell][figure]}")
    return (*cell, *shown)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    if markdown:
        for row in (head, ["---"] * len(head), *rows):
            click.echo("| " + " | ".join(row) + " |")
        return
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
