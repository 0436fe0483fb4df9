"""What groups got during the last minute, kept in the store: a minute is longer than a restart or a change of sender."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.outbox.limits import MINUTE
from bot.ports import Store

_PLACE: Final = "outbox:group:"


@dataclass(frozen=True)
class GroupMinutes:
    store: Store
    wall: Callable[[], float] = time.time
    """Seconds of a clock that all processes share; not the event's, which may be a demonstration's."""

    async def note(self, key: str, ago: Sequence[float]) -> None:
        """Keep how many seconds ago the messages of the last minute were sent to a group."""
        now = self.wall()
        until = datetime.fromtimestamp(now, UTC) + timedelta(seconds=2 * MINUTE)
        await self.store.remember(_PLACE + key, json.dumps([round(now - seconds, 3) for seconds in ago]), until=until)

    async def read(self) -> Mapping[str, Sequence[float]]:
        """Per group, how many seconds ago its messages of the last minute were sent."""
        now = self.wall()
        found = await self.store.recall_all(_PLACE)
        return {
            key.removeprefix(_PLACE): [now - then for then in json.loads(times) if now - MINUTE < then <= now]
            for key, times in found.items()
        }
