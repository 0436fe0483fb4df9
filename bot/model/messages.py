"""What comes in and what goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal, NewType

from bot.model.decisions import PLAINLY, Asked
from bot.model.language import Language
from bot.model.people import Address, DelegateId
from bot.model.rich import Rich

InboundId = NewType("InboundId", str)
OutboundId = NewType("OutboundId", str)
TicketId = NewType("TicketId", int)

LONGEST_TEXT = 100_000  # characters; a longer message is refused at the door with a sentence that says so
UNDERSTOOD_TEXT = 4_000  # characters of a message that the matcher reads; all of it reaches staff


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, picture, place or contact that came with a message; described, never opened by the desk."""

    kind: str
    ref: str = ""
    """What the door needs to fetch it again, such as a Telegram file id."""


@dataclass(frozen=True, slots=True)
class Sender:
    address: Address
    name: str = ""
    language_hint: Language | None = None
    """The language of the sender's app or page."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or button press of a delegate, whichever door it came through."""

    id: InboundId
    sender: Sender
    received_at: datetime
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    press: str = ""
    """The action of the button that was pressed, such as ``topic:hotel.wifi``."""
    command: str = ""
    """A command without its slash, such as ``start``; its argument stands in ``text``."""
    at: str = ""
    """The place whose code led to the door, as its address says; nobody has checked it."""
    edited: bool = False
    group: str = ""
    """Shared by the parts of one album."""
    waited: timedelta = timedelta()
    """How long the message lay at the door's service before the desk could read it, as far as anybody can tell."""
    refused: Literal["", "too-long", "unreadable"] = ""
    """Set by a door that could not take the content; the desk then says so politely."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button does one thing: send an action back, copy a text, or open a page."""

    label: str
    action: str = ""
    copy: str = ""
    url: str = ""
    style: Literal["", "primary", "danger"] = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A place on the map."""

    name: str
    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Message:
    text: Rich
    language: Language
    buttons: tuple[tuple[Button, ...], ...] = ()
    pin: Pin | None = None
    keyboard: tuple[tuple[str, ...], ...] = ()
    """Words kept below the input field; sent once, at the start."""


class Lane(IntEnum):
    """The order in which messages leave when there are more than the limits allow."""

    EMERGENCY = 0
    TICKET = 1
    REPLY = 2
    BROADCAST = 3


@dataclass(frozen=True, slots=True)
class ShowTicket:
    """Bring the card of a ticket up to date in a reception lane; sending it twice changes nothing."""

    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Relay:
    """Show one entry of a ticket's timeline to staff."""

    ticket: TicketId
    entry: int


@dataclass(frozen=True, slots=True)
class Unshow:
    """Take an erased or redacted ticket out of a reception lane; doing it twice changes nothing.

    Its fields have names of their own: what is kept of a row must not be taken for another kind of body.
    """

    number: TicketId
    thread: str = ""
    """The lane's own reference to the thread and card, as the ticket had it."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Make a lane or a person notice an emergency or an overdue ticket: a new message with sound, never an edit.

    Its fields have names of their own: what is kept of a row must not be taken for another kind of body.
    """

    ring_for: TicketId
    why: str
    """``alarm:N`` for step N of the emergency ladder, ``wait:N`` for a step of the wait clock, ``promise``, ``wake``,
    ``left:VERSION`` when its owner left the staff."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A row of the outbox."""

    id: OutboundId
    to: Address
    lane: Lane
    body: Message | ShowTicket | Relay | Unshow | Ring
    created_at: datetime
    due_at: datetime
    delegate: DelegateId | None = None
    entry: int | None = None
    """The entry of the delegate's history that this message is."""
    ticket: TicketId | None = None
    replaces: str = ""
    """A door's reference to an earlier message that is edited in place instead of sending a new one."""
    attempts: int = 0
    unsure: bool = False
    """It was sent before, and no answer came: it may have arrived."""
    broadcast: str = ""
    """The announcement that this row belongs to."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a door knows after delivering: its references to the message, and to the thread it stands in."""

    refs: tuple[str, ...] = ()
    thread: str = ""
    shown: bool = True
    """False when a reception lane had nobody to show a card to: then it was not seen there."""
    free: bool = False
    """Nothing had to be sent: what stands there says it already. It takes no part of the pace."""


Author = Literal["delegate", "desk", "staff", "note"]


@dataclass(frozen=True, slots=True)
class Part:
    """A topic that the bot answered, and what it was asked of it: enough to say the same in another language."""

    topic: str
    asked: Asked = PLAINLY


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a delegate's history with the desk."""

    seq: int
    """Counts up per delegate, from 1."""
    delegate: DelegateId
    at: datetime
    author: Author
    message: Message
    name: str = ""
    """The name staff sign with."""
    inbound: InboundId | None = None
    ticket: TicketId | None = None
    delivered_at: datetime | None = None
    undeliverable: str = ""
    """Why the door gave up, for staff."""
    attachments: tuple[Attachment, ...] = ()
    copy: bool = False
    """It only repeats other lines, as the pages of /mydata do; they leave it out."""
    answer: str = ""
    """The approved answer or canned reply that it was made from, such as ``topic:hotel.wifi``: staff read it in their own language."""
    machine: bool = False
    """A machine's translation went out with it; the text says so to the delegate, this to staff."""
    parts: tuple[Part, ...] = ()
    """What the bot answered in it, topic by topic."""
