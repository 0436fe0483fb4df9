"""The shape of the content files. What stands here is what docs/reference/content.md tells organisers."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.model.content import Audience, Basis, FactType, Needs, Urgency
from bot.model.language import Language

_PLACEHOLDER = re.compile(r"^\W*(todo|tbd|xxx+|fixme|translate( me)?|n/?a|\?+|…|\.\.\.)\W*$", re.IGNORECASE)


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("this text is missing")
    if _PLACEHOLDER.match(text):
        raise ValueError("this is a placeholder, not a text")
    return text.strip()


def _hour(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", read):
        raise ValueError('a time of day is written in quotes as "08:30"')
    return read


def _day(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", read):
        raise ValueError("a date is written as 2023-11-22")
    return read


def _moment(read: Any) -> Any:
    if not isinstance(read, str) or not re.fullmatch(
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?", read
    ):
        raise ValueError("a moment is written as 2023-11-22T20:00:00+07:00")
    if not re.search(r"(Z|[+-]\d{2}:\d{2})$", read):
        raise ValueError("the time has no zone: write it with its offset, as 2023-11-22T20:00:00+07:00")
    return read


def _phone(read: str) -> str:
    if not re.fullmatch(r"\+?\d[\d ]*", read):
        raise ValueError("a phone number is digits and spaces with an optional + before them")
    return read


Written = Annotated[str, AfterValidator(_written)]
Hour = Annotated[time, BeforeValidator(_hour)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Phone = Annotated[str, AfterValidator(_phone)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]


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


class HoursIn(Strict):
    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")


class DatesIn(Strict):
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> DatesIn:
        if self.end < self.start:
            raise ValueError("ends before it starts")
        return self


class MoneyIn(Strict):
    amount: Decimal | None = None
    start: Decimal | None = Field(default=None, alias="from")
    end: Decimal | None = Field(default=None, alias="to")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    @model_validator(mode="after")
    def _one_form(self) -> MoneyIn:
        _amount_or_range(self.amount, self.start, self.end)
        return self


class NumberIn(Strict):
    amount: Decimal | None = None
    start: Decimal | None = Field(default=None, alias="from")
    end: Decimal | None = Field(default=None, alias="to")
    unit: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> NumberIn:
        _amount_or_range(self.amount, self.start, self.end)
        return self


def _amount_or_range(amount: Decimal | None, start: Decimal | None, end: Decimal | None) -> None:
    if (amount is None) == (start is None or end is None):
        raise ValueError("give either an amount, or from and to")


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
    unit: str = ""


VALUES: dict[FactType, Any] = {
    "text": TextIn,
    "code": Annotated[str, Field(min_length=1)],
    "url": Annotated[str, Field(pattern=r"^https://[^\s]+$")],
    "phone": Phone,
    "time": Hour,
    "span": HoursIn,
    "date": Day,
    "dates": DatesIn,
    "moment": Moment,
    "moments": Annotated[tuple[Moment, ...], Field(min_length=1)],
    "money": MoneyIn,
    "number": Decimal | NumberIn,
    "list": Annotated[tuple[TextIn, ...] | tuple[Written, ...], Field(min_length=1)],
    "countries": Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...], Field(min_length=1)],
    "prayers": Annotated[dict[str, Hour], Field(min_length=1)],
}


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

    @model_validator(mode="after")
    def _in_order(self) -> SessionIn:
        if self.ends <= self.starts:
            raise ValueError(f"ends ({self.ends.isoformat()}) before it starts ({self.starts.isoformat()})")
        return self


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


class HomeIn(Strict):
    zone: str
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
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    teams: Annotated[tuple[TeamIn, ...], Field(min_length=1)]
    nights: NightsIn | None = None
    venue: Id
    desk: Id
    programme_updated: Moment
    audiences: dict[str, TextIn]
    home_times: tuple[HomeIn, ...] = ()
    basis: Basis | None = None
    source: str = ""
    checked: Day | None = None


def _title(read: TextIn) -> TextIn:
    long = [language for language in ("en", "vi", "ar") if len(getattr(read, language)) > LONGEST_TITLE]
    if long:
        raise ValueError(f"too long for a button in {', '.join(long)}: at most {LONGEST_TITLE} characters")
    return read


LONGEST_TITLE = 40


class TopicIn(Strict):
    team: Id
    urgency: Urgency
    needs: Needs
    title: Annotated[TextIn, AfterValidator(_title)]
    answer: TextIn | None = None
    buttons: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    place: str = ""
    copy_: Annotated[tuple[str, ...], Field(max_length=2)] = Field(default=(), alias="copy")


class SmallTalkKindIn(Strict):
    says: NamesIn
    reply: TextIn


class FillersIn(NamesIn):
    pass


class CuesIn(Strict):
    certain: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


__all__ = [
    "VALUES",
    "ContactIn",
    "CuesIn",
    "EventIn",
    "FactIn",
    "FillersIn",
    "LineIn",
    "Literal",
    "PlaceIn",
    "SessionIn",
    "SmallTalkKindIn",
    "TextIn",
    "TopicIn",
    "datetime",
]
