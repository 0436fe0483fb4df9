"""What goes on the record, and whether the record is whole."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.model.audit import HEAD, LONGEST, PRUNED, AuditEvent, AuditLine, Link, digest, read_link
from bot.model.tickets import StaffAction
from bot.model.tokens import hashed
from bot.ports import Clock, Store

UNRECORDED: Final = frozenset({"seen"})
"""Told by a page again and again, and by nobody: it is noted with the ticket."""
_SETTINGS: Final = "staff:settings"
MOST_FAULTS: Final = 200  # told at once; a log that was replaced as a whole has one per line


def action_event(action: StaffAction) -> AuditEvent | None:
    """What a staff action leaves on the record; its text stays with the ticket."""
    if action.verb in UNRECORDED:
        return None
    by = action.by
    about = f"#{action.other}" if action.verb == "link" and action.other is not None else ""
    return AuditEvent(action.at, by.id, f"ticket.{action.verb}", by.name, by.lane, action.ticket, about=about)


def command_event(clock: Clock, what: str, about: str = "") -> AuditEvent:
    """What somebody did who may run commands on the machine of the desk."""
    return AuditEvent(clock.now(), "command", what, about=about)


async def record_settings(store: Store, clock: Clock, values: Mapping[str, object]) -> None:
    """The names of settings that are not what they were at the last start; their values may be secrets, and stay away."""
    now = {name: hashed(f"{name}={value}")[:12] for name, value in values.items()}
    before = json.loads(await store.recall(_SETTINGS) or "{}")
    changed = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    if changed:
        await store.audit(AuditEvent(clock.now(), "desk", "desk.settings", about=", ".join(changed)[:LONGEST]))
        await store.remember(_SETTINGS, json.dumps(now))


# ---------------------------------------------------------------- is it whole?


@dataclass
class Check:
    """Takes the lines of a log in the order in which they are kept, and says what does not fit."""

    key: bytes | None
    faults: list[str] = field(default_factory=list)
    lines: int = 0
    unkeyed: int = 0
    """Lines from before a key was set: whoever could write to the store could have made all of them."""
    _last: Link = field(default_factory=Link)
    _first: Link | None = None
    """What the first line says it follows."""
    _base: Link = field(default_factory=Link)
    """What it should follow, as the last intact line about removed ones says."""
    _keyed: bool = False
    _blamed: int = 0
    """The line that was called changed last: the one after it must not be called so for the same."""

    @property
    def end_said(self) -> str:
        """Number and hash of the last line."""
        return str(self._last)

    def take(self, line: AuditLine) -> None:
        self.lines += 1
        before = Link(line.seq - 1, line.prev)
        if self._first is None:
            self._first = before
        elif line.seq > self._last.seq + 1:
            self._missing(self._last.seq + 1, line.seq - 1)
        elif line.seq <= self._last.seq:
            self._fault(f"line {line.seq} stands twice")
        intact = self._intact(line)
        if (
            intact
            and line.seq == self._last.seq + 1
            and self._blamed != self._last.seq
            and line.prev != self._last.hash
        ):
            self._fault(f"line {self._last.seq} was changed")
        if intact and line.event.what == PRUNED:
            self._base = read_link(line.event.about) or self._base
        self._last = Link(line.seq, line.hash)

    def _intact(self, line: AuditLine) -> bool:
        if line.keyed and self.key is None:
            self._fault(f"line {line.seq} cannot be checked without the key it was made with")
            return False
        wanted = digest(line.event, line.seq, line.prev, self.key if line.keyed else None)
        if not hmac.compare_digest(wanted, line.hash):
            self._fault(f"line {line.seq} was changed")
            self._blamed = line.seq
            return False
        if not line.keyed and self._keyed:
            self._fault(f"line {line.seq} was made without the key, after lines that were made with it")
        self._keyed = self._keyed or line.keyed
        self.unkeyed += not line.keyed and self.key is not None
        return True

    def end(self, earlier: Link | None, later: Link | None) -> None:
        """Compare with where the log said it stood, before and after its lines were read: it may have grown meanwhile."""
        if earlier is None or later is None:
            self._fault("the note of the newest line cannot be read")
            return
        if self._first is not None and self._first != self._base:
            if self._first.seq > self._base.seq:
                self._missing(self._base.seq + 1, self._first.seq)
            else:
                self._fault(f"line {self._first.seq + 1} is not the one that the log begins with")
        if self._last.seq < earlier.seq:
            self._missing(self._last.seq + 1, earlier.seq)
        elif self._last.seq > later.seq:
            self._fault(f"line {self._last.seq} was added from outside")
        elif self._last.seq == later.seq and self._last != later and self._blamed != self._last.seq:
            self._fault(f"line {self._last.seq} was changed")

    def _missing(self, first: int, last: int) -> None:
        self._fault(f"line {first} is missing" if first == last else f"lines {first} to {last} are missing")

    def _fault(self, said: str) -> None:
        if len(self.faults) < MOST_FAULTS and said not in self.faults:
            self.faults.append(said)


async def verify(store: Store, key: bytes | None) -> Check:
    """Read the whole log of a store."""
    check, earlier = Check(key), read_link(await store.recall(HEAD))
    async for line in store.audit_trail():
        check.take(line)
    check.end(earlier, read_link(await store.recall(HEAD)))
    return check


def line_json(line: AuditLine) -> Mapping[str, Any]:
    """A line as commands show it."""
    event = line.event
    return {
        "seq": line.seq,
        "at": event.at.isoformat(timespec="seconds"),
        "by": event.by,
        "name": event.name,
        "lane": event.lane,
        "what": event.what,
        "ticket": event.ticket,
        "about": event.about,
    }
