"""What was committed, for live views: our own commits at once, those of other replicas by LISTEN, gaps when in doubt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg
import structlog

from bot.model.messages import TicketId
from bot.model.people import DelegateId

LIMIT: Final = 1_000  # changes a slow reader may lag behind before it is told to load again
LOOK_AGAIN: Final = 2.0  # seconds between gaps while nobody tells us what others commit
_LONGEST_PAYLOAD: Final = 7_500  # bytes; PostgreSQL takes 7,999
_HEARTBEAT: Final = 5.0  # seconds of silence after which the connection is asked whether it is there
_ANSWER: Final = 5.0  # seconds

log = structlog.get_logger("storage.postgres")


@dataclass(frozen=True, slots=True)
class Changed:
    """See ``bot.ports.Change``. ``gap`` means: something was missed, load again."""

    delegate: DelegateId
    tickets: tuple[TicketId, ...] = ()
    outbox: bool = False
    gap: bool = False


GAP: Final = Changed(DelegateId(""), outbox=True, gap=True)


class Feed:
    """Hands changes to everybody who reads them in this process."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[Changed]] = set()

    async def changes(self) -> AsyncIterator[Changed]:
        queue: asyncio.Queue[Changed] = asyncio.Queue(LIMIT)
        self._readers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._readers.discard(queue)

    def publish(self, change: Changed) -> None:
        for queue in self._readers:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(replace(change, gap=True))
            else:
                queue.put_nowait(change)


def payload(change: Changed, origin: str) -> str:
    """A change as the text of a NOTIFY: ids and numbers, no words.

    Args:
        change: What the transaction changed.
        origin: The store that sends it, which has no need to be told.
    """
    text = json.dumps([origin, change.delegate, change.tickets, change.outbox, change.gap], separators=(",", ":"))
    if len(text) > _LONGEST_PAYLOAD:
        return payload(replace(change, tickets=(), gap=True), origin)
    return text


def heard(text: str, origin: str) -> Changed | None:
    """What another store tells; None for our own words, a gap for what a newer desk may have meant."""
    try:
        sender, delegate, tickets, outbox, gap = json.loads(text)
        if sender == origin:
            return None
        return Changed(DelegateId(str(delegate)), tuple(TicketId(int(one)) for one in tickets), bool(outbox), bool(gap))
    except (ValueError, TypeError):
        return GAP


class Listener:
    """Keeps one connection that hears what other replicas commit; while there is none, readers look again by themselves.

    Args:
        conninfo: How to connect.
        channel: Where the replicas of this desk speak: its schema.
        origin: This store.
        feed: Who is told.
    """

    def __init__(self, conninfo: str, channel: str, origin: str, feed: Feed) -> None:
        self._conninfo, self._channel, self._origin, self._feed = conninfo, channel, origin, feed
        self.listening = asyncio.Event()

    async def run(self) -> None:
        first = True
        while True:
            try:
                async with asyncio.timeout(2 * _ANSWER):
                    connection = await psycopg.AsyncConnection.connect(
                        self._conninfo, autocommit=True, application_name=f"delegate-desk {self._channel} listening"
                    )
                async with connection:
                    await self._begin(connection)
                    if not first:
                        self._feed.publish(GAP)
                    first = False
                    self.listening.set()
                    while True:
                        await self._listen(connection)
            except (psycopg.Error, TimeoutError, OSError) as error:
                if self.listening.is_set():
                    log.warning("listening_interrupted", reason=type(error).__name__)
            finally:
                self.listening.clear()
            first = False
            self._feed.publish(GAP)
            await asyncio.sleep(LOOK_AGAIN)

    async def _begin(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async with asyncio.timeout(_ANSWER):
            await connection.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(self._channel)))

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Hear what comes until it is quiet for a while, then ask whether the server is still there."""
        async for notify in connection.notifies(timeout=_HEARTBEAT):
            change = heard(notify.payload, self._origin)
            if change is not None:
                self._feed.publish(change)
        async with asyncio.timeout(_ANSWER):
            await connection.execute("select 1")
