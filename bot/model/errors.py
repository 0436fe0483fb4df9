"""What can go wrong, by what the caller should do.

DeskError
├── ContentError       mend the files: carries every fault found
├── SettingsError      mend the settings: carries every fault found
├── StoreUnavailable   try again later with the same id; nothing was changed, or (connection lost) all of it may be found
├── StoreLocked        another process holds the store; stop
├── StaleWrite         load again and decide again
├── Undeliverable      never retry; staff see the reason
├── DeliveryDelayed    wait ``retry_after``, then try again
└── Refused            tell the person; the text is a catalog message
    ├── Outdated       and show them what changed meanwhile, keeping their draft
    └── Unsure         and ask whether they want it all the same
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class DeskError(Exception):
    """The root of the tree."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file, said so that it can be mended."""

    file: str
    line: int
    field: str
    problem: str
    read: str = ""
    allowed: str = ""
    warning: bool = False
    """Reported, but it does not stop content from going live."""

    def __str__(self) -> str:
        parts = [
            f"{self.file}:{self.line}: {self.field}: {self.problem}"
            if self.field
            else f"{self.file}:{self.line}: {self.problem}"
        ]
        if self.read:
            parts.append(f"read: {self.read}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        return "; ".join(parts)


class FaultyError(DeskError):
    """Something written by people has faults; all of them are told at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


class ContentError(FaultyError):
    """Content that cannot go live."""


class SettingsError(FaultyError):
    """Settings that the desk refuses to start with."""


class StoreUnavailable(DeskError):
    """The store cannot commit now; nothing was changed."""


class StoreLocked(DeskError):
    """Another process has the store open; the message names it."""


class StaleWrite(DeskError):
    """Somebody else changed the record since it was read."""


class Undeliverable(DeskError):
    """This message will never arrive at this address; ``reason`` is for staff."""

    def __init__(self, reason: str, *, address_gone: bool = False) -> None:
        self.reason = reason
        self.address_gone = address_gone
        super().__init__(reason)


class DeliveryDelayed(DeskError):
    """The door cannot deliver now.

    Attributes:
        retry_after: How long to wait before the next try; never less than the door asked for.
        whole_channel: The door as a whole is out of reach, not this one chat.
        may_have_arrived: The connection broke after the message was sent.
    """

    def __init__(
        self, reason: str, retry_after: timedelta, *, whole_channel: bool = False, may_have_arrived: bool = False
    ) -> None:
        self.retry_after = retry_after
        self.whole_channel = whole_channel
        self.may_have_arrived = may_have_arrived
        super().__init__(reason)


class Refused(DeskError):
    """Not allowed now. ``message`` is a marked catalog message with named fields."""

    def __init__(self, message: str, **fields: str) -> None:
        self.message = message
        self.fields = fields
        super().__init__(message.format_map(fields) if fields else message)


class Outdated(Refused):
    """Somebody wrote or acted after the version that the person had in front of them: show it again, keep the draft."""


class Unsure(Refused):
    """Possible, but probably not meant, such as a reply in a language that the delegate does not read.

    Ask the person; when they want it all the same, send the action again under a new id with ``confirmed``.

    Attributes:
        machine: It can also be sent together with a machine's translation: ``StaffAction.machine``.
    """

    machine = False
