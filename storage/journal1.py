"""Reads journals of format 1, which were lines of text; the store rewrites them in today's format when it opens them.

A line is ``<crc32 of the rest, 8 hex digits> <JSON list of [table, key, document]>``; the first line names the format.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from storage.codec import write_json
from storage.frames import Operation
from storage.tables import Damage

FIRST_LINE: Final = b"desk-journal 1\n"


def read(path: Path, damage: list[Damage]) -> Iterator[Operation]:
    """Every operation since the beginning; bad lines before a good one are added to ``damage``, a torn end is left out."""
    with path.open("rb") as file:
        end = len(file.readline())
        bad: int | None = None
        for line in file:
            start, end = end, end + len(line)
            operations = _decode(line)
            if operations is None:
                bad = start if bad is None else bad
                continue
            if bad is not None:
                damage.append(Damage(path.name, bad, start - bad))
                bad = None
            for table, key, document in operations:
                yield table, key, None if document is None else write_json(document)


def _decode(line: bytes) -> Sequence[Sequence[Any]] | None:
    if len(line) < 12 or line[-1:] != b"\n" or line[8:9] != b" ":
        return None
    text = line[9:-1]
    try:
        if int(line[:8], 16) != zlib.crc32(text):
            return None
        operations: Sequence[Sequence[Any]] = json.loads(text)
    except ValueError:
        return None
    return operations
