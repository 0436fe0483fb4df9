"""Everything kept about one delegate, for the organiser who answers a formal request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.model.errors import DeskError
from bot.model.messages import TicketId
from bot.model.people import DelegateId
from bot.ports import Store
from bot.privacy.kept import kept_of
from bot.privacy.mydata import export


class NobodyThere(DeskError):
    """Nothing is kept about them."""


async def export_asked(store: Store, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """``export`` over the admin door: ``{"who": a delegate's id or "#" and a request, "notes": bool}``.

    Raises:
        NobodyThere: Nothing is kept about them.
    """
    wanted = str(asked.get("who", "")).strip()
    who = DelegateId(wanted)
    if wanted.startswith("#"):
        number = wanted[1:]
        ticket = await store.ticket(TicketId(int(number))) if number.isascii() and number.isdigit() else None
        if ticket is None:
            raise NobodyThere("There is no such request.")
        who = ticket.delegate
    kept = await kept_of(store, who)
    if kept.delegate is None and not kept.entries:
        raise NobodyThere("Nothing is kept about them.")
    return export(kept, notes=bool(asked.get("notes")))
