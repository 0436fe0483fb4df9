"""Thousands of histories of delegates and staff, by dice (S2, S4, D7, D8).

    python -m tests.load.histories --histories 10000

What must hold stands in ``tests/conversations/histories.py``. The seed of a history that fails repeats it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter

import click

from bot.answers.engine import Engine
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.settings import content_root, locales_root, read_settings
from tests.conversations.histories import DEEDS, GUESTS, PAUSES, STAFF, WISHES, History


async def play(seed: int, steps: int, content: Engine, speakers: Speakers) -> History:
    """One history from its seed.

    Raises:
        AssertionError: Something did not hold; the steps are in its notes.
    """
    dice = random.Random(seed)  # noqa: S311 -- chance, not secrets
    history = await History.begin(content, speakers)
    try:
        for _ in range(steps):
            await _step(history, dice)
        await history.agrees()
    except AssertionError as fault:
        fault.add_note("\n".join(history.steps))
        raise
    return history


async def _step(history: History, dice: random.Random) -> None:
    number = dice.randint(1, max(1, len(history.versions)))
    match dice.choices(["delegate", "staff", "time", "restart", "group"], [30, 50, 14, 3, 3])[0]:
        case "delegate":
            weights = [4, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
            await history.wishes(dice.choice(sorted(GUESTS)), dice.choices(WISHES, weights)[0], number)
        case "staff":
            to, lane = dice.choice(sorted(STAFF)), dice.choice(["telegram", "console"])
            await history.acts(dice.choice(sorted(STAFF)), dice.choice(DEEDS), number, lane, to)
        case "time":
            await history.passes(dice.choice(PAUSES))
        case "restart":
            await history.restarts()
        case "group":
            await history.reach(out=dice.random() < 0.5)


@click.command()
@click.option("--histories", default=10_000, show_default=True)
@click.option("--steps", default=30, show_default=True, help="Of each.")
@click.option("--seed", default=1, show_default=True, help="Of the first; each further has the next.")
def main(histories: int, steps: int, seed: int) -> None:
    """Play them, and tell what did not hold."""
    content = prepare(Folders.of(content_root(), "ap11"), read_settings(given={}).cache)
    speakers = load_speakers(locales_root())
    faults: Counter[str] = Counter()
    deeds = refused = tickets = 0
    began = time.process_time()
    for number in range(seed, seed + histories):
        try:
            history = asyncio.run(play(number, steps, content, speakers))
        except AssertionError as fault:
            faults[str(fault)] += 1
            if faults[str(fault)] == 1:
                click.echo(f"seed {number}: {fault}\n{''.join(getattr(fault, '__notes__', []))}")
            continue
        deeds += history.deeds
        refused += history.refused
        tickets += len(history.versions)
    seconds = time.process_time() - began
    click.echo(
        f"{histories} histories, {deeds} deeds of staff ({refused} refused), {tickets} requests, {seconds:.0f} s of CPU"
    )
    click.echo(f"did not hold: {faults.total()}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
