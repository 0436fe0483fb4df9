"""Whatever the bot said, staff read it as a delegate of their own language would have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pytest

from bot.answers.compose import Composer
from bot.i18n.translator import Speakers
from bot.model.decisions import PLAINLY, Answer, Asked
from bot.model.language import Language
from bot.model.messages import Entry
from bot.model.rich import Rich, letters
from bot.tickets import glossing
from tests.conversations.world import Delegate, Desk

TALK: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("Tell me about the tea party", "and when?", "the thing in the lobby", "I have a fever"),
    "ar": ("أخبرني عن حفل الشاي", "ومتى؟", "الشيء الذي في البهو", "عندي حمى"),
    "vi": ("Cho tôi biết về tiệc trà", "mấy giờ vậy?", "cái ở sảnh", "tôi bị sốt"),
}  # fmt: skip


async def spoken(desk: Desk, language: Language) -> Sequence[Entry]:
    """What the bot says to a delegate of a language: answers, a follow-up, a question back, requests and their state."""
    guest = Delegate(desk, language, name=f"d-{language}")
    tea, _, unclear, fever = TALK[language]
    desk.takes(tea, "side.tea-party", trust=0.9)
    desk.takes(unclear, "hotel.wifi", "venue.lost-found", trust=0.45)
    desk.takes(fever, "medical.unwell", trust=0.9)
    for command in ("start", "today", "requests"):
        await guest.commands(command)
    for words in TALK[language]:
        await guest.says(words)
    for action in ("none", "emergency:fire"):
        await guest.presses_action(action)
    return [one for one in await desk.store.entries(guest.address.delegate) if one.author == "desk"]


def read(said: Rich | str) -> str:
    """Without the numbers of requests, which differ."""
    text = said if isinstance(said, str) else letters(said, isolate=False)
    return re.sub(r"(request |yêu cầu (?:số )?|رقم |طلبك |#)#?\d+", r"\1N", text)


@pytest.mark.parametrize(("told", "reader"), [("ar", "vi"), ("vi", "en"), ("en", "ar")])
async def test_staff_read_each_sentence_of_the_bot_in_their_language(
    desk: Desk, speakers: Speakers, told: Language, reader: Language
) -> None:
    there, here = await spoken(desk, told), await spoken(desk, reader)

    def compose(topic: str, language: Language, at: object, asked: Asked = PLAINLY) -> Rich | None:
        del at
        found = Composer(desk.engine.snapshot, speakers[language], desk.clock.now()).answer(Answer(topic, asked, 1.0))
        return found.message.text if found else None

    glosses = glossing.glossed(there, desk.engine.snapshot, reader, compose, speakers)

    assert [read(one.gloss) for one in glosses] == [read(_with_offers(desk, one)) for one in here]


def _with_offers(desk: Desk, entry: Entry) -> str:
    """A line as its delegate read it, with the names of the topics on its buttons."""
    text = letters(entry.message.text, isolate=False)
    topics, language = desk.engine.snapshot.library.topics, entry.message.language
    titles = [topics[key].title.in_(language) for key in glossing.offered(entry)]
    return text if entry.parts else "\n".join([text, *(f"▫️ {title}" for title in titles)])
