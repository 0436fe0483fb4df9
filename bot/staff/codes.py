"""Codes that link a Telegram account with a person on the list: typed to the bot once, within a quarter of an hour."""

from __future__ import annotations

import base64
import json
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from bot.model.errors import DeskError
from bot.model.people import StaffId
from bot.model.tokens import hashed
from bot.staff import people as decide
from bot.staff import throttle
from bot.staff.list import TURN, StaffList
from bot.staff.people import Person

LIVES: Final = timedelta(minutes=15)
LOOKS_LIKE: Final = re.compile(r"S-?([A-Z2-7]{4})-?([A-Z2-7]{4})-?([A-Z2-7]{4})", re.IGNORECASE)
"""The letter in front tells it from what delegates may type after the same command."""


async def new_code(staff: StaffList, person: Person) -> str:
    """60 random bits, in groups that can be read out."""
    letters = base64.b32encode(secrets.token_bytes(8)).decode()[:12]
    until = staff.clock.now() + LIVES
    kept = {"person": person.id, "epoch": person.epoch, "until": until.isoformat()}
    await staff.store.remember(_place(letters), json.dumps(kept), until=until)
    return f"S-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


async def use_code(staff: StaffList, code: str, telegram: int) -> Person | None:
    """The person whose account this is from now on; None for a code that is wrong, used or too old.

    Whoever guesses waits longer and longer, as at the sign-in page.
    """
    found = LOOKS_LIKE.fullmatch(code.strip())
    now, place = staff.clock.now(), throttle.place(f"telegram {telegram}", "")
    async with staff.store.transaction(TURN) as turn:
        tries = throttle.load(await staff.store.recall(place))
        if found is None or tries.waits(now):
            return None
        letters = "".join(found.groups()).upper()
        kept = json.loads(await staff.store.recall(_place(letters)) or "{}")
        people = await staff.everybody()
        person = next((one for one in people if one.active and one.id == StaffId(kept.get("person", ""))), None)
        if person is None or person.epoch != kept["epoch"] or now >= datetime.fromisoformat(kept["until"]):
            await turn.remember(place, throttle.dump(tries.one_more(now)), until=now + throttle.FORGOTTEN)
            return None
        try:
            linked = decide.changed(people, person, telegram=telegram)
        except DeskError:  # the account belongs to somebody else on the list
            return None
        await turn.forget(_place(letters))
        await staff.write(turn, people, linked, "staff.telegram-linked", person.id)
    return linked


def _place(letters: str) -> str:
    return f"staff:code:{hashed(letters)}"
