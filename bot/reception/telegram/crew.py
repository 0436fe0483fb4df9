"""Who of the staff can be written to now, who asked for it, and which messages about a ticket stand in whose chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model.messages import TicketId
from bot.model.people import Address
from bot.model.tickets import Ticket
from bot.ports import Clock, Store
from bot.reception.telegram import audience
from bot.reception.telegram.audience import Crew
from bot.reception.telegram.doing import DutyRoom
from bot.staff.list import StaffList
from bot.staff.names import folded

_OPTED: Final = "telegram:direct-opted:"
_SHOWN: Final = "telegram:direct-shown:"


@dataclass
class Crews:
    store: Store
    staff: StaffList
    clock: Clock
    duty: DutyRoom = field(default_factory=DutyRoom)
    group_is_deaf: bool = False
    """Set while the staff group takes nothing."""
    has_group: bool = True

    async def now(self) -> Crew:
        """Raises StoreUnavailable when nobody can tell."""
        people = [person for person in await self.staff.everybody() if person.active]
        away = [folded(name) for name in await self.duty.away()]
        return Crew(
            [person for person in people if person.telegram is not None],
            frozenset(role for person in people for role in person.roles),
            await self.duty.people(),
            away,
            await self._opted(),
            group_is_deaf=self.group_is_deaf or not self.has_group,
        )

    async def paging(self, ticket: Ticket, wanted: str, channel: str) -> Sequence[Address]:
        """Where single members of staff are reached now; see ``bot.desk.onduty.Paging``."""
        people = audience.for_ring(ticket, wanted, await self.now())
        return [Address(channel, str(one.telegram)) for one in people if one.telegram is not None]

    # ---------------------------------------------------------------- who asked for it

    async def opt(self, account: int, *, wants: bool) -> None:
        """Raises StoreUnavailable: not noted."""
        if wants:
            await self.store.remember(f"{_OPTED}{account}", "1")
        else:
            await self.store.forget(f"{_OPTED}{account}")

    async def _opted(self) -> frozenset[int]:
        found = await self.store.recall_all(_OPTED)
        return frozenset(int(key.removeprefix(_OPTED)) for key in found)

    # ---------------------------------------------------------------- what stands where

    async def shown_to(self, ticket: TicketId) -> Sequence[int]:
        """Accounts in whose chats something about a ticket stands."""
        prefix = f"{_SHOWN}{ticket}:"
        return [int(key.removeprefix(prefix)) for key in await self.store.recall_all(prefix)]

    async def messages(self, ticket: TicketId, account: int) -> list[int]:
        """Our messages about a ticket in somebody's chat, the card first."""
        return [int(one) for one in (await self.store.recall(f"{_SHOWN}{ticket}:{account}") or "").split()]

    async def note(self, ticket: TicketId, account: int, messages: Sequence[int]) -> None:
        await self.store.remember(f"{_SHOWN}{ticket}:{account}", " ".join(map(str, messages)))

    async def forget(self, ticket: TicketId, account: int) -> None:
        await self.store.forget(f"{_SHOWN}{ticket}:{account}")
