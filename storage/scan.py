"""Reads the frames of a journal: what is intact, what has rotted, and where it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from storage.files import read_full
from storage.frames import FILL, FRAME_SIZE, HEAD_SIZE, MARK, Shape
from storage.tables import Damage

_CHUNK: Final = 1 << 20  # bytes read at once


def frames(descriptor: int, shape: Shape, at: int, until: int) -> Iterator[tuple[int, int, bytes]]:
    """Intact frames one after another: where each ends, how far the file was synced, its body. Stops at the first bad one."""
    wanted = _CHUNK
    while at < until:
        buffer = read_full(descriptor, min(wanted, until - at), at)
        start = 0
        while (found := shape.read(buffer, start, at + start)) is not None:
            start = found[0]
            yield at + start, found[1], found[2]
        if start:  # the frame behind may only be cut by the end of the buffer
            at, wanted = at + start, _CHUNK
            continue
        wanted = shape.length(buffer, 0)
        if not len(buffer) < wanted <= until - at:
            return


def only_room(descriptor: int, at: int, until: int) -> bool:
    """Whether nothing but room for further frames lies in a stretch of a file."""
    wanted = FRAME_SIZE  # what is no room mostly shows at once
    while at < until:
        buffer = read_full(descriptor, min(wanted, until - at), at)
        if not buffer or buffer.strip(FILL):
            return False
        at, wanted = at + len(buffer), _CHUNK
    return True


@dataclass
class Scan:
    """One look through a journal from its beginning; ``end`` and ``damage`` are known when it is through.

    A bad place is rot when the file was synced beyond it: some later frame says so. It is added to ``damage``, and the
    reading goes on behind it. Otherwise it is what a power cut left of writes that nobody was told of, and everything
    from there on is cut: also what is intact, for it may depend on what is not.
    """

    descriptor: int
    shape: Shape
    path: Path
    end: int = HEAD_SIZE
    torn: bool = False
    marked: bool = True
    """The last frame says that everything before it is synced."""
    damage: list[Damage] = field(default_factory=list)

    def bodies(self) -> Iterator[bytes]:
        size = os.fstat(self.descriptor).st_size
        synced: int | None = None
        while True:
            for end, _, body in frames(self.descriptor, self.shape, self.end, size):
                self.end, self.marked = end, not body
                if body:
                    yield body
            if only_room(self.descriptor, self.end, size):
                return
            if synced is None:
                synced = self._synced_behind(size)
            if self.end >= synced:
                self.torn = True
                return
            # A batch was begun at ``synced``, so a frame begins there, whatever the damage before it looks like.
            following = min(self._next_frame(self.end + 1, size), synced)
            self.damage.append(Damage(self.path.name, self.end, following - self.end))
            self.end = following

    def _synced_behind(self, size: int) -> int:
        """How far the file was synced at least, according to all frames behind the bad place."""
        synced, behind, start = 0, self.end, self._next_frame(self.end + 1, size)
        while start < size:
            for end, known, _ in frames(self.descriptor, self.shape, start, size):
                synced, behind = max(synced, known), end
            start = self._next_frame(behind, size)
        return synced

    def _next_frame(self, at: int, size: int) -> int:
        """Where the next intact frame begins; the end of the file when there is none."""
        while at < size:
            buffer = read_full(self.descriptor, _CHUNK, at)
            found = buffer.find(MARK)
            while found >= 0:
                if next(frames(self.descriptor, self.shape, at + found, size), None) is not None:
                    return at + found
                found = buffer.find(MARK, found + 1)
            if len(buffer) < _CHUNK:
                break
            at += len(buffer) - FRAME_SIZE
        return size
