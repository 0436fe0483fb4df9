"""The three languages in which conversations are read."""

from __future__ import annotations

import pytest

from bot.i18n.translator import Speaker, Speakers
from bot.model.language import LANGUAGES, Language
from tests.conversations.waiting import QUESTION
from tests.conversations.world import Delegate, Desk


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


@pytest.fixture
def speaker(speakers: Speakers, language: Language) -> Speaker:
    return speakers[language]


@pytest.fixture
def guest(desk: Desk, language: Language) -> Delegate:
    """A delegate whose page is in the language of the test."""
    return Delegate(desk, language)


@pytest.fixture
async def asked(desk: Desk, guest: Delegate, language: Language) -> str:
    """A question that waits as request 1."""
    words = QUESTION[language]
    desk.takes(words, "venue.lost-found", trust=0.01)
    await guest.says(words)
    return words
