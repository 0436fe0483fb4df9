"""The few things that the store asks of the operating system, and the lock that keeps a second process out."""

from __future__ import annotations

import contextlib
import fcntl
import os
from io import FileIO
from pathlib import Path

from bot.model.errors import StoreLocked, StoreUnavailable


def open_file(path: Path, flags: int = 0) -> int:
    """A descriptor for reading and writing; the file is its owner's alone and not inherited by children."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)


def write_all(descriptor: int, block: bytes | bytearray, at: int) -> None:
    """A disk that is nearly full takes a part without complaint and refuses the next."""
    rest = memoryview(block)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        rest, at = rest[written:], at + written


def read_full(descriptor: int, length: int, at: int) -> bytes:
    """The bytes from a place on; fewer only at the end of the file."""
    text = os.pread(descriptor, length, at)
    while 0 < len(text) < length and (more := os.pread(descriptor, length - len(text), at + len(text))):
        text += more
    return text


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def refused(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"the disk refused to store: {error.strerror}")


def lock(path: Path) -> FileIO:
    """Hold a lock file for as long as the returned file is open; the kernel frees it when the process dies.

    Raises:
        StoreLocked: Another process holds it; the message names it.
        StoreUnavailable: It cannot be written.
    """
    try:
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise refused(error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = (file.read(40) or b"").decode("ascii", "replace").strip() or "unknown"
        file.close()
        raise StoreLocked(
            f"the store in {path.parent.name}/ is open in another process (number {holder}); stop it first"
        ) from error
    with contextlib.suppress(OSError):  # the number only helps people; a full disk must not keep the desk closed
        file.truncate(0)
        file.write(str(os.getpid()).encode())
    return file
