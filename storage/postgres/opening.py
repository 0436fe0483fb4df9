"""Opens the store: reaches the server, brings the schema up to date, keeps connections, and listens."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg_pool import AsyncConnectionPool

from bot.model.errors import SettingsError
from storage.postgres.address import CONNECT, Place, fault, place_of
from storage.postgres.feed import Feed, Listener
from storage.postgres.heart import Heart
from storage.postgres.migrate import LONGEST, Migration, known_migrations, migrate
from storage.postgres.session import CONNECTIONS, WAIT, Connection, Session
from storage.postgres.store import PostgresStore

REACH: Final = 10.0  # seconds; a server that starts together with the desk may be a little later
OLDEST: Final = 130_000  # the oldest version of the server that works
_AGAIN: Final = 0.3  # seconds between two tries
_NOT_YET: Final = re.compile(r"starting up|shutting down|recovery|too many (clients|connections)|not yet accepting")
_RECONNECT: Final = 3.0  # seconds after which the pool gives a try up; the next who asks begins a new one


@asynccontextmanager
async def open_postgres(
    url: str, chain_key: bytes | None = None, *, migrations: Sequence[Migration] | None = None
) -> AsyncIterator[PostgresStore]:
    """The store in a database.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``, and ``?schema=NAME`` for another schema than ``desk``.
        chain_key: Makes the hashes of the audit log.
        migrations: For tests; those of this version by default.

    Raises:
        SettingsError: The server cannot be reached, refuses us, or holds what this desk cannot work with.
    """
    place = place_of(url)
    await _prepare(place, known_migrations() if migrations is None else migrations)
    origin = secrets.token_hex(8)
    feed = Feed()
    # The driver warns of each vain try to connect; whoever needed the connection tells it, too, in our own words.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        place.conninfo,
        kwargs={"autocommit": True},
        configure=_configure,
        min_size=2,
        max_size=CONNECTIONS,
        open=False,
        timeout=WAIT,
        reconnect_timeout=_RECONNECT,
    )
    async with AsyncExitStack() as stack:
        await pool.open()
        stack.push_async_callback(pool.close, 5.0)
        listener = Listener(place.conninfo, place.schema, origin, feed)
        listening = asyncio.create_task(listener.run(), name="postgres listen")
        stack.push_async_callback(_end, listening)
        with suppress(TimeoutError):  # it goes on trying, and readers look by themselves meanwhile
            async with asyncio.timeout(CONNECT):
                await listener.listening.wait()
        session = Session(place, pool, origin, feed)
        heart = Heart(session)
        await heart.beat()  # before anything is claimed
        stack.push_async_callback(heart.stop)
        beating = asyncio.create_task(heart.run(), name="postgres heart")
        stack.push_async_callback(_end, beating)
        yield PostgresStore(session, chain_key)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def _configure(connection: Connection) -> None:
    """A server that was set up to confirm before it has written is asked to write first for us."""
    await connection.execute(
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"
    )


async def _prepare(place: Place, migrations: Sequence[Migration]) -> None:
    connection = await _reach(place)
    try:
        async with asyncio.timeout(2 * LONGEST), connection:
            await _check_server(connection)
            await migrate(connection, place.schema, migrations)
    except psycopg.errors.InsufficientPrivilege as error:
        raise fault(
            f"the database does not let us make our tables: {_message(error)}",
            place.server,
            f"the right to create a schema, or a schema {place.schema} of our own",
        ) from None
    except (psycopg.Error, TimeoutError) as error:
        raise fault(f"the database could not be prepared: {_message(error)}", place.server) from error


async def _reach(place: Place) -> psycopg.AsyncConnection[Any]:
    loop = asyncio.get_running_loop()
    until = loop.time() + REACH
    while True:
        try:
            async with asyncio.timeout(max(0.1, until - loop.time())):
                return await psycopg.AsyncConnection.connect(place.conninfo, autocommit=True)
        except (psycopg.Error, TimeoutError, OSError) as error:
            said = _message(error)
            # The server answered, and will answer the same the next time: a wrong password, no such database.
            final = "FATAL" in said and not _NOT_YET.search(said)
            if final or loop.time() + _AGAIN > until:
                raise _refused(place, said) from None
            await asyncio.sleep(_AGAIN)


def _refused(place: Place, said: str) -> SettingsError:
    problem = "the database refused us" if "FATAL" in said else "the database cannot be reached"
    return fault(f"{problem}: {said}", place.server)


def _message(error: BaseException) -> str:
    """What the server or the network said, on one line; libpq never repeats a password."""
    said = " ".join(str(error).split())
    return said.rpartition("failed: ")[2] or said or type(error).__name__


async def _check_server(connection: psycopg.AsyncConnection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST:
        raise fault("this PostgreSQL is too old", str(version // 10_000), f"{OLDEST // 10_000} or newer")
    cursor = await connection.execute("show server_encoding")
    [encoding] = await cursor.fetchone() or ("",)
    if encoding != "UTF8":
        raise fault("the database cannot hold all languages", f"encoding {encoding}", "a database in UTF8")
