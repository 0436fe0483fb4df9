"""The audit log as documents: one per line, and the head that tells where the chain stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog
from pydantic import ValidationError

from bot.model.audit import HEAD, PRUNED, AuditEvent, AuditLine, Link, chained, read_link
from storage.codec import AUDIT, read_json, write_json
from storage.crypt import Key
from storage.tables import Document, Drop, Put, Write

_UNREADABLE: Final = AuditEvent(datetime(1970, 1, 1, tzinfo=UTC), "", "unreadable")

log = structlog.get_logger("storage")


def chain_key(key: Key | None) -> bytes | None:
    """The key of the audit log, of its own."""
    return None if key is None else key.derive(b"", "desk audit chain")


def audit_key(seq: int) -> str:
    return f"{seq:012d}"


def head_of(value: str | None) -> Link:
    """Where the chain goes on. What cannot be read begins a new one, which the check then tells of."""
    found = read_link(value)
    if found is None:
        log.error("audit_head_unreadable")
    return found or Link()


def head_in(document: Document | None) -> Link:
    return head_of(None if document is None else str(read_json(document).get("value", "")))


def continued(head: Link, events: Iterable[AuditEvent], key: bytes | None) -> list[AuditLine]:
    """The lines that put these events behind the head."""
    lines: list[AuditLine] = []
    for event in events:
        lines.append(chained(event, head, key))
        head = Link(lines[-1].seq, lines[-1].hash)
    return lines


def writes_of(lines: Sequence[AuditLine]) -> list[Write]:
    if not lines:
        return []
    head = Link(lines[-1].seq, lines[-1].hash)
    puts: list[Write] = [Put("audit", audit_key(line.seq), AUDIT.dump(line)) for line in lines]
    return [*puts, Put("settings", HEAD, write_json({"value": str(head)}))]


def line_of(seq: int, document: Document) -> AuditLine:
    """A line as it is kept under a number; one that cannot be read carries a hash that fits nothing."""
    try:
        return replace(AUDIT.load(document), seq=seq)
    except (ValidationError, ValueError):
        return AuditLine(_UNREADABLE, seq, "", "")


def over(lines: Iterable[AuditLine], before: datetime) -> list[AuditLine]:
    """The oldest lines, as far as all of them are from before a time."""
    found: list[AuditLine] = []
    for line in lines:
        if line.event.at >= before:
            break
        found.append(line)
    return found


def pruned(gone: Sequence[AuditLine], now: datetime) -> AuditEvent:
    """What stands in the log for lines that were removed."""
    return AuditEvent(now, "desk", PRUNED, about=str(Link(gone[-1].seq, gone[-1].hash)))


def drops_of(gone: Sequence[AuditLine]) -> list[Write]:
    return [Drop("audit", audit_key(line.seq)) for line in gone]
