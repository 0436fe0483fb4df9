"""The staff list in the store: one small document, changed by one process at a time, with a line on the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.model.audit import AuditEvent
from bot.model.people import DelegateId, StaffId
from bot.ports import Clock, Store, Transaction
from bot.staff import people as decide
from bot.staff.people import People, Person

KEPT: Final = "staff:list"
TURN: Final = DelegateId("staff:list")
"""The turn in which the list, links and credentials change; a change of the store in its name concerns who may be in."""


@dataclass(frozen=True)
class StaffList:
    store: Store
    clock: Clock

    async def everybody(self) -> People:
        """Also those who were removed."""
        return decide.load(await self.store.recall(KEPT))

    async def person(self, who: StaffId) -> Person | None:
        """Somebody who is on the list now."""
        return next((one for one in await self.everybody() if one.id == who and one.active), None)

    async def named(self, name: str) -> Person:
        """Raises DeskError when nobody is called so."""
        return decide.named(await self.everybody(), name)

    async def on_telegram(self, user: int) -> Person | None:
        """Whoever this Telegram account belongs to: first somebody who is there, else somebody who was removed."""
        mine = [one for one in await self.everybody() if one.telegram == user]
        return max(mine, key=lambda one: one.active, default=None)

    async def add(self, name: str, *, by: str = "command", **more: Any) -> Person:
        """Add somebody; ``more`` as in ``people.added``. Raises DeskError with a sentence."""
        return await self._change("staff.add", by, lambda people: decide.added(people, name, self.clock.now(), **more))

    async def change(self, name: str, *, by: str = "command", **more: Any) -> Person:
        """Change somebody; ``more`` as in ``people.changed``. Raises DeskError."""
        return await self._change(
            "staff.change", by, lambda people: decide.changed(people, decide.named(people, name), **more)
        )

    async def remove(self, name: str, *, by: str = "command") -> Person:
        """Whatever they have open ends at once. Raises DeskError."""
        return await self._change("staff.remove", by, lambda people: decide.removed(decide.named(people, name)))

    async def end_everything_of(self, who: StaffId, *, by: str, what: str) -> None:
        """Sessions and links of this person are over."""

        def next_epoch(people: People) -> Person:
            return decide.over(next(one for one in people if one.id == who))

        await self._change(what, by, next_epoch)

    async def _change(self, what: str, by: str, change: Callable[[People], Person]) -> Person:
        async with self.store.transaction(TURN) as turn:
            people = await self.everybody()
            person = change(people)
            await self.write(turn, people, person, what, by)
        return person

    async def write(self, turn: Transaction, people: People, person: Person, what: str, by: str) -> None:
        """The list with this person, in a turn of the list, and on the record."""
        await turn.remember(KEPT, decide.dump(decide.with_(people, person)))
        await turn.audit(staff_event(self.clock.now(), by, what, person))


def staff_event(now: datetime, by: str, what: str, person: Person, lane: str = "") -> AuditEvent:
    """Something that was done with a person on the list, by somebody or by themselves."""
    roles = ",".join(sorted(person.roles))
    own = by == person.id
    return AuditEvent(
        now, by, what, person.name if own else "", lane, about=roles if own else f"{person.name}: {roles}"
    )
