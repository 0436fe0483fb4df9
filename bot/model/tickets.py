"""A ticket: a question that a person answers. Delegates call it a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import Address, DelegateId, Staff, StaffId


class Priority(IntEnum):
    EMERGENCY = 0
    HIGH = 1
    NORMAL = 2


class TicketState(StrEnum):
    NEW = "new"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Ticket:
    id: TicketId
    delegate: DelegateId
    address: Address
    language: Language
    team: str
    priority: Priority
    opened_at: datetime
    question: str
    topic: str | None = None
    delegate_name: str = ""
    state: TicketState = TicketState.NEW
    owner: StaffId | None = None
    owner_name: str = ""
    version: int = 1
    """Counts changes, so that two people never act on different states unknowingly."""
    seen_at: datetime | None = None
    """When the first reception lane had it in front of staff; only then is "passed on" said."""
    seen_told: bool = False
    """The delegate was told that reception has it."""
    unseen_told: bool = False
    """The delegate was told that nobody has seen it yet."""
    answered_at: datetime | None = None
    changed_at: datetime | None = None
    redacted_at: datetime | None = None
    """When its words were removed; what stays is a number and times."""
    threads: dict[str, str] = field(default_factory=dict)
    """Per reception lane, the door's reference to the thread and card of this ticket."""

    @property
    def open(self) -> bool:
        return self.state is not TicketState.RESOLVED


Verb = Literal["claim", "reply", "note", "resolve", "reopen", "seen"]


@dataclass(frozen=True, slots=True)
class StaffAction:
    """Something a member of staff does to a ticket, whichever lane it came from."""

    id: str
    """Known ids are repeats and change nothing."""
    ticket: TicketId
    by: Staff
    verb: Verb
    at: datetime
    text: str = ""
    attachments: tuple[str, ...] = ()
