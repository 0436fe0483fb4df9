"""A person on the staff list, and the changes to the list; deciding only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from bot.i18n.translator import mark
from bot.model.errors import Refused
from bot.model.language import Language, closest
from bot.model.people import Role, Staff, StaffId
from bot.staff.names import clean_name, folded

MOST: Final = 500  # people on one list


@dataclass(frozen=True, slots=True)
class Person:
    id: StaffId
    name: str
    """What delegates and colleagues read; nobody else on the list has one that looks like it."""
    added: datetime
    roles: frozenset[Role] = field(default=frozenset({Role.DESK}))
    language: Language = "en"
    telegram: int | None = None
    """Their Telegram user id, when it was linked."""
    active: bool = True
    """Whoever was removed stays on the list, so that nothing they still hold counts."""
    epoch: int = 0
    """Sessions and links of an earlier one are over: it goes up with every change of rights and credentials."""

    @property
    def administrator(self) -> bool:
        return Role.ADMIN in self.roles

    def acting(self, lane: str) -> Staff:
        """As somebody who acts now on a lane."""
        return Staff(self.id, self.name, lane, self.roles, self.language)


People = Sequence[Person]


# ---------------------------------------------------------------- changes; each raises Refused with a sentence


def added(
    people: People,
    name: str,
    now: datetime,
    *,
    roles: Collection[Role] = (),
    language: Language = "en",
    telegram: int | None = None,
) -> Person:
    """A new person, whom nobody can take for another."""
    cleaned = clean_name(name)
    if not folded(cleaned):
        raise Refused(mark("A name needs letters."))
    if cleaned != " ".join(name.split()):
        raise Refused(mark("The name holds invisible characters, or is longer than 60."))
    _free(people, cleaned)
    _unlinked(people, telegram)
    if len(people) >= MOST:
        raise Refused(mark("The list is full: {most} people."), most=str(MOST))
    person = StaffId(f"staff:{secrets.token_hex(6)}")
    return Person(person, cleaned, now, frozenset(roles) or frozenset({Role.DESK}), language, telegram)


def changed(
    people: People,
    person: Person,
    *,
    roles: Collection[Role] | None = None,
    language: Language | None = None,
    telegram: int | None = None,
    unlink: bool = False,
) -> Person:
    """With other rights, language or Telegram account; other rights end what is open."""
    if telegram is not None and telegram != person.telegram:
        _unlinked(people, telegram)
    rights = person.roles if roles is None else frozenset(roles)
    return replace(
        person,
        roles=rights,
        language=language or person.language,
        telegram=None if unlink else person.telegram if telegram is None else telegram,
        epoch=person.epoch + (rights != person.roles),
    )


def removed(person: Person) -> Person:
    return replace(over(person), active=False)


def over(person: Person) -> Person:
    """With a new epoch: what was open is over."""
    return replace(person, epoch=person.epoch + 1)


def with_(people: People, person: Person) -> People:
    """The list with a new or changed person."""
    others = [one for one in people if one.id != person.id]
    return [*others, person]


def gone(people: People) -> frozenset[StaffId]:
    """Whoever was removed, under every id with which they had requests: in the staff group, some act by their account."""
    here = {one.telegram for one in people if one.active}
    removed_ = [one for one in people if not one.active]
    accounts = {one.telegram for one in removed_ if one.telegram is not None} - here
    return frozenset((*(one.id for one in removed_), *(StaffId(f"telegram:{account}") for account in accounts)))


def gone_names(people: People) -> frozenset[str]:
    """How those were called, folded; a name that somebody has again is not gone."""
    return frozenset(folded(one.name) for one in people if not one.active) - {
        folded(one.name) for one in people if one.active
    }


def named(people: People, name: str) -> Person:
    """The person of that name."""
    wanted = folded(name)
    for person in people:
        if person.active and folded(person.name) == wanted:
            return person
    raise Refused(
        mark("There is nobody called {name} on the staff list (desk staff list shows it)."), name=clean_name(name)
    )


def _free(people: People, name: str) -> None:
    for other in people:
        if other.active and folded(other.name) == folded(name):
            if other.name == name:
                raise Refused(mark("{name} is on the list already: add something that tells them apart."), name=name)
            said = mark("{name} could be taken for {other}: add something that tells them apart.")
            raise Refused(said, name=name, other=other.name)


def _unlinked(people: People, telegram: int | None) -> None:
    for other in people:
        if telegram is not None and other.active and other.telegram == telegram:
            raise Refused(mark("This Telegram account is linked with {name} already."), name=other.name)


# ---------------------------------------------------------------- as it is kept


def dump(people: People) -> str:
    return json.dumps([_json(person) for person in people], ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4)
def load(kept: str | None) -> People:
    """Read at each look of each open page, so that rights are those of now; the same text is read once."""
    return tuple(_person(read) for read in json.loads(kept or "[]"))


def _json(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "added": person.added.isoformat(),
        "roles": sorted(person.roles),
        "language": person.language,
        "telegram": person.telegram,
        "active": person.active,
        "epoch": person.epoch,
    }


def _person(read: dict[str, Any]) -> Person:
    known = {role.value for role in Role}
    return Person(
        StaffId(read["id"]),
        read["name"],
        datetime.fromisoformat(read["added"]),
        frozenset(Role(role) for role in read["roles"] if role in known),  # a newer desk may know more
        closest(read.get("language")) or "en",
        read.get("telegram"),
        bool(read["active"]),
        int(read["epoch"]),
    )
