"""How long somebody who keeps guessing has to wait; deciding only.

Waiting belongs to a name *and* a kind of browser: one that signed in here before has tries of its own. So nobody can
lock a colleague out by guessing at their name, and a name that is not on the list waits like one that is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5  # wrong tries before anybody waits
LONGEST: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(hours=24)  # after the last wrong try
_BUCKETS: Final = 4_096
"""Names share places, so that inventing names fills no store; who shares one waits too, until their own browser knows them."""


@dataclass(frozen=True, slots=True)
class Tries:
    wrong: int = 0
    until: datetime | None = None
    """No try counts before."""

    def waits(self, now: datetime) -> bool:
        # A time further away than any wait means that the clock was set back since.
        return self.until is not None and now < self.until <= now + LONGEST

    def one_more(self, now: datetime) -> Tries:
        wrong = self.wrong + 1
        wait = min(timedelta(seconds=2 ** min(wrong - FREE, 20)), LONGEST) if wrong >= FREE else timedelta()
        return Tries(wrong, now + wait)


def place(folded_name: str, device: str) -> str:
    """Where tries are counted: by the browser that is known to belong to the name, else by the name."""
    if device:
        return f"staff:tries:device:{device}"
    number = int.from_bytes(hashlib.sha256(folded_name.encode("utf-8", "replace")).digest()[:4]) % _BUCKETS
    return f"staff:tries:{number}"


def dump(tries: Tries) -> str:
    return json.dumps({"wrong": tries.wrong, "until": tries.until.isoformat() if tries.until else None})


def load(kept: str | None) -> Tries:
    if kept is None:
        return Tries()
    read = json.loads(kept)
    return Tries(int(read["wrong"]), datetime.fromisoformat(read["until"]) if read["until"] else None)
