"""What the commands about staff and the record do, on a running desk and on a stopped one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model.errors import DeskError
from bot.model.language import closest
from bot.model.people import Role
from bot.model.tokens import hashed
from bot.staff.audit import command_event, line_json, verify
from bot.staff.codes import new_code
from bot.staff.credentials import Credentials
from bot.staff.links import new_link
from bot.staff.list import StaffList
from bot.staff.people import Person

Json = Mapping[str, Any]

RECORDED = ("announce.confirm", "announce.undo", "announce.pause", "announce.resume", "backup", "export", "purge",
            "aside.show", "aside.drop")  # fmt: skip
"""Commands of other rooms that go on the record before they are carried out."""


@dataclass(frozen=True)
class StaffCommands:
    """Every method takes what was asked, and raises DeskError with a sentence.

    Args:
        staff: The list.
        credentials: Passwords and codes of administrators.
        url: Where the desk's pages are.
        chain_key: With which the record is checked.
    """

    staff: StaffList
    credentials: Credentials
    url: Callable[[], str]
    chain_key: bytes | None = None

    def offers(self) -> Mapping[str, Callable[[Json], Any]]:
        """By the names under which the admin door offers them."""
        return {
            "staff.add": self.add,
            "staff.list": self.list_,
            "staff.change": self.change,
            "staff.remove": self.remove,
            "staff.link": self.link,
            "staff.reset": self.reset,
            "staff.code": self.code,
            "audit": self.audit,
            "audit.verify": self.verify,
        }

    async def add(self, asked: Json) -> Json:
        person = await self.staff.add(str(asked["name"]), **_given(asked))
        return await self._with_link(person)

    async def list_(self, _asked: Json) -> Json:
        people = [person for person in await self.staff.everybody() if person.active]
        shown = [person_json(person) | {"password": await self.credentials.has(person)} for person in people]
        return {"people": sorted(shown, key=lambda person: person["name"])}

    async def change(self, asked: Json) -> Json:
        more = _given(asked) | ({"unlink": True} if asked.get("unlink") else {})
        return {"person": person_json(await self.staff.change(str(asked["name"]), **more))}

    async def remove(self, asked: Json) -> Json:
        return {"person": person_json(await self.staff.remove(str(asked["name"])))}

    async def link(self, asked: Json) -> Json:
        person = await self.staff.named(str(asked["name"]))
        if await self.credentials.has(person):
            raise DeskError(f"{person.name} signs in with password and code; desk staff reset lets them set up anew.")
        await self.staff.store.audit(command_event(self.staff.clock, "staff.link-made", person.name))
        return await self._with_link(person)

    async def reset(self, asked: Json) -> Json:
        return await self._with_link(await self.credentials.reset(str(asked["name"])))

    async def code(self, asked: Json) -> Json:
        person = await self.staff.named(str(asked["name"]))
        await self.staff.store.audit(command_event(self.staff.clock, "staff.code-made", person.name))
        return {"person": person_json(person), "code": await new_code(self.staff, person)}

    async def _with_link(self, person: Person) -> Json:
        token = await new_link(self.staff.store, person, self.staff.clock.now())
        return {"person": person_json(person), "link": f"{self.url()}/desk/enter?token={token}"}

    # ---------------------------------------------------------------- the record

    async def audit(self, asked: Json) -> AsyncIterator[Json]:
        """Lines since a time, of one ticket; both may be left out."""
        since = datetime.fromisoformat(str(asked["since"])) if asked.get("since") else None
        ticket = asked.get("ticket")
        async for line in self.staff.store.audit_trail():
            if (since is None or line.event.at >= since) and ticket in (None, line.event.ticket):
                yield line_json(line)

    async def verify(self, _asked: Json) -> Json:
        check = await verify(self.staff.store, self.chain_key)
        return {
            "lines": check.lines,
            "unkeyed": check.unkeyed,
            "keyed": self.chain_key is not None,
            "faults": check.faults,
            "end": check.end_said,
        }

    async def note(self, name: str, asked: Json) -> None:
        """Put a command of another room on the record, before it is carried out."""
        if name in RECORDED:
            await self.staff.store.audit(command_event(self.staff.clock, name, about_command(asked)))


def about_command(asked: Json) -> str:
    """Which one it was about, without naming a delegate."""
    who = str(asked.get("who", ""))
    if who:
        return who if who.startswith("#") else f"delegate {hashed(who)[:12]}"
    return str(asked.get("id") or asked.get("name") or "")[:60]


def person_json(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "language": person.language,
        "telegram": person.telegram is not None,
        "administrator": person.administrator,
        "added": person.added.isoformat(timespec="minutes"),
    }


def _given(asked: Json) -> dict[str, Any]:
    """What was said of a person; what was not stays as it is."""
    more: dict[str, Any] = {}
    if asked.get("roles"):
        more["roles"] = [_role(str(role)) for role in asked["roles"]]
    if asked.get("language"):
        more["language"] = closest(str(asked["language"])) or "en"
    if asked.get("telegram"):
        more["telegram"] = int(asked["telegram"])
    return more


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise DeskError(f"There is no role {name!r}; there are: {', '.join(Role)}.") from None
