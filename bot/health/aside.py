"""Updates that could not be read or handled: kept for the organisers, confirmed, and never in anybody's way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.model.errors import DeskError
from bot.model.people import DelegateId
from bot.ports import Store

PREFIX: Final = "aside:"
KEPT: Final = timedelta(days=7)
_LONGEST: Final = 256 * 1024  # characters of an update that are kept; a real one has at most some thousand


class NoSuchUpdate(DeskError):
    """Nothing is kept under that name."""


@dataclass(frozen=True)
class Aside:
    """The shelf.

    Args:
        store: Keeps them for a week, or until the delegate is forgotten.
        now: The present of the house.
    """

    store: Store
    now: Callable[[], datetime]

    async def put(self, number: int, raw: object, reason: str, who: DelegateId | None) -> str:
        """Keep an update; returns its name.

        Args:
            number: The update's id, which may come again after a week: the name carries the time, too.
            raw: As it came.
            reason: What failed and where, without words.
            who: The delegate with whom it is erased, if anybody can tell.

        Raises:
            StoreUnavailable: It is not kept; it must not be confirmed.
        """
        now = self.now()
        name = f"{number}:{now:%Y%m%dT%H%M%S}"
        text = json.dumps(raw, ensure_ascii=False, default=str)[:_LONGEST]
        kept = json.dumps({"at": now.isoformat(), "reason": reason, "update": text}, ensure_ascii=False)
        await self.store.remember(PREFIX + name, kept, until=now + KEPT, who=who)
        return name

    async def count(self) -> int:
        return len(await self.store.recall_all(PREFIX))

    # ---------------------------------------------------------------- for the organiser

    async def list_(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Names, times and reasons; no words."""
        kept = await self.store.recall_all(PREFIX)
        return {"aside": [_line(key, value) for key, value in kept.items()]}

    async def show(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """One update as it came, for whoever has to help its sender."""
        name = str(asked.get("id", ""))
        kept = await self.store.recall(PREFIX + name)
        if kept is None:
            raise _unknown(name)
        found: dict[str, Any] = json.loads(kept)
        return {"id": name, **found}

    async def drop(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Done with it."""
        name = str(asked.get("id", ""))
        if await self.store.recall(PREFIX + name) is None:
            raise _unknown(name)
        await self.store.forget(PREFIX + name)
        return {"dropped": name}


def _unknown(name: str) -> NoSuchUpdate:
    return NoSuchUpdate(f"Nothing is set aside under {name!r}; see: desk aside list")


def _line(key: str, value: str) -> Mapping[str, str]:
    kept = json.loads(value)
    return {"id": key.removeprefix(PREFIX), "at": str(kept["at"]), "reason": str(kept["reason"])}


def lines(listed: Sequence[Mapping[str, str]]) -> str:
    """The list as an organiser reads it in a terminal."""
    if not listed:
        return "Nothing is set aside."
    return "\n".join(f"{one['id']}  {one['at'][:19].replace('T', ' ')}  {one['reason']}" for one in listed)
