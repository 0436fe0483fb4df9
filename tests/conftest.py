"""The real content, learnt once for the session; a desk over a store in memory; people who talk to it."""

from __future__ import annotations

import hashlib
import inspect
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.answers import classifier, counted, engine, features, language, matcher, normal, teaching, trust
from bot.answers.engine import Engine
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.model import content as content_model
from bot.model.content import Event
from bot.settings import content_root, locales_root
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.world import Colleague, Delegate, Desk, SetClock

MORNING = datetime(2023, 11, 21, 7, 40, tzinfo=timezone(timedelta(hours=7)))
"""The first morning of the sample conference, before the opening."""


@pytest.fixture(scope="session")
def cache_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kept between runs where pytest may keep things: learning the content takes some ten seconds."""
    kept = getattr(request.config, "cache", None)
    if kept is None:
        return tmp_path_factory.mktemp("desk")
    folder = Path(kept.mkdir("desk"))
    # The cache is named by the content; when the code that learns has changed, it would be an old matcher's.
    code, learnt_by = _learning_code(), folder / "code"
    if not learnt_by.is_file() or learnt_by.read_text() != code:
        shutil.rmtree(folder)
        folder.mkdir()
        learnt_by.write_text(code)
    return folder


def _learning_code() -> str:
    parts: list[Any] = [
        classifier,
        counted,
        features,
        language,
        matcher,
        normal,
        teaching,
        trust,
        content_model,
        engine.learn,
        engine._samples,
    ]
    digest = hashlib.sha256("".join(inspect.getsource(part) for part in parts).encode())
    digest.update((content_root() / "library" / "smalltalk.yaml").read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="session")
def content(cache_folder: Path) -> Engine:
    """The engine of the sample event."""
    return prepare(Folders.of(content_root(), "ap11"), cache_folder)


@pytest.fixture(scope="session")
def event(content: Engine) -> Event:
    return content.snapshot.event


@pytest.fixture(scope="session")
def speakers() -> Speakers:
    return load_speakers(locales_root())


@pytest.fixture
def clock(event: Event) -> SetClock:
    return SetClock(MORNING.astimezone(event.zone))


@pytest.fixture
def desk(content: Engine, speakers: Speakers, clock: SetClock) -> Desk:
    return Desk(DocumentStore(MemoryTables()), content, speakers, clock)


@pytest.fixture
def delegate(desk: Desk) -> Delegate:
    """Somebody whose page is in English."""
    return Delegate(desk, "en")


@pytest.fixture
def lan(desk: Desk) -> Colleague:
    return Colleague(desk, "Lan")


@pytest.fixture
def omar(desk: Desk) -> Colleague:
    return Colleague(desk, "Omar")
