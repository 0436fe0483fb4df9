"""Journals in a folder, and disks that refuse."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from storage.codec import read_json
from storage.crypt import Key
from storage.frames import FILL, Operation, pack
from storage.journal import Journal
from storage.tables import Put, Write
from storage.tiny import JournalStorage

KEY: Final = Key(bytes(range(32)))

COMMITS: Final[tuple[Sequence[Operation], ...]] = (
    [("tickets", "1", '{"question":"وين الباص؟"}'.encode()), ("entries", "a", b'{"text":"one"}')],
    [("entries", "b", b'{"text":"two"}')],
    [("entries", "a", None), ("settings", "k", '{"value":"Xe buýt"}'.encode())],
)


def writes(commit: Sequence[Operation]) -> list[Write]:
    from storage.tables import Drop  # noqa: PLC0415 -- beside its only use

    return [Drop(table, key) if document is None else Put(table, key, document) for table, key, document in commit]


def write(folder: Path, *commits: Sequence[Operation], key: Key | None = None, closing: bool = True) -> bytes:
    """The file after these commits; with ``closing`` false as a kill would leave it."""
    journal = Journal(folder, key)
    list(journal.replay())
    for commit in commits:
        journal.append([pack(writes(commit))])
    killed = (folder / "desk.journal").read_bytes()
    journal.close()
    return (folder / "desk.journal").read_bytes() if closing else killed


def read(folder: Path, key: Key | None = None) -> list[Operation]:
    journal = Journal(folder, key)
    try:
        return list(journal.replay())
    finally:
        journal.close()


def flat(*commits: Sequence[Operation]) -> list[Operation]:
    return [operation for commit in commits for operation in commit]


def kept(folder: Path, key: Key | None = None) -> dict[str, dict[str, Any]]:
    """All tables of a store, decoded."""
    storage = JournalStorage(folder, key)
    storage.close()
    return {
        table: {name: read_json(document) for name, document in rows.items()} for table, rows in storage.tables.items()
    }


def frames_in(folder: Path) -> bytes:
    """The file without the room behind its last frame, which a thread may be making at this moment."""
    return (folder / "desk.journal").read_bytes().rstrip(FILL)


def settings_in(folder: Path) -> dict[str, Any]:
    return kept(folder).get("settings", {})


def value(written: str) -> bytes:
    return f'{{"value":"{written}"}}'.encode()


def nothing_fits(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def a_part_fits() -> Callable[[int, Any, int], int]:
    """The disk takes ten bytes, and then no more."""
    room, pwrite = 10, os.pwrite

    def part(descriptor: int, block: Any, at: int) -> int:
        nonlocal room
        if not room:
            return nothing_fits()
        taken = pwrite(descriptor, bytes(block)[:room], at)
        room -= taken
        return taken

    return part


def broken(*_: Any) -> int:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def read_only(*_: Any) -> int:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


FAULTS: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "nothing fits": lambda patch: patch.setattr(os, "pwrite", nothing_fits),
    "a part fits": lambda patch: patch.setattr(os, "pwrite", a_part_fits()),
    "not synced": lambda patch: patch.setattr(os, "fdatasync", nothing_fits),
    "input/output error": lambda patch: patch.setattr(os, "pwrite", broken),
    "error while syncing": lambda patch: patch.setattr(os, "fdatasync", broken),
    "read-only": lambda patch: patch.setattr(os, "pwrite", read_only),
}
