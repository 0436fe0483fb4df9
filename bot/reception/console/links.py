"""Sign-in links: a token that works once, for a while, and of which the store keeps only a hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Store
from bot.transports.web_cookies import hashed, new_token

LINK_LIFETIME: Final = timedelta(hours=12)  # handed out at the start of a shift
OUT_LIFETIME: Final = timedelta(hours=24)  # longer than any session that began before, also when a clock is set back
LONGEST_NAME: Final = 60


async def new_link(store: Store, name: str, now: datetime) -> str:
    """A token for ``/desk/enter?token=…``; the name is what delegates and colleagues will read."""
    token = new_token()
    expires = now + LINK_LIFETIME
    link = {"name": clean_name(name), "expires": expires.isoformat()}
    await store.remember(_place(token), json.dumps(link, ensure_ascii=False), until=expires)
    return token


async def use_link(store: Store, token: str, now: datetime) -> str | None:
    """The name the link was made for, once; None for a link that is used, too old or invented."""
    kept = await store.recall(_place(token))
    if kept is None:
        return None
    await store.forget(_place(token))
    link = json.loads(kept)
    return str(link["name"]) if now < datetime.fromisoformat(link["expires"]) else None


async def shut_out(store: Store, name: str, now: datetime) -> None:
    """End every session of a member of staff who was removed."""
    await store.remember(out_place(staff_key(name)), now.isoformat(), until=now + OUT_LIFETIME)


def staff_key(name: str) -> str:
    """One person on phone and desk is one owner: the id follows the name, which the staff list keeps unique."""
    return hashlib.sha256(clean_name(name).casefold().encode()).hexdigest()[:12]


def out_place(key: str) -> str:
    return f"console:out:{key}"


def clean_name(name: str) -> str:
    """Without invisible and direction characters, which could make a name look like another."""
    seen = "".join(letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter)[0] != "C")
    return " ".join(seen.split())[:LONGEST_NAME]


def _place(token: str) -> str:
    return f"console:link:{hashed(token)}"
