"""Which roles somebody on the staff list has; ``bot.tickets.rights.standing_in`` says to whom the others fall."""

from __future__ import annotations

from bot.model.people import Role, Staff
from bot.ports import Store
from bot.staff.list import KEPT
from bot.staff.people import load
from bot.tickets import rights


async def roles_held(store: Store) -> frozenset[Role]:
    return frozenset(role for person in load(await store.recall(KEPT)) if person.active for role in person.roles)


async def with_duties(store: Store, staff: Staff) -> Staff:
    """Somebody who acts or reads, with the roles that fall to them because nobody on the list has them.

    Every lane asks ``bot.tickets.rights.visible`` with this.

    Raises:
        StoreUnavailable: Nobody can tell now.
    """
    return rights.standing_in(staff, await roles_held(store))
