"""The record of what staff did: who, when, what, to which ticket; never a word of what was said.

Each line holds the hash of the line before it, so that a line that was changed, removed or moved later can be found.
With a key the hash cannot be made again by whoever changed a line.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.model.messages import TicketId

HEAD: Final = "audit:head"
"""The small thing of the store that names the newest line, so that lines missing at the end are noticed."""
PRUNED: Final = "audit.pruned"
"""What a line says that stands for older ones which were removed because their time was over."""
LONGEST: Final = 120  # characters of a name or detail


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that was done."""

    at: datetime
    by: str
    """The id of a member of staff; ``command`` for the command line, ``desk`` for the desk itself."""
    what: str
    """Such as ``ticket.claim`` or ``staff.add``."""
    name: str = ""
    """As the member of staff was called then."""
    lane: str = ""
    ticket: TicketId | None = None
    about: str = ""
    """An id, a count or a name of staff; no words of a message."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    event: AuditEvent
    seq: int
    """Counts up without gaps, from 1."""
    prev: str
    """The hash of the line before."""
    hash: str
    keyed: bool = False
    """Hashed with the store's key."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a chain stands: the number and hash of a line; 0 and nothing before the first."""

    seq: int = 0
    hash: str = ""

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


def read_link(written: str | None) -> Link | None:
    """What ``str(Link)`` wrote; None for what it did not write."""
    if not written:
        return Link()
    seq, _, digest = written.partition(" ")
    return Link(int(seq), digest) if seq.isascii() and seq.isdigit() else None


def chained(event: AuditEvent, before: Link, key: bytes | None) -> AuditLine:
    """The line that follows in a chain."""
    seq = before.seq + 1
    return AuditLine(event, seq, before.hash, digest(event, seq, before.hash, key), key is not None)


def digest(event: AuditEvent, seq: int, prev: str, key: bytes | None) -> str:
    """SHA-256 over everything a line says, as 64 hexadecimal digits; HMAC when there is a key."""
    at = event.at.astimezone(UTC).isoformat()
    said = [seq, prev, at, event.by, event.what, event.name, event.lane, event.ticket, event.about]
    written = json.dumps(said, separators=(",", ":")).encode()
    return hashlib.sha256(written).hexdigest() if key is None else hmac.digest(key, written, "sha256").hex()
