"""Puts together what looks after tickets by itself: duties, their auditor, rehearsals, and who is on duty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.clock import Mark, RealClock, boot_id
from bot.desk import presence
from bot.desk.auditor import Auditor
from bot.desk.drill import Drills
from bot.desk.duties import Duties
from bot.desk.onduty import OnDutyNow, Paging, nobody
from bot.i18n.translator import mark
from bot.model.errors import Refused

if TYPE_CHECKING:
    from bot.desk.live import LiveContent
    from bot.health.rounds import Health
    from bot.i18n.translator import Speakers
    from bot.model.messages import TicketId
    from bot.model.people import Address
    from bot.model.tickets import Ticket
    from bot.ports import Clock, Store
    from bot.transports.admin import AdminDoor

UNCLAIMED: Final = mark("EMERGENCY #{number}: nobody has claimed it for two minutes.")
FORGOTTEN: Final = mark("Requests that nobody looked after in time: {numbers}")


_MARK: Final = "clock:mark"


async def keep_time(store: Store, clock: Clock, boot: str) -> None:
    """Note what the house's clock says, for the next process."""
    if isinstance(clock, RealClock):
        await store.remember(_MARK, json.dumps(asdict(clock.mark(boot))))


async def go_on_with_time(store: Store, clock: Clock, boot: str) -> None:
    """Go on with the time of the process before, and note it at once."""
    if not isinstance(clock, RealClock):
        return
    if (kept := await store.recall(_MARK)) is not None:
        with suppress(ValueError, TypeError):
            clock.resume(Mark(**json.loads(kept)), boot)
    await keep_time(store, clock, boot)


@dataclass(frozen=True)
class Tending:
    duties: Duties
    auditor: Auditor
    drills: Drills
    duty: OnDutyNow


def tend(
    store: Store,
    content: LiveContent,
    speakers: Speakers,
    clock: Clock,
    lanes: tuple[Address, ...],
    health: Health,
    admin: AdminDoor,
    paging: Paging = nobody,
) -> Tending:
    """Everything that looks after tickets, with its commands offered at the admin door."""

    def organisers(ticket: Ticket, on: bool) -> None:  # noqa: FBT001 -- the shape of Organisers
        health.alarms.set(f"emergency {ticket.id}", UNCLAIMED, {"number": str(ticket.id)}, on=on)

    def forgotten(numbers: Sequence[TicketId]) -> None:
        health.alarms.set("tickets", FORGOTTEN, {"numbers": " · ".join(map(str, sorted(numbers)))}, on=bool(numbers))

    beat = health.watch.beats("duties")
    duties = Duties(store, content.engine, speakers, clock, lanes, beat, paging, organisers)
    drills = Drills(store, content.engine, speakers, clock, lanes)

    async def tidy() -> None:
        await drills.end_old()
        await keep_time(store, clock, boot_id())

    auditor = Auditor(duties.climbing, duties.waiting, forgotten, health.watch.beats("auditor"), tidy)
    tending = Tending(duties, auditor, drills, OnDutyNow(store, content.engine, clock))
    _offer(admin, tending)
    return tending


def _offer(admin: AdminDoor, tending: Tending) -> None:
    """Commands of the running desk: rehearsals, and who is on duty."""
    store, clock = tending.duty.store, tending.duty.clock

    async def on_duty(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        del asked
        return {
            "people": [
                {
                    "name": one.name,
                    "teams": list(one.teams),
                    "roles": sorted(one.roles),
                    "languages": list(one.languages),
                    "here": one.here,
                }
                for one in await tending.duty.people()
            ]
        }

    async def say(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        said = str(asked.get("said"))
        if said not in ("on", "away"):
            raise Refused(mark("Say on or away."))
        await presence.say(store, str(asked["name"]), "on" if said == "on" else "away", clock.now())
        return {}

    admin.offer("drill.start", tending.drills.start)
    admin.offer("drill.report", tending.drills.report)
    admin.offer("duty.list", on_duty)
    admin.offer("duty.say", say)
