"""Copies of damaged journals, kept for whoever wants to look into them, until an erasure removes them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from storage.crypt import PIECE, Key, seal_stream
from storage.files import remove, sync_folder
from storage.tables import Damage

PURPOSE: Final = "damaged journal"

log = structlog.get_logger("storage.aside")


def keep(journal: Path, *, sealed_with: Key | None) -> None:
    """Keep the journal under another name before its own name is given to a fresh one.

    Args:
        journal: The damaged file.
        sealed_with: The key, when the file is not encrypted and from now on everything is.
    """
    place = next(
        candidate
        for number in range(1, 10_000)
        if not (candidate := journal.with_name(f"{journal.name}.damaged-{number}")).exists()
    )
    if sealed_with is None:
        place.hardlink_to(journal)  # takes no room
    else:
        _seal(journal, place, sealed_with)
    sync_folder(journal.parent)
    log.error("damaged_journal_kept", file=place.name)


def _seal(journal: Path, place: Path, key: Key) -> None:
    with journal.open("rb") as source, place.open("xb") as target:
        os.fchmod(target.fileno(), 0o600)
        target.writelines(seal_stream(key, _pieces(source), PURPOSE))
        target.flush()
        os.fsync(target.fileno())


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def listed(journal: Path) -> Sequence[Damage]:
    return [Damage(path.name, 0, 0) for path in _copies(journal)]


def remove_all(journal: Path) -> None:
    copies = _copies(journal)
    for path in copies:
        remove(path)
        log.warning("damaged_copy_removed", file=path.name)
    if copies:
        sync_folder(journal.parent)


def _copies(journal: Path) -> list[Path]:
    return sorted(journal.parent.glob(f"{journal.name}.damaged-*"))
