"""The real content, learnt once for the session; a desk over a store in memory; people who talk to it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pkgutil
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import bot.answers
from bot.answers.engine import Engine
from bot.content.source import Folders
from bot.desk.live import prepare
from bot.i18n.translator import Speakers, load_speakers
from bot.model.content import Event
from bot.settings import content_root, locales_root
from storage.documents import DocumentStore
from storage.memory import MemoryTables
from tests.conversations.world import Colleague, Delegate, Desk, SetClock

pytest.register_assert_rewrite("tests.e2e.houses", "tests.e2e.process")  # so that they say what they found

MORNING = datetime(2023, 11, 21, 7, 40, tzinfo=timezone(timedelta(hours=7)))
"""The first morning of the sample conference, before the opening."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before several workers share the tests: a test's own time limit must not pay for the learning."""
    config = session.config
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        _learnt(config)


@pytest.fixture(scope="session")
def cache_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was learnt of the sample event, kept between runs where pytest may keep things: learning takes a while."""
    return _learnt(request.config) or tmp_path_factory.mktemp("desk")


def _learnt(config: pytest.Config) -> Path | None:
    """The folder with it; None where pytest may keep nothing."""
    kept = getattr(config, "cache", None)
    if kept is None:
        return None
    folder = Path(kept.mkdir("desk"))
    with (folder.parent / "desk.lock").open("w") as lock:  # one learns, the others wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        # The cache is named by the content; when the code that learns has changed, it would be an old matcher's.
        code, learnt_by = _learning_code(), folder / "code"
        if not learnt_by.is_file() or learnt_by.read_text() != code:
            shutil.rmtree(folder)
            folder.mkdir()
            learnt_by.write_text(code)
        prepare(Folders.of(content_root(), "ap11"), folder)
    return folder


def _learning_code() -> str:
    folder = Path(bot.answers.__path__[0])
    names = sorted(module.name for module in pkgutil.iter_modules([os.fspath(folder)]))
    digest = hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in names))
    for part in ("model/content.py", "content/load.py"):
        digest.update((folder.parent / part).read_bytes())
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
