"""The shape of what an event says about its desk: how long delegates wait, who is on duty, and the canned replies."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.content.schema import Day, HoursIn, Id, Strict, TextIn, TitleIn, Written
from bot.model.language import Language
from bot.model.people import Role

SHORTEST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(days=1)
LONGEST_NAME: Final = 60  # characters of a name on the roster


def _wait(read: Any) -> Any:
    found = re.fullmatch(r"([0-9]{1,4}) (second|minute|hour)s?", read) if isinstance(read, str) else None
    if found is None:
        raise ValueError("a wait is written as 15 minutes, 90 seconds or 1 hour")
    wait = timedelta(**{f"{found[2]}s": int(found[1])})
    if not SHORTEST_WAIT <= wait <= LONGEST_WAIT:
        raise ValueError("a wait is 30 seconds to 24 hours")
    return wait


WaitTime = Annotated[timedelta, BeforeValidator(_wait)]


class WaitIn(Strict):
    told: WaitTime
    overdue: WaitTime
    officer: WaitTime

    @model_validator(mode="after")
    def _in_order(self) -> WaitIn:
        if not self.told <= self.overdue < self.officer:
            raise ValueError("told comes first, then overdue, then the duty officer")
        return self


class WaitsIn(Strict):
    normal: WaitIn | None = None
    high: WaitIn | None = None
    emergency: WaitIn | None = None


class MachineTranslationIn(Strict):
    restricted: tuple[Literal["medical", "safeguarding"], ...] = ()


class ShiftIn(HoursIn):
    id: Id


class RosteredIn(Strict):
    name: Annotated[Written, Field(max_length=LONGEST_NAME)]
    teams: Annotated[tuple[Id, ...], Field(min_length=1)]
    roles: tuple[Role, ...] = (Role.DESK,)
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    shifts: tuple[Id, ...] = ()
    days: tuple[Day, ...] = ()
    lanes: tuple[Id, ...] = ()


class RosterIn(Strict):
    shifts: tuple[ShiftIn, ...] = ()
    people: tuple[RosteredIn, ...] = ()


class CannedIn(Strict):
    title: TitleIn
    text: TextIn
    asks: bool = False
    closes: bool = False
