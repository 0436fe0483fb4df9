"""Who of the staff is there: what they said with ``/on`` and ``/away``, and when they did something last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.ports import Store
from bot.tickets.roster import Presence, Said

PREFIX: Final = "presence:"
NOTED_EVERY: Final = timedelta(minutes=1)  # a deed a second is not written each time
KEPT: Final = timedelta(days=2)


class Remembers(Protocol):
    """A store, or a turn on it."""

    async def remember(self, key: str, value: str, *, until: datetime | None = None) -> None: ...


@dataclass
class Presences:
    """Writes them down; one per process, for it remembers what it wrote last."""

    _noted: dict[str, datetime] = field(default_factory=dict)

    async def acted(self, where: Remembers, name: str, now: datetime) -> None:
        """Somebody did something; with the turn in which they did it."""
        last = self._noted.get(name)
        if last is not None and abs(now - last) < NOTED_EVERY:
            return
        self._noted[name] = now
        await where.remember(f"{PREFIX}at:{name}", now.isoformat(), until=now + KEPT)


async def say(store: Store, name: str, said: Said, now: datetime) -> None:
    """Note what somebody says of themselves.

    Raises:
        StoreUnavailable: Not noted.
    """
    value = json.dumps({"said": said, "at": now.isoformat()})
    await store.remember(f"{PREFIX}said:{name}", value, until=now + KEPT)


async def read_all(store: Store) -> Mapping[str, Presence]:
    """Everybody of whom something is known, by name."""
    found: dict[str, Presence] = {}
    for key, value in (await store.recall_all(PREFIX)).items():
        kind, _, name = key.removeprefix(PREFIX).partition(":")
        known = found.get(name, Presence(name))
        if kind == "at":
            found[name] = replace(known, active_at=datetime.fromisoformat(value))
        elif kind == "said":
            kept = json.loads(value)
            found[name] = replace(known, said=kept["said"], said_at=datetime.fromisoformat(kept["at"]))
    return found
