"""Where the log goes: a disk that is full of it must not stop the desk."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO


class Unfailing:
    """A stream that loses a line rather than raise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()
