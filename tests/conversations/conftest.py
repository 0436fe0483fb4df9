"""The three languages in which conversations are read."""

from __future__ import annotations

import pytest

from bot.i18n.translator import Speaker, Speakers
from bot.model.language import LANGUAGES, Language
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
