"""The journal that is written to replace the one in use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from storage.crypt import Key
from storage.files import open_file, remove, write_all
from storage.frames import HEAD_SIZE, Head, Shape

_CHUNK: Final = 1 << 19  # bytes written at once
_SYNC_EVERY: Final = 8 << 20  # bytes; one long sync at the end would hold up the commits that go on meanwhile
_BREATH: Final = 0.001  # seconds that the event loop has after each chunk


class Fresh:
    """Takes frame bodies; nothing of it counts until it is renamed."""

    def __init__(self, path: Path, key: Key | None) -> None:
        self.path = path
        head = Head.fresh(key)
        self.shape = Shape(head, key)
        self.end = HEAD_SIZE
        self.since = 0
        """Up to which position of the old journal its commits are in here."""
        self._synced = 0
        self._waiting = bytearray()
        self.descriptor = open_file(path, os.O_CREAT | os.O_TRUNC)
        try:
            os.fchmod(self.descriptor, 0o600)
            write_all(self.descriptor, head.write(), 0)
        except BaseException:
            self.discard()
            raise

    def add(self, bodies: Iterable[bytes], *, keep_on: Callable[[], None] = lambda: None) -> None:
        """Append frames.

        Args:
            bodies: One for each frame.
            keep_on: Called now and then; raises when the work is no longer wanted.
        """
        for body in bodies:
            self._waiting += self.shape.frame(body, self.end + len(self._waiting), self._synced)
            if len(self._waiting) >= _CHUNK:
                self._write()
                keep_on()
                time.sleep(_BREATH)
        self._write()

    def sync(self) -> None:
        os.fdatasync(self.descriptor)
        self._synced = self.end

    def finish(self) -> None:
        """Put everything on disk and say so in the file itself."""
        self.sync()
        if self.end > HEAD_SIZE:
            self.add([b""])
            self.sync()

    def discard(self) -> None:
        os.close(self.descriptor)
        remove(self.path)

    def _write(self) -> None:
        write_all(self.descriptor, self._waiting, self.end)
        self.end += len(self._waiting)
        self._waiting.clear()
        if self.end - self._synced >= _SYNC_EVERY:
            self.sync()
