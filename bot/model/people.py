"""Who talks to the desk: delegates, staff, and the places where messages reach them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.model.language import Language

DelegateId = NewType("DelegateId", str)
StaffId = NewType("StaffId", str)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message is delivered: a door and the key that the door understands (chat id, session id)."""

    channel: str
    key: str

    @property
    def delegate(self) -> DelegateId:
        return DelegateId(f"{self.channel}:{self.key}")


@dataclass(frozen=True, slots=True)
class Dialog:
    """What the desk remembers of the running conversation; enough to understand "and tomorrow?"."""

    topic: str | None = None
    """The topic last answered."""
    session: str | None = None
    """The session last spoken of."""
    place: str | None = None
    options: tuple[str, ...] = ()
    """The topics offered by the last clarifying question."""
    question: str = ""
    """The words of the last question."""
    asked_back: bool = False
    """The desk asked back about that question (which topic, or whether it is an emergency) and waits for a tap."""
    misses: int = 0
    """Questions in a row that were not understood."""
    denied: tuple[str, ...] = ()
    """Topics that were answered or offered to this question, and were not meant."""
    handed: int | None = None
    """The request that took that question over: what the delegate says they meant instead goes there too."""
    adding: int | None = None
    """The request to which the next message belongs, because the delegate said so."""


@dataclass(frozen=True, slots=True)
class Delegate:
    id: DelegateId
    address: Address
    language: Language
    first_seen: datetime
    language_chosen: bool = False
    """True once the delegate chose it by button or command; then a message never changes it by itself."""
    name: str = ""
    dialog: Dialog = field(default_factory=Dialog)
    blocked: bool = False
    """The door said that messages no longer reach this delegate."""
    here: str = ""
    """The place of the event whose code they scanned last."""
    other: Address | None = None
    """Another door of the same person, which they linked themselves."""

    def remember(self, dialog: Dialog) -> Delegate:
        return replace(self, dialog=dialog)


class Role(StrEnum):
    """What a member of staff is there for; decides what they may see and do."""

    DESK = "desk"
    DUTY_OFFICER = "duty-officer"
    MEDICAL = "medical"
    SAFEGUARDING = "safeguarding"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff, as somebody who acts now."""

    id: StaffId
    name: str
    lane: str
    """Where the action was made: ``telegram`` or ``console``."""
    roles: frozenset[Role] = frozenset({Role.DESK})
    language: Language = "en"
    """In which they read the desk."""
