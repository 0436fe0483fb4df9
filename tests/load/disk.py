"""A disk whose power can be cut: records what a run asks of it, and builds what a cut at any moment would leave.

Only what was synced is sure to be there. Of everything else, each 512-byte sector of each write may be there or not, in
any order; a name that was given, changed or removed is there as far as the folder was synced, or as far as chance wants.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SECTOR: Final = 512
_IGNORED: Final = "desk.lock"


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    """``write``, ``cut``, ``sync`` (a file); ``name``, ``rename``, ``unlink`` (a folder); ``folder``; ``step``."""
    file: int = 0
    at: int = 0
    block: bytes = b""
    name: str = ""
    to: str = ""


@dataclass
class Tape:
    """Everything that was asked of the disk, in order, and what was there before."""

    before: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def step(self, number: int) -> None:
        """From here on, step ``number`` counts as confirmed."""
        self.events.append(Event("step", at=number))

    def confirmed(self, cut: int) -> int:
        return max((event.at for event in self.events[:cut] if event.kind == "step"), default=0)

    def left(self, cut: int, chance: random.Random) -> dict[str, bytes]:
        """The folder's files after a power cut behind the first ``cut`` events."""
        names = {name: number for number, name in enumerate(self.before, 1)}
        files = _Files({names[name]: bytearray(text) for name, text in self.before.items()}, chance)
        lasting, pending = dict(names), list[Event]()
        for event in self.events[:cut]:
            if event.kind == "folder":
                for change in pending:
                    _rename(lasting, change)
                pending = []
            elif event.kind in ("name", "rename", "unlink"):
                pending.append(event)
            elif event.kind != "step":
                files.happens(event)
        for change in pending[: chance.randint(0, len(pending))]:
            _rename(lasting, change)
        return {name: files.left(number) for name, number in lasting.items()}


class _Files:
    def __init__(self, synced: dict[int, bytearray], chance: random.Random) -> None:
        self._synced = synced
        self._open: dict[int, list[Event]] = {}
        self._chance = chance
        self._likely = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))

    def happens(self, event: Event) -> None:
        self._open.setdefault(event.file, []).append(event)
        if event.kind == "sync":
            text = self._synced.setdefault(event.file, bytearray())
            for one in self._open.pop(event.file):
                _apply(text, one, lambda: True)

    def left(self, number: int) -> bytes:
        text = bytearray(self._synced.get(number, b""))
        for one in self._open.get(number, ()):
            _apply(text, one, lambda: self._chance.random() < self._likely)
        return bytes(text)


def _apply(text: bytearray, event: Event, is_there: Callable[[], bool]) -> None:
    if event.kind == "cut" and is_there():
        text[event.at :] = bytes(max(0, event.at - len(text)))
    if event.kind != "write":
        return
    start, end = event.at, event.at + len(event.block)
    while start < end:
        until = min(end, (start // SECTOR + 1) * SECTOR)
        if is_there():
            text.extend(bytes(max(0, until - len(text))))
            text[start:until] = event.block[start - event.at : until - event.at]
        start = until


def _rename(names: dict[str, int], event: Event) -> None:
    match event.kind:
        case "name":
            names[event.name] = event.file
        case "rename" if event.name in names:
            names[event.to] = names.pop(event.name)
        case "unlink":
            names.pop(event.name, None)


@contextmanager
def recording(folder: Path) -> Iterator[Tape]:
    """Record what this process asks of the files in a folder, through the calls that the store uses."""
    tape = Tape({path.name: path.read_bytes() for path in folder.iterdir() if path.name != _IGNORED})
    recorder = _Recorder(folder, tape)
    kept = {name: getattr(os, name) for name in _Recorder.CALLS}
    for name, real in kept.items():
        setattr(os, name, recorder.around(name, real))
    try:
        yield tape
    finally:
        for name, real in kept.items():
            setattr(os, name, real)


class _Recorder:
    CALLS: Final = ("open", "close", "pwrite", "fsync", "fdatasync", "ftruncate", "replace", "unlink", "link")

    def __init__(self, folder: Path, tape: Tape) -> None:
        self._folder = folder
        self._tape = tape
        self._names = {name: number for number, name in enumerate(tape.before, 1)}
        self._count = len(self._names)
        self._descriptors: dict[int, int] = {}
        """To files; the folder is 0."""

    def around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        note: Callable[..., None] = getattr(self, f"_{name}")

        def call(*arguments: Any, **named: Any) -> Any:
            done = real(*arguments, **named)
            note(done, *arguments)
            return done

        return call

    def _is_ours(self, path: Any) -> bool:
        return Path(path).parent == self._folder and Path(path).name != _IGNORED

    def _open(self, descriptor: int, path: Any, flags: int = 0, *_: Any) -> None:
        if Path(path) == self._folder:
            self._descriptors[descriptor] = 0
        elif self._is_ours(path):
            name = Path(path).name
            if name not in self._names:
                self._count += 1
                self._names[name] = self._count
                self._tape.events.append(Event("name", self._count, name=name))
            self._descriptors[descriptor] = self._names[name]
            if flags & os.O_TRUNC:
                self._tape.events.append(Event("cut", self._names[name]))

    def _close(self, _: None, descriptor: int) -> None:
        self._descriptors.pop(descriptor, None)

    def _pwrite(self, written: int, descriptor: int, block: Any, at: int) -> None:
        if descriptor in self._descriptors:
            text = bytes(block)[:written]
            self._tape.events.append(Event("write", self._descriptors[descriptor], at, text))

    def _fsync(self, _: None, descriptor: int) -> None:
        if descriptor in self._descriptors:
            number = self._descriptors[descriptor]
            self._tape.events.append(Event("sync", number) if number else Event("folder"))

    _fdatasync = _fsync

    def _ftruncate(self, _: None, descriptor: int, size: int) -> None:
        if descriptor in self._descriptors:
            self._tape.events.append(Event("cut", self._descriptors[descriptor], size))

    def _replace(self, _: None, source: Any, target: Any, **__: Any) -> None:
        if self._is_ours(target):
            self._names[Path(target).name] = self._names.pop(Path(source).name)
            self._tape.events.append(Event("rename", name=Path(source).name, to=Path(target).name))

    def _unlink(self, _: None, path: Any, **__: Any) -> None:
        if self._is_ours(path):
            self._names.pop(Path(path).name, None)
            self._tape.events.append(Event("unlink", name=Path(path).name))

    def _link(self, _: None, source: Any, target: Any, **__: Any) -> None:
        if self._is_ours(target):
            self._names[Path(target).name] = number = self._names[Path(source).name]
            self._tape.events.append(Event("name", number, name=Path(target).name))
