"""One loading of the content folders: a snapshot that may go live, and everything that was found wrong."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.content import check, stamp, where
from bot.content.load import Reading, read_event, read_library, version_of
from bot.content.yaml12 import Document
from bot.model.content import Event, Library, Snapshot
from bot.model.errors import ContentError, Fault

_UNREADABLE: Final = (
    *(OSError, pickle.UnpicklingError, AttributeError, EOFError, ImportError, TypeError),
    *(ValueError, LookupError, MemoryError, OverflowError),  # of a file cut short or changed, as pickle raises them
)
_FORMAT: Final = 18  # of a cached snapshot; raise it when the model of content changes


@dataclass(frozen=True, slots=True)
class Folders:
    """Where content lies: ``root`` holds ``library/``; the event is a name under it or a folder of its own."""

    root: Path
    event: Path

    @classmethod
    def of(cls, root: Path, event: str) -> Folders:
        named = root / event
        return cls(root, named if named.is_dir() else Path(event).resolve())

    @property
    def library(self) -> Path:
        return self.root / "library"

    def version(self) -> str:
        return version_of(self.library, self.event)


@dataclass(frozen=True, slots=True)
class Loaded:
    snapshot: Snapshot | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if not fault.warning)


def load(folders: Folders) -> Loaded:
    """Read everything; a snapshot only comes out when no fault forbids it."""
    version = folders.version()
    content = _read(folders)
    # A text whose translation went stale is still the best there is; it is told to organisers and fails the build.
    faults = tuple(sorted([*content.faults, *_stale(folders, content)]))
    event, library = content.event, content.library
    if event is None or any(not fault.warning for fault in faults):
        return Loaded(None, faults)
    return Loaded(Snapshot(event, library, version, check.unanswerable(event, library)), faults)


def load_or_raise(folders: Folders, cache: Path | None = None) -> Snapshot:
    """The snapshot, from the cache where it holds this version.

    Raises:
        ContentError: With every fault.
    """
    if cache is not None and (kept := from_cache(folders, cache)) is not None:
        return kept
    loaded = load(folders)
    if loaded.snapshot is None:
        raise ContentError(loaded.errors)
    if cache is not None and folders.version() == loaded.snapshot.version:  # else it was edited while it was read
        _keep(cache, loaded.snapshot)
    return loaded.snapshot


def note_served(folders: Folders, cache: Path, version: str) -> None:
    """Remember which version of these folders went live, for a start that finds them with faults."""
    write_cache(cache, _served(folders), version.encode(), kind="served-")


def last_served(folders: Folders, cache: Path) -> Snapshot | None:
    """What went live last from these folders; None where that is not known any more."""
    try:
        version = (cache / _served(folders)).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return _cached(cache, version)


def _served(folders: Folders) -> str:
    lies = f"{folders.root.resolve()}\n{folders.event.resolve()}"
    return f"served-{hashlib.sha256(lies.encode()).hexdigest()[:16]}"


def record_translations(folders: Folders) -> int:
    """Mark all translations as reviewed now; returns how many texts there are.

    Raises:
        ContentError: There are faults: the texts that cannot be read would lose their record.
    """
    content = _read(folders)
    errors = [fault for fault in content.faults if not fault.warning]
    if errors:
        raise ContentError(errors)
    of_event, of_library = _texts(content)
    stamp.write(folders.library / stamp.FILE, of_library)
    stamp.write(folders.event / stamp.FILE, of_event)
    return len(of_event) + len(of_library)


def learnt_version(library: Library) -> str:
    """A hash of what the matcher learns from: facts and texts may change without learning anew."""
    digest = hashlib.sha256()
    for topic in sorted(library.topics.values(), key=lambda topic: topic.id):
        digest.update(repr((topic.id, sorted(topic.asking.items()))).encode())
    digest.update(repr(sorted(library.offtopic.items())).encode())
    digest.update(repr([(name, sorted(said.items())) for name, said in sorted(library.lexicon.items())]).encode())
    digest.update(repr(sorted(library.danger.items())).encode())
    digest.update(repr(sorted(library.small_talk_examples.items())).encode())
    digest.update(repr([(kind.kind, sorted(kind.says.items())) for kind in library.small_talk]).encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Content:
    event: Event | None
    library: Library
    faults: list[Fault]
    documents: dict[str, Document]
    folder: str
    """The event's, as faults name it."""


def cues_version(library: Library) -> str:
    """A hash of the emergency cues, and of how they are compiled."""
    kinds = sorted((language, sorted(cues.items())) for language, cues in library.emergencies.items())
    questions = (sorted(library.numbers_question.items()), sorted(library.precautions.items()))
    written = repr((_FORMAT, kinds, *questions))
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _read(folders: Folders) -> _Content:
    reading = Reading((folders.root, folders.event.parent))
    event = read_event(reading, folders.event)
    library = read_library(reading, folders.library, own=folders.event / "topics")
    folder = reading.shown(folders.event)
    found = [
        *reading.faults,
        *(where.located(fault, reading.documents) for fault in check.faults_of(event, library, folder)),
    ]
    faults = [fault for fault in found if not where.follows(fault, reading.faults, reading.documents)]
    return _Content(event, library, faults, reading.documents, folder)


def _texts(content: _Content) -> tuple[list[stamp.Entry], list[stamp.Entry]]:
    every = list(check.texts(content.event, content.library, content.folder))
    of_library = [entry for entry in every if entry[0].startswith(("topic.", "smalltalk.", "canned."))]
    return [entry for entry in every if not entry[0].startswith(("topic.", "smalltalk.", "canned."))], of_library


def _stale(folders: Folders, content: _Content) -> list[Fault]:
    of_event, of_library = _texts(content)
    found = [
        *stamp.stale(of_library, stamp.read(folders.library / stamp.FILE)),
        *stamp.stale(of_event, stamp.read(folders.event / stamp.FILE)),
    ]
    return [where.located(fault, content.documents, fault.field.partition(".")[2]) for fault in found]


def from_cache(folders: Folders, cache: Path) -> Snapshot | None:
    """The snapshot of these very files, where the cache holds it."""
    return _cached(cache, folders.version())


def _cached(cache: Path, version: str) -> Snapshot | None:
    path = cache / f"content-{_FORMAT}-{version}.pickle"
    try:
        snapshot = pickle.loads(path.read_bytes())  # noqa: S301 -- our own cache in our own folder, named by the hash of the content
    except _UNREADABLE:
        return None
    return snapshot if isinstance(snapshot, Snapshot) else None


def _keep(cache: Path, snapshot: Snapshot) -> None:
    write_cache(cache, f"content-{_FORMAT}-{snapshot.version}.pickle", pickle.dumps(snapshot), kind="content-")


def write_cache(cache: Path, name: str, content: bytes, *, kind: str) -> None:
    """Write a cache file as a whole; a few older ones of its kind are kept, the rest removed. Never fails the caller."""
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = cache / (name + ".fresh")
        fresh.write_bytes(content)
        fresh.replace(cache / name)
        for old in sorted(cache.glob(kind + "*"), key=lambda path: path.stat().st_mtime, reverse=True)[3:]:
            old.unlink(missing_ok=True)
    except OSError:
        return
