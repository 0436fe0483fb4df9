"""Sign-in links: a token that works once, for a while, and of which the store keeps only a hash."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from bot.model.people import StaffId
from bot.model.tokens import hashed, new_token
from bot.ports import Store
from bot.staff.list import TURN, StaffList, staff_event
from bot.staff.people import Person

BY_COMMAND: Final = timedelta(hours=12)  # handed out at the start of a shift
BY_BOT: Final = timedelta(minutes=15)  # read at once by whoever asked for it


async def new_link(store: Store, person: Person, now: datetime, lifetime: timedelta = BY_COMMAND) -> str:
    """A token for ``/desk/enter?token=…``; no longer good when the person's rights change."""
    token = new_token()
    expires = now + lifetime
    link = {"person": person.id, "epoch": person.epoch, "expires": expires.isoformat()}
    await store.remember(_place(token), json.dumps(link), until=expires)
    return token


async def use_link(staff: StaffList, token: str) -> Person | None:
    """Whom the link was made for, once, whichever process is asked; None for one that is used, too old or invented."""
    now = staff.clock.now()
    async with staff.store.transaction(TURN) as turn:
        kept = await staff.store.recall(_place(token))
        if kept is None:
            return None
        await turn.forget(_place(token))
        link = json.loads(kept)
        person = await staff.person(StaffId(link["person"]))
        if person is None or person.epoch != link["epoch"] or now >= datetime.fromisoformat(link["expires"]):
            return None
        await turn.audit(staff_event(now, person.id, "staff.link-used", person, "console"))
    return person


def _place(token: str) -> str:
    return f"console:link:{hashed(token)}"
