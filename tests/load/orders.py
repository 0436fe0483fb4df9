"""Every update three times, in any order that may happen, is as good as each once (D9).

    python -m tests.load.orders --histories 10000

A history is what a few delegates and two members of staff do. One pass hands over each update once and in order; another hands
over each three times: the first copies in the same order, the others at any time after, or all at once. Both must end with the
same records in the store, and everybody must have read the same.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import click

from bot.answers.engine import Engine
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.model.errors import Refused
from bot.model.messages import Attachment, Inbound, InboundId, Sender, TicketId
from bot.model.people import Address, Staff, StaffId
from bot.model.tickets import StaffAction, Verb
from bot.settings import content_root, locales_root
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.world import Desk, SetClock
from tests.e2e.process import MORNING
from tests.load.desk.said import CASES, EMERGENCIES, QUESTIONS

VERBS: Final[Sequence[Verb]] = ("claim", "reply", "note", "resolve", "reopen")
WORDS: Final = (
    *(texts[language] for texts in QUESTIONS.values() for language in ("en", "ar", "vi")),
    *(text.format(token="") for texts in (CASES, EMERGENCIES) for text in texts.values()),
    "hello", "thanks", "zzz", "my bag", "I feel unwell", "شكرا", "cảm ơn", "and tomorrow?",
)  # fmt: skip
PRESSES: Final = (
    "topic:hotel.wifi", "topic:badge.missing", "command:today", "person", "none", "emergency:medical", "not-emergency",
    "language:vi", "forget:no", "menu",
)  # fmt: skip
COMMANDS: Final = ("start", "help", "today", "human", "lang", "privacy", "mydata", "forget")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does."""

    by: str
    kind: Literal["says", "presses", "commands", "album", "staff"]
    what: str = ""
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which step is handed over now, and how often at the same moment."""

    step: int
    at_once: int = 1


def history(chance: random.Random, longest: int = 14) -> list[Step]:
    """Something that three delegates and two of the staff might do."""
    steps: list[Step] = []
    for _ in range(chance.randint(2, longest)):
        who = chance.choice(("amina", "binh", "chris"))
        match chance.choices(range(5), [8, 3, 2, 1, 4])[0]:
            case 0:
                steps.append(Step(who, "says", chance.choice(WORDS)))
            case 1:
                steps.append(Step(who, "presses", chance.choice(PRESSES)))
            case 2:
                steps.append(Step(who, "commands", chance.choice(COMMANDS)))
            case 3:
                steps += [Step(who, "album", f"album{len(steps)}")] * chance.randint(2, 4)
            case _:
                by = chance.choice(("lan", "omar"))
                steps.append(Step(by, "staff", chance.choice(VERBS), chance.randint(1, 3)))
    return steps


def thrice(steps: Sequence[Step], chance: random.Random) -> list[Delivery]:
    """Each step three times: first copies in order, the others anywhere behind, now and then at the same moment."""
    order: list[Delivery] = []
    for number in range(len(steps)):
        at_once = chance.choice((1, 1, 2, 3))
        order.append(Delivery(number, at_once))
    for number, delivery in enumerate(list(order)):
        for _ in range(3 - delivery.at_once):
            first = next(place for place, one in enumerate(order) if one.step == number)
            order.insert(chance.randint(first + 1, len(order)), Delivery(number))
    return order


async def passed(steps: Sequence[Step], order: Sequence[Delivery], engine: Engine, speakers: Speakers) -> Any:
    """What the store holds and who read what, after the deliveries."""
    clock = SetClock(datetime.fromisoformat(MORNING).astimezone(engine.snapshot.event.zone))
    store = DocumentStore(MemoryTables())
    desk = Desk(store, engine, speakers, clock)
    idle: set[int] = set()
    begun: set[int] = set()
    for delivery in order:
        step = steps[delivery.step]
        # Nobody can press a button of a ticket that is not there yet.
        if delivery.step not in begun and step.kind == "staff" and await store.ticket(TicketId(step.ticket)) is None:
            idle.add(delivery.step)
        begun.add(delivery.step)
        if delivery.step in idle:
            continue
        handing = [_hand_over(desk, delivery.step, steps[delivery.step]) for _ in range(delivery.at_once)]
        await asyncio.gather(*handing)
        await desk.settles()
    records = {(one.table, one.key): one.document async for one in store.records()}
    return records, [(seen.reader, seen.text) for seen in desk.seen]


async def _hand_over(desk: Desk, number: int, step: Step) -> None:
    if step.kind == "staff":
        by = Staff(StaffId(f"telegram:{step.by}"), step.by, "telegram")
        action = StaffAction(f"telegram:{number}", TicketId(step.ticket), by, step.what, desk.clock.now(), "We come")  # type: ignore[arg-type]
        try:
            await desk.staff.act(action)
        except Refused:
            return
    else:
        await desk.front.receive(_inbound(desk, number, step))


def _inbound(desk: Desk, number: int, step: Step) -> Inbound:
    sender = Sender(Address("webchat", step.by), language_hint="en")
    named = {
        "says": {"text": step.what},
        "presses": {"press": step.what},
        "commands": {"command": step.what},
        "album": {"group": step.what, "attachments": (Attachment("photo", "ref"),)},
    }[step.kind]
    return Inbound(InboundId(f"webchat:{number}"), sender, desk.clock.now(), **named)  # type: ignore[arg-type]


async def difference(steps: Sequence[Step], order: Sequence[Delivery], engine: Engine, speakers: Speakers) -> str:
    """What is not the same; empty when all is."""
    once = await passed(steps, [Delivery(number) for number in range(len(steps))], engine, speakers)
    often = await passed(steps, order, engine, speakers)
    if once == often:
        return ""
    records = [key for key in once[0].keys() | often[0].keys() if once[0].get(key) != often[0].get(key)]
    return f"records {records[:5]}; read once {once[1][:4]}, read often {often[1][:4]}; {steps} in the order {order}"


async def _many(histories: int, seed: int, engine: Engine, speakers: Speakers) -> int:
    faults, began = 0, time.monotonic()
    for number in range(histories):
        chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 -- chance, not secrets
        steps = history(chance)
        found = await difference(steps, thrice(steps, chance), engine, speakers)
        if found:
            faults += 1
            click.echo(f"history {number}: {found}")
    click.echo(f"{histories} histories in {time.monotonic() - began:.0f} s: {faults} ended differently")
    return faults


@click.command()
@click.option("--histories", default=10_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path))
def main(histories: int, seed: int, cache: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = prepare(Folders.of(content_root(), "ap11"), cache or Path(folder))
    sys.exit(bool(asyncio.run(_many(histories, seed, engine, load_speakers(locales_root())))))


if __name__ == "__main__":
    main()
