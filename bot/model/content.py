"""What the library and the event say, as loaded: an immutable snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from bot.model.language import Language, Text
from bot.model.people import Role
from bot.model.tickets import Secrecy

Basis = Literal["seed", "public", "computed", "check", "sample"]
Urgency = Literal["normal", "high", "emergency"]
Needs = Literal["none", "personal", "person"]
Audience = Literal["all", "youth", "heads", "invitation", "media"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says so, and when it was last checked."""

    basis: Basis
    source: str
    checked: date
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Span24:
    """Hours of the day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Dates:
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str
    to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Number:
    amount: Decimal
    to: Decimal | None = None
    unit: str = ""


Value = (
    Text
    | str
    | time
    | Span24
    | date
    | Dates
    | datetime
    | tuple[datetime, ...]
    | Money
    | Number
    | tuple[Text, ...]
    | tuple[str, ...]
    | Mapping[str, time]
)
FactType = Literal[
    "text",
    "code",
    "url",
    "phone",
    "time",
    "span",
    "date",
    "dates",
    "moment",
    "moments",
    "money",
    "number",
    "list",
    "countries",
    "prayers",
]


@dataclass(frozen=True, slots=True)
class Fact:
    id: str
    type: FactType
    value: Value
    origin: Origin


@dataclass(frozen=True, slots=True)
class Names:
    """What else people call it, per language."""

    en: tuple[str, ...] = ()
    vi: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        return (*self.en, *self.vi, *self.ar)


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    name: Text
    origin: Origin
    roles: tuple[str, ...] = ()
    where: Text | None = None
    address: Text | None = None
    map: tuple[float, float] | None = None
    hours: Span24 | None = None
    names: Names = field(default_factory=Names)


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: Text
    phone: str
    origin: Origin
    extension: str = ""
    hours: Span24 | None = None
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    title: Text
    starts: datetime
    ends: datetime
    place: str
    audience: Audience
    track: str
    origin: Origin
    roles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)
    note: Text | None = None
    arrive_by: datetime | None = None
    restricted: bool = False
    line: str = ""
    time_basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A coach or car that runs for the event."""

    id: str
    origin_place: str
    to: str
    departs: tuple[datetime, ...]
    origin: Origin
    roles: tuple[str, ...] = ()
    returns: tuple[datetime, ...] = ()
    returns_from: str = ""
    note: Text | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Nights:
    """From when to when all but the exceptions goes to one team."""

    start: time
    end: time
    all_to: str
    excepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long the event keeps what people wrote."""

    chats: timedelta = timedelta(days=30)
    """After the event's last day, or after a delegate's last line when that is later."""
    private_cases: timedelta = timedelta(days=7)
    """The words of a private request after it was closed."""
    private: tuple[str, ...] = ("medical", "visa")
    """Teams, and areas of topics, whose requests are private."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a delegate may wait for a person before something happens; each counts from the delegate's line."""

    told: timedelta
    """The delegate is told that it takes longer, and what happens next."""
    overdue: timedelta
    """The card gets louder, and the ticket is offered to the next person."""
    officer: timedelta
    """The duty officer is called; again after each further time of this length."""


@dataclass(frozen=True, slots=True)
class Waits:
    normal: Wait = Wait(timedelta(minutes=15), timedelta(minutes=20), timedelta(minutes=40))
    high: Wait = Wait(timedelta(minutes=5), timedelta(minutes=8), timedelta(minutes=15))
    emergency: Wait = Wait(timedelta(seconds=90), timedelta(minutes=2), timedelta(minutes=3))
    """Of an emergency that somebody has claimed; before that, the ladder counts."""

    def of(self, urgency: Urgency) -> Wait:
        return {"normal": self.normal, "high": self.high, "emergency": self.emergency}[urgency]


@dataclass(frozen=True, slots=True)
class Shift:
    id: str
    hours: Span24
    """May pass midnight; it then belongs to the day on which it begins."""


@dataclass(frozen=True, slots=True)
class Rostered:
    """Somebody on the roster, by the name they sign with."""

    name: str
    teams: tuple[str, ...]
    roles: frozenset[Role] = frozenset({Role.DESK})
    languages: tuple[Language, ...] = ("en",)
    """Which they read and write, their own first."""
    shifts: tuple[str, ...] = ()
    """None named: on call, all day."""
    days: tuple[date, ...] = ()
    """None named: every day of the event."""
    lanes: tuple[str, ...] = ()
    """Where they are reached, such as ``telegram`` and ``console``; none named: everywhere."""


@dataclass(frozen=True, slots=True)
class Roster:
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    people: tuple[Rostered, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    name: Text
    short: str
    zone: ZoneInfo
    languages: tuple[Language, ...]
    starts: date
    ends: date
    currency: str
    teams: Mapping[str, Team]
    nights: Nights | None
    venue: str
    desk: str
    programme_updated: datetime
    audiences: Mapping[str, Text]
    facts: Mapping[str, Fact]
    places: Mapping[str, Place]
    contacts: Mapping[str, Contact]
    sessions: Mapping[str, Session]
    lines: Mapping[str, Line]
    home_times: tuple[tuple[str, Text], ...] = ()
    """Zones of delegates' homes with their names."""
    retention: Retention = field(default_factory=Retention)
    waits: Waits = field(default_factory=Waits)
    roster: Roster = field(default_factory=Roster)
    machine_reads: frozenset[Secrecy] = frozenset()
    """Restricted requests whose words may be given to a translation service; by default none."""

    def place(self, key: str) -> Place | None:
        return self.places.get(key) or next((p for p in self.places.values() if key in p.roles), None)

    def session(self, key: str) -> Session | None:
        return self.sessions.get(key) or next((s for s in self.sessions.values() if key in s.roles), None)

    def line(self, key: str) -> Line | None:
        return self.lines.get(key) or next((x for x in self.lines.values() if key in x.roles), None)

    def emergency_numbers(self) -> tuple[Contact, ...]:
        return tuple(c for c in self.contacts.values() if c.emergency)


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    area: str
    team: str
    urgency: Urgency
    needs: Needs
    title: Text
    origin_file: str
    origin_line: int
    answer: Text | None = None
    buttons: tuple[str, ...] = ()
    place: str = ""
    copy: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    """Roles of restricted sessions: a question that names nothing but one of these is about this topic, whatever else it looks like."""
    asking: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    taught: tuple[str, ...] = ()
    """Ways of asking that staff taught during the event: known by their words at once, and not learnt from."""


@dataclass(frozen=True, slots=True)
class Canned:
    """A reply that staff send often, in every language; staff pick it in theirs, and the delegate reads it in their own."""

    id: str
    title: Text
    text: Text
    asks: bool = False
    """It asks the delegate something: the ticket then waits for them."""
    closes: bool = False
    """After it there is usually nothing left to do."""
    origin_file: str = ""
    origin_line: int = 1


@dataclass(frozen=True, slots=True)
class SmallTalk:
    kind: str
    says: Mapping[Language, tuple[str, ...]]
    reply: Text


@dataclass(frozen=True, slots=True)
class Cues:
    """The emergency cues of one kind in one language, as written in the files."""

    certain: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


Words = Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DialogWords:
    """Words that only make sense after what was said before."""

    follow_up: Words = field(default_factory=dict)
    """Of these alone, and of times, a short message goes on with the last answer."""
    when: Words = field(default_factory=dict)
    way: Words = field(default_factory=dict)
    here: Words = field(default_factory=dict)
    programme: Words = field(default_factory=dict)
    """Beside a time these ask for the programme and nothing else."""
    meals: Words = field(default_factory=dict)
    """Beside a day these ask for its meals."""
    denials: Words = field(default_factory=dict)
    """It was not what was asked."""
    meant: Words = field(default_factory=dict)
    """After a denial: what was meant begins here."""
    correcting: Words = field(default_factory=dict)
    """Of these, those that do so without a denial."""
    joints: Words = field(default_factory=dict)
    """Between two needs."""
    also: Words = field(default_factory=dict)
    """Of these, those after which something new comes."""
    asking: Words = field(default_factory=dict)
    """Words that ask."""
    asking_first: Words = field(default_factory=dict)
    """Words that ask at the head of a part only."""
    names: Words = field(default_factory=dict)
    """After these a person's name follows."""
    speak: Words = field(default_factory=dict)
    """Whole messages that ask to go on in the language under whose name they stand, in whatever language they are."""
    abilities: Words = field(default_factory=dict)
    """Whole messages that ask what the desk can do."""
    requests: Words = field(default_factory=dict)
    """Whole messages that ask what became of one's own requests, or to withdraw one."""
    rooms: Words = field(default_factory=dict)
    """Words that may stand before a bare number of a room."""
    lasting: Words = field(default_factory=dict)
    """Whole messages that say no more than that the trouble lasts: they belong to what was said before."""


@dataclass(frozen=True, slots=True)
class Library:
    topics: Mapping[str, Topic]
    small_talk: tuple[SmallTalk, ...]
    fillers: Mapping[Language, tuple[str, ...]]
    offtopic: Mapping[Language, tuple[str, ...]]
    emergencies: Mapping[Language, Mapping[str, Cues]]
    numbers_question: Mapping[Language, tuple[str, ...]]
    precautions: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """Cues of questions that are asked before anything happens: exits, drills, "in case of fire"."""
    lexicon: Mapping[str, Mapping[Language, tuple[str, ...]]] = field(default_factory=dict)
    """Concepts by name, each with the words that people use for it."""
    small_talk_examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Whole messages of each kind of small talk, in all languages."""
    danger: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Examples of each kind of emergency and of harmless messages with the same words, in all languages."""
    dialog: DialogWords = field(default_factory=DialogWords)
    canned: Mapping[str, Canned] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that may be said now; replaced as a whole, never changed."""

    event: Event
    library: Library
    version: str
    """A hash of every file it was made from."""
    unanswerable: Mapping[str, tuple[str, ...]]
    """Topics that cannot be answered at this event, with the fields that are missing."""
