"""What stands in a journal of format 2: a head, then one frame for each commit; bytes in, bytes out.

A frame is ``mark, checksum, length, synced, body``. The checksum covers everything behind it and also depends on the
file and on the frame's place in it, so that no old or moved piece of a file passes for a frame. ``synced`` says up to
which byte the file was on disk when the frame was written: whatever is unreadable before that place has rotted, and
whatever is unreadable behind it was never confirmed. See docs/reference/store.md.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from storage.crypt import OVERHEAD, SALT_BYTES, Key, SealBroken, Sealer, fitting, new_salt
from storage.tables import Document, Put, Write

VERSION: Final = 2
_FIRST_LINE: Final = b"desk-journal 2\n"
_HEAD: Final = struct.Struct(f"<{len(_FIRST_LINE)}sB{SALT_BYTES}s16sI")  # first line, sealed, salt, key check, crc32
HEAD_SIZE: Final = 2 * _HEAD.size  # it is written twice, so that one bad byte does not cost the file

MARK: Final = b"\xff\xfeDJ"  # 0xff stands in no UTF-8 text: nobody can write a frame into a message
_FRAME: Final = struct.Struct("<4sIIQ")  # mark, crc32 of what follows, length of the body, synced
FRAME_SIZE: Final = _FRAME.size
_CHECKED: Final = 8  # where the checksum begins
_BEHIND: Final = struct.Struct("<IQ")
_OPERATION: Final = struct.Struct("<BIi")  # lengths of table, key and document; -1 for a document that is removed
LONGEST_FRAME: Final = 1 << 30  # bytes
FILL: Final = b"\xfe"
"""What stands in the room behind the last frame, see ``Journal.make_room``: neither the beginning of a frame, nor zeros,
which a power cut leaves, nor a byte of any text."""

Operation = tuple[str, str, Document | None]
"""Table, key, document; without a document the key is removed."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says about itself."""

    salt: bytes
    check: bytes = bytes(16)
    """Tells the right key from a wrong one; zeros in a file that is not encrypted."""

    @property
    def sealed(self) -> bool:
        return any(self.check)

    def write(self) -> bytes:
        head = _HEAD.pack(_FIRST_LINE, self.sealed, self.salt, self.check, 0)[:-4]
        return (head + zlib.crc32(head).to_bytes(4, "little")) * 2

    @classmethod
    def fresh(cls, key: Key | None) -> Head:
        salt = new_salt()
        return cls(salt, key.check(salt)) if key else cls(salt)

    @classmethod
    def read(cls, text: bytes) -> tuple[Head, int] | None:
        """The head at the beginning of a file and where one of its copies is unreadable (-1: nowhere); None: neither is readable."""
        copies = [cls._read_copy(text[at : at + _HEAD.size]) for at in (0, _HEAD.size)]
        head = copies[0] or copies[1]
        if head is None:
            return None
        return head, -1 if copies[0] == copies[1] else _HEAD.size * (copies[0] is not None)

    @classmethod
    def _read_copy(cls, text: bytes) -> Head | None:
        if len(text) < _HEAD.size:
            return None
        first, _, salt, check, crc = _HEAD.unpack(text)
        return cls(salt, check) if first == _FIRST_LINE and zlib.crc32(text[:-4]) == crc else None


class Shape:
    """How frames are written into one file and read from it."""

    def __init__(self, head: Head, key: Key | None) -> None:
        """Raises SettingsError for an encrypted file and a key that does not fit it."""
        self._seed = zlib.crc32(head.salt)
        self.sealer = Sealer(fitting(key, head.salt, head.check), head.salt, "journal") if head.sealed else None

    def frame(self, body: bytes, at: int, synced: int) -> bytes:
        """A frame to be written at byte ``at`` of a file that is on disk up to ``synced``."""
        if self.sealer is not None:
            behind = _BEHIND.pack(len(body) + OVERHEAD, synced)
            body = self.sealer.seal(body, behind + at.to_bytes(8, "little"))
        else:
            behind = _BEHIND.pack(len(body), synced)
        crc = zlib.crc32(body, zlib.crc32(behind, (self._seed + at) & 0xFFFFFFFF))
        return b"".join((MARK, crc.to_bytes(4, "little"), behind, body))

    def length(self, buffer: bytes, start: int) -> int:
        """The bytes that the frame at ``start`` of a buffer says it has; 0 for what cannot be the beginning of one."""
        return frame_length(buffer, start)

    def read(self, buffer: bytes, start: int, at: int) -> tuple[int, int, bytes] | None:
        """A whole frame in a buffer.

        Args:
            buffer: A part of the file.
            start: Where the frame begins in the buffer.
            at: Where it begins in the file.

        Returns:
            Where it ends in the buffer, how far the file was synced, and the body; None if it is not intact.
        """
        if len(buffer) - start < FRAME_SIZE:
            return None
        mark, crc, length, synced = _FRAME.unpack_from(buffer, start)
        first, end = start + FRAME_SIZE, start + FRAME_SIZE + length
        if mark != MARK or end > len(buffer):
            return None
        if zlib.crc32(buffer[start + _CHECKED : end], (self._seed + at) & 0xFFFFFFFF) != crc:
            return None
        body = buffer[first:end]
        if self.sealer is not None:
            try:
                body = self.sealer.open(body, buffer[start + _CHECKED : first] + at.to_bytes(8, "little"))
            except SealBroken:
                return None
        return end, synced, body


def frame_length(buffer: bytes, start: int = 0) -> int:
    """See ``Shape.length``: it is the same in every file."""
    if len(buffer) - start < FRAME_SIZE or buffer[start : start + 4] != MARK:
        return 0
    length: int = _FRAME.unpack_from(buffer, start)[2]
    return FRAME_SIZE + length if length <= LONGEST_FRAME else 0


def pack(writes: Sequence[Write]) -> bytes:
    """The body of a frame: everything that one commit changes."""
    parts: list[bytes] = []
    for write in writes:
        table, key = write.table.encode(), write.key.encode("utf-8", "surrogatepass")
        if isinstance(write, Put):
            parts += (_OPERATION.pack(len(table), len(key), len(write.document)), table, key, write.document)
        else:
            parts += (_OPERATION.pack(len(table), len(key), -1), table, key)
    return b"".join(parts)


def pack_put(table: bytes, key: str, document: Document) -> bytes:
    """The body of a frame that puts one document."""
    name = key.encode("utf-8", "surrogatepass")
    return b"".join((_OPERATION.pack(len(table), len(name), len(document)), table, name, document))


def unpack(body: bytes) -> Iterator[Operation]:
    """What ``pack`` packed.

    Raises:
        ValueError: It was not packed by this version.
    """
    at, size = 0, len(body)
    try:
        while at < size:
            table, key, document = _OPERATION.unpack_from(body, at)
            names = at + _OPERATION.size + table
            text = names + key
            at = text + max(document, 0)
            yield (
                body[names - table : names].decode(),
                body[names:text].decode("utf-8", "surrogatepass"),
                body[text:at] if document >= 0 else None,
            )
    except struct.error as error:
        raise ValueError("a frame that cannot be read") from error
    if at != size:
        raise ValueError("a frame that cannot be read")
