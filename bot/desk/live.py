"""The content that is live now: loaded at start, watched, and only ever replaced by content without faults."""

from __future__ import annotations

import asyncio
import mmap
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from bot.answers.emergencies import EmergencyMatcher
from bot.answers.engine import Engine
from bot.answers.language import LanguageGuesser
from bot.answers.learnt import Learnt, emergencies_of, learn, lexicon_of
from bot.answers.matcher import from_bytes
from bot.content.source import (
    Folders,
    cues_version,
    last_served,
    learnt_version,
    load,
    load_or_raise,
    note_served,
    write_cache,
)
from bot.content.taught import with_taught
from bot.desk.elsewhere import WorkerLost, elsewhere
from bot.desk.emergency_card import EmergencyCard
from bot.model.content import Snapshot
from bot.model.errors import ContentError, Fault

log = structlog.get_logger("content")

_LOOK_EVERY: Final = 2.0  # seconds; an edit is live well within the ten promised


def prepare(folders: Folders, cache: Path | None) -> Engine:
    """The engine for the content as it lies there.

    Raises:
        ContentError: With every fault.
    """
    snapshot = load_or_raise(folders, cache)
    return Engine(snapshot, learnt(snapshot, cache))


def learnt(snapshot: Snapshot, cache: Path | None) -> Learnt:
    """What the matcher learnt from this content, from the cache where it is there."""
    matcher, languages = _matcher_file(snapshot), f"languages-{learnt_version(snapshot.library)}.shelf"
    if cache is not None:
        try:
            kept = from_bytes(_mapped(cache / matcher), lexicon_of(snapshot.library))
            guesser = LanguageGuesser.from_bytes(_mapped(cache / languages))
        except (OSError, ValueError, KeyError):
            kept = None
        if kept is not None:
            return Learnt(kept, guesser, _cues(snapshot, cache))
    fresh = learn(snapshot.library)
    if cache is not None:
        _cues(snapshot, cache)
        write_cache(cache, matcher, fresh.matcher.to_bytes(), kind="matcher-")
        write_cache(cache, languages, fresh.languages.to_bytes(), kind="languages-")
    return fresh


def _mapped(file: Path) -> memoryview:
    """A file of the cache as memory: what no message touches is never read. A newer file in its place leaves it as it is."""
    with file.open("rb") as opened:
        return memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))


def _cues(snapshot: Snapshot, cache: Path | None) -> EmergencyMatcher:
    """The compiled emergency cues: tens of thousands of words, which take a second to compile and a moment to read."""
    name = f"cues-{cues_version(snapshot.library)}.pickle"
    if cache is not None:
        try:
            kept = pickle.loads((cache / name).read_bytes())  # noqa: S301 -- our own cache in our own folder
        except (OSError, pickle.UnpicklingError, AttributeError, EOFError, ImportError, TypeError):
            kept = None
        if isinstance(kept, EmergencyMatcher):
            return kept
    fresh = emergencies_of(snapshot.library)
    if cache is not None:
        write_cache(cache, name, pickle.dumps(fresh), kind="cues-")
    return fresh


def _matcher_file(snapshot: Snapshot) -> str:
    return f"matcher-{learnt_version(snapshot.library)}.shelf"


def _prepare_elsewhere(folders: Folders, cache: Path) -> tuple[Fault, ...]:
    """In a process of its own: check and learn, leaving the results in the cache."""
    loaded = load(folders)
    if loaded.snapshot is None:
        return loaded.errors
    load_or_raise(folders, cache)
    learnt(loaded.snapshot, cache)
    return ()


@dataclass
class LiveContent:
    """Hands out the current engine; ``run`` keeps it current."""

    folders: Folders
    cache: Path
    _engine: Engine
    _card: EmergencyCard
    faults: tuple[Fault, ...] = field(default=())
    """Why the files as they lie there are not live; empty when they are."""
    taught: Path | None = None
    """What staff taught, laid over the files; see ``bot.content.taught``."""
    beat: Callable[[], None] = lambda: None
    """Called with each look."""
    _seen: str = ""
    _base: Snapshot | None = None
    """The files alone, once something was laid over them."""

    @classmethod
    async def open(cls, folders: Folders, cache: Path, *, learning: Callable[[], None] = lambda: None) -> LiveContent:
        """Load for the first time.

        ``learning`` is called when the content is new and must be learnt first, which takes a while.

        Raises:
            ContentError: With every fault, and nothing of these folders was ever live.
        """
        try:
            snapshot = await asyncio.to_thread(load_or_raise, folders, cache)
        except ContentError as error:
            return await cls._as_before(folders, cache, error)
        if not (cache / _matcher_file(snapshot)).is_file():
            learning()
            # Learning takes memory that Python would keep for good; a process of its own gives it back.
            await elsewhere(_prepare_elsewhere, folders, cache)
        engine = await asyncio.to_thread(prepare, folders, cache)
        note_served(folders, cache, engine.snapshot.version)
        return cls(folders, cache, engine, EmergencyCard.of(engine.snapshot.event), _seen=engine.snapshot.version)

    @classmethod
    async def _as_before(cls, folders: Folders, cache: Path, error: ContentError) -> LiveContent:
        """A desk that is started again after a bad edit goes on with what it served; the emergency number depends on it."""
        kept = await asyncio.to_thread(last_served, folders, cache)
        if kept is None:
            raise error
        engine = await asyncio.to_thread(lambda: Engine(kept, learnt(kept, cache)))
        opened = cls(folders, cache, engine, EmergencyCard.of(kept.event))
        opened._seen = await asyncio.to_thread(opened._version)
        opened._refuse(error.faults)
        return opened

    def engine(self) -> Engine:
        return self._engine

    def snapshot(self) -> Snapshot:
        return self._engine.snapshot

    def card(self) -> EmergencyCard:
        return self._card

    async def tried(self, folder: Path) -> tuple[Fault, ...]:
        """What is wrong with a folder of taught topics and ways of asking, beside the content as it is."""
        _, faults = await asyncio.to_thread(with_taught, self._base or self._engine.snapshot, folder)
        return faults

    async def teach(self, folder: Path) -> tuple[Fault, ...]:
        """Lay a folder over the content; one with faults changes nothing. Nothing is learnt anew, so it takes a moment."""
        self.taught, base = folder, self._base or self._engine.snapshot
        snapshot, faults = await asyncio.to_thread(with_taught, base, folder)
        if faults:
            log.error("taught_not_live", faults=len(faults))
            return faults
        self._base, self._engine = base, await asyncio.to_thread(Engine, snapshot, self._engine.learnt)
        log.info("taught_live", topics=len(snapshot.library.topics) - len(base.library.topics))
        return ()

    async def run(self) -> None:
        """Look for edits; a good one goes live, a bad one is told and leaves the last good one serving."""
        while True:
            self.beat()
            await asyncio.sleep(_LOOK_EVERY)
            version = await asyncio.to_thread(self._version)
            if version in ("", self._seen):
                continue
            self._seen = version
            try:
                faults = await elsewhere(_prepare_elsewhere, self.folders, self.cache)
            except WorkerLost:  # it was killed, perhaps for its memory: the last good content serves on
                log.exception("content_worker_lost")
                self._seen = ""  # look again
                continue
            if faults:
                self._refuse(faults)
            else:
                await self._replace()

    def _version(self) -> str:
        try:
            return self.folders.version()
        except OSError:  # a file vanished while it was read: an editor is saving
            return ""

    def _refuse(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        for fault in faults[:20]:
            log.error("content_fault", file=fault.file, line=fault.line, field=fault.field, problem=fault.problem)
        log.error("content_not_live", faults=len(faults), serving=self._engine.snapshot.version)

    async def _replace(self) -> None:
        try:
            engine = await asyncio.to_thread(prepare, self.folders, self.cache)
        except ContentError as error:  # edited again meanwhile
            self._refuse(error.faults)
            return
        self._engine, self._card, self.faults = engine, EmergencyCard.of(engine.snapshot.event), ()
        self._base = engine.snapshot
        note_served(self.folders, self.cache, engine.snapshot.version)
        log.info("content_live", version=engine.snapshot.version)
        if self.taught is not None:
            await self.teach(self.taught)
