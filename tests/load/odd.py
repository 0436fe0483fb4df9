"""Thousands of odd messages: any text and any kind of media of the Bot API; none ends in silence (D2).

    python -m tests.load.odd --messages 100000

In process: an update as Telegram's JSON is read, becomes a turn of the real desk with the sample event's content, and the history
then must hold a line of the desk that follows it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from structlog.testing import capture_logs
from telegram import Bot

from bot.answers.engine import Engine
from bot.channels.telegram.inbound import to_inbound
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.model.people import DelegateId
from bot.settings import content_root, locales_root
from bot.transports.telegram_updates import read_update
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.world import Desk, SetClock
from tests.e2e.process import MORNING
from tests.load.desk.said import CASES, EMERGENCIES, QUESTIONS

Json = dict[str, Any]
BOT: Final = Bot("1:odd")
LANGUAGES: Final = ("en", "ar", "vi", "fr", "zh-hans", "xx", "")
AREAS: Final = (
    (32, 127),
    (0x80, 0x250),
    (0x600, 0x6FF),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x1F300, 0x1FAFF),
    (0, 32),
)
FILE: Final[Json] = {"file_id": "F", "file_unique_id": "U", "file_size": 10}
POINT: Final[Json] = {"latitude": 21.02, "longitude": 105.85}
USER: Final[Json] = {"id": 1, "is_bot": False, "first_name": "Contact"}
CHAT: Final[Json] = {"id": -100, "type": "channel", "title": "News"}
MEDIA: Final[dict[str, Any]] = {
    "animation": {**FILE, "width": 1, "height": 1, "duration": 1},
    "audio": {**FILE, "duration": 1},
    "checklist": {"title": "To do", "tasks": [{"id": 1, "text": "Call"}]},
    "contact": {"phone_number": "+84900000001", "first_name": "C"},
    "dice": {"emoji": "🎲", "value": 3},
    "document": {**FILE, "file_name": "a.pdf"},
    "game": {"title": "G", "description": "d", "photo": [{**FILE, "width": 1, "height": 1}]},
    "giveaway": {"chats": [CHAT], "winners_selection_date": 1, "winner_count": 1},
    "giveaway_winners": {
        "chat": CHAT, "giveaway_message_id": 1, "winners_selection_date": 1, "winner_count": 1, "winners": [USER],
    },
    "hologram": {"anything": ["that", {"comes": "later"}]},
    "invoice": {"title": "t", "description": "d", "start_parameter": "", "currency": "EUR", "total_amount": 1},
    "location": POINT,
    "paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]},
    "passport_data": {"data": [], "credentials": {"data": "", "hash": "", "secret": ""}},
    "photo": [{**FILE, "width": 9, "height": 9}],
    "poll": {
        "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
        "type": "regular", "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
    },
    "sticker": {**FILE, "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"},
    "story": {"chat": CHAT, "id": 1},
    "venue": {"location": POINT, "title": "Here", "address": "There"},
    "video": {**FILE, "width": 1, "height": 1, "duration": 1},
    "video_note": {**FILE, "length": 1, "duration": 1},
    "voice": {**FILE, "duration": 1},
    "web_app_data": {"data": "x", "button_text": "y"},
}  # fmt: skip
CAPTIONED: Final = ("animation", "audio", "document", "photo", "video", "voice", "paid_media")
KNOWN: Final = [text for texts in (*QUESTIONS.values(), CASES, EMERGENCIES) for text in texts.values()]
COMMANDS: Final = (
    "start",
    "help",
    "today",
    "now",
    "next",
    "human",
    "lang",
    "privacy",
    "mydata",
    "forget",
    "link",
    "x",
    "agenda",
)


@dataclass
class Outcome:
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    not_understood: int = 0
    """Turns that failed and went to a person as they were."""
    slowest: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.messages} odd messages of {len(self.kinds)} kinds: {len(self.silent)} ended in silence, "
            f"{self.not_understood} went to a person after a fault; the slowest took {self.slowest * 1e3:.0f} ms"
        )


class Oddities:
    """Makes updates as strange as Telegram may carry them."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- chance, not secrets

    def updates(self, number: int) -> Iterator[tuple[str, Json]]:
        """So many, each with the name of its kind; one person sends up to six in a row."""
        chance, chat, left = self._chance, 10_000, 0
        language = ""
        for index in range(number):
            if not left:
                chat, left, language = chat + 1, chance.randint(1, 6), chance.choice(LANGUAGES)
            left -= 1
            kind, content = self._content()
            person = {"id": chat, "is_bot": False, "first_name": self._text(8) or "?"}
            person |= {"language_code": language} if language else {}
            message = {
                "message_id": index + 1,
                "date": 1_700_000_000,
                "chat": {"id": chat, "type": "private"},
                "from": person,
            }
            message |= content
            if kind == "press":
                query = {"id": "1", "from": person, "chat_instance": "1", "data": content["data"]}
                shown = message | {"text": "?", "from": USER | {"is_bot": True}}
                shown.pop("data")
                yield kind, {"update_id": index + 1, "callback_query": query | {"message": shown}}
            else:
                name = "edited_message" if chance.random() < 0.03 else "message"
                yield kind, {"update_id": index + 1, name: message}

    def _content(self) -> tuple[str, Json]:
        chance = self._chance
        draw = chance.random()
        if draw < 0.3:
            kind = chance.choice(list(MEDIA))
            caption = {"caption": self._text(60)} if kind in CAPTIONED and chance.random() < 0.3 else {}
            also = {"document": MEDIA["document"]} if kind == "animation" else {}
            also |= {"location": POINT} if kind == "venue" else {}
            return kind, {kind: MEDIA[kind]} | also | caption
        if draw < 0.36:
            return "press", {
                "data": chance.choice([self._text(30) or "x", "topic:x", "none", "person", "emergency:x", "area:"])
            }
        if draw < 0.42:
            return "command", {"text": f"/{chance.choice(COMMANDS)} {self._text(20)}"}
        if draw < 0.65:
            return "bent", {"text": self._bent()}
        forwarded = {"forward_origin": {"type": "hidden_user", "sender_user_name": "?", "date": 1}}
        return "text", {"text": self._text(chance.choice((3, 30, 300, 4096))) or "."} | (
            forwarded if chance.random() < 0.1 else {}
        )

    def _text(self, longest: int) -> str:
        chance = self._chance
        areas = chance.choices(AREAS, k=2)
        letters = (chr(chance.randrange(*chance.choice(areas))) for _ in range(chance.randint(0, longest)))
        return "".join(letters)

    def _bent(self) -> str:
        """A known question, misspelt, cut, doubled, mixed with another."""
        chance = self._chance
        text = list(chance.choice(KNOWN) + chance.choice(("", " ", "\n", " / ")) + chance.choice(("", *KNOWN)))
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(text))
            match chance.randrange(4):
                case 0:
                    del text[place]
                case 1:
                    text.insert(place, self._text(2))
                case 2:
                    text[place] = text[place].swapcase()
                case _:
                    text = text[place:] + text[:place]
            if not text:
                return "?"
        return "".join(text)[:4096]


async def send(number: int, engine: Engine, speakers: Speakers, seed: int = 1) -> Outcome:
    outcome = Outcome()
    clock = SetClock(datetime.fromisoformat(MORNING).astimezone(engine.snapshot.event.zone))
    desk = Desk(DocumentStore(MemoryTables()), engine, speakers, clock)
    with capture_logs() as logs:
        for kind, raw in Oddities(seed).updates(number):
            await _one(desk, kind, raw, outcome)
    outcome.not_understood = sum(line["event"] == "message_not_understood" for line in logs)
    return outcome


async def _one(desk: Desk, kind: str, raw: Json, outcome: Outcome) -> None:
    outcome.messages += 1
    outcome.kinds[kind] += 1
    update = read_update(raw, BOT)
    inbound = to_inbound(update, desk.clock.now()) if update is not None else None
    if inbound is None:
        outcome.silent.append(f"{kind}: not taken by the door: {raw}"[:300])
        return
    who = DelegateId(inbound.sender.address.delegate)
    before, begun = await desk.store.entries(who), time.perf_counter()
    await desk.front.receive(inbound)
    outcome.slowest = max(outcome.slowest, time.perf_counter() - begun)
    after = await desk.store.entries(who, after=before[-1].seq if before else 0)
    if not any(entry.author == "desk" for entry in after) and inbound.press != "forget:yes":
        outcome.silent.append(f"{kind}: nothing was said: {raw}"[:300])


@click.command()
@click.option("--messages", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path))
def main(messages: int, seed: int, cache: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = prepare(Folders.of(content_root(), "ap11"), cache or Path(folder))
    outcome = asyncio.run(send(messages, engine, load_speakers(locales_root()), seed))
    for problem in outcome.silent[:10]:
        click.echo(problem)
    click.echo(str(outcome))
    sys.exit(bool(outcome.silent))


if __name__ == "__main__":
    main()
