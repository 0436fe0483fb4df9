"""The shape of the content files. What stands here is what docs/reference/content.md tells organisers."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.content.fields import PRAYERS
from bot.i18n.forms import is_country, is_unit
from bot.model.content import Audience, Basis, FactType, Needs, Urgency
from bot.model.language import Language

LONGEST_TEXT: Final = 4_000  # characters; Telegram takes 4,096 in one message
LONGEST_TITLE: Final = 40  # characters
LONGEST_TERM: Final = 6  # words of a concept's term
LARGEST_FIGURE: Final = 10**12
LONGEST_CHATS: Final = timedelta(days=365)
LONGEST_PRIVATE: Final = timedelta(days=90)

_LONGEST_PLACEHOLDER: Final = 40  # characters; the pattern below took minutes on a long row of question marks
_PLACEHOLDER = re.compile(r"^\W*(todo|tbd|xxx+|fixme|translate( me)?|n/?a|\?+|…|\.\.\.)\W*$", re.IGNORECASE)
_BEGUN = re.compile(r"\W{0,3}(TODO|TBD|FIXME)\b")


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("this text is missing")
    if _is_placeholder(text.strip()):
        raise ValueError("this is a placeholder, not a text")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"too long for one message: at most {LONGEST_TEXT:,} characters")
    return text.strip()


def _is_placeholder(text: str) -> bool:
    if len(text) <= _LONGEST_PLACEHOLDER and _PLACEHOLDER.match(text):
        return True
    return set(text) <= set("?.…! ") or _BEGUN.match(text) is not None


def _hour(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", read):
        raise ValueError('a time of day is written in quotes as "08:30"')
    return read


def _day(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", read):
        raise ValueError("a date is written as 2023-11-22")
    return read


def _period(longest: timedelta) -> BeforeValidator:
    def read_period(read: Any) -> Any:
        found = re.fullmatch(r"([0-9]{1,4}) (hour|day)s?", read) if isinstance(read, str) else None
        if found is None:
            raise ValueError("a period is written as 30 days or 24 hours")
        period = timedelta(**{f"{found[2]}s": int(found[1])})
        if not timedelta() < period <= longest:
            raise ValueError(f"nothing is kept for so long, or so short: 1 hour to {longest.days} days")
        return period

    return BeforeValidator(read_period)


def _moment(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?", read
    ):
        raise ValueError("a moment is written as 2023-11-22T20:00:00+07:00")
    if not re.search(r"(Z|[+-]\d{2}:\d{2})$", read):
        raise ValueError("the time has no zone: write it with its offset, as 2023-11-22T20:00:00+07:00")
    return read


def _phone(read: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ]*", read):  # \d would take Arabic digits, which no telephone dials
        raise ValueError("a phone number is digits and spaces with an optional + before them")
    return read


def _term(read: str) -> str:
    written = read.strip()  # "translate" is a term like any other here, and no note to a translator
    if not written:
        raise ValueError("a term is empty")
    if len(written.split()) > LONGEST_TERM:
        raise ValueError(f"a term has at most {LONGEST_TERM} words")
    if "*" in written and not re.fullmatch(r"[^*]*[^\W_]{3,}\*( [^*]*)?|([^*]+ )?[^\W_]{3,}\*", written):
        raise ValueError("a * stands at the end of a word, after at least three letters")
    return written


def _id(read: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", read):
        raise ValueError("an id is small letters and digits, joined by . or -")
    return read


def _url(read: str) -> str:
    if not re.fullmatch(r"https://\S+", read):
        raise ValueError("a web address begins with https:// and holds no spaces")
    return read


def _currency(read: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", read):
        raise ValueError("a currency is three capital letters, such as USD")
    return read


def _country(read: str) -> str:
    if not is_country(read):
        raise ValueError("no such country: two capital letters of ISO 3166, such as NO for Norway")
    return read


def _unit(read: str) -> str:
    if not is_unit(read):
        raise ValueError("no such unit: minute, hour, day, week, month, year, km, metre, percent, person, …")
    return read


def _zone(read: str) -> str:
    try:
        ZoneInfo(read)
    except (LookupError, ValueError, OSError):  # OSError: "Asia" is a folder of zones
        raise ValueError("no such time zone: a name such as Asia/Ho_Chi_Minh") from None
    return read


def _prayer(read: str) -> str:
    if read not in PRAYERS:
        raise ValueError(f"no such prayer: {', '.join(PRAYERS)}")
    return read


Written = Annotated[str, AfterValidator(_written)]
Term = Annotated[str, AfterValidator(_term)]
Example = Literal["medical", "fire", "attack", "missing-person", "harassment", "border", "harmless"]
Hour = Annotated[time, BeforeValidator(_hour)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Phone = Annotated[str, AfterValidator(_phone)]
Zone = Annotated[str, AfterValidator(_zone)]
Figure = Annotated[Decimal, Field(ge=-LARGEST_FIGURE, le=LARGEST_FIGURE)]
Unit = Annotated[str, AfterValidator(_unit)]
Country = Annotated[str, AfterValidator(_country)]
Id = Annotated[str, AfterValidator(_id)]
Currency = Annotated[str, AfterValidator(_currency)]
Url = Annotated[str, AfterValidator(_url)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class TextIn(Strict):
    en: Written
    vi: Written
    ar: Written


class NamesIn(Strict):
    en: tuple[Written, ...] = ()
    vi: tuple[Written, ...] = ()
    ar: tuple[Written, ...] = ()


class ConceptIn(Strict):
    """The words that people use for one idea."""

    en: tuple[Term, ...] = Field(min_length=1)
    vi: tuple[Term, ...] = Field(min_length=1)
    ar: tuple[Term, ...] = Field(min_length=1)


class HoursIn(Strict):
    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")


class DatesIn(Strict):
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")

    @field_validator("end")
    @classmethod
    def _in_order(cls, end: date, others: ValidationInfo) -> date:
        if "start" in others.data and end < others.data["start"]:
            raise ValueError(f"ends before it starts ({others.data['start'].isoformat()})")
        return end


class MoneyIn(Strict):
    amount: Figure | None = None
    start: Figure | None = Field(default=None, alias="from")
    end: Figure | None = Field(default=None, alias="to")
    currency: Currency

    @model_validator(mode="after")
    def _one_form(self) -> MoneyIn:
        _amount_or_range(self.amount, self.start, self.end)
        return self


class NumberIn(Strict):
    amount: Figure | None = None
    start: Figure | None = Field(default=None, alias="from")
    end: Figure | None = Field(default=None, alias="to")
    unit: Unit = ""

    @model_validator(mode="after")
    def _one_form(self) -> NumberIn:
        _amount_or_range(self.amount, self.start, self.end)
        return self


def _amount_or_range(amount: Decimal | None, start: Decimal | None, end: Decimal | None) -> None:
    given = [figure is not None for figure in (amount, start, end)]
    if given not in ([True, False, False], [False, True, True]):
        raise ValueError("give either an amount, or from and to")
    if start is not None and end is not None and end < start:
        raise ValueError("ends before it starts")


class OriginIn(Strict):
    basis: Basis
    source: Written
    checked: Day
    reference: str = ""
    map_basis: Basis | None = None


class FactIn(OriginIn):
    id: Id
    type: FactType
    value: Any
    unit: Unit = ""


VALUES: dict[FactType, Any] = {
    "text": TextIn,
    "code": Written,
    "url": Url,
    "phone": Phone,
    "time": Hour,
    "span": HoursIn,
    "date": Day,
    "dates": DatesIn,
    "moment": Moment,
    "moments": Annotated[tuple[Moment, ...], Field(min_length=1)],
    "money": MoneyIn,
    "number": NumberIn,
    "list": Annotated[tuple[TextIn, ...], Field(min_length=1)],
    "countries": Annotated[tuple[Country, ...], Field(min_length=1)],
    "prayers": Annotated[dict[Annotated[str, AfterValidator(_prayer)], Hour], Field(min_length=1)],
}


PLAIN_LIST: Any = Annotated[tuple[Written, ...], Field(min_length=1)]  # of names that are the same in every language


class PlaceIn(OriginIn):
    id: Id
    roles: tuple[Id, ...] = ()
    name: TextIn
    where: TextIn | None = None
    address: TextIn | None = None
    map: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]] | None = None
    hours: HoursIn | None = None
    names: NamesIn = NamesIn()


class ContactIn(OriginIn):
    id: Id
    name: TextIn
    phone: Phone
    extension: str = ""
    hours: HoursIn | None = None
    emergency: bool = False


class SessionIn(OriginIn):
    id: Id
    roles: tuple[Id, ...] = ()
    starts: Moment
    ends: Moment
    place: Id
    audience: Audience
    track: Id
    tags: tuple[Id, ...] = ()
    title: TextIn
    names: NamesIn = NamesIn()
    note: TextIn | None = None
    arrive_by: Moment | None = None
    restricted: bool = False
    line: str = ""
    time_basis: Basis | None = None

    @field_validator("ends")
    @classmethod
    def _in_order(cls, ends: datetime, others: ValidationInfo) -> datetime:
        if "starts" in others.data and ends <= others.data["starts"]:
            raise ValueError(f"ends before it starts ({others.data['starts'].isoformat()})")
        return ends


class LineIn(OriginIn):
    id: Id
    roles: tuple[Id, ...] = ()
    origin_place: Id = Field(alias="from")
    to: Id
    departs: Annotated[tuple[Moment, ...], Field(min_length=1)]
    returns: tuple[Moment, ...] = ()
    returns_from: str = ""
    note: TextIn | None = None
    restricted: bool = False


class TeamIn(Strict):
    id: Id
    name: TextIn


class NightsIn(Strict):
    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")
    all_to: Id
    excepted: tuple[Id, ...] = Field(default=(), alias="except")


class RetentionIn(Strict):
    chats: Annotated[timedelta, _period(LONGEST_CHATS)] = timedelta(days=30)
    private_cases: Annotated[timedelta, _period(LONGEST_PRIVATE)] = timedelta(days=7)
    private: tuple[Id, ...] = ("medical", "visa")


class HomeIn(Strict):
    zone: Zone
    name: TextIn


class EventIn(Strict):
    id: Id
    name: TextIn
    short: Written
    theme: TextIn | None = None
    host: TextIn | None = None
    zone: str
    languages: tuple[Language, ...]
    days: DatesIn
    currency: Currency
    teams: Annotated[tuple[TeamIn, ...], Field(min_length=1)]
    nights: NightsIn | None = None
    retention: RetentionIn = Field(default_factory=RetentionIn)
    waits: dict[str, Any] = Field(default_factory=dict)  # bot/content/desk_schema.py knows its shape
    machine_translation: dict[str, Any] = Field(default_factory=dict)  # and this one's
    venue: Id
    desk: Id
    programme_updated: Moment
    audiences: dict[str, TextIn]
    home_times: tuple[HomeIn, ...] = ()
    basis: Basis | None = None
    source: str = ""
    checked: Day | None = None


def _title(read: str) -> str:
    if len(read) > LONGEST_TITLE:
        raise ValueError(f"too long for a button: at most {LONGEST_TITLE} characters")
    return read


Title = Annotated[Written, AfterValidator(_title)]


class TitleIn(TextIn):
    en: Title
    vi: Title
    ar: Title


class TopicIn(Strict):
    team: Id
    urgency: Urgency
    needs: Needs
    title: TitleIn
    answer: TextIn | None = None
    buttons: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    place: str = ""
    copy_: Annotated[tuple[str, ...], Field(max_length=2)] = Field(default=(), alias="copy")
    restricted: tuple[Id, ...] = ()


class SmallTalkKindIn(Strict):
    says: NamesIn
    reply: TextIn


class FillersIn(NamesIn):
    pass


Said = Annotated[tuple[Written, ...], Field(min_length=1)]


class SaidIn(Strict):
    """The same in each language; none may be empty."""

    en: Said
    vi: Said
    ar: Said


class DialogWordsIn(Strict):
    follow_up: SaidIn = Field(alias="follow-up")
    when: SaidIn
    way: SaidIn
    here: SaidIn
    programme: SaidIn
    meals: SaidIn
    denials: SaidIn
    meant: SaidIn
    correcting: SaidIn
    joints: SaidIn
    also: SaidIn
    asking: SaidIn
    asking_first: SaidIn = Field(alias="asking-first")
    names: SaidIn
    speak: SaidIn
    abilities: SaidIn
    requests: SaidIn
    rooms: SaidIn
    lasting: SaidIn


class CuesIn(Strict):
    certain: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
