"""A ticket: a question that a person answers. Delegates call it a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final, Literal, get_args

from bot.model.language import Language
from bot.model.messages import TicketId
from bot.model.people import Address, DelegateId, Staff, StaffId


class Priority(IntEnum):
    EMERGENCY = 0
    HIGH = 1
    NORMAL = 2


class TicketState(StrEnum):
    NEW = "new"
    """Nobody has taken it."""
    CLAIMED = "claimed"
    """Somebody has it, and it is for reception to act."""
    WAITING = "waiting"
    """Somebody has it, and it is for the delegate to answer."""
    SNOOZED = "snoozed"
    """Put aside until a time; the delegate's next line wakes it."""
    RESOLVED = "resolved"
    REOPENED = "reopened"
    """It was closed, or its owner was silent in an emergency; nobody has it now."""


UNCLAIMED: Final = frozenset({TicketState.NEW, TicketState.REOPENED})

Secrecy = Literal["", "medical", "safeguarding"]
Rating = Literal["", "good", "poor"]


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
    last_word: int = 0
    """The version in which a person last wrote, or somebody took or closed it; what the desk itself notes does not count."""
    last_word_by: StaffId | None = None
    """Who that was; None for the delegate."""
    others_word: int = 0
    """The version of the last word of anybody but ``last_word_by``, whose own deeds must not hide it from them."""
    claimed_at: datetime | None = None
    previous_owner: StaffId | None = None
    previous_owner_name: str = ""
    offered_to: str = ""
    """The name on the roster of whom it is suggested to; nobody has to follow."""
    last_delegate_at: datetime | None = None
    last_staff_at: datetime | None = None
    """The last sign of life of a member of staff: a word, a note, a promise, a hand-over."""
    unanswered_since: datetime | None = None
    """Since when the delegate waits for a person; see ``bot.tickets.clocks.unanswered_since`` for tickets without it."""
    waiting_since: datetime | None = None
    """Since when it is for the delegate to answer."""
    snoozed_until: datetime | None = None
    promised_at: datetime | None = None
    """By when staff said they would be back; the wait clocks rest until then."""
    promise: str = ""
    """What was promised for that time, for staff."""
    promise_told: bool = False
    """The delegate was told that the time has passed and nobody was back to them."""
    with_bot: bool = False
    """Staff handed the chat back: the desk answers by itself again, while the ticket stays open."""
    wait_step: int = 0
    """How many steps of the wait clock were taken since the delegate began to wait; see bot/tickets/clocks.py."""
    restricted: Secrecy = ""
    emergency: str = ""
    """The kind of emergency, such as ``medical`` or ``fire``; empty for one that staff made of an ordinary ticket."""
    alarm_since: datetime | None = None
    """When the ladder of this emergency began, or began again; see bot/tickets/ladder.py."""
    alarm_step: int = 0
    """How many of its steps were taken."""
    alarm_mark: str = ""
    """From what count of seconds the ladder's time goes on; see bot/desk/steady.py."""
    claimed_silent: int = 0
    """How often it was taken back from somebody who claimed it and was silent."""
    rated: Rating = ""
    cancelled: bool = False
    """The delegate closed it."""
    group: TicketId | None = None
    """What the tickets that ask the same go by; None while it stands alone. See bot/tickets/same.py."""
    drill: bool = False
    """A rehearsal: shown as such, and nobody is in danger."""

    @property
    def open(self) -> bool:
        return self.state is not TicketState.RESOLVED

    @property
    def unclaimed(self) -> bool:
        return self.state in UNCLAIMED or (self.open and self.owner is None)


Verb = Literal[
    "claim",
    "release",
    "assign",
    "reply",
    "ask",
    "note",
    "promise",
    "snooze",
    "wake",
    "resolve",
    "reopen",
    "hand-back",
    "raise",
    "lower",
    "link",
    "unlink",
    "seen",
    "view",
]
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)


@dataclass(frozen=True, slots=True)
class Translation:
    """What a machine made of a text."""

    text: str
    language: Language


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
    until: datetime | None = None
    """Of ``snooze`` and ``promise``."""
    to_staff: StaffId | None = None
    """Of ``assign``: the person; ``to_name`` is how they sign."""
    to_name: str = ""
    to_team: str = ""
    """Of ``assign``: the team, when no person is named."""
    team_reads: frozenset[Secrecy] = frozenset()
    """Of ``assign``: which restricted tickets somebody of that team may read; the desk looks it up."""
    to_priority: Priority | None = None
    """Of ``raise`` and ``lower``: how far; one step when it is not given."""
    other: TicketId | None = None
    """Of ``link``: a ticket that asks the same, or the name of its group."""
    answer: str = ""
    """Of ``reply`` and ``ask``: an approved answer (``topic:hotel.wifi``) or a canned reply (``canned:on-my-way``) instead of ``text``."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What staff filled into a canned reply."""
    to_group: bool = False
    """Of ``reply`` and ``resolve``: also for the other tickets that ask the same."""
    expected_version: int | None = None
    """The version that the writer had in front of them; if somebody wrote since, the action is stopped."""
    careful: bool = False
    """The lane can ask again: stop a text in a language that the delegate may not read."""
    confirmed: bool = False
    """The writer was asked, and wants it all the same."""
    machine: bool = False
    """Of ``reply`` and ``ask``: the writer was asked, and wants a machine's translation to go with the text."""
    translation: Translation | None = None
    """That translation; fetched by the desk before the turn."""
