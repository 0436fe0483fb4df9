"""Tells the other replicas that this one is alive, and gives back what those had claimed that are not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from bot.model.errors import StoreUnavailable
from storage.postgres.feed import GAP
from storage.postgres.session import Session

ALIVE: Final = 8.0  # seconds after its last beat for which a store counts as alive
BEAT: Final = 2.0  # seconds between two beats

log = structlog.get_logger("storage.postgres")


class Heart:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._since: float | None = None
        """When the present row of beats began, none of which was late."""

    async def run(self) -> None:
        while True:
            try:
                await self.beat()
            except StoreUnavailable:
                self._since = None
            await asyncio.sleep(BEAT)

    async def beat(self) -> None:
        """One beat.

        After an outage of the server everybody looks dead, and whoever is back first must not take the others' rows:
        we look only when we could not have missed that they are alive.

        Raises:
            StoreUnavailable: Nobody knows whether we are alive.
        """
        now = asyncio.get_running_loop().time()
        look = self._since is not None and now - self._since > ALIVE
        [(dead,)] = await self._session.fetch(
            "select beat(%s, %s, %s)", (self._session.origin, timedelta(seconds=ALIVE), look)
        )
        if asyncio.get_running_loop().time() - now > BEAT:
            self._since = None  # the server was away meanwhile
        elif self._since is None:
            self._since = now
        if dead:
            log.warning("dead_replicas_rows_given_back", replicas=dead)
            self._session.feed.publish(GAP)

    async def stop(self) -> None:
        """What was claimed and is not through; with the server away, others find out by themselves."""
        try:
            await self._session.fetch("select release_rows(%s)", (self._session.origin,))
            await self._session.fetch("delete from holders where holder = %s", (self._session.origin,))
        except StoreUnavailable as error:
            log.warning("rows_not_given_back", reason=str(error))
