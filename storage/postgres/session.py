"""Connections and turns: what all verbs of the store stand on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from bot.model.errors import StoreUnavailable
from bot.model.people import DelegateId
from storage.postgres.address import Place
from storage.postgres.answering import answered
from storage.postgres.feed import GAP, Changed, Feed, payload
from storage.postgres.trouble import store_errors

CONNECTIONS: Final = 12
TURNS: Final = 8  # at once; the other connections are for readers, also those that read in the middle of a turn
WAIT: Final = 4.0  # seconds for a free connection; with a statement's own limit, a sender is told within five or so
PERMIT: Final = 5.0  # seconds for a place among the turns
_BELIEVED_DOWN: Final = 0.5  # seconds after a vain wait in which others are told at once instead of waiting in a row

Connection = psycopg.AsyncConnection[Any]
Row = tuple[Any, ...]
Statement = tuple[LiteralString, Sequence[Any]]
_T = TypeVar("_T")


class Turn:
    """A transaction that holds the delegate's lock."""

    def __init__(self, connection: Connection, found: Sequence[Sequence[Row]]) -> None:
        self.connection = connection
        self.found = found
        """The rows of what was asked for at its beginning, statement by statement."""

    async def fetch(self, query: LiteralString, parameters: Sequence[Any] = ()) -> list[Row]:
        with store_errors():
            return await answered(self.connection, _rows(self.connection, query, parameters))


class Session:
    """The pool, the locks and the feed of one open store."""

    def __init__(self, place: Place, pool: AsyncConnectionPool[Connection], origin: str, feed: Feed) -> None:
        self.origin = origin
        """This store among all that are open on the database; also the holder of its leases in the outbox."""
        self.schema = place.schema
        self.feed = feed
        self._pool = pool
        self._turns = asyncio.Semaphore(TURNS)
        self._locks: dict[DelegateId, tuple[asyncio.Lock, int]] = {}
        self._down_until = float("-inf")

    # ---------------------------------------------------------------- connections

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the pool.

        Raises:
            StoreUnavailable: There is none.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._down_until:
            raise StoreUnavailable("the database could not be reached a moment ago")
        try:
            with store_errors():
                connection = await self._pool.getconn(timeout=WAIT)
        except StoreUnavailable:
            self._down_until = loop.time() + _BELIEVED_DOWN
            raise
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.putconn(connection))

    async def fetch(self, query: LiteralString, parameters: Sequence[Any] = (), *, again: bool = True) -> list[Row]:
        """Run one statement on its own.

        Args:
            query: The statement.
            parameters: Its values.
            again: It may be repeated when the connection breaks: a read, or a write that changes nothing when it is
                done twice.
        """
        until = asyncio.get_running_loop().time() + WAIT
        while True:
            async with self.connection() as connection:
                try:
                    with store_errors():
                        return await answered(connection, _rows(connection, query, parameters))
                except StoreUnavailable:
                    if not (again and connection.closed) or asyncio.get_running_loop().time() > until:
                        raise
            # A connection that was broken before we came, as all are after a restart: the next may be a new one.

    # ---------------------------------------------------------------- turns

    @asynccontextmanager
    async def turn(self, who: DelegateId, *reads: Statement) -> AsyncIterator[Turn]:
        """A transaction that holds the delegate's lock; it is rolled back unless it is committed.

        Args:
            who: Whose turn; turns of one delegate come one after another, over all replicas.
            reads: Statements to run at its beginning, in the same round trip and with the lock already held.

        Raises:
            StoreUnavailable: The database cannot be had, or too many turns are under way for too long.
        """
        # In this process first: who waits for a delegate's lock in the database keeps a connection from others.
        async with self._queue(who), self._permit():
            until = asyncio.get_running_loop().time() + WAIT
            while True:
                async with self.connection() as connection:
                    try:
                        found = await self._begin(connection, who, reads)
                    except StoreUnavailable:
                        if not connection.closed or asyncio.get_running_loop().time() > until:
                            raise
                        continue
                    try:
                        yield Turn(connection, found)
                    finally:
                        await self._leave(connection)
                    return

    async def _begin(self, connection: Connection, who: DelegateId, reads: Sequence[Statement]) -> list[list[Row]]:
        lock: Statement = ("select pg_advisory_xact_lock(%s)", (self._lock_number(who),))

        async def begin() -> list[list[Row]]:
            async with connection.pipeline():
                await connection.execute("begin")
                await connection.execute(*lock)
                cursors = [await connection.execute(query, parameters) for query, parameters in reads]
            return [await cursor.fetchall() for cursor in cursors]

        with store_errors():
            return await answered(connection, begin())

    async def commit(self, turn: Turn, writes: Sequence[Statement], change: Changed | None = None) -> None:
        """Make a turn's writes durable and tell everybody, in one round trip.

        Once begun it is finished, also when the caller is cancelled: the turn is there as a whole or not at all.

        Raises:
            StoreUnavailable: Nothing was changed; or, when the connection broke, nobody knows.
            StaleWrite: A ticket was changed meanwhile.
        """
        await to_the_end(self._commit(turn, writes, change))

    async def _commit(self, turn: Turn, writes: Sequence[Statement], change: Changed | None) -> None:
        connection = turn.connection

        async def write() -> None:
            async with connection.pipeline():
                for query, parameters in writes:
                    await connection.execute(query, parameters)
                if change is not None:
                    notice = (self.schema, payload(change, self.origin))
                    await connection.execute("select pg_notify(%s, %s)", notice)
                await connection.execute("commit")

        try:
            with store_errors():
                await answered(connection, write())
        except StoreUnavailable:
            self.feed.publish(GAP)  # it may have come through
            raise
        if change is not None:
            self.feed.publish(change)

    async def _leave(self, connection: Connection) -> None:
        if connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            try:
                await answered(connection, connection.execute("rollback"))
            except psycopg.Error:
                await connection.close()  # the server rolls back what it has of it

    @asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PERMIT):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("too many turns at once") from error
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _queue(self, who: DelegateId) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(who, (asyncio.Lock(), 0))
        self._locks[who] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[who]
            if waiting == 1:
                del self._locks[who]
            else:
                self._locks[who] = (lock, waiting - 1)

    def _lock_number(self, who: DelegateId) -> int:
        """A delegate's advisory lock: two who share a number wait for each other now and then, and no more."""
        name = f"{self.schema} {who}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)


async def _rows(connection: Connection, query: LiteralString, parameters: Sequence[Any]) -> list[Row]:
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchall() if cursor.description else []


async def to_the_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for work that must not be cut off; a cancellation is passed on when it is over."""
    task = asyncio.ensure_future(work)
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        task.exception()  # looked at, so that nobody complains that it was not
        raise interrupted
    return task.result()
